#include "trainings.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char **environ;

/* Epochs enough for a quarter of a second, of which a tenth at most is not training. */
const training trainings[] = {{"nabla train", "784,30,10 b10", "784,30,10", "10", 200},
                              {"nabla train", "784,128,64,10 b64", "784,128,64,10", "64", 40}};
const size_t training_count = sizeof trainings / sizeof *trainings;

static double children_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

double time_training(const char *program, const training *of, unsigned epochs)
{
    char count[16];
    snprintf(count, sizeof count, "%u", epochs);
    const char *const words[] = {program,        "train",        "--data",    "digits:1000", "--layers",  of->layers,
                                 "--batch-size", of->batch_size, "--epochs",  count,         "--threads", "1",
                                 "--quiet",      "--output",     "/dev/null", NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    const double before = children_seconds();
    pid_t child;
    int status = 1;
    const int failed = posix_spawn(&child, program, &actions, NULL, (char *const *)(size_t)words, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed || waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "%s train: failed\n", program);
        exit(2);
    }
    return children_seconds() - before;
}
