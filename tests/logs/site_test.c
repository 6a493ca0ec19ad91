/* SPDX-License-Identifier: Apache-2.0 */
/* haetae_log_emit_site() must write what haetae_log_emit() writes, whatever the site is, and
 * whoever uses it first. */
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "logs/log_site.h"
#include "logs/logs_test.h"
#include "support/core_attributes.h"

/* ---- The same bytes ------------------------------------------------------------------------- */

/* A site made at run time, and what its calls bring. */
struct sample {
    haetae_log_site site;
    uint64_t room[1024];
    haetae_string keys[CORE_ATTRIBUTES_MAX];
    haetae_value values[CORE_ATTRIBUTES_MAX];
    haetae_string body; /* NULL: the site's */
    char texts[3][CORE_TEXT_MAX];
};

static void make_sample(struct sample *sample, struct core_attributes *attributes)
{
    static const size_t room_sizes[] = {0, 8, 24, 64, 128, 256, sizeof sample->room};
    uint64_t *random = &attributes->random;

    core_attributes_next(attributes);
    memset(&sample->site, 0, sizeof sample->site);
    memset(sample->room, 0, sizeof sample->room);
    for (size_t i = 0; i < attributes->count; i++) {
        sample->keys[i] = attributes->list[i].key;
        sample->values[i] = attributes->list[i].value;
        if (core_below(random, 4) != 0) { /* mostly keys that can be prepared */
            sample->keys[i].data = attributes->texts[2 * i];
            attributes->texts[2 * i][0] = (char)('A' + i);
            sample->keys[i].length %= 24;
            sample->keys[i].length += sample->keys[i].length == 0;
        }
    }
    sample->site.severity = (int32_t)core_below(random, 26);
    sample->site.keys = sample->keys;
    sample->site.key_count = attributes->count;
    sample->site.room = sample->room;
    sample->site.room_bytes =
        core_below(random, 8) == 0
            ? room_sizes[core_below(random, sizeof room_sizes / sizeof(size_t))]
            : sizeof sample->room;
    sample->site.body = core_text(random, sample->texts[0]);
    sample->site.event_name =
        core_below(random, 2) == 0 ? core_text(random, sample->texts[1]) : (haetae_string){0};
    sample->body =
        core_below(random, 2) == 0 ? core_text(random, sample->texts[2]) : (haetae_string){0};
}

static void log_sample(struct core_fixture *core, const struct sample *sample)
{
    haetae_log_emit_site(core->logger, &sample->site, sample->values, sample->site.key_count,
                         sample->body.data, sample->body.length);
}

/* The record that means the same. */
static void emit_sample(struct core_fixture *core, const struct sample *sample,
                        uint64_t time_unix_ns)
{
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
    haetae_attribute list[CORE_ATTRIBUTES_MAX];
    haetae_string body = sample->body.data != NULL ? sample->body : sample->site.body;

    for (size_t i = 0; i < sample->site.key_count; i++) {
        list[i] = (haetae_attribute){sample->keys[i], sample->values[i]};
    }
    record.severity = sample->site.severity;
    record.body = body.data != NULL ? haetae_value_of(body) : haetae_value_empty();
    record.event_name = sample->site.event_name;
    record.attributes = list;
    record.attribute_count = sample->site.key_count;
    record.time_unix_ns = time_unix_ns;
    record.observed_time_unix_ns = time_unix_ns;
    haetae_log_emit(core->logger, &record);
}

/* Drains the records so far: `count`, or none. */
static bool drain(struct core_fixture *core, size_t count)
{
    assert_true(core_drain(core));
    assert_true(core->record_count == count || core->record_count == 0);
    return core->record_count == count;
}

static uint64_t time_of(const struct core_record *record)
{
    uint64_t time;

    assert_int_equal(record->data[0], HAE_TAG(1, HAE_WIRE_FIXED64));
    memcpy(&time, record->data + 1, sizeof time);
    return hae_le64(time);
}

static void same_bytes(const struct core_record *a, const struct core_record *b)
{
    assert_int_equal(a->size_bytes, b->size_bytes);
    assert_memory_equal(a->data, b->data, a->size_bytes);
}

static void set_limits(struct core_fixture *core, uint64_t *random)
{
    core->logs.limits.count = core_below(random, 8) == 0 ? (uint32_t)core_below(random, 8) : 128;
    core->logs.limits.value.length =
        core_below(random, 8) == 0 ? core_below(random, 160) : HAE_NO_LIMIT;
}

