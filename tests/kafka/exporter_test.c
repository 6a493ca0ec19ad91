/* SPDX-License-Identifier: Apache-2.0 */
/* The exporter without the pipeline: what becomes of deliveries. */
#include "state.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cluster.h"
#include "haetae/config.h"
#include "haetae/kafka.h"
#include "support/fake_delivery.h"
#include "support/live.h"

enum { MESSAGES_MAX = 4096 };

static struct cluster cluster;

static int start(void **state)
{
    live_set_up(state);
    cluster_start(&cluster);
    return 0;
}

static int stop(void **state)
{
    cluster_stop(&cluster);
    return live_tear_down(state);
}

struct setting {
    const char *key;
    const char *value;
};
#define SETTINGS(...) ((const struct setting[]){__VA_ARGS__, {NULL, NULL}})

static haetae_exporter *make(const char *brokers, const struct setting *settings)
{
    haetae_exporter *exporter = NULL;
    haetae_config *config = NULL;

    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "HAETAE_KAFKA_BROKERS", brokers), HAETAE_OK);
    for (; settings->key != NULL; settings++) {
        assert_int_equal(haetae_config_set(config, settings->key, settings->value), HAETAE_OK);
    }
    if (haetae_kafka_new(config, &exporter) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
    haetae_config_free(config);
    return exporter;
}

/* A delivery of a request, which free_delivery() frees. */
static haetae_delivery delivery_of(const struct request_plan *plan)
{
    struct bytes request = request_make(plan);

    return (haetae_delivery){.signal = plan->signal,
                             .data = request.data,
                             .size = request.size,
                             .item_count = plan->items};
}

static void free_delivery(haetae_delivery *delivery)
{
    free((void *)(uintptr_t)delivery->data);
}

static const struct request_plan spans = {
    .signal = HAETAE_SIGNAL_TRACES, .items = 1000, .traces = 300, .scopes = 3};
static const struct request_plan a_span = {.signal = HAETAE_SIGNAL_TRACES, .items = 1, .traces = 1};

static struct topic_content read_topic(haetae_signal signal)
{
    static const char *const topics[] = {[HAETAE_SIGNAL_TRACES] = "otlp_spans",
                                         [HAETAE_SIGNAL_METRICS] = "otlp_metrics",
                                         [HAETAE_SIGNAL_LOGS] = "otlp_logs"};

    return cluster_read(cluster.brokers, topics[signal], CLUSTER_PARTITIONS, signal);
}

/* ---- What is delivered ------------------------------------------------------------------- */

static void spans_of_a_trace_are_in_one_partition(void **state)
{
    haetae_exporter *exporter = make(cluster.brokers, SETTINGS({NULL, NULL}));
    haetae_delivery delivery = delivery_of(&spans);
    struct topic_content content;

    (void)state;
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_int_equal(delivery.result.rejected_count, 0);
    assert_null(delivery.result.message);
    content = read_topic(HAETAE_SIGNAL_TRACES);
    content_is(&content, 0, 1000);
    content_is_by_trace(&content);
    assert_int_equal(content.message_count, 300);
    free_delivery(&delivery);
    haetae_exporter_free(exporter);
}

static void each_signal_has_its_topic(void **state)
{
    haetae_exporter *exporter =
        make(cluster.brokers, SETTINGS({"HAETAE_KAFKA_TRACES_PARTITION_BY", "none"}));

    (void)state;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        const struct request_plan plan = {
            .signal = (haetae_signal)signal, .items = 50, .traces = 10};
        haetae_delivery delivery = delivery_of(&plan);
        struct topic_content content;

        fake_deliver(exporter, &delivery);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
        content = read_topic((haetae_signal)signal);
        content_is(&content, 0, 50);
        assert_int_equal(content.message_count, 1);
        assert_string_equal(content.keys[0], "");
        free_delivery(&delivery);
    }
    haetae_exporter_free(exporter);
}

static void resources_and_log_records_get_keys(void **state)
{
    haetae_exporter *exporter =
        make(cluster.brokers, SETTINGS({"HAETAE_KAFKA_METRICS_PARTITION_BY", "resource"},
                                       {"HAETAE_KAFKA_LOGS_PARTITION_BY", "trace_id"}));
    const struct request_plan metrics = {
        .signal = HAETAE_SIGNAL_METRICS, .items = 20, .resources = 2, .points = 3};
    const struct request_plan logs = {.signal = HAETAE_SIGNAL_LOGS, .items = 60, .traces = 20};
    haetae_delivery deliveries[] = {delivery_of(&metrics), delivery_of(&logs)};
    struct topic_content content;

    (void)state;
    fake_send(exporter, &deliveries[0]);
    fake_send(exporter, &deliveries[1]);
    fake_wait(exporter, deliveries, 2);
    content = read_topic(HAETAE_SIGNAL_METRICS);
    content_is(&content, 0, 20);
    assert_int_equal(content.message_count, 2);
    assert_int_equal(strlen(content.keys[0]), 32);
    content = read_topic(HAETAE_SIGNAL_LOGS);
    content_is(&content, 0, 60);
    content_is_by_trace(&content);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(deliveries[i].result.verdict, HAETAE_VERDICT_OK);
        free_delivery(&deliveries[i]);
    }
    haetae_exporter_free(exporter);
}

