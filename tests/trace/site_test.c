/* SPDX-License-Identifier: Apache-2.0 */
/* Spans of a site must be what the calls without one record, whatever the site is, and whoever uses
 * it first. */
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "trace/span_site.h"
#include "trace/ways.h"

/* ---- The same bytes ------------------------------------------------------------------------- */

/* A site made at run time, and what its spans are given. */
struct sample {
    haetae_span_site site;
    uint64_t room[1024];
    haetae_string keys[CORE_ATTRIBUTES_MAX];
    haetae_value values[CORE_ATTRIBUTES_MAX];
    struct core_attributes constants;
    struct core_attributes between; /* set on the open span */
    struct core_attributes at_end;
    char name[CORE_TEXT_MAX];
};

/* Mostly attributes that can be prepared: keys differ by their first letter. */
static void make_plain(struct core_attributes *attributes, char first)
{
    for (size_t i = 0; i < attributes->count; i++) {
        haetae_string *key = &attributes->list[i].key;

        if (core_below(&attributes->random, 8) != 0) {
            key->data = attributes->texts[2 * i];
            attributes->texts[2 * i][0] = (char)(first + (int)i);
            key->length = 1 + key->length % 24;
        }
    }
}

static void make_sample(struct sample *sample)
{
    static const size_t room_sizes[] = {0, 8, 24, 64, 128, 256, sizeof sample->room};
    uint64_t *random = &sample->at_end.random;
    struct core_attributes *constants = &sample->constants;

    core_attributes_next(constants);
    core_attributes_next(&sample->between);
    core_attributes_next(&sample->at_end);
    constants->count = core_below(random, 2) == 0 ? 0 : constants->count % 4;
    sample->between.count = core_below(random, 2) == 0 ? 0 : sample->between.count;
    make_plain(constants, '0');
    make_plain(&sample->between, core_below(random, 2) == 0 ? 'a' : 'A');
    make_plain(&sample->at_end, 'A');
    memset(&sample->site, 0, sizeof sample->site);
    memset(sample->room, 0, sizeof sample->room);
    for (size_t i = 0; i < sample->at_end.count; i++) {
        sample->keys[i] = sample->at_end.list[i].key;
        sample->values[i] = sample->at_end.list[i].value;
    }
    sample->site.kind = (int32_t)core_below(random, 7);
    sample->site.name = core_text(random, sample->name);
    sample->site.attributes = constants->list;
    sample->site.attribute_count = constants->count;
    sample->site.keys = sample->keys;
    sample->site.key_count = sample->at_end.count;
    sample->site.room = sample->room;
    sample->site.room_bytes =
        core_below(random, 8) == 0
            ? room_sizes[core_below(random, sizeof room_sizes / sizeof room_sizes[0])]
            : sizeof sample->room;
}

static struct core_record at_the_site(struct core_fixture *core, const struct sample *sample)
{
    haetae_span span = haetae_span_start_site(core->tracer, &sample->site);

    if (sample->between.count != 0) {
        haetae_span_set_attributes(span, sample->between.list, sample->between.count);
    }
    haetae_span_end_site(span, &sample->site, sample->values, sample->site.key_count);
    return ways_take_ended(core);
}

static struct core_record without_it(struct core_fixture *core, const struct sample *sample)
{
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    haetae_span span;

    options.kind = sample->site.kind;
    options.attributes = sample->site.attributes;
    options.attribute_count = sample->site.attribute_count;
    span = haetae_span_start_with(core->tracer, sample->site.name.data, sample->site.name.length,
                                  &options);
    if (sample->between.count != 0) {
        haetae_span_set_attributes(span, sample->between.list, sample->between.count);
    }
    if (sample->site.key_count != 0) {
        haetae_span_set_attributes(span, sample->at_end.list, sample->at_end.count);
    }
    return ways_take(core, span);
}

/* The first use of a site, the next one, and the way without it. */
static void a_site_records_what_other_calls_record(void **state)
{
    static struct sample sample = {.constants.random = 3, .between.random = 5, .at_end.random = 7};
    struct core_fixture *core = *state;
    unsigned prepared = 0;

    for (unsigned i = 0; i < core_repeat(20000); i++) {
        struct core_record first;
        struct core_record next;
        struct core_record general;

        make_sample(&sample);
        ways_set_limits(&core->traces.limits.attributes, &sample.at_end.random);
        first = at_the_site(core, &sample);
        next = at_the_site(core, &sample);
        general = without_it(core, &sample);
        prepared += sample.room[0] % 4 == HAE_PREPARED_DONE;
        ways_check_same(first, general);
        ways_check_same(next, general);
        free(first.data);
        free(next.data);
        free(general.data);
    }
    assert_true(prepared > core_repeat(20000) / 8);
}