/* The first use of a site, the next one, and the way without it. */
static void a_site_writes_what_emit_writes(void **state)
{
    static struct core_attributes attributes;
    static struct sample sample;
    struct core_fixture *core = *state;
    unsigned compared = 0;
    unsigned prepared = 0;

    for (unsigned i = 0; i < core_repeat(20000); i++) {
        struct core_record first;
        struct core_record next;

        make_sample(&sample, &attributes);
        set_limits(core, &attributes.random);
        log_sample(core, &sample);
        log_sample(core, &sample);
        prepared += sample.room[0] % 4 == HAE_PREPARED_DONE;
        if (!drain(core, 2)) {
            emit_sample(core, &sample, 1);
            assert_false(drain(core, 1));
            core_forget(core);
            continue;
        }
        emit_sample(core, &sample, time_of(&core->records[0]));
        emit_sample(core, &sample, time_of(&core->records[1]));
        assert_true(core_drain(core));
        assert_int_equal(core->record_count, 4);
        first = core->records[0];
        next = core->records[1];
        same_bytes(&first, &core->records[2]);
        same_bytes(&next, &core->records[3]);
        core_forget(core);
        compared++;
    }
    assert_true(compared > core_repeat(20000) / 2);
    assert_true(prepared > core_repeat(20000) / 8);
}

/* ---- The macros ------------------------------------------------------------------------------ */

HAETAE_LOG_SITE(file_site, HAETAE_SEVERITY_WARN, "body", "some.event", "a.key", "b");

static void macros_record_bodies_keys_and_values(void **state)
{
    struct core_fixture *core = *state;
    HaeOtlp__LogRecord *log;

    for (int round = 0; round < 2; round++) {
        HAETAE_LOG(core->logger, HAETAE_SEVERITY_INFO, "plain");
        HAETAE_LOG(core->logger, HAETAE_SEVERITY_ERROR, "twelve", "a", 0, "b", 1, "c", 2, "d", 3,
                   "e", 4, "f", 5, "g", 6, "h", 7, "i", 8, "j", 9, "k", 10, "l", "eleven");
        haetae_log_emit_site(core->logger, &file_site, HAETAE_VALUES("text", -7), NULL, 0);
        haetae_log_emit_site(core->logger, &file_site, HAETAE_VALUES("text", -7),
                             HAETAE_TEXT("mine"));
        assert_true(core_drain(core));
        assert_int_equal(core->record_count, 4);

        log = core_log(core, 0);
        assert_string_equal(log->body->string_value, "plain");
        assert_int_equal(log->severity_number, HAETAE_SEVERITY_INFO);
        assert_int_equal(log->n_attributes, 0);
        core_free_log(log);
        log = core_log(core, 1);
        assert_int_equal(log->n_attributes, 12);
        core_has_int(log->attributes, log->n_attributes, "k", 10);
        core_has_string(log->attributes, log->n_attributes, "l", "eleven");
        core_free_log(log);
        log = core_log(core, 2);
        assert_string_equal(log->body->string_value, "body");
        assert_string_equal(log->event_name, "some.event");
        core_has_string(log->attributes, log->n_attributes, "a.key", "text");
        core_has_int(log->attributes, log->n_attributes, "b", -7);
        core_free_log(log);
        log = core_log(core, 3);
        assert_string_equal(log->body->string_value, "mine");
        core_free_log(log);
        core_forget(core);
    }
    /* The macros' rooms are large enough. */
    assert_int_equal(((struct hae_log_site_room *)file_site.room)->state, HAE_PREPARED_DONE);
}

/* ---- Mistakes ----------------------------------------------------------------------------------
 */

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
        uint64_t before = misuse(core);
        HaeOtlp__LogRecord *log;

        haetae_log_emit_site(core->logger, &file_site, cases[i].values, cases[i].count, NULL, 0);
        log = core_only_log(core);
        assert_int_equal(log->n_attributes, cases[i].kept);
        assert_int_equal(misuse(core) - before, cases[i].values == NULL || cases[i].count != 2);
        core_free_log(log);
        core_forget(core);
    }
    haetae_log_emit_site(core->logger, NULL, values, 3, NULL, 0);
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, 0);
    assert_int_equal(misuse(core), 6);
}

