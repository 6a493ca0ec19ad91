/* SPDX-License-Identifier: Apache-2.0 */
#include "receiver.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "otlp.pb-c.h"

enum { MESSAGE_MAX = 192 * 1024 };

struct receiver {
    int to;   /* exporters' end */
    int from; /* the thread's   */
    pthread_t thread;
    _Atomic bool started;
    struct item *items;
    size_t count;
    size_t room;
    bool *claimed; /* by receiver_has_each_once() */
};

/* ---- The exporter -------------------------------------------------------------------------- */

struct sender {
    int to;
};

/* One request is one message, so that requests of several processes do not mix. The call may
 * wait for the receiver's thread, which always reads. */
static void sender_send(void *self, haetae_delivery *delivery)
{
    const struct sender *sender = self;
    haetae_result result = HAETAE_OPTIONS(haetae_result, .retry_after_ms = -1);
    uint8_t signal = (uint8_t)haetae_delivery_signal(delivery);
    struct iovec parts[2] = {
        {&signal, 1}, {(void *)haetae_delivery_data(delivery), haetae_delivery_size(delivery)}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t sent;

    do {
        sent = sendmsg(sender->to, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    result.verdict = sent > 0 ? HAETAE_VERDICT_OK : HAETAE_VERDICT_DROP;
    result.message = sent > 0 ? NULL : strerror(errno);
    haetae_delivery_complete(delivery, &result);
}

static void sender_after_fork(void *self, bool idle)
{
    (void)self; /* the exporter keeps nothing, and all processes share the socket */
    (void)idle;
}

haetae_exporter *receiver_exporter(struct receiver *receiver)
{
    static const haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = "receiver", .send = sender_send, .free = free,
                       .after_fork = sender_after_fork);
    struct sender *sender = malloc(sizeof *sender);
    haetae_exporter *exporter = NULL;

    sender->to = receiver->to;
    assert_int_equal(haetae_exporter_new(&ops, sender, &exporter), HAETAE_OK);
    return exporter;
}

haetae_sdk *receiver_sdk(struct receiver *receiver, const struct sdk_setting *settings)
{
    static const struct sdk_setting usual[] = {{"HAETAE_MAX_REQUEST_BYTES", "131072"},
                                               {"OTEL_BSP_SCHEDULE_DELAY", "50"},
                                               {"OTEL_BLRP_SCHEDULE_DELAY", "50"},
                                               {"HAETAE_RECORDER_BYTES", "4194304"},
                                               {"OTEL_SERVICE_NAME", "forker"},
                                               {"HAETAE_WORKER", PROCESS_WORKER},
                                               {NULL, NULL}};
    haetae_config *config = sdk_config(usual, NULL);
    haetae_sdk *sdk = NULL;

    for (; settings != NULL && settings->key != NULL; settings++) {
        assert_int_equal(haetae_config_set(config, settings->key, settings->value), HAETAE_OK);
    }
    assert_int_equal(haetae_config_set_diagnostics(config, NULL, NULL), HAETAE_OK);
    assert_int_equal(haetae_config_add_exporter(config, receiver_exporter(receiver)), HAETAE_OK);
    if (haetae_sdk_start(config, &sdk) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
    haetae_config_free(config);
    return sdk;
}

/* ---- Reading ------------------------------------------------------------------------------- */

static struct item *add(struct receiver *receiver, const struct item *of_resource)
{
    if (receiver->count == receiver->room) {
        receiver->room = receiver->room != 0 ? 2 * receiver->room : 4096;
        receiver->items = realloc(receiver->items, receiver->room * sizeof *receiver->items);
    }
    receiver->items[receiver->count] = *of_resource;
    return &receiver->items[receiver->count++];
}

static struct item_id read_id(const char *text)
{
    struct item_id id = {UINT32_MAX, UINT32_MAX, 0};

    if (text == NULL || sscanf(text, "%u.%u.%lu", &id.process, &id.thread, &id.sequence) != 3) {
        fprintf(stderr, "not an id: %s\n", text != NULL ? text : "");
        abort();
    }
    return id;
}

static struct item read_resource(haetae_signal signal, const HaeOtlp__Resource *resource)
{
    struct item item;

    memset(&item, 0, sizeof item);
    item.signal = signal;
    for (size_t i = 0; i < resource->n_attributes; i++) {
        const HaeOtlp__KeyValue *attribute = resource->attributes[i];

        if (strcmp(attribute->key, "process.pid") == 0) {
            item.pid = attribute->value->int_value;
        } else if (strcmp(attribute->key, "service.instance.id") == 0) {
            snprintf(item.instance_id, sizeof item.instance_id, "%s",
                     attribute->value->string_value);
        }
    }
    return item;
}

static void read_spans(struct receiver *receiver, const HaeOtlp__ResourceSpans *resource)
{
    struct item base = read_resource(HAETAE_SIGNAL_TRACES, resource->resource);

    for (size_t i = 0; i < resource->n_scope_spans; i++) {
        for (size_t j = 0; j < resource->scope_spans[i]->n_spans; j++) {
            const HaeOtlp__Span *span = resource->scope_spans[i]->spans[j];
            struct item *item = add(receiver, &base);

            item->id = read_id(span->name);
            memcpy(item->ids, span->trace_id.data, 16);
            memcpy(item->ids + 16, span->span_id.data, 8);
            if (span->parent_span_id.len == 8) {
                memcpy(item->parent_id, span->parent_span_id.data, 8);
            }
        }
    }
}

static void read_logs(struct receiver *receiver, const HaeOtlp__ResourceLogs *resource)
{
    struct item base = read_resource(HAETAE_SIGNAL_LOGS, resource->resource);

    for (size_t i = 0; i < resource->n_scope_logs; i++) {
        for (size_t j = 0; j < resource->scope_logs[i]->n_log_records; j++) {
            const HaeOtlp__LogRecord *log = resource->scope_logs[i]->log_records[j];

            add(receiver, &base)->id = read_id(log->body->string_value);
        }
    }
}

/* Reads counters with one point. */
static void read_metrics(struct receiver *receiver, const HaeOtlp__ResourceMetrics *resource)
{
    struct item base = read_resource(HAETAE_SIGNAL_METRICS, resource->resource);

    for (size_t i = 0; i < resource->n_scope_metrics; i++) {
        for (size_t j = 0; j < resource->scope_metrics[i]->n_metrics; j++) {
            const HaeOtlp__Metric *metric = resource->scope_metrics[i]->metrics[j];
            struct item *item = add(receiver, &base);

            snprintf(item->name, sizeof item->name, "%s", metric->name);
            if (metric->data_case == HAE_OTLP__METRIC__DATA_SUM) {
                item->value = metric->sum->data_points[0]->as_int;
                item->start_unix_ns = metric->sum->data_points[0]->start_time_unix_nano;
            } else if (metric->data_case == HAE_OTLP__METRIC__DATA_HISTOGRAM) {
                item->value = (int64_t)metric->histogram->data_points[0]->count;
                item->start_unix_ns = metric->histogram->data_points[0]->start_time_unix_nano;
            }
        }
    }
}

void receiver_read(struct receiver *receiver, haetae_signal signal, const uint8_t *data,
                   size_t size)
{
    if (signal == HAETAE_SIGNAL_TRACES) {
        HaeOtlp__ExportTraceServiceRequest *request =
            hae_otlp__export_trace_service_request__unpack(NULL, size, data);

        for (size_t i = 0; i < request->n_resource_spans; i++) {
            read_spans(receiver, request->resource_spans[i]);
        }
        hae_otlp__export_trace_service_request__free_unpacked(request, NULL);
    } else if (signal == HAETAE_SIGNAL_LOGS) {
        HaeOtlp__ExportLogsServiceRequest *request =
            hae_otlp__export_logs_service_request__unpack(NULL, size, data);

        for (size_t i = 0; i < request->n_resource_logs; i++) {
            read_logs(receiver, request->resource_logs[i]);
        }
        hae_otlp__export_logs_service_request__free_unpacked(request, NULL);
    } else {
        HaeOtlp__ExportMetricsServiceRequest *request =
            hae_otlp__export_metrics_service_request__unpack(NULL, size, data);

        for (size_t i = 0; i < request->n_resource_metrics; i++) {
            read_metrics(receiver, request->resource_metrics[i]);
        }
        hae_otlp__export_metrics_service_request__free_unpacked(request, NULL);
    }
}

static pthread_mutex_t holding = PTHREAD_MUTEX_INITIALIZER;

void receivers_hold(void)
{
    pthread_mutex_lock(&holding);
}

void receivers_release(void)
{
    pthread_mutex_unlock(&holding);
}

static void *receive(void *argument)
{
    struct receiver *receiver = argument;
    uint8_t *message = malloc(MESSAGE_MAX);
    ssize_t size;

    atomic_store(&receiver->started, true);
    /* An empty message ends the loop. */
    while ((size = recv(receiver->from, message, MESSAGE_MAX, 0)) != 0) {
        if (size > 0) {
            receivers_hold();
            receiver_read(receiver, (haetae_signal)message[0], message + 1, (size_t)size - 1);
            receivers_release();
        } else if (errno != EINTR) {
            abort();
        }
    }
    free(message);
    return NULL;
}

struct receiver *receiver_start(void)
{
    struct receiver *receiver = calloc(1, sizeof *receiver);
    int room = 1 << 20;
    sigset_t before;
    sigset_t all;
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), 0);
    receiver->from = pair[0];
    receiver->to = pair[1];
    assert_int_equal(setsockopt(receiver->to, SOL_SOCKET, SO_SNDBUF, &room, sizeof room), 0);
    /* Only the test's threads may handle signals. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    assert_int_equal(pthread_create(&receiver->thread, NULL, receive, receiver), 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    while (!atomic_load(&receiver->started)) {
        sched_yield();
    }
    return receiver;
}

void receiver_stop(struct receiver *receiver)
{
    assert_int_equal(send(receiver->to, "", 0, 0), 0);
    assert_int_equal(pthread_join(receiver->thread, NULL), 0);
}

void receiver_free(struct receiver *receiver)
{
    close(receiver->from);
    close(receiver->to);
    free(receiver->items);
    free(receiver->claimed);
    free(receiver);
}

/* ---- Reading the items ----------------------------------------------------------------- */

int receiver_descriptor(const struct receiver *receiver)
{
    return receiver->to;
}

size_t receiver_count(const struct receiver *receiver)
{
    return receiver->count;
}

const struct item *receiver_item(const struct receiver *receiver, size_t index)
{
    assert_true(index < receiver->count);
    return &receiver->items[index];
}

unsigned long receiver_missing(struct receiver *receiver, haetae_signal signal, unsigned process,
                               unsigned thread, unsigned long count)
{
    unsigned char *seen = calloc(count + 1, 1);
    unsigned long missing = 0;

    if (receiver->claimed == NULL) {
        receiver->claimed = calloc(receiver->count + 1, sizeof *receiver->claimed);
    }
    for (size_t i = 0; i < receiver->count; i++) {
        const struct item *item = &receiver->items[i];

        if (item->signal != signal || item->id.process != process || item->id.thread != thread ||
            (process == 0 && item->pid != getpid())) {
            continue;
        }
        if (item->id.sequence >= count || seen[item->id.sequence]++ != 0) {
            fail_msg("%s %u.%u.%lu arrived twice, or was never recorded",
                     haetae_signal_name(signal), process, thread, item->id.sequence);
        }
        receiver->claimed[i] = true;
    }
    for (unsigned long i = 0; i < count; i++) {
        missing += seen[i] == 0;
    }
    free(seen);
    return missing;
}

void receiver_has_each_once(struct receiver *receiver, haetae_signal signal, unsigned process,
                            unsigned thread, unsigned long count)
{
    unsigned long missing = receiver_missing(receiver, signal, process, thread, count);

    if (missing != 0) {
        fail_msg("%lu of %lu %s of %u.%u did not arrive", missing, count,
                 haetae_signal_name(signal), process, thread);
    }
}

void receiver_has_no_others(struct receiver *receiver)
{
    for (size_t i = 0; i < receiver->count; i++) {
        const struct item *item = &receiver->items[i];

        if (!receiver->claimed[i] && item->signal != HAETAE_SIGNAL_METRICS) {
            fail_msg("an item that was never recorded: %s %u.%u.%lu",
                     haetae_signal_name(item->signal), item->id.process, item->id.thread,
                     item->id.sequence);
        }
    }
}

static int compare_ids(const void *left, const void *right)
{
    return memcmp(left, right, 8);
}

void receiver_has_unique_ids(struct receiver *receiver)
{
    uint8_t(*ids)[8] = calloc(receiver->count + 1, sizeof *ids);
    size_t count = 0;

    for (size_t i = 0; i < receiver->count; i++) {
        if (receiver->items[i].signal == HAETAE_SIGNAL_TRACES) {
            memcpy(ids[count++], receiver->items[i].ids + 16, 8);
        }
    }
    qsort(ids, count, sizeof *ids, compare_ids);
    for (size_t i = 1; i < count; i++) {
        if (memcmp(ids[i - 1], ids[i], sizeof *ids) == 0) {
            fail_msg("two spans have the same id");
        }
    }
    free(ids);
}

int64_t receiver_last_value(const struct receiver *receiver, int64_t pid, const char *name)
{
    int64_t last = -1;

    for (size_t i = 0; i < receiver->count; i++) {
        const struct item *item = &receiver->items[i];

        if (item->signal == HAETAE_SIGNAL_METRICS && item->pid == pid &&
            strcmp(item->name, name) == 0) {
            last = item->value;
        }
    }
    return last;
}