/* ---- The macro ------------------------------------------------------------------------------ */

HAETAE_SPAN_SITE(file_site, HAETAE_SPAN_KIND_SERVER, "GET /rides", "a.key", "b");

static void the_macro_makes_a_site_that_can_be_prepared(void **state)
{
    struct core_fixture *core = *state;

    for (int round = 0; round < 2; round++) {
        haetae_span span = haetae_span_start_site(core->tracer, &file_site);
        HaeOtlp__Span *read;

        haetae_span_end_site(span, &file_site, HAETAE_VALUES("text", -7));
        read = core_only_span(core);
        assert_string_equal(read->name, "GET /rides");
        assert_int_equal(read->kind, HAETAE_SPAN_KIND_SERVER);
        assert_int_equal(read->n_attributes, 2);
        core_has_string(read->attributes, read->n_attributes, "a.key", "text");
        core_has_int(read->attributes, read->n_attributes, "b", -7);
        core_free_span(read);
        core_forget(core);
    }
    assert_int_equal(((struct hae_span_site_room *)file_site.room)->state, HAE_PREPARED_DONE);
}

/* ---- Mistakes ------------------------------------------------------------------------------- */

static uint64_t misuse(struct core_fixture *core)
{
    return core_sums(core).misuse[HAETAE_MISUSE_ARGUMENT];
}

static void values_without_partners_are_left_out_and_counted(void **state)
{
    static const haetae_value values[] = {{.type = HAETAE_VALUE_INT64, .as.int64 = 1},
                                          {.type = HAETAE_VALUE_INT64, .as.int64 = 2},
                                          {.type = HAETAE_VALUE_INT64, .as.int64 = 3}};
    static const struct {
        const haetae_value *values;
        size_t count;
        size_t kept;
    } cases[] = {{values, 0, 0}, {values, 1, 1},      {values, 3, 2},
                 {NULL, 2, 0},   {NULL, SIZE_MAX, 0}, {values, 2, 2}};
    struct core_fixture *core = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        haetae_span span = haetae_span_start_site(core->tracer, &file_site);
        uint64_t before = misuse(core);
        HaeOtlp__Span *read;

        haetae_span_end_site(span, &file_site, cases[i].values, cases[i].count);
        read = core_only_span(core);
        assert_int_equal(read->n_attributes, cases[i].kept);
        assert_int_equal(misuse(core) - before, cases[i].values == NULL || cases[i].count != 2);
        core_free_span(read);
        core_forget(core);
    }
}

static void null_sites_and_stale_spans_are_harmless(void **state)
{
    struct core_fixture *core = *state;
    haetae_span span = haetae_span_start_site(core->tracer, NULL);
    HaeOtlp__Span *read;

    haetae_span_end_site(span, NULL, NULL, 0);
    read = core_only_span(core);
    assert_true(read->name == NULL || read->name[0] == 0);
    core_free_span(read);
    core_forget(core);
    haetae_span_end_site(span, &file_site, HAETAE_VALUES(1, 2));
    assert_int_equal(haetae_span_start_site(NULL, &file_site), HAETAE_SPAN_NONE);
    haetae_span_end_site(HAETAE_SPAN_NONE, &file_site, HAETAE_VALUES(1, 2));
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, 0);
    assert_true(core_sums(core).misuse[HAETAE_MISUSE_ENDED_SPAN] != 0);
}

/* ---- Objects -------------------------------------------------------------------------------- */

