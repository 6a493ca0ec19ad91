/* SPDX-License-Identifier: Apache-2.0 */
/* How requests become messages. */
#include "plan_message.h"

#include "base/alloc.h"
#include "request.h"
#include "support/live.h"

static struct found_item found[REQUEST_ITEMS_MAX];

static struct hae_kafka_options options(enum hae_kafka_partition_by by, size_t max_bytes)
{
    return (struct hae_kafka_options){.by = by, .message_max_bytes = max_bytes, .seed = 7};
}

/* What a message was found to have. */
struct message {
    char key[HAE_KAFKA_KEY_BYTES + 1];
    size_t first; /* of its items among all that were found */
    size_t end;
};

static struct message messages[REQUEST_ITEMS_MAX];

/* Makes all messages, in `messages` and `found`, and checks that each is within the limit and its
 * bound, and that each item is there once, as it was. */
static size_t plan_all(const struct request_plan *request, const struct hae_kafka_options *wanted)
{
    struct bytes bytes = request_make(request);
    unsigned resources = request->resources > 0 ? request->resources : 1;
    unsigned scopes = request->scopes > 0 ? request->scopes : 1;
    static unsigned seen[REQUEST_ITEMS_MAX];
    struct hae_kafka_plan plan;
    size_t count = 0;
    size_t message_count;

    memset(seen, 0, sizeof seen);
    assert_int_equal(
        hae_kafka_plan_init(&plan, wanted, request->signal, bytes.data, bytes.size, request->items),
        HAE_KAFKA_PLANNED);
    message_count = plan.part_count;
    for (uint32_t i = 0; i < plan.part_count; i++) {
        size_t size;
        const uint8_t *message = hae_kafka_plan_message(&plan, i, &size);
        size_t key = hae_kafka_plan_key(&plan, i, messages[i].key);
        uint64_t points = 0;

        messages[i].key[key] = '\0';
        messages[i].first = count;
        assert_true(size + key <= wanted->message_max_bytes);
        count = request_read(request->signal, message, size, found, count, REQUEST_ITEMS_MAX);
        messages[i].end = count;
        for (size_t item = messages[i].first; item < count; item++) {
            points += found[item].points;
        }
        if (request->signal != HAETAE_SIGNAL_METRICS || wanted->by != HAE_KAFKA_BY_NONE) {
            assert_int_equal(points, plan.parts[i].point_count);
        }
    }
    for (size_t i = 0; i < count; i++) {
        unsigned number = found_number(&found[i]);
        char expected[40];

        assert_true(number < request->items);
        assert_int_equal(seen[number]++, 0);
        assert_true(found[i].is_intact);
        snprintf(expected, sizeof expected, "resource %u", number % resources);
        assert_string_equal(found[i].resource, expected);
        snprintf(expected, sizeof expected, "resource url %u", number % resources);
        assert_string_equal(found[i].resource_url, expected);
        snprintf(expected, sizeof expected, "scope %u", number / resources % scopes);
        assert_string_equal(found[i].scope, expected);
        snprintf(expected, sizeof expected, "scope url %u", number / resources % scopes);
        assert_string_equal(found[i].scope_url, expected);
    }
    assert_int_equal(count, request->items);
    hae_kafka_plan_done(&plan);
    free(bytes.data);
    return message_count;
}

static void a_request_that_fits_goes_as_it_is(void **state)
{
    const struct request_plan request = {.signal = HAETAE_SIGNAL_TRACES, .items = 10, .traces = 10};
    const struct hae_kafka_options wanted = options(HAE_KAFKA_BY_NONE, 1000000);
    struct bytes bytes = request_make(&request);
    struct hae_kafka_plan plan;
    char key[HAE_KAFKA_KEY_BYTES];
    size_t size;

    (void)state;
    assert_int_equal(
        hae_kafka_plan_init(&plan, &wanted, request.signal, bytes.data, bytes.size, 10),
        HAE_KAFKA_PLANNED);
    assert_int_equal(plan.part_count, 1);
    assert_int_equal(plan.parts[0].point_count, 10);
    assert_ptr_equal(hae_kafka_plan_message(&plan, 0, &size), bytes.data);
    assert_int_equal(size, bytes.size);
    assert_int_equal(hae_kafka_plan_key(&plan, 0, key), 0);
    hae_kafka_plan_done(&plan);
    free(bytes.data);
}

