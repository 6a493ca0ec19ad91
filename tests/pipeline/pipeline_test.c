/* SPDX-License-Identifier: Apache-2.0 */
/* A pipeline with test sources: the order in which the pipeline calls them, and that no thread that
 * calls the pipeline waits for them. */
#include "pipeline/pipeline.h"

#include <semaphore.h>

#include "base/alloc.h"
#include "clock.h"
#include "pipeline/flush.h"
#include "pipeline/run_once.h"
#include "recorder/recorder.h"
#include "support/core_cmocka.h"
#include "support/fake_exporter.h"

enum { REGION_BYTES = 1 << 20 };

/* A source that gives `left` log records, and notes the calls. */
struct test_source {
    char name;
    struct test_source *all; /* the source whose `asked` they share */
    char asked[64];
    unsigned left;
    bool keeps;
    bool is_kept; /* end() says so */
    enum hae_source_result result;
    uint64_t given; /* its log of items grows with each */
    uint64_t settled;
    struct hae_run run; /* the last one */
    sem_t *in_run;      /* NULL: run() does not wait */
    sem_t *go_on;
};

static void note(struct test_source *source, char what)
{
    char *asked = source->all->asked;
    size_t length = strlen(asked);

    assert_true(length + 3 < sizeof source->asked);
    asked[length] = source->name;
    asked[length + 1] = what;
}

static enum hae_source_result source_run(void *self, struct hae_intake *intake,
                                         const struct hae_run *run)
{
    static const uint8_t record[] = {0x2a, 0x02, 0x0a, 0x00}; /* body: "" */
    struct hae_item item = {0, record, sizeof record, 1};
    struct test_source *source = self;

    note(source, 'r');
    source->run = *run;
    if (source->in_run != NULL) {
        sem_post(source->in_run);
        sem_wait(source->go_on);
    }
    for (; source->left > 0; source->left--) {
        if (hae_intake_take(intake, HAETAE_SIGNAL_LOGS, &item) == HAE_TAKE_TAKEN) {
            source->given++;
        }
    }
    return source->result;
}

static uint64_t source_position(void *self, haetae_signal signal)
{
    const struct test_source *source = self;

    assert_int_equal(signal, HAETAE_SIGNAL_LOGS);
    return source->given;
}

static void source_settle(void *self, haetae_signal signal, uint64_t from, uint64_t to)
{
    struct test_source *source = self;

    assert_int_equal(signal, HAETAE_SIGNAL_LOGS);
    assert_int_equal(from, source->settled);
    source->settled = to;
}

static bool source_keeps(void *self)
{
    return ((const struct test_source *)self)->keeps;
}

static void source_abandon(void *self, struct hae_intake *intake)
{
    struct hae_run run = {0};

    note(self, 'a');
    (void)source_run(self, intake, &run);
}

static bool source_end(void *self, struct hae_intake *intake)
{
    (void)intake;
    note(self, 'e');
    return ((const struct test_source *)self)->is_kept;
}

static void source_reinit(void *self, uint64_t now_ms)
{
    assert_int_equal(now_ms, test_now_ms);
    note(self, 'i');
}

static struct hae_source source_of(struct test_source *source)
{
    return (struct hae_source){.name = "test",
                               .self = source,
                               .signals = 1U << HAETAE_SIGNAL_LOGS,
                               .run = source_run,
                               .abandon = source_abandon,
                               .end = source_end,
                               .reinit = source_reinit};
}

/* ---- Fixture ---------------------------------------------------------------------------- */

struct fixture {
    struct hae_recorder *recorder;
    struct hae_pipeline_options options;
    struct hae_pipeline pipeline;
    struct fake_exporter fake;
    struct test_source first;
    struct test_source second;
    long live_before;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct hae_recorder_options options = {.size_bytes = REGION_BYTES};