static void objects_refuse_what_cannot_be_prepared(void **state)
{
    static const haetae_string good[] = {{"a", 1}, {"b", 1}};
    static const haetae_string twice[] = {{"a", 1}, {"a", 1}};
    static const haetae_string empty[] = {{"a", 1}, {"", 0}};
    static const haetae_string ill[] = {{"a", 1}, {"\xFF", 1}};
    static const haetae_string huge[] = {{"a", 1}, {"b", SIZE_MAX / 2}};
    static const haetae_string *const lists[] = {twice, empty, ill, huge, NULL};
    haetae_log_site site = {.severity = HAETAE_SEVERITY_INFO, .keys = good, .key_count = 2};
    haetae_log_site *made = NULL;

    (void)state;
    assert_int_equal(haetae_log_site_new(NULL, &made), HAETAE_EINVAL);
    assert_int_equal(haetae_log_site_new(&site, NULL), HAETAE_EINVAL);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        site.keys = lists[i];
        assert_int_equal(haetae_log_site_new(&site, &made), HAETAE_EINVAL);
    }
    site.keys = good;
    site.key_count = SIZE_MAX;
    assert_int_equal(haetae_log_site_new(&site, &made), HAETAE_EINVAL);
    site.key_count = 2;
    site.severity = 25;
    assert_int_equal(haetae_log_site_new(&site, &made), HAETAE_EINVAL);
    site.severity = HAETAE_SEVERITY_INFO;
    site.body = (haetae_string){"\xFF", 1};
    assert_int_equal(haetae_log_site_new(&site, &made), HAETAE_EINVAL);
    site.body = (haetae_string){"x", SIZE_MAX};
    assert_int_equal(haetae_log_site_new(&site, &made), HAETAE_EINVAL);
    assert_null(made);
    site.body = (haetae_string){NULL, 0};
    hae_alloc_fail_after(0);
    assert_int_equal(haetae_log_site_new(&site, &made), HAETAE_ENOMEM);
    hae_alloc_fail_after(-1);
    assert_null(made);
    haetae_log_site_free(NULL);
}

/* An object keeps copies of all it was made of, and is prepared at once. */
static void objects_keep_copies(void **state)
{
    struct core_fixture *core = *state;
    char texts[4][8] = {"body", "event", "key", "other"};
    haetae_string keys[] = {haetae_string_of(texts[2]), haetae_string_of(texts[3])};
    haetae_log_site site = {.severity = HAETAE_SEVERITY_INFO,
                            .body = haetae_string_of(texts[0]),
                            .event_name = haetae_string_of(texts[1]),
                            .keys = keys,
                            .key_count = 2};
    haetae_log_site *made;
    HaeOtlp__LogRecord *log;

    assert_int_equal(haetae_log_site_new(&site, &made), HAETAE_OK);
    memset(texts, 'x', sizeof texts);
    memset(keys, 0, sizeof keys);
    haetae_log_emit_site(core->logger, made, HAETAE_VALUES(1, "2"), NULL, 0);
    /* The record holds copies, too. */
    haetae_log_site_free(made);
    log = core_only_log(core);
    assert_string_equal(log->body->string_value, "body");
    assert_string_equal(log->event_name, "event");
    core_has_int(log->attributes, log->n_attributes, "key", 1);
    core_has_string(log->attributes, log->n_attributes, "other", "2");
    core_free_log(log);
}

/* ---- First use ---------------------------------------------------------------------------------
 */

enum { SITES = 200, THREADS = 4 };

/* Keys lie in the sites' rooms' neighbourhood: each site has its own. */
struct race {
    struct core_fixture *core;
    pthread_barrier_t barrier;
    haetae_log_site sites[SITES];
    uint64_t rooms[SITES][32];
};