static void a_trace_is_one_message_with_its_id_as_key(void **state)
{
    const struct request_plan request = {
        .signal = HAETAE_SIGNAL_TRACES, .items = 1000, .traces = 37, .resources = 3, .scopes = 4};
    const struct hae_kafka_options wanted = options(HAE_KAFKA_BY_TRACE_ID, 1000000);

    (void)state;
    assert_int_equal(plan_all(&request, &wanted), 37);
    for (unsigned i = 0; i < 37; i++) {
        for (size_t item = messages[i].first; item < messages[i].end; item++) {
            char trace[33];

            request_trace(found_number(&found[item]), 37, trace);
            assert_string_equal(found[item].trace, trace);
            assert_string_equal(messages[i].key, trace);
        }
    }
}

/* As long as a trace is not larger than a message, each is one; then it has several, of one key. */
static void messages_have_no_more_bytes_than_they_may(void **state)
{
    static const enum hae_kafka_partition_by ways[] = {HAE_KAFKA_BY_NONE, HAE_KAFKA_BY_TRACE_ID,
                                                       HAE_KAFKA_BY_RESOURCE};

    (void)state;
    for (size_t way = 0; way < 3; way++) {
        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            for (size_t max = 1024; max < 40000; max += max / 3) {
                const struct request_plan request = {.signal = (haetae_signal)signal,
                                                     .items = 400,
                                                     .traces = 3,
                                                     .resources = 2,
                                                     .scopes = 2,
                                                     .name_bytes = 150};
                const struct hae_kafka_options wanted = options(ways[way], max);
                size_t count = plan_all(&request, &wanted);

                assert_true(count > 400 * 320 / max);
            }
        }
    }
}

/* A limit of just the size, and of one byte less. */
static void limits_are_exact(void **state)
{
    const struct request_plan request = {
        .signal = HAETAE_SIGNAL_TRACES, .items = 2, .traces = 1, .name_bytes = 600};
    struct bytes bytes = request_make(&request);
    struct hae_kafka_options wanted = options(HAE_KAFKA_BY_NONE, bytes.size);

    (void)state;
    assert_int_equal(plan_all(&request, &wanted), 1);
    wanted.message_max_bytes--;
    assert_int_equal(plan_all(&request, &wanted), 2);
    wanted = options(HAE_KAFKA_BY_TRACE_ID, bytes.size + HAE_KAFKA_KEY_BYTES + 16);
    assert_int_equal(plan_all(&request, &wanted), 1);
    wanted.message_max_bytes -= 17;
    assert_int_equal(plan_all(&request, &wanted), 2);
    free(bytes.data);
}

static void an_item_that_does_not_fit_is_reported(void **state)
{
    const struct request_plan request = {
        .signal = HAETAE_SIGNAL_TRACES, .items = 3, .traces = 3, .name_bytes = 1000};
    struct bytes bytes = request_make(&request);

    (void)state;
    for (int by = 0; by <= HAE_KAFKA_BY_TRACE_ID; by++) {
        const struct hae_kafka_options wanted = options((enum hae_kafka_partition_by)by, 1500);
        struct hae_kafka_plan plan;

        assert_int_equal(
            hae_kafka_plan_init(&plan, &wanted, request.signal, bytes.data, bytes.size, 3),
            HAE_KAFKA_ITEM_TOO_LARGE);
    }
    free(bytes.data);
}

static void log_records_without_a_trace_have_no_key(void **state)
{
    const struct request_plan request = {.signal = HAETAE_SIGNAL_LOGS, .items = 90, .traces = 10};
    const struct hae_kafka_options wanted = options(HAE_KAFKA_BY_TRACE_ID, 1000000);
    size_t count;

    (void)state;
    count = plan_all(&request, &wanted);
    assert_int_equal(count, 11);
    for (size_t i = 0; i < count; i++) {
        for (size_t item = messages[i].first; item < messages[i].end; item++) {
            assert_string_equal(found[item].trace, messages[i].key);
        }
    }
}

