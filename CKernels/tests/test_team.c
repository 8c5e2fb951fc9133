/* The team: its barrier with more members than processors, several teams at once, teams inside a caller's region, and
 * kernels run by real threads. An argument limits the members a team may get (see OMP_THREAD_LIMIT in the test list).
 */
#include <pthread.h>
#include <stdatomic.h>

#include "operands.h"
#include "reference.h"

static atomic_int failures;
static atomic_size_t largest_team;

#define EXPECT(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            if (atomic_fetch_add(&failures, 1) < 10) printf("FAILED line %d: %s\n", __LINE__, #condition);             \
        }                                                                                                              \
    } while (0)

enum { MEMBERS_MOST = 16, ROUNDS = 300 };

typedef struct rounds {
    size_t asked;
    int written[MEMBERS_MOST]; /* plain memory: only the barrier orders it */
    atomic_size_t bodies;
} rounds;

/* After every barrier each member must see what all wrote before it, and nobody may run a round ahead. */
static void count_rounds(void *context, nabla_member *member)
{
    rounds *r = context;
    atomic_fetch_add(&r->bodies, 1);
    EXPECT(member->index < member->count && member->count <= r->asked);
    if (member->count > atomic_load(&largest_team)) atomic_store(&largest_team, member->count);
    for (int round = 1; round <= ROUNDS; ++round) {
        r->written[member->index] = round;
        nabla_barrier(member);
        for (size_t i = 0; i < member->count; ++i) EXPECT(r->written[i] == round);
        nabla_barrier(member);
    }
    EXPECT(atomic_load(&r->bodies) == member->count);
}

static void *run_rounds(void *members)
{
    rounds r = {.asked = *(const size_t *)members};
    EXPECT(nabla_team_run(r.asked, count_rounds, &r) == NABLA_OK);
    return NULL;
}

static void test_barrier(void)
{
    for (size_t members = 1; members <= 9; ++members) run_rounds(&members);
}

static void test_several_teams(void)
{
    enum { TEAMS = 4 };
    pthread_t threads[TEAMS];
    static const size_t members[TEAMS] = {1, 2, 3, 2};
    for (int i = 0; i < TEAMS; ++i) EXPECT(pthread_create(&threads[i], NULL, run_rounds, (void *)&members[i]) == 0);
    for (int i = 0; i < TEAMS; ++i) pthread_join(threads[i], NULL);
}

static void test_nested(void)
{
#ifdef _OPENMP
#pragma omp parallel num_threads(3)
#endif
    {
        const size_t members = 3;
        run_rounds((void *)&members);
    }
}

/* A member that a program made itself, {index, count}, passes its barrier at once, however large its team. */
static void test_own_members(void)
{
    for (size_t count = 1; count <= 4; ++count)
        for (size_t index = 0; index < count; ++index) {
            nabla_member member = {.index = index, .count = count};
            for (int i = 0; i < 3; ++i) nabla_barrier(&member);
            EXPECT(member.index == index && member.count == count && member.barrier == NULL);
        }
}

/* A training step shared by a team gives the bits of the same step alone. */
enum { SAMPLES = 11, OUT = 70, IN = 45 };

typedef struct step {
    operand x, w, bias, a, d, d_prev, v, v_bias;
} step;

static void run_step(void *context, nabla_member *member)
{
    const step *s = context;
    for (int repeat = 0; repeat < 20; ++repeat) {
        nabla_dense_forward_f32(NABLA_SIGMOID, SAMPLES, OUT, IN, s->x.at, s->x.ld, s->w.at, s->bias.at, s->a.at,
                                s->a.ld, member);
        nabla_barrier(member);
        nabla_output_error_f32(NABLA_QUADRATIC, NABLA_SIGMOID, SAMPLES, OUT, s->a.at, s->a.ld, s->x.at, 0 + s->x.ld, s->d.at, s->d.ld,
                               member);
        nabla_barrier(member);
        nabla_dense_backward_f32(NABLA_SIGMOID, SAMPLES, OUT, IN, s->d.at, s->d.ld, s->w.at, s->x.at, s->x.ld,
                                 s->d_prev.at, s->d_prev.ld, member);
        nabla_barrier(member);
        nabla_dense_update_f32(SAMPLES, OUT, IN, -0.1f, s->d.at, s->d.ld, s->x.at, s->x.ld, 0.99f, s->w.at, s->bias.at,
                               member);
        nabla_barrier(member);
        const nabla_rule rule = {.kind = NABLA_RULE_NESTEROV, .rate = 0.1f, .mean = 0.1f, .keep1 = 0.9f, .decay = 1};
        const nabla_rule_layer layer = {{s->w.at, s->v.at}, {s->bias.at, s->v_bias.at}};
        nabla_dense_rule_f32(&rule, SAMPLES, OUT, IN, s->d.at, s->d.ld, s->x.at, s->x.ld, &layer, member);
        nabla_barrier(member);
    }
}

static void test_kernels(void)
{
    step s = {
        .x = make_operand(SAMPLES, OUT, OUT, 0), /* wide enough to serve as the desired output too */
        .w = make_operand(panels_of(OUT) * IN, NABLA_PANEL, NABLA_PANEL, 0),
        .bias = make_operand(1, padded(OUT), padded(OUT), 0),
        .a = make_operand(SAMPLES, padded(OUT), padded(OUT), 0),
        .d = make_operand(SAMPLES, padded(OUT), padded(OUT), 0),
        .d_prev = make_operand(SAMPLES, padded(IN), padded(IN), 0),
        .v = make_operand(panels_of(OUT) * IN, NABLA_PANEL, NABLA_PANEL, 0),
        .v_bias = make_operand(1, padded(OUT), padded(OUT), 0),
    };
    operand *all[] = {&s.x, &s.w, &s.bias, &s.a, &s.d, &s.d_prev, &s.v, &s.v_bias};
    enum { ALL = sizeof all / sizeof *all };
    run_step(&s, NULL);
    for (size_t i = 0; i < ALL; ++i) memcpy(all[i]->after, all[i]->now, all[i]->floats * sizeof(float));
    for (size_t members = 1; members <= 8; ++members) {
        for (size_t i = 0; i < ALL; ++i) reset_operand(all[i]);
        EXPECT(nabla_team_run(members, run_step, &s) == NABLA_OK);
        for (size_t i = 0; i < ALL; ++i) EXPECT(operand_is_as_expected(all[i]));
    }
    for (size_t i = 0; i < ALL; ++i) free_operand(all[i]);
}

int main(int argc, char **argv)
{
    test_barrier();
    test_several_teams();
    test_nested();
    test_own_members();
    test_kernels();
    const size_t most = argc > 1 ? strtoull(argv[1], NULL, 10) : 9;
    EXPECT(atomic_load(&largest_team) <= most);
    if (!nabla_has_openmp()) EXPECT(atomic_load(&largest_team) == 1);
    if (nabla_has_openmp() && argc == 1) EXPECT(atomic_load(&largest_team) == 9);
    printf("largest team %zu, %d failures\n", atomic_load(&largest_team), atomic_load(&failures));
    return atomic_load(&failures) != 0;
}