    assert_non_null(f);
    (void)use_test_clock(state);
    f->live_before = hae_alloc_live_count();
    assert_int_equal(hae_recorder_new(&options, &f->recorder), HAETAE_OK);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        f->options.signals[signal] = (struct hae_batch_options){.delay_ms = 1000,
                                                                .item_count_max = 100,
                                                                .request_size_max_bytes = 10000,
                                                                .queue_item_max = UINT64_MAX,
                                                                .queue_byte_max = 100000};
    }
    f->options.retry = (struct hae_retry){1000, 8000, 0};
    f->first = (struct test_source){.name = '1', .all = &f->first};
    f->second = (struct test_source){.name = '2', .all = &f->first};
    f->options.sources[0] = source_of(&f->first);
    f->options.sources[1] = source_of(&f->second);
    f->options.source_count = 2;
    fake_init(&f->fake, "fake", fake_accept);
    *state = f;
    return 0;
}

static void begin(struct fixture *f)
{
    assert_int_equal(hae_pipeline_init(&f->pipeline, f->recorder, &f->options), HAETAE_OK);
    fake_make(&f->fake);
    hae_pipeline_add(&f->pipeline, f->fake.exporter, (1U << HAETAE_SIGNAL_COUNT) - 1, 0);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    hae_pipeline_done(&f->pipeline);
    hae_recorder_free(f->recorder);
    fake_done(&f->fake);
    assert_int_equal(hae_alloc_live_count(), f->live_before);
    hae_set_clock_ms(NULL);
    free(f);
    return 0;
}

static struct hae_item_counts logs(struct fixture *f)
{
    struct hae_item_counts counts[HAETAE_SIGNAL_COUNT];

    hae_pipeline_counts(&f->pipeline, counts);
    return counts[HAETAE_SIGNAL_LOGS];
}

/* ---- Tests ------------------------------------------------------------------------------ */

static void sources_are_asked_in_turn_each_run(void **state)
{
    struct fixture *f = *state;

    begin(f);
    assert_false(hae_pipeline_run_once(&f->pipeline));
    assert_string_equal(f->first.asked, "1r2r");
    assert_int_equal(f->first.run.now_ms, test_now_ms);
    assert_false(f->first.run.flushing);
    assert_false(f->first.run.closing);
    f->second.result = HAE_SOURCE_MORE;
    assert_true(hae_pipeline_run_once(&f->pipeline));
}

static void a_flush_waits_for_a_source_that_is_starved(void **state)
{
    struct fixture *f = *state;
    struct hae_flush flush;

    begin(f);
    f->first.left = 3;
    f->first.result = HAE_SOURCE_STARVED;
    hae_flush_request(&f->pipeline.control, &flush);
    (void)hae_pipeline_run_once(&f->pipeline);
    assert_true(f->second.run.flushing);
    assert_int_equal(logs(f).delivered, 3);
    assert_false(hae_flush_is_done(&f->pipeline.control, &flush));
    f->first.result = HAE_SOURCE_DONE;
    (void)hae_pipeline_run_once(&f->pipeline);
    assert_true(f->second.run.flushing);
    assert_true(hae_flush_is_done(&f->pipeline.control, &flush));
    hae_flush_cancel(&f->pipeline.control, &flush);
    (void)hae_pipeline_run_once(&f->pipeline);
    assert_false(f->second.run.flushing);
}

static void sources_know_that_the_pipeline_is_closing(void **state)
{
    struct fixture *f = *state;

    begin(f);
    hae_control_close(&f->pipeline.control);
    (void)hae_pipeline_run_once(&f->pipeline);
    assert_true(f->first.run.closing);
}

static void items_that_arrive_at_the_end_are_dropped(void **state)
{
    struct fixture *f = *state;
    bool kept = true;

    f->fake.behave = fake_hold;
    begin(f);
    f->first.left = 2;
    (void)hae_pipeline_run_once(&f->pipeline);
    f->second.left = 5;
    f->first.asked[0] = '\0';
    memset(f->first.asked, 0, sizeof f->first.asked);
    hae_pipeline_abandon(&f->pipeline, 0);
    assert_string_equal(f->first.asked, "1a1r2a2r1e2e");
    assert_true(hae_pipeline_has_ended(&f->pipeline, &kept));
    assert_false(kept);
    assert_int_equal(logs(f).dropped[HAETAE_DROP_SHUTDOWN], 7);
    assert_int_equal(logs(f).held, 0);
}