static void a_resource_has_one_key_in_whatever_order(void **state)
{
    struct request_plan request = {
        .signal = HAETAE_SIGNAL_METRICS, .items = 40, .resources = 2, .points = 5};
    const struct hae_kafka_options wanted = options(HAE_KAFKA_BY_RESOURCE, 1000000);
    char keys[2][HAE_KAFKA_KEY_BYTES + 1];

    (void)state;
    assert_int_equal(plan_all(&request, &wanted), 2);
    memcpy(keys[0], messages[0].key, sizeof keys[0]);
    memcpy(keys[1], messages[1].key, sizeof keys[1]);
    assert_int_equal(strlen(keys[0]), HAE_KAFKA_KEY_BYTES);
    assert_string_not_equal(keys[0], keys[1]);
    request.reversed = true;
    assert_int_equal(plan_all(&request, &wanted), 2);
    assert_string_equal(messages[0].key, keys[0]);
    assert_string_equal(messages[1].key, keys[1]);
    for (size_t item = messages[1].first; item < messages[1].end; item++) {
        assert_string_equal(found[item].resource, "resource 1");
        assert_int_equal(found[item].points, 5);
    }
}

/* Requests that end too early are refused, or what is whole of them is taken. */
static void malformed_requests_are_refused(void **state)
{
    const struct request_plan request = {
        .signal = HAETAE_SIGNAL_TRACES, .items = 6, .traces = 3, .resources = 2, .scopes = 2};
    const struct hae_kafka_options wanted = options(HAE_KAFKA_BY_TRACE_ID, 1000000);
    struct bytes bytes = request_make(&request);
    unsigned refused = 0;

    (void)state;
    for (size_t size = 0; size < bytes.size; size++) {
        uint8_t *copy = malloc(size + 1);
        struct hae_kafka_plan plan;

        assert_non_null(copy);
        memcpy(copy, bytes.data, size);
        if (hae_kafka_plan_init(&plan, &wanted, request.signal, copy, size, 6) ==
            HAE_KAFKA_PLANNED) {
            hae_kafka_plan_done(&plan);
        } else {
            refused++;
        }
        free(copy);
    }
    assert_int_equal(refused, bytes.size - 1); /* the first of two resources is a request, too */
    free(bytes.data);
}

static void lack_of_memory_is_reported(void **state)
{
    const struct request_plan request = {
        .signal = HAETAE_SIGNAL_TRACES, .items = 60, .traces = 9, .name_bytes = 100};
    struct bytes bytes = request_make(&request);

    (void)state;
    for (int by = 0; by <= HAE_KAFKA_BY_TRACE_ID; by++) {
        const struct hae_kafka_options wanted = options((enum hae_kafka_partition_by)by, 4000);
        enum hae_kafka_planned planned = HAE_KAFKA_NO_MEMORY;
        long count = 0;

        for (; planned == HAE_KAFKA_NO_MEMORY; count++) {
            struct hae_kafka_plan plan;

            hae_alloc_fail_after(count);
            planned =
                hae_kafka_plan_init(&plan, &wanted, request.signal, bytes.data, bytes.size, 60);
            hae_alloc_fail_after(-1);
            if (planned == HAE_KAFKA_PLANNED) {
                hae_kafka_plan_done(&plan);
            }
        }
        assert_int_equal(planned, HAE_KAFKA_PLANNED);
        assert_true(count > 6);
    }
    free(bytes.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE_TEST(a_request_that_fits_goes_as_it_is),
        LIVE_TEST(a_trace_is_one_message_with_its_id_as_key),
        LIVE_TEST(messages_have_no_more_bytes_than_they_may),
        LIVE_TEST(limits_are_exact),
        LIVE_TEST(an_item_that_does_not_fit_is_reported),
        LIVE_TEST(log_records_without_a_trace_have_no_key),
        LIVE_TEST(a_resource_has_one_key_in_whatever_order),
        LIVE_TEST(malformed_requests_are_refused),
        LIVE_TEST(lack_of_memory_is_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