static void messages_are_compressed(void **state)
{
    static const char *const codecs[] = {"gzip", "snappy", "lz4", "zstd"};
    const struct request_plan plan = {
        .signal = HAETAE_SIGNAL_LOGS, .items = 100, .name_bytes = 500};
    haetae_delivery delivery = delivery_of(&plan);

    (void)state;
    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
        haetae_exporter *exporter =
            make(cluster.brokers, SETTINGS({"HAETAE_KAFKA_COMPRESSION", codecs[i]}));

        fake_deliver(exporter, &delivery);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
        haetae_exporter_free(exporter);
    }
    assert_int_equal(read_topic(HAETAE_SIGNAL_LOGS).count, 400);
    free_delivery(&delivery);
}

/* More than librdkafka may hold at once: the exporter goes on as it is acknowledged. */
static void a_full_queue_delays_and_loses_nothing(void **state)
{
    haetae_exporter *exporter = make(
        cluster.brokers, SETTINGS({"HAETAE_KAFKA_OPTIONS", "queue.buffering.max.messages=50"}));
    haetae_delivery delivery = delivery_of(&spans);
    struct topic_content content;

    (void)state;
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    content = read_topic(HAETAE_SIGNAL_TRACES);
    content_is(&content, 0, 1000);
    free_delivery(&delivery);
    haetae_exporter_free(exporter);
}

/* ---- Errors ------------------------------------------------------------------------------ */

/* Delivers one span to brokers that answer with an error, each time for as long as they are asked.
 */
static haetae_delivery deliver_with_error(rd_kafka_resp_err_t error, size_t times)
{
    rd_kafka_resp_err_t errors[64];
    haetae_exporter *exporter = make(cluster.brokers, SETTINGS({"HAETAE_KAFKA_TIMEOUT", "2000"}));
    haetae_delivery delivery = delivery_of(&a_span);

    for (size_t i = 0; i < 64; i++) {
        errors[i] = error;
    }
    rd_kafka_mock_push_request_errors_array(cluster.mock, API_PRODUCE, times, errors);
    fake_deliver(exporter, &delivery);
    rd_kafka_mock_clear_request_errors(cluster.mock, API_PRODUCE);
    free_delivery(&delivery);
    haetae_exporter_free(exporter);
    return delivery;
}

static void errors_become_verdicts(void **state)
{
    static const struct {
        rd_kafka_resp_err_t error;
        haetae_verdict verdict;
    } cases[] = {
        {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, HAETAE_VERDICT_TOO_LARGE},
        {RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, HAETAE_VERDICT_TOO_LARGE},
        {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, HAETAE_VERDICT_DROP},
        {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, HAETAE_VERDICT_DROP},
        {RD_KAFKA_RESP_ERR_INVALID_RECORD, HAETAE_VERDICT_INVALID},
        {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, HAETAE_VERDICT_RETRY},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        haetae_delivery delivery = deliver_with_error(cases[i].error, 64);

        assert_int_equal(delivery.completed_count, 1);
        assert_int_equal(delivery.result.verdict, cases[i].verdict);
        assert_non_null(strstr(delivery.message, "otlp_spans"));
    }
}

/* librdkafka tries again by itself, within the time of a try. (The mock brokers do not leave out
 * what they have already: broker_test.py breaks connections to a real one.) */
static void passing_errors_are_not_seen(void **state)
{
    static const rd_kafka_resp_err_t passing[] = {
        RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE};
    haetae_exporter *exporter = make(cluster.brokers, SETTINGS({NULL, NULL}));
    haetae_delivery delivery = delivery_of(&spans);
    struct topic_content content;

    (void)state;
    rd_kafka_mock_push_request_errors_array(cluster.mock, API_PRODUCE, 4, passing);
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    content = read_topic(HAETAE_SIGNAL_TRACES);
    content_is(&content, 0, 1000);
    free_delivery(&delivery);
    haetae_exporter_free(exporter);
}