static void objects_refuse_what_cannot_be_prepared(void **state)
{
    static const haetae_string good[] = {{"a", 1}, {"b", 1}};
    static const haetae_string twice[] = {{"a", 1}, {"a", 1}};
    static const haetae_string empty[] = {{"a", 1}, {"", 0}};
    static const haetae_string ill[] = {{"a", 1}, {"\xFF", 1}};
    static const haetae_string huge[] = {{"a", 1}, {"b", SIZE_MAX / 2}};
    static const haetae_string *const lists[] = {twice, empty, ill, huge, NULL};
    static const haetae_string names[] = {{NULL, 4}, {"", 0}, {"\xFF", 1}, {"x", SIZE_MAX}};
    haetae_attribute constant = HAETAE_ATTR("a", 1);
    haetae_span_site site = {.kind = HAETAE_SPAN_KIND_CLIENT, .name = {"name", 4}};
    haetae_span_site *made = NULL;

    (void)state;
    assert_int_equal(haetae_span_site_new(NULL, &made), HAETAE_EINVAL);
    assert_int_equal(haetae_span_site_new(&site, NULL), HAETAE_EINVAL);
    site.key_count = 2;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        site.keys = lists[i];
        assert_int_equal(haetae_span_site_new(&site, &made), HAETAE_EINVAL);
    }
    site.keys = good;
    site.key_count = SIZE_MAX;
    assert_int_equal(haetae_span_site_new(&site, &made), HAETAE_EINVAL);
    site.key_count = 2;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        site.name = names[i];
        assert_int_equal(haetae_span_site_new(&site, &made), HAETAE_EINVAL);
    }
    site.name = haetae_string_of("name");
    site.attributes = &constant; /* which is also one of the keys */
    site.attribute_count = 1;
    assert_int_equal(haetae_span_site_new(&site, &made), HAETAE_EINVAL);
    constant.value = haetae_value_text("x", SIZE_MAX);
    assert_int_equal(haetae_span_site_new(&site, &made), HAETAE_EINVAL);
    site.attribute_count = SIZE_MAX;
    assert_int_equal(haetae_span_site_new(&site, &made), HAETAE_EINVAL);
    site.attribute_count = 0;
    hae_alloc_fail_after(0);
    assert_int_equal(haetae_span_site_new(&site, &made), HAETAE_ENOMEM);
    hae_alloc_fail_after(-1);
    assert_null(made);
    haetae_span_site_free(NULL);
}

/* An object keeps copies of all it was made of, and is prepared at once. */
static void objects_keep_copies(void **state)
{
    struct core_fixture *core = *state;
    char texts[5][8] = {"name", "key", "other", "const", "value"};
    haetae_string keys[] = {haetae_string_of(texts[1]), haetae_string_of(texts[2])};
    haetae_attribute constants[] = {
        {haetae_string_of(texts[3]), haetae_value_of(haetae_string_of(texts[4]))},
        HAETAE_ATTR("number", 3)};
    haetae_span_site site = {.kind = HAETAE_SPAN_KIND_CLIENT,
                             .name = haetae_string_of(texts[0]),
                             .attributes = constants,
                             .attribute_count = 2,
                             .keys = keys,
                             .key_count = 2};
    haetae_span_site *made;
    HaeOtlp__Span *read;
    haetae_span span;

    assert_int_equal(haetae_span_site_new(&site, &made), HAETAE_OK);
    memset(texts, 'x', sizeof texts);
    memset(keys, 0, sizeof keys);
    memset(constants, 0, sizeof constants);
    span = haetae_span_start_site(core->tracer, made);
    haetae_span_end_site(span, made, HAETAE_VALUES(1, "2"));
    /* The record holds copies, too. */
    haetae_span_site_free(made);
    read = core_only_span(core);
    assert_string_equal(read->name, "name");
    assert_int_equal(read->n_attributes, 4);
    core_has_string(read->attributes, read->n_attributes, "const", "value");
    core_has_int(read->attributes, read->n_attributes, "number", 3);
    core_has_int(read->attributes, read->n_attributes, "key", 1);
    core_has_string(read->attributes, read->n_attributes, "other", "2");
    core_free_span(read);
}

/* ---- First use ------------------------------------------------------------------------------ */

enum { SITES = 200, THREADS = 4 };

struct race {
    struct core_fixture *core;
    pthread_barrier_t barrier;
    haetae_span_site sites[SITES];
    uint64_t rooms[SITES][40];
};

static void *use_each_site(void *argument)
{
    struct race *race = argument;

    for (int i = 0; i < SITES; i++) {
        haetae_span span;

        pthread_barrier_wait(&race->barrier);
        span = haetae_span_start_site(race->core->tracer, &race->sites[i]);
        haetae_span_end_site(span, &race->sites[i], HAETAE_VALUES(i, "text"));
    }
    return NULL;
}

