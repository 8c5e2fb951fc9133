#include "trainings.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "statistics.h"

extern char **environ;

/* An epoch takes a millisecond or a few, less than an operating system lets a process run before another's turn. */
const training trainings[] = {{"nabla train", "784,30,10 b10", "784,30,10", "10", 2000},
                              {"nabla train", "784,128,64,10 b64", "784,128,64,10", "64", 1000}};
const size_t training_count = sizeof trainings / sizeof *trainings;

/* A process that trains while it has its turn and is stopped meanwhile. */
typedef struct run {
    const char *program;
    pid_t process;
    int lines; /* what it prints */
    char text[8192];
    size_t length;
} run;

/* What is to be ended and removed when this program is: a process that is stopped would stay so for ever. */
static volatile pid_t processes[2];
static char folders[2][512];

static void remove_folder(const char *folder)
{
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        char path[900];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path); /* not . and .. */
    }
    if (entries) closedir(entries);
    rmdir(folder);
}

static void end_both(void)
{
    for (int s = 0; s < 2; ++s) {
        if (processes[s] > 0) kill(processes[s], SIGKILL), waitpid(processes[s], NULL, 0);
        processes[s] = 0;
        if (folders[s][0]) remove_folder(folders[s]);
        folders[s][0] = 0;
    }
}

/* Nothing else goes on in this program while it waits for the others. */
static void end_by_signal(int number)
{
    end_both();
    _exit(128 + number);
}

static _Noreturn void fail(const run *r)
{
    fprintf(stderr, "%s train: failed\n", r->program);
    end_both();
    exit(2);
}

static run start_run(const char *program, const training *of, double more, const char *folder)
{
    run r = {.program = program};
    char data[32], model[600];
    snprintf(data, sizeof data, "digits:%.0f", of->samples * more);
    snprintf(model, sizeof model, "%s/model.safetensors", folder);
    const char *const words[] = {program,        "train",        "--data",   data,     "--layers",  of->layers,
                                 "--batch-size", of->batch_size, "--epochs", "100000", "--threads", "1",
                                 "--quiet",      "--json",       "--output", model,    NULL};
    int ends[2];
    if (pipe(ends) != 0) fail(&r);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    const int failed = posix_spawn(&r.process, program, &actions, NULL, (char *const *)(size_t)words, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (failed) r.process = 0, fail(&r);
    fcntl(ends[0], F_SETFD, FD_CLOEXEC); /* the other side must not keep it open */
    r.lines = ends[0];
    return r;
}

/* The "seconds" of the next epoch's line; 0 where the line is another one. */
static double next_seconds(run *r)
{
    char *end;
    while (!(end = memchr(r->text, '\n', r->length))) {
        if (r->length == sizeof r->text) fail(r);
        const ssize_t more = read(r->lines, r->text + r->length, sizeof r->text - r->length);
        if (more <= 0) fail(r); /* it has ended */
        r->length += (size_t)more;
    }
    *end = 0;
    const char *const key = "\"seconds\":", *const at = strstr(r->text, key);
    const double seconds = at && strstr(r->text, "\"samples_per_second\":") ? strtod(at + strlen(key), NULL) : 0;
    r->length -= (size_t)(end + 1 - r->text);
    memmove(r->text, end + 1, r->length);
    return seconds;
}

static void stop(run *r)
{
    int status;
    kill(r->process, SIGSTOP);
    if (waitpid(r->process, &status, WUNTRACED) != r->process || !WIFSTOPPED(status)) fail(r);
}

/* A turn: seconds of the fastest of some epochs, after one during which the caches fill. */
static double take_turn(run *r)
{
    enum { EPOCHS = 5 };
    double least = 0;
    kill(r->process, SIGCONT);
    for (int epoch = -2; epoch < EPOCHS;) { /* the first may have been stopped in the turn before */
        const double seconds = next_seconds(r);
        if (seconds > 0 && epoch++ >= 0 && (least == 0 || seconds < least)) least = seconds;
    }
    stop(r);
    return least;
}

training_pair compare_trainings(const char *const programs[2], const training *of, double more, size_t pair)
{
    enum { BLOCKS = 8 };
    run runs[2];
    signal(SIGINT, end_by_signal);
    signal(SIGTERM, end_by_signal);
    for (int s = 0; s < 2; ++s) {
        const char *const place = getenv("TMPDIR");
        snprintf(folders[s], sizeof folders[s], "%s/nabla-compare-XXXXXX", place ? place : "/tmp");
        if (!mkdtemp(folders[s])) fail(&(run){.program = programs[s]});
    }
    for (int s = 0; s < 2; ++s) {
        const int which = s ^ (int)(pair & 1); /* who is started first changes */
        runs[which] = start_run(programs[which], of, which ? more : 1, folders[which]);
        processes[which] = runs[which].process;
        take_turn(&runs[which]);
    }
    double ratios[BLOCKS], base[BLOCKS];
    for (int block = 0; block < BLOCKS; ++block) {
        double seconds[2] = {0, 0};
        for (int turn = 0; turn < 4; ++turn) {
            const int s = (turn == 1 || turn == 2) ^ (block & 1);
            seconds[s] += take_turn(&runs[s]);
        }
        base[block] = seconds[0] / 2;
        ratios[block] = seconds[1] / seconds[0];
    }
    end_both();
    for (int s = 0; s < 2; ++s) close(runs[s].lines);
    return (training_pair){median_of(ratios, BLOCKS), median_of(base, BLOCKS)};
}