static void a_source_that_keeps_its_items_settles_and_ends_with_them(void **state)
{
    struct fixture *f = *state;
    bool kept = false;

    f->first.keeps = true;
    f->first.is_kept = true;
    f->options.sources[0].position = source_position;
    f->options.sources[0].settle = source_settle;
    f->options.sources[0].keeps = source_keeps;
    f->options.source_count = 1;
    begin(f);
    f->first.left = 200;
    (void)hae_pipeline_run_once(&f->pipeline);
    assert_int_equal(logs(f).delivered, 200);
    assert_int_equal(f->first.settled, 200);
    f->fake.behave = fake_hold;
    f->first.left = 150;
    (void)hae_pipeline_run_once(&f->pipeline);
    memset(f->first.asked, 0, sizeof f->first.asked);
    hae_pipeline_abandon(&f->pipeline, 0);
    assert_string_equal(f->first.asked, "1e");
    assert_int_equal(f->first.settled, 200);
    assert_int_equal(logs(f).held, 150);
    assert_true(hae_pipeline_has_ended(&f->pipeline, &kept));
    assert_true(kept);
}

static void forget_deliveries(void *self, bool idle)
{
    struct fake_exporter *fake = self;

    assert_true(idle);
    fake->held_count = 0;
}

static void a_forked_childs_pipeline_starts_empty_without_its_parents_sources(void **state)
{
    struct fixture *f = *state;

    f->options.sources[1].reinit = NULL;
    f->fake.behave = fake_hold;
    f->fake.ops.after_fork = forget_deliveries;
    begin(f);
    f->first.left = 150;
    (void)hae_pipeline_run_once(&f->pipeline);
    assert_int_equal(logs(f).held, 150);
    /* Calls the hooks of fork() as in a child, without a fork. */
    assert_true(f->pipeline.atfork.hooks->prepare(&f->pipeline));
    f->pipeline.atfork.hooks->child(&f->pipeline, true);
    assert_true(hae_pipeline_is_inherited(&f->pipeline));
    assert_int_equal(logs(f).held, 0);
    memset(f->first.asked, 0, sizeof f->first.asked);
    hae_pipeline_reinit(&f->pipeline, (struct hae_resource_view){NULL, 0, 0});
    assert_false(hae_pipeline_is_inherited(&f->pipeline));
    (void)hae_pipeline_run_once(&f->pipeline);
    assert_string_equal(f->first.asked, "1i1r");
    assert_int_equal(logs(f).taken, 0);
}

/* ---- No thread waits ------------------------------------------------------------- */

static void *run_in_thread(void *argument)
{
    (void)hae_pipeline_run_once(argument);
    return NULL;
}

/* The driver stays in a source: a thread that waited for it would wait for ever. */
static void a_thread_that_asks_does_not_wait_for_a_source(void **state)
{
    struct fixture *f = *state;
    struct hae_flush flush;
    pthread_t thread;
    sem_t in_run;
    sem_t go_on;
    bool kept;

    sem_init(&in_run, 0, 0);
    sem_init(&go_on, 0, 0);
    begin(f);
    f->first.left = 3;
    (void)hae_pipeline_run_once(&f->pipeline);
    f->first.in_run = &in_run;
    f->first.go_on = &go_on;
    assert_int_equal(pthread_create(&thread, NULL, run_in_thread, &f->pipeline), 0);
    sem_wait(&in_run);
    assert_int_equal(logs(f).held, 3);
    hae_flush_request(&f->pipeline.control, &flush);
    assert_false(hae_flush_is_done(&f->pipeline.control, &flush));
    hae_flush_cancel(&f->pipeline.control, &flush);
    hae_control_close(&f->pipeline.control);
    assert_false(hae_pipeline_has_ended(&f->pipeline, &kept));
    sem_post(&go_on);
    pthread_join(thread, NULL);
    sem_destroy(&go_on);
    sem_destroy(&in_run);
    f->first.in_run = NULL;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(sources_are_asked_in_turn_each_run),
        TEST(a_flush_waits_for_a_source_that_is_starved),
        TEST(sources_know_that_the_pipeline_is_closing),
        TEST(items_that_arrive_at_the_end_are_dropped),
        TEST(a_source_that_keeps_its_items_settles_and_ends_with_them),
        TEST(a_forked_childs_pipeline_starts_empty_without_its_parents_sources),
        TEST(a_thread_that_asks_does_not_wait_for_a_source),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
