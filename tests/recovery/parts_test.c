/* SPDX-License-Identifier: Apache-2.0 */
/* A request that is sent in parts: what a receiver has got of it is settled at once. */
#include "recovery/witness.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"

enum { LOGS = 12 };

/* How often a receiver has accepted each log record. */
struct got {
    unsigned times[LOGS];
    unsigned accept_max; /* deliveries that it accepts; further ones fail */
    unsigned accepted;
    uint64_t size_max; /* items of a delivery */
};

static void note(void *user, const struct item *item)
{
    struct got *got = user;

    assert_int_equal(item->signal, HAETAE_SIGNAL_LOGS);
    assert_true(item->number < LOGS);
    got->times[item->number]++;
}

static void take_small(struct fake_exporter *fake, haetae_delivery *delivery)
{
    struct got *got = fake->user;

    if (haetae_delivery_item_count(delivery) > got->size_max) {
        fake_answer(fake, delivery, HAETAE_VERDICT_TOO_LARGE);
    } else if (got->accepted == got->accept_max) {
        fake_answer(fake, delivery, HAETAE_VERDICT_RETRY);
    } else {
        got->accepted++;
        items_visit(haetae_delivery_signal(delivery), haetae_delivery_data(delivery),
                    haetae_delivery_size(delivery), note, got);
        fake_answer(fake, delivery, HAETAE_VERDICT_OK);
    }
}

static haetae_sdk *start(const char *directory, struct fake_exporter *fake,
                         struct fake_exporter *other)
{
    const struct sdk_setting settings[] = {{"HAETAE_RECORDER_DIR", directory},
                                           {"HAETAE_WORKER", "manual"},
                                           {"HAETAE_RECORDER_BYTES", "1m"},
                                           {"HAETAE_QUEUE_BYTES", "1m"},
                                           {"OTEL_SERVICE_NAME", "victim"},
                                           {"OTEL_BLRP_SCHEDULE_DELAY", "0"},
                                           {NULL, NULL}};

    return sdk_start(settings, SDK_FAKES(fake, other));
}

/* Log records of two scopes by turns: in a request they are not in this order. */
static void record(haetae_sdk *sdk)
{
    const struct recording scopes[2] = {{.logger = haetae_logger_named(sdk, "one")},
                                        {.logger = haetae_logger_named(sdk, "other")}};

    for (unsigned i = 0; i < LOGS; i++) {
        record_log(&scopes[i % 2], 0, i);
    }
}

/* Shuts down when a receiver of `size_max` items at a time has taken `accept_max` deliveries. */
static uint64_t shut_down_after(const char *directory, struct got *got, uint64_t size_max,
                                unsigned accept_max)
{
    struct fake_exporter fake;
    struct sdk_numbers numbers;
    haetae_sdk *sdk;

    fake_init(&fake, "fake", take_small);
    *got = (struct got){.size_max = size_max, .accept_max = accept_max};
    fake.user = got;
    sdk = start(directory, &fake, NULL);
    record(sdk);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    (void)haetae_sdk_shutdown(sdk, 1);
    numbers = sdk_numbers(sdk, HAETAE_SIGNAL_LOGS);
    assert_int_equal(numbers.dropped_total, 0);
    assert_int_equal(numbers.delivered + numbers.held, LOGS);
    haetae_sdk_free(sdk);
    fake_done(&fake);
    return numbers.delivered;
}

/* That the next start sends the rest, and nothing else. */
static void check_rest(const char *directory, struct got *got)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    fake_init(&fake, "fake", take_small);
    got->size_max = LOGS;
    got->accept_max = LOGS;
    got->accepted = 0;
    fake.user = got;
    sdk = start(directory, &fake, NULL);
    while (!hae_recovery_done(sdk->recovery)) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    haetae_sdk_free(sdk);
    fake_done(&fake);
    for (unsigned i = 0; i < LOGS; i++) {
        if (got->times[i] != 1) {
            fail_msg("log record %u was accepted %u times", i, got->times[i]);
        }
    }
    assert_int_equal(witness_files(directory), 0);
}

static void parts_that_were_accepted_are_not_sent_again(void **state)
{
    struct got got;

    assert_int_equal(shut_down_after(*state, &got, LOGS / 2, 1), LOGS / 2);
    check_rest(*state, &got);
    /* Parts of parts, and all but one. */
    assert_int_equal(shut_down_after(*state, &got, LOGS / 4, 1), LOGS / 4);
    check_rest(*state, &got);
    assert_int_equal(shut_down_after(*state, &got, LOGS / 4, 3), LOGS / 4 * 3);
    check_rest(*state, &got);
    assert_int_equal(shut_down_after(*state, &got, 1, LOGS - 1), LOGS - 1);
    check_rest(*state, &got);
}

static void all_parts_together_settle_the_whole(void **state)
{
    struct got got;

    assert_int_equal(shut_down_after(*state, &got, 1, LOGS), LOGS);
    assert_int_equal(witness_files(*state), 0);
}

/* The other one has not answered yet: it is owed the part as well. */
static void a_part_waits_for_the_other_destination(void **state)
{
    struct fake_exporter fake, holds;
    struct sdk_numbers numbers;
    struct got got = {.size_max = LOGS / 2, .accept_max = LOGS};
    haetae_sdk *sdk;

    fake_init(&fake, "fake", take_small);
    fake_init(&holds, "holds", fake_hold);
    fake.user = &got;
    sdk = start(*state, &fake, &holds);
    record(sdk);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    numbers = sdk_numbers(sdk, HAETAE_SIGNAL_LOGS);
    assert_int_equal(numbers.held, LOGS);
    (void)haetae_sdk_shutdown(sdk, 1);
    haetae_sdk_free(sdk);
    fake_done(&fake);
    fake_done(&holds);
    got = (struct got){.size_max = 0};
    check_rest(*state, &got);
}

/* While parts wait, others are settled, and the journal goes around. */
static void parts_may_wait_while_the_journal_is_used(void **state)
{
    struct fake_exporter fake;
    struct got got = {.size_max = LOGS / 2, .accept_max = 1};
    struct hae_recorder *recorder;
    struct hae_journal_entry *entry;
    struct hae_stored_journal *journal;
    haetae_sdk *sdk;

    fake_init(&fake, "fake", take_small);
    fake.user = &got;
    sdk = start(*state, &fake, NULL);
    recorder = sdk->recorder;
    record(sdk);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    journal = &recorder->file->stored->journals[HAETAE_SIGNAL_LOGS];
    assert_int_equal(journal->head, 0);
    entry = hae_region_at(recorder->region, journal->offset);
    assert_int_equal(entry->settled, HAE_ENTRY_SETTLED_IN_RANGE);
    got.accept_max = LOGS;
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, LOGS);
    assert_int_equal(journal->head, journal->tail);
    haetae_sdk_free(sdk);
    fake_done(&fake);
    assert_int_equal(witness_files(*state), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, witness_set_up, witness_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(parts_that_were_accepted_are_not_sent_again),
        TEST(all_parts_together_settle_the_whole),
        TEST(a_part_waits_for_the_other_destination),
        TEST(parts_may_wait_while_the_journal_is_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