static void a_topic_that_does_not_exist_is_named(void **state)
{
    haetae_exporter *exporter;
    haetae_delivery delivery = delivery_of(&a_span);

    (void)state;
    /* Before there is a client, which asks for the topic at once. */
    rd_kafka_mock_topic_set_error(cluster.mock, "otlp_spans",
                                  RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    exporter = make(cluster.brokers, SETTINGS({"HAETAE_KAFKA_TIMEOUT", "4000"}));
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_DROP);
    assert_non_null(strstr(delivery.message, "topic otlp_spans: "));
    assert_non_null(strstr(delivery.message, "nknown topic"));
    free_delivery(&delivery);
    haetae_exporter_free(exporter);
}

static void an_item_that_is_too_large_is_not_sent(void **state)
{
    const struct request_plan plan = {
        .signal = HAETAE_SIGNAL_TRACES, .items = 2, .traces = 2, .name_bytes = 1900};
    haetae_exporter *exporter =
        make(cluster.brokers, SETTINGS({"HAETAE_KAFKA_MAX_MESSAGE_BYTES", "2k"}));
    haetae_delivery delivery = delivery_of(&plan);

    (void)state;
    fake_send(exporter, &delivery);
    assert_int_equal(delivery.completed_count, 1);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_TOO_LARGE);
    assert_non_null(strstr(delivery.message, "HAETAE_KAFKA_MAX_MESSAGE_BYTES"));
    assert_int_equal(read_topic(HAETAE_SIGNAL_TRACES).count, 0);
    free_delivery(&delivery);
    haetae_exporter_free(exporter);
}

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* A port that nothing listens on: the time of a try ends it, with the reason. */
static void brokers_that_are_away_are_tried_again(void **state)
{
    haetae_exporter *exporter = make("127.0.0.1:1", SETTINGS({"HAETAE_KAFKA_TIMEOUT", "1000"}));
    haetae_delivery delivery = delivery_of(&a_span);
    uint64_t began = now_ms();

    (void)state;
    fake_deliver(exporter, &delivery);
    assert_true(now_ms() - began >= 900);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_non_null(strstr(delivery.message, "Message timed out"));
    assert_non_null(strstr(delivery.message, "refused"));
    free_delivery(&delivery);
    haetae_exporter_free(exporter);
}

/* ---- Tries of one request ---------------------------------------------------------------- */

/* What one try has had acknowledged, the next does not send again. */
static void only_what_is_missing_is_sent_again(void **state)
{
    haetae_exporter *exporter = make(cluster.brokers, SETTINGS({"HAETAE_KAFKA_TIMEOUT", "2000"}));
    haetae_delivery delivery = delivery_of(&spans);
    struct topic_content content;
    size_t before;

    (void)state;
    /* The broker leads two of the six partitions. */
    for (int i = 0; i < CLUSTER_PARTITIONS; i++) {
        assert_int_equal(
            rd_kafka_mock_partition_set_leader(cluster.mock, "otlp_spans", i, i < 4 ? 1 : 2), 0);
    }
    assert_int_equal(rd_kafka_mock_broker_set_down(cluster.mock, 2), 0);
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_int_equal(rd_kafka_mock_broker_set_up(cluster.mock, 2), 0);
    before = read_topic(HAETAE_SIGNAL_TRACES).count;
    assert_true(before > 0 && before < 1000);
    delivery.attempt++;
    for (; delivery.result.verdict == HAETAE_VERDICT_RETRY; delivery.attempt++) {
        fake_deliver(exporter, &delivery);
    }
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    content = read_topic(HAETAE_SIGNAL_TRACES);
    content_is(&content, 0, 1000);
    free_delivery(&delivery);
    haetae_exporter_free(exporter);
}

/* A try that the pipeline has taken back goes on in librdkafka, and the next one takes it over. */
static void the_next_try_takes_over_what_is_under_way(void **state)
{
    haetae_exporter *exporter = make(cluster.brokers, SETTINGS({NULL, NULL}));
    haetae_delivery delivery = delivery_of(&spans);
    haetae_delivery warm_up =
        delivery_of(&(struct request_plan){.signal = HAETAE_SIGNAL_LOGS, .items = 1});
    struct topic_content content;

    (void)state;
    fake_deliver(exporter, &warm_up);
    assert_int_equal(rd_kafka_mock_broker_set_rtt(cluster.mock, -1, 400), 0);
    fake_send(exporter, &delivery);
    assert_int_equal(delivery.completed_count, 0);
    fake_cancel(exporter, &delivery);
    delivery.attempt = 1;
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_int_equal(rd_kafka_mock_broker_set_rtt(cluster.mock, -1, 0), 0);
    content = read_topic(HAETAE_SIGNAL_TRACES);
    content_is(&content, 0, 1000);
    free_delivery(&delivery);
    free_delivery(&warm_up);
    haetae_exporter_free(exporter);
}