static void *use_each_site(void *argument)
{
    struct race *race = argument;

    for (int i = 0; i < SITES; i++) {
        pthread_barrier_wait(&race->barrier);
        haetae_log_emit_site(race->core->logger, &race->sites[i], HAETAE_VALUES(i, "text"), NULL,
                             0);
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
        race.sites[i] = (haetae_log_site){.severity = HAETAE_SEVERITY_INFO,
                                          .body = {"body", 4},
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
        HaeOtlp__LogRecord *log = core_log(race.core, i);
        const HaeOtlp__AnyValue *number = core_find(log->attributes, log->n_attributes, "number");

        assert_string_equal(log->body->string_value, "body");
        core_has_string(log->attributes, log->n_attributes, keys[1].data, "text");
        per_site[number->int_value]++;
        core_free_log(log);
    }
    for (int i = 0; i < SITES; i++) {
        assert_int_equal(per_site[i], THREADS);
    }
    pthread_barrier_destroy(&race.barrier);
}

/* A key in memory that cannot be read until the handler has used the site: so the signal comes in
 * the middle of the preparation. */
static struct {
    struct core_fixture *core;
    haetae_log_site *site;
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
    haetae_log_emit_site(middle.core->logger, middle.site, HAETAE_VALUES(1), NULL, 0);
}

static void a_handler_may_use_a_site_that_is_being_prepared(void **state)
{
    struct sigaction action = {.sa_handler = use_the_site};
    struct sigaction before;
    uint64_t room[32] = {0};
    haetae_string key = {NULL, 3};
    haetae_log_site site = {.severity = HAETAE_SEVERITY_INFO,
                            .keys = &key,
                            .key_count = 1,
                            .room = room,
                            .room_bytes = sizeof room};
    struct core_fixture *core = *state;

    middle.core = core;
    middle.site = &site;
    middle.calls = 0;
    middle.page_size = (size_t)sysconf(_SC_PAGESIZE);
    middle.page =
        mmap(NULL, middle.page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(middle.page != MAP_FAILED);
    memcpy(middle.page, "key", 3);
    key.data = middle.page;
    assert_int_equal(mprotect(middle.page, middle.page_size, PROT_NONE), 0);
    assert_int_equal(sigaction(SIGSEGV, &action, &before), 0);
    haetae_log_emit_site(core->logger, &site, HAETAE_VALUES(2), NULL, 0);
    assert_int_equal(sigaction(SIGSEGV, &before, NULL), 0);
    assert_int_equal(middle.calls, 1);
    haetae_log_emit_site(core->logger, &site, HAETAE_VALUES(3), NULL, 0);
    munmap(middle.page, middle.page_size);

    assert_int_equal(((struct hae_log_site_room *)site.room)->state, HAE_PREPARED_DONE);
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, 3);
    for (int i = 0; i < 3; i++) {
        HaeOtlp__LogRecord *log = core_log(core, (size_t)i);

        core_has_int(log->attributes, log->n_attributes, "key", i + 1);
        core_free_log(log);
    }
}

/* ---- Memory of the site ------------------------------------------------------------------------
 */

/* A site that lies in memory of a module which is unloaded. */
static void records_outlive_the_memory_of_their_site(void **state)
{
    static const haetae_string key = {"key", 3};
    struct core_fixture *core = *state;
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    haetae_log_site *site = (void *)page;
    haetae_string *keys = (void *)(page + 256);
    HaeOtlp__LogRecord *log;

    assert_true(page != MAP_FAILED);
    memcpy(page + 512, "key", 3);
    memcpy(page + 520, "body", 4);
    *keys = (haetae_string){(char *)page + 512, key.length};
    *site = (haetae_log_site){.severity = HAETAE_SEVERITY_INFO,
                              .body = {(char *)page + 520, 4},
                              .keys = keys,
                              .key_count = 1,
                              .room = page + 1024,
                              .room_bytes = 1024};
    haetae_log_emit_site(core->logger, site, HAETAE_VALUES("value"), NULL, 0);
    munmap(page, size);
    log = core_only_log(core);
    assert_string_equal(log->body->string_value, "body");
    core_has_string(log->attributes, log->n_attributes, "key", "value");
    core_free_log(log);
}

/* One SDK's limits and minimum don't stick to the site. */
static void a_site_serves_several_sdks(void **state)
{
    struct core_fixture *one = *state;
    struct core_fixture other = {0};
    HaeOtlp__LogRecord *log;

    core_begin(&other, 0, 4);
    other.logs.limits.count = 1;
    for (int round = 0; round < 2; round++) {
        haetae_log_emit_site(one->logger, &file_site, HAETAE_VALUES("x", 1), NULL, 0);
        haetae_log_emit_site(other.logger, &file_site, HAETAE_VALUES("y", 2), NULL, 0);
        log = core_only_log(one);
        assert_int_equal(log->n_attributes, 2);
        core_has_string(log->attributes, log->n_attributes, "a.key", "x");
        core_free_log(log);
        log = core_only_log(&other);
        assert_int_equal(log->n_attributes, 1);
        assert_int_equal(log->dropped_attributes_count, 1);
        core_has_string(log->attributes, log->n_attributes, "a.key", "y");
        core_free_log(log);
        core_forget(one);
        core_forget(&other);
    }
    core_end(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOGS_TESTS(a_site_writes_what_emit_writes),
        LOGS_TESTS(macros_record_bodies_keys_and_values),
        LOGS_TESTS(values_without_partners_are_left_out_and_counted),
        LOGS_TEST(objects_refuse_what_cannot_be_prepared),
        LOGS_TESTS(objects_keep_copies),
        LOGS_TEST(threads_may_use_a_site_first_at_once),
        LOGS_TEST(a_handler_may_use_a_site_that_is_being_prepared),
        LOGS_TESTS(records_outlive_the_memory_of_their_site),
        LOGS_TEST(a_site_serves_several_sdks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