static void threads_may_use_a_site_first_at_once(void **state)
{
    static const haetae_string keys[] = {{"number", 6}, {"a.key.of.some.length", 20}};
    static struct race race;
    pthread_t threads[THREADS];
    unsigned per_site[SITES] = {0};

    memset(&race, 0, sizeof race);
    race.core = *state;
    pthread_barrier_init(&race.barrier, NULL, THREADS);
    for (int i = 0; i < SITES; i++) {
        race.sites[i] = (haetae_span_site){.kind = HAETAE_SPAN_KIND_CLIENT,
                                           .name = {"name", 4},
                                           .keys = keys,
                                           .key_count = 2,
                                           .room = race.rooms[i],
                                           .room_bytes = sizeof race.rooms[i]};
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, use_each_site, &race), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_true(core_drain(race.core));
    assert_int_equal(race.core->record_count, SITES * THREADS);
    for (size_t i = 0; i < race.core->record_count; i++) {
        HaeOtlp__Span *read = core_span(race.core, i);
        const HaeOtlp__AnyValue *number = core_find(read->attributes, read->n_attributes, "number");

        assert_string_equal(read->name, "name");
        core_has_string(read->attributes, read->n_attributes, keys[1].data, "text");
        per_site[number->int_value]++;
        core_free_span(read);
    }
    for (int i = 0; i < SITES; i++) {
        assert_int_equal(per_site[i], THREADS);
    }
    pthread_barrier_destroy(&race.barrier);
}

/* A name in memory that cannot be read until the handler has used the site: so the signal comes in
 * the middle of the preparation. */
static struct {
    struct core_fixture *core;
    haetae_span_site *site;
    void *page;
    size_t page_size;
    volatile sig_atomic_t calls;
} middle;

static void use_the_site(int number)
{
    (void)number;
    if (middle.calls != 0) {
        _exit(99); /* the fault goes on: no use to come here again and again */
    }
    middle.calls = 1;
    mprotect(middle.page, middle.page_size, PROT_READ | PROT_WRITE);
    haetae_span_end_site(haetae_span_start_site(middle.core->tracer, middle.site), middle.site,
                         HAETAE_VALUES(1));
}

static void a_handler_may_use_a_site_that_is_being_prepared(void **state)
{
    static const haetae_string key = {"key", 3};
    struct sigaction action = {.sa_handler = use_the_site};
    struct sigaction before;
    uint64_t room[32] = {0};
    haetae_span_site site = {.kind = HAETAE_SPAN_KIND_CLIENT,
                             .keys = &key,
                             .key_count = 1,
                             .room = room,
                             .room_bytes = sizeof room};
    struct core_fixture *core = *state;

    middle.core = core;
    middle.site = &site;
    middle.page_size = (size_t)sysconf(_SC_PAGESIZE);
    middle.calls = 0;
    middle.page =
        mmap(NULL, middle.page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(middle.page != MAP_FAILED);
    memcpy(middle.page, "name", 4);
    site.name = (haetae_string){middle.page, 4};
    sigaction(SIGSEGV, &action, &before);
    mprotect(middle.page, middle.page_size, PROT_NONE);
    haetae_span_end_site(haetae_span_start_site(core->tracer, &site), &site, HAETAE_VALUES(2));
    sigaction(SIGSEGV, &before, NULL);
    assert_int_equal(middle.calls, 1);
    assert_int_equal(((struct hae_span_site_room *)site.room)->state, HAE_PREPARED_DONE);
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, 2);
    for (size_t i = 0; i < 2; i++) {
        HaeOtlp__Span *read = core_span(core, i);

        assert_string_equal(read->name, "name");
        core_has_int(read->attributes, read->n_attributes, "key", (int64_t)i + 1);
        core_free_span(read);
    }
    munmap(middle.page, middle.page_size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TRACE_TEST(a_site_records_what_other_calls_record),
                                       TRACE_TEST(the_macro_makes_a_site_that_can_be_prepared),
                                       TRACE_TEST(values_without_partners_are_left_out_and_counted),
                                       TRACE_TEST(null_sites_and_stale_spans_are_harmless),
                                       TRACE_TEST(objects_refuse_what_cannot_be_prepared),
                                       TRACE_TEST(objects_keep_copies),
                                       TRACE_TEST(threads_may_use_a_site_first_at_once),
                                       TRACE_TEST(a_handler_may_use_a_site_that_is_being_prepared)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