/* Of requests that never come again no more is kept than of sixteen. */
static void what_waits_for_another_try_is_bounded(void **state)
{
    haetae_exporter *exporter = make(cluster.brokers, SETTINGS({NULL, NULL}));
    struct hae_kafka_exporter *self = exporter->self;
    haetae_delivery deliveries[40];

    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        const struct request_plan plan = {
            .signal = HAETAE_SIGNAL_TRACES, .items = 10 + i, .traces = 3};

        deliveries[i] = delivery_of(&plan);
        fake_send(exporter, &deliveries[i]);
        fake_cancel(exporter, &deliveries[i]);
        assert_int_equal(deliveries[i].completed_count, 0);
    }
    for (unsigned i = 0; i < 40; i++) {
        deliveries[i].attempt = 0;
        fake_deliver(exporter, &deliveries[i]);
        fake_send(exporter, &deliveries[i]);
        fake_cancel(exporter, &deliveries[i]);
    }
    fake_deliver(exporter, &deliveries[0]);
    fake_send(exporter, &deliveries[0]);
    fake_cancel(exporter, &deliveries[0]);
    assert_true(self->batches.waiting_count <= 16 + 2);
    for (unsigned i = 0; i < 40; i++) {
        free_delivery(&deliveries[i]);
    }
    haetae_exporter_free(exporter);
}

/* ---- Clients that end -------------------------------------------------------------------- */

static void a_client_that_is_broken_is_replaced(void **state)
{
    haetae_exporter *exporter = make(cluster.brokers, SETTINGS({NULL, NULL}));
    struct hae_kafka_exporter *self = exporter->self;
    haetae_delivery delivery = delivery_of(&spans);
    struct topic_content content;

    (void)state;
    assert_int_equal(rd_kafka_mock_broker_set_down(cluster.mock, -1), 0);
    fake_send(exporter, &delivery);
    assert_int_equal(rd_kafka_test_fatal_error(self->client->handle,
                                               RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                                               "for the test"),
                     0);
    fake_wait(exporter, &delivery, 1);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_int_equal(rd_kafka_mock_broker_set_up(cluster.mock, -1), 0);
    delivery.attempt++;
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    content = read_topic(HAETAE_SIGNAL_TRACES);
    content_is(&content, 0, 1000);
    free_delivery(&delivery);
    haetae_exporter_free(exporter);
}

/* A host that closes all descriptors: the number is another file's then, which stays open. */
static void closed_descriptors_are_replaced(void **state)
{
    haetae_exporter *exporter = make(cluster.brokers, SETTINGS({NULL, NULL}));
    struct hae_kafka_exporter *self = exporter->self;
    haetae_delivery delivery = delivery_of(&a_span);
    int number = self->client->wake.number;

    (void)state;
    assert_int_equal(dup2(STDERR_FILENO, number), number);
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_int_not_equal(self->client->wake.number, number);
    haetae_exporter_free(exporter);
    assert_int_equal(close(number), 0);
    free_delivery(&delivery);
}

/* What librdkafka has reported before it knew the descriptor is asked for as well. */
static void a_new_client_asks_to_be_looked_at(void **state)
{
    haetae_exporter *exporter = make(cluster.brokers, SETTINGS({NULL, NULL}));
    struct pollfd ready = {.fd = exporter->ops.descriptor(exporter->self), .events = POLLIN};

    (void)state;
    assert_int_equal(poll(&ready, 1, 0), 1);
    exporter->ops.step(exporter->self);
    haetae_exporter_free(exporter);
}

static void the_end_does_not_wait_for_brokers(void **state)
{
    haetae_exporter *exporter = make("127.0.0.1:1", SETTINGS({NULL, NULL}));
    haetae_delivery delivery = delivery_of(&spans);
    uint64_t began;

    (void)state;
    fake_send(exporter, &delivery);
    assert_int_equal(delivery.completed_count, 0);
    fake_cancel(exporter, &delivery);
    assert_int_equal(exporter->ops.shutdown(exporter->self), HAETAE_OK);
    began = now_ms();
    haetae_exporter_free(exporter);
    print_message("freed after %llu ms\n", (unsigned long long)(now_ms() - began));
    assert_int_equal(delivery.completed_count, 0);
    free_delivery(&delivery);
}

#if !defined(__SANITIZE_THREAD__)
/* ---- fork() ------------------------------------------------------------------------------ */

