/* After fork(): what nabla_team_run promises a child, whichever OpenMP runtime is below. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nabla_kernels.h"

enum { N = 1000, SECONDS_MOST = 60 };

static float z[N], expected[N];

static void run_sigmoid(void *context, nabla_member *member)
{
    nabla_sigmoid_f32(N, z, context, member);
    nabla_barrier(member);
}

static int team_is_right(size_t members)
{
    float a[N] = {0};
    return nabla_team_run(members, run_sigmoid, a) == NABLA_OK && memcmp(a, expected, sizeof a) == 0;
}

/* 1 when a child finds that a team of that many does its work; a child that waits for ever is ended by its alarm. */
static int holds_in_child(const char *what, size_t members)
{
    const pid_t child = fork();
    if (child == 0) {
        alarm(SECONDS_MOST);
        _exit(!team_is_right(members));
    }
    int status = 0;
    const int right = child > 0 && waitpid(child, &status, 0) == child && status == 0;
    printf("%s %s\n", right ? "holds: " : "FAILED:", what);
    fflush(stdout); /* before the next fork copies it */
    return right;
}

int main(void)
{
    for (int i = 0; i < N; ++i) z[i] = 0.01f * (float)(i - N / 2);
    nabla_sigmoid_f32(N, z, expected, NULL);

    int right = holds_in_child("a team of four in a child, its parent has run none yet", 4);
    right &= team_is_right(4);
    right &= holds_in_child("a team of one in a child, its parent has run one of four", 1);
    right &= team_is_right(4);
    return !right;
}