/* How many of these descriptors are open. */
static unsigned open_count(const int *numbers, size_t count)
{
    unsigned found = 0;

    for (size_t i = 0; i < count; i++) {
        found += fcntl(numbers[i], F_GETFD) >= 0;
    }
    return found;
}

/* In a child: 0 if it closes its copies, or with `idle` false none, and delivers for itself. */
static int go_on_in_child(haetae_exporter *exporter, const int *numbers, size_t count, bool idle)
{
    haetae_delivery delivery = delivery_of(&a_span);

    exporter->ops.after_fork(exporter->self, idle);
    if (open_count(numbers, count) != (idle ? 0 : count)) {
        return 1;
    }
    fake_deliver(exporter, &delivery);
    if (delivery.result.verdict != HAETAE_VERDICT_OK) {
        return 2;
    }
    free_delivery(&delivery);
    haetae_exporter_free(exporter);
    return 0;
}

static void a_child_closes_its_copies_of_descriptors(void **state)
{
    haetae_exporter *exporter = make(cluster.brokers, SETTINGS({NULL, NULL}));
    struct hae_kafka_exporter *self = exporter->self;
    haetae_delivery delivery = delivery_of(&spans);
    int numbers[HAE_KAFKA_SOCKETS_MAX + 1];
    size_t count = 0;

    (void)state;
    fake_deliver(exporter, &delivery);
    numbers[count++] = self->client->wake.number;
    for (size_t i = 0; i < HAE_KAFKA_SOCKETS_MAX; i++) {
        if (atomic_load(&self->client->sockets.all[i].state) != 0) {
            numbers[count++] = self->client->sockets.all[i].descriptor.number;
        }
    }
    assert_true(count > 1);
    for (int idle = 0; idle < 2; idle++) {
        int status = -1;
        pid_t child = fork();

        if (child == 0) {
            _exit(go_on_in_child(exporter, numbers, count, idle != 0));
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
    assert_int_equal(open_count(numbers, count), count);
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    free_delivery(&delivery);
    haetae_exporter_free(exporter);
}
#endif

static void signals_without_a_topic_are_dropped(void **state)
{
    haetae_config *config = NULL;
    haetae_exporter *exporter = NULL;
    haetae_delivery delivery = delivery_of(&a_span);

    (void)state;
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_kafka_register(), HAETAE_OK);
    assert_int_equal(
        haetae_exporter_create_for(config, "kafka", NULL, 1U << HAETAE_SIGNAL_LOGS, &exporter),
        HAETAE_OK);
    fake_send(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_DROP);
    haetae_exporter_free(exporter);
    haetae_config_free(config);
    free_delivery(&delivery);
}

static void lack_of_memory_loses_nothing(void **state)
{
    haetae_exporter *exporter = make(cluster.brokers, SETTINGS({NULL, NULL}));
    haetae_delivery delivery = delivery_of(&spans);
    struct topic_content content;
    long count = 0;

    (void)state;
    delivery.result.verdict = HAETAE_VERDICT_RETRY;
    for (; delivery.result.verdict == HAETAE_VERDICT_RETRY; count++) {
        hae_alloc_fail_after(count);
        fake_send(exporter, &delivery);
        hae_alloc_fail_after(-1);
        fake_wait(exporter, &delivery, 1);
    }
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_true(count > 8);
    content = read_topic(HAETAE_SIGNAL_TRACES);
    content_is(&content, 0, 1000);
    free_delivery(&delivery);
    haetae_exporter_free(exporter);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(spans_of_a_trace_are_in_one_partition),
        TEST(each_signal_has_its_topic),
        TEST(resources_and_log_records_get_keys),
        TEST(messages_are_compressed),
        TEST(a_full_queue_delays_and_loses_nothing),
        TEST(errors_become_verdicts),
        TEST(passing_errors_are_not_seen),
        TEST(a_topic_that_does_not_exist_is_named),
        TEST(an_item_that_is_too_large_is_not_sent),
        TEST(brokers_that_are_away_are_tried_again),
        TEST(only_what_is_missing_is_sent_again),
        TEST(the_next_try_takes_over_what_is_under_way),
        TEST(what_waits_for_another_try_is_bounded),
        TEST(a_client_that_is_broken_is_replaced),
        TEST(closed_descriptors_are_replaced),
        TEST(a_new_client_asks_to_be_looked_at),
        TEST(the_end_does_not_wait_for_brokers),
#if !defined(__SANITIZE_THREAD__) /* which has no child go on beside threads */
        TEST(a_child_closes_its_copies_of_descriptors),
#endif
        TEST(signals_without_a_topic_are_dropped),
        TEST(lack_of_memory_loses_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
