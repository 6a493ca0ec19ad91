/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics about the process and its host, as a receiver reads them. */
#include <pthread.h>
#include <sched.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture.h"
#include "host/process.h"
#include "support/fake_root.h"

/* ---- Reading ------------------------------------------------------------------------------ */

struct receiver {
    struct fake_exporter fake;
    haetae_sdk *sdk;
    HaeOtlp__ExportMetricsServiceRequest *metrics; /* the last request; NULL: none came */
    struct fake_root root;
};

static void take(struct fake_exporter *fake, haetae_delivery *delivery)
{
    struct receiver *receiver = fake->user;

    if (haetae_delivery_signal(delivery) == HAETAE_SIGNAL_METRICS) {
        hae_otlp__export_metrics_service_request__free_unpacked(receiver->metrics, NULL);
        receiver->metrics = hae_otlp__export_metrics_service_request__unpack(
            NULL, haetae_delivery_size(delivery), haetae_delivery_data(delivery));
        assert_non_null(receiver->metrics);
    }
    fake_accept(fake, delivery);
}

static int begin(void **state)
{
    struct receiver *receiver = calloc(1, sizeof *receiver);

    *state = receiver;
    if (receiver == NULL || !fake_root_begin(&receiver->root)) {
        return -1;
    }
    fake_init(&receiver->fake, "fake", take);
    receiver->fake.user = receiver;
    sdk_diagnostics[0] = '\0';
    return 0;
}

static int end(void **state)
{
    struct receiver *receiver = *state;

    haetae_sdk_free(receiver->sdk);
    hae_otlp__export_metrics_service_request__free_unpacked(receiver->metrics, NULL);
    fake_done(&receiver->fake);
    fake_root_end(&receiver->root);
    free(receiver);
    return 0;
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

/* `root` NULL: none is set. */
static void start(struct receiver *receiver, const char *groups, const char *root,
                  const char *worker)
{
    haetae_config *config = sdk_config(
        SDK_SETTINGS({"HAETAE_HOST_METRICS", groups}, {"HAETAE_WORKER", worker}, SDK_ONLY_FLUSHES),
        SDK_FAKES(&receiver->fake));

    if (root != NULL) {
        assert_int_equal(haetae_config_set(config, "HAETAE_HOST_ROOT", root), HAETAE_OK);
    }
    haetae_config_set_diagnostics(config, sdk_diagnose, NULL);
    assert_int_equal(haetae_sdk_start(config, &receiver->sdk), HAETAE_OK);
    haetae_config_free(config);
}

static void flush(struct receiver *receiver)
{
    hae_otlp__export_metrics_service_request__free_unpacked(receiver->metrics, NULL);
    receiver->metrics = NULL;
    assert_int_equal(haetae_sdk_force_flush(receiver->sdk, 10000), HAETAE_OK);
}

static const HaeOtlp__ScopeMetrics *scope_of(const struct receiver *receiver)
{
    for (size_t i = 0;
         receiver->metrics != NULL && i < receiver->metrics->resource_metrics[0]->n_scope_metrics;
         i++) {
        const HaeOtlp__ScopeMetrics *scope =
            receiver->metrics->resource_metrics[0]->scope_metrics[i];

        if (strcmp(scope->scope->name, "haetae.host") == 0) {
            return scope;
        }
    }
    return NULL;
}

static const HaeOtlp__Metric *find(const struct receiver *receiver, const char *name)
{
    const HaeOtlp__ScopeMetrics *scope = scope_of(receiver);

    for (size_t i = 0; scope != NULL && i < scope->n_metrics; i++) {
        if (strcmp(scope->metrics[i]->name, name) == 0) {
            return scope->metrics[i];
        }
    }
    return NULL;
}

static size_t metric_count(const struct receiver *receiver)
{
    const HaeOtlp__ScopeMetrics *scope = scope_of(receiver);

    return scope != NULL ? scope->n_metrics : 0;
}

static size_t point_count(const HaeOtlp__Metric *metric)
{
    return metric->data_case == HAE_OTLP__METRIC__DATA_SUM ? metric->sum->n_data_points
                                                           : metric->gauge->n_data_points;
}

static const HaeOtlp__NumberDataPoint *point_at(const HaeOtlp__Metric *metric, size_t index)
{
    return metric->data_case == HAE_OTLP__METRIC__DATA_SUM ? metric->sum->data_points[index]
                                                           : metric->gauge->data_points[index];
}

/* The attributes of a point in the order of their keys, as "key=value;". */
static void describe(const HaeOtlp__NumberDataPoint *point, char *ret_text, size_t size_bytes)
{
    const char *last = "";
    size_t length = 0;

    ret_text[0] = '\0';
    for (size_t i = 0; i < point->n_attributes; i++) {
        const HaeOtlp__KeyValue *next = NULL;

        for (size_t j = 0; j < point->n_attributes; j++) {
            const HaeOtlp__KeyValue *found = point->attributes[j];

            if (strcmp(found->key, last) > 0 &&
                (next == NULL || strcmp(found->key, next->key) < 0)) {
                next = found;
            }
        }
        assert_non_null(next);
        last = next->key;
        length += (size_t)snprintf(ret_text + length, size_bytes - length, "%s=%s;", next->key,
                                   next->value->string_value);
        assert_true(length < size_bytes);
    }
}

/* The value of the only point with these attributes. */
static double value_of(const struct receiver *receiver, const char *name, const char *attributes)
{
    const HaeOtlp__Metric *metric = find(receiver, name);
    const HaeOtlp__NumberDataPoint *found = NULL;
    char text[512];

    assert_non_null(metric);
    for (size_t i = 0; i < point_count(metric); i++) {
        describe(point_at(metric, i), text, sizeof text);
        if (strcmp(text, attributes) == 0) {
            assert_null(found);
            found = point_at(metric, i);
        }
    }
    if (found == NULL) {
        fail_msg("%s has no point {%s}", name, attributes);
        return -1;
    }
    return found->value_case == HAE_OTLP__NUMBER_DATA_POINT__VALUE_AS_INT ? (double)found->as_int
                                                                          : found->as_double;
}

/* ---- Names -------------------------------------------------------------------------------- */

enum kind { COUNTER, UP_DOWN, GAUGE };

static const struct {
    const char *name;
    const char *unit;
    enum kind kind;
    bool is_double;
} process_metrics[] =
    {
        {"process.cpu.time", "s", COUNTER, true},
        {"process.memory.usage", "By", UP_DOWN, false},
        {"process.memory.virtual", "By", UP_DOWN, false},
        {"process.disk.io", "By", COUNTER, false},
        {"process.thread.count", "{thread}", UP_DOWN, false},
        {"process.unix.file_descriptor.count", "{file_descriptor}", UP_DOWN, false},
        {"process.context_switches", "{context_switch}", COUNTER, false},
        {"process.paging.faults", "{fault}", COUNTER, false},
        {"process.uptime", "s", GAUGE, true},
},
  host_metrics[] = {
      {"system.uptime", "s", GAUGE, true},
      {"system.cpu.logical.count", "{cpu}", UP_DOWN, false},
      {"system.cpu.time", "s", COUNTER, true},
      {"system.process.created", "{process}", COUNTER, false},
      {"system.memory.usage", "By", UP_DOWN, false},
      {"system.memory.limit", "By", UP_DOWN, false},
      {"system.memory.linux.available", "By", UP_DOWN, false},
      {"system.memory.linux.shared", "By", UP_DOWN, false},
      {"system.memory.linux.slab.usage", "By", UP_DOWN, false},
      {"system.paging.usage", "By", UP_DOWN, false},
      {"system.paging.faults", "{fault}", COUNTER, false},
      {"system.paging.operations", "{operation}", COUNTER, false},
      {"system.disk.io", "By", COUNTER, false},
      {"system.disk.operations", "{operation}", COUNTER, false},
      {"system.disk.io_time", "s", COUNTER, true},
      {"system.disk.operation_time", "s", COUNTER, true},
      {"system.disk.merged", "{operation}", COUNTER, false},
      {"system.disk.limit", "By", UP_DOWN, false},
      {"system.filesystem.usage", "By", UP_DOWN, false},
      {"system.filesystem.limit", "By", UP_DOWN, false},
      {"system.network.io", "By", COUNTER, false},
      {"system.network.packet.count", "{packet}", COUNTER, false},
      {"system.network.errors", "{error}", COUNTER, false},
      {"system.network.packet.dropped", "{packet}", COUNTER, false},
};

enum {
    PROCESS_COUNT = sizeof process_metrics / sizeof process_metrics[0],
    HOST_COUNT = sizeof host_metrics / sizeof host_metrics[0]
};

static void check_metric(const struct receiver *receiver, const char *name, const char *unit,
                         enum kind kind, bool is_double)
{
    const HaeOtlp__Metric *metric = find(receiver, name);

    if (metric == NULL) {
        fail_msg("%s is missing", name);
        return;
    }
    assert_string_equal(metric->unit, unit);
    assert_int_equal(metric->data_case,
                     kind == GAUGE ? HAE_OTLP__METRIC__DATA_GAUGE : HAE_OTLP__METRIC__DATA_SUM);
    if (kind != GAUGE) {
        assert_int_equal(metric->sum->is_monotonic, kind == COUNTER);
    }
    assert_true(point_count(metric) != 0);
    assert_int_equal(point_at(metric, 0)->value_case,
                     is_double ? HAE_OTLP__NUMBER_DATA_POINT__VALUE_AS_DOUBLE
                               : HAE_OTLP__NUMBER_DATA_POINT__VALUE_AS_INT);
    assert_true(metric->description[0] != '\0');
}

/* ---- A host that does not exist ------------------------------------------------------------ */

static void put(struct receiver *receiver, const char *name, const char *text)
{
    assert_true(fake_root_text(&receiver->root, name, text));
}

static void put_host(struct receiver *receiver)
{
    put(receiver, "/proc/stat",
        "cpu 100 200 300 400 500 600 700 800 0 0\ncpu0 1 2 3 4\ncpu1 1 2 3 4\nprocesses 4711\n");
    put(receiver, "/proc/uptime", "1000.25 1\n");
    put(receiver, "/proc/meminfo",
        "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 600 kB\nBuffers: 10 kB\n"
        "Cached: 20 kB\nShmem: 30 kB\nSReclaimable: 40 kB\nSUnreclaim: 50 kB\n");
    put(receiver, "/proc/vmstat", "pgfault 100\npgmajfault 7\npswpin 3\npswpout 4\n");
    put(receiver, "/proc/swaps", "/dev/sdb2 partition 1000 10 -2\n");
    put(receiver, "/proc/diskstats", "8 0 sda 10 20 30 40 50 60 70 80 0 90 100\n");
    put(receiver, "/sys/block/sda/size", "2048\n");
    put(receiver, "/proc/1/net/dev", "eth0: 1000 20 3 4 0 0 0 0 2000 30 5 6 0 0 0 0\n");
    put(receiver, "/proc/1/mounts", "/dev/sda1 / ext4 rw 0 0\n");
}

static void each_metric_has_its_name_unit_and_kind(void **state)
{
    struct receiver *receiver = *state;

    put_host(receiver);
    start(receiver, "process, HOST", receiver->root.path, "manual");
    flush(receiver);
    for (size_t i = 0; i < PROCESS_COUNT; i++) {
        check_metric(receiver, process_metrics[i].name, process_metrics[i].unit,
                     process_metrics[i].kind, process_metrics[i].is_double);
    }
    for (size_t i = 0; i < HOST_COUNT; i++) {
        check_metric(receiver, host_metrics[i].name, host_metrics[i].unit, host_metrics[i].kind,
                     host_metrics[i].is_double);
    }
    assert_int_equal(metric_count(receiver), PROCESS_COUNT + HOST_COUNT);
    assert_string_equal(sdk_diagnostics, "");
}

static void is(const struct receiver *receiver, const char *name, const char *attributes,
               double expected)
{
    double value = value_of(receiver, name, attributes);

    if (value < expected - 1e-9 || value > expected + 1e-9) {
        fail_msg("%s{%s} is %g, not %g", name, attributes, value, expected);
    }
}

static void values_of_the_host_equal_what_the_kernel_says(void **state)
{
    struct receiver *receiver = *state;
    double tick = 1.0 / (double)sysconf(_SC_CLK_TCK);

    put_host(receiver);
    start(receiver, "host", receiver->root.path, "manual");
    flush(receiver);
    is(receiver, "system.uptime", "", 1000.25);
    is(receiver, "system.cpu.logical.count", "", 2);
    is(receiver, "system.process.created", "", 4711);
    is(receiver, "system.cpu.time", "cpu.mode=user;", 100 * tick);
    is(receiver, "system.cpu.time", "cpu.mode=nice;", 200 * tick);
    is(receiver, "system.cpu.time", "cpu.mode=system;", 300 * tick);
    is(receiver, "system.cpu.time", "cpu.mode=idle;", 400 * tick);
    is(receiver, "system.cpu.time", "cpu.mode=iowait;", 500 * tick);
    is(receiver, "system.cpu.time", "cpu.mode=interrupt;", 1300 * tick);
    is(receiver, "system.cpu.time", "cpu.mode=steal;", 800 * tick);
    is(receiver, "system.memory.limit", "", 1000 * 1024);
    is(receiver, "system.memory.usage", "system.memory.state=used;", 870 * 1024);
    is(receiver, "system.memory.usage", "system.memory.state=free;", 100 * 1024);
    is(receiver, "system.memory.usage", "system.memory.state=buffers;", 10 * 1024);
    is(receiver, "system.memory.usage", "system.memory.state=cached;", 20 * 1024);
    is(receiver, "system.memory.linux.available", "", 600 * 1024);
    is(receiver, "system.memory.linux.shared", "", 30 * 1024);
    is(receiver, "system.memory.linux.slab.usage", "system.memory.linux.slab.state=reclaimable;",
       40 * 1024);
    is(receiver, "system.memory.linux.slab.usage", "system.memory.linux.slab.state=unreclaimable;",
       50 * 1024);
    is(receiver, "system.paging.faults", "system.paging.fault.type=minor;", 93);
    is(receiver, "system.paging.faults", "system.paging.fault.type=major;", 7);
    is(receiver, "system.paging.operations", "system.paging.direction=in;", 3);
    is(receiver, "system.paging.operations", "system.paging.direction=out;", 4);
    is(receiver, "system.paging.usage", "system.device=/dev/sdb2;system.paging.state=used;",
       10 * 1024);
    is(receiver, "system.paging.usage", "system.device=/dev/sdb2;system.paging.state=free;",
       990 * 1024);
}

static void values_of_devices_equal_what_the_kernel_says(void **state)
{
    static const char *const read = "disk.io.direction=read;system.device=sda;";
    static const char *const written = "disk.io.direction=write;system.device=sda;";
    static const char *const received = "network.interface.name=eth0;network.io.direction=receive;";
    static const char *const sent = "network.interface.name=eth0;network.io.direction=transmit;";
    static const char *const mount = "system.device=/dev/sda1;system.filesystem.mode=rw;"
                                     "system.filesystem.mountpoint=/;system.filesystem.type=ext4;";
    struct receiver *receiver = *state;
    char text[512];

    put_host(receiver);
    start(receiver, "disk,network,filesystem", receiver->root.path, "manual");
    flush(receiver);
    is(receiver, "system.disk.io", read, 30 * 512);
    is(receiver, "system.disk.io", written, 70 * 512);
    is(receiver, "system.disk.operations", read, 10);
    is(receiver, "system.disk.operations", written, 50);
    is(receiver, "system.disk.merged", read, 20);
    is(receiver, "system.disk.merged", written, 60);
    is(receiver, "system.disk.operation_time", read, 0.040);
    is(receiver, "system.disk.operation_time", written, 0.080);
    is(receiver, "system.disk.io_time", "system.device=sda;", 0.090);
    is(receiver, "system.disk.limit", "system.device=sda;", 2048 * 512);
    is(receiver, "system.network.io", received, 1000);
    is(receiver, "system.network.io", sent, 2000);
    is(receiver, "system.network.packet.count", "network.io.direction=receive;system.device=eth0;",
       20);
    is(receiver, "system.network.packet.count", "network.io.direction=transmit;system.device=eth0;",
       30);
    is(receiver, "system.network.errors", received, 3);
    is(receiver, "system.network.errors", sent, 5);
    is(receiver, "system.network.packet.dropped", received, 4);
    is(receiver, "system.network.packet.dropped", sent, 6);
    assert_true(value_of(receiver, "system.filesystem.limit", mount) > 0);
    snprintf(text, sizeof text,
             "system.device=/dev/sda1;system.filesystem.mode=rw;"
             "system.filesystem.mountpoint=/;system.filesystem.state=used;"
             "system.filesystem.type=ext4;");
    assert_true(value_of(receiver, "system.filesystem.usage", text) > 0);
    assert_int_equal(point_count(find(receiver, "system.filesystem.usage")), 3);
}

static void values_of_the_process_are_its_own(void **state)
{
    struct receiver *receiver = *state;

    start(receiver, "process", NULL, "manual");
    flush(receiver);
    assert_int_equal(metric_count(receiver), PROCESS_COUNT);
    assert_true(value_of(receiver, "process.thread.count", "") >= 1);
    assert_true(value_of(receiver, "process.memory.usage", "") > 0);
    assert_true(value_of(receiver, "process.cpu.time", "cpu.mode=user;") +
                    value_of(receiver, "process.cpu.time", "cpu.mode=system;") >
                0);
    assert_true(value_of(receiver, "process.paging.faults", "system.paging.fault.type=minor;") > 0);
    assert_true(value_of(receiver, "process.context_switches",
                         "process.context_switch.type=voluntary;") >= 0);
    assert_true(value_of(receiver, "process.disk.io", "disk.io.direction=read;") >= 0);
}

static void there_are_none_unless_they_are_asked_for(void **state)
{
    static const char *const off[] = {"", "none", "None, none"};
    struct receiver *receiver = *state;

    for (size_t i = 0; i < sizeof off / sizeof off[0]; i++) {
        haetae_sdk_free(receiver->sdk);
        receiver->sdk = NULL;
        fake_done(&receiver->fake);
        fake_init(&receiver->fake, "fake", take);
        receiver->fake.user = receiver;
        start(receiver, off[i], receiver->root.path, "manual");
        sdk_series(receiver->sdk, 1);
        flush(receiver);
        assert_non_null(receiver->metrics);
        assert_null(scope_of(receiver));
        assert_string_equal(sdk_diagnostics, "");
    }
}

static void unknown_name_is_a_warning(void **state)
{
    struct receiver *receiver = *state;

    put_host(receiver);
    start(receiver, "memory,moon,memory", receiver->root.path, "manual");
    flush(receiver);
    assert_int_equal(metric_count(receiver), 5);
    assert_non_null(strstr(sdk_diagnostics, "HAETAE_HOST_METRICS: there are no metrics \"moon\""));
}

/* ---- Hosts that say nothing, or nonsense ---------------------------------------------------- */

static void host_without_files_is_reported(void **state)
{
    struct receiver *receiver = *state;

    start(receiver, "cpu,network", receiver->root.path, "manual");
    sdk_series(receiver->sdk, 1);
    flush(receiver);
    assert_null(scope_of(receiver));
    assert_non_null(strstr(sdk_diagnostics, "HAETAE_HOST_METRICS: nothing of \"cpu\" can be read"));
    assert_non_null(strstr(sdk_diagnostics, "nothing of \"network\" can be read"));
    put_host(receiver); /* it is there now */
    flush(receiver);
    assert_int_equal(metric_count(receiver), 8);
}

static void root_that_is_too_long_fails_the_start(void **state)
{
    struct receiver *receiver = *state;
    char *root = malloc(5000);
    haetae_config *config;

    assert_non_null(root);
    memset(root, 'x', 4999);
    root[4999] = '\0';
    config = sdk_config(SDK_SETTINGS({"HAETAE_HOST_METRICS", "host"}), SDK_FAKES(&receiver->fake));
    setenv("HAETAE_HOST_ROOT", root, 1);
    (void)haetae_config_load_env(config);
    assert_int_equal(haetae_sdk_start(config, &receiver->sdk), HAETAE_EVALUE);
    assert_non_null(strstr(haetae_config_error(config), "HAETAE_HOST_ROOT"));
    unsetenv("HAETAE_HOST_ROOT");
    haetae_config_free(config);
    free(root);
}

static void device_that_goes_is_not_reported_any_more(void **state)
{
    struct receiver *receiver = *state;

    put_host(receiver);
    start(receiver, "network", receiver->root.path, "manual");
    flush(receiver);
    assert_int_equal(metric_count(receiver), 4);
    put(receiver, "/proc/1/net/dev", "\n");
    flush(receiver);
    assert_int_equal(metric_count(receiver), 0);
}

static void more_devices_than_the_limit_are_reported(void **state)
{
    struct receiver *receiver = *state;
    char text[8192];
    size_t length = 0;

    for (int i = 0; i < 33; i++) {
        length += (size_t)snprintf(text + length, sizeof text - length,
                                   "veth%d: 1 2 3 4 5 6 7 8 1 2 3 4 5 6 7 8\n", i);
    }
    put(receiver, "/proc/1/net/dev", text);
    start(receiver, "network", receiver->root.path, "manual");
    flush(receiver);
    assert_int_equal(point_count(find(receiver, "system.network.io")), 64);
    assert_non_null(
        strstr(sdk_diagnostics, "HAETAE_HOST_METRICS: \"network\" shows the first 32 devices"));
}

static void cpu_time_does_not_go_back_by_a_little(void **state)
{
    struct receiver *receiver = *state;
    double tick = 1.0 / (double)sysconf(_SC_CLK_TCK);

    put_host(receiver);
    start(receiver, "cpu", receiver->root.path, "manual");
    put(receiver, "/proc/stat", "cpu 100000 200 300 100000\n");
    flush(receiver);
    put(receiver, "/proc/stat", "cpu 100001 200 300 99998\n");
    flush(receiver);
    is(receiver, "system.cpu.time", "cpu.mode=idle;", 100000 * tick);
    is(receiver, "system.cpu.time", "cpu.mode=user;", 100001 * tick);
    put(receiver, "/proc/stat", "cpu 100001 200 300 5\n");
    flush(receiver);
    is(receiver, "system.cpu.time", "cpu.mode=idle;", 5 * tick);
}

/* ---- A file system that does not answer ------------------------------------------------------ */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool on;
    unsigned waiting;
} hang = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

/* While it is on, a call waits. */
static void pass_hang(void)
{
    pthread_mutex_lock(&hang.lock);
    hang.waiting++;
    pthread_cond_broadcast(&hang.changed);
    while (hang.on) {
        pthread_cond_wait(&hang.changed, &hang.lock);
    }
    hang.waiting--;
    pthread_cond_broadcast(&hang.changed);
    pthread_mutex_unlock(&hang.lock);
}

int __real_statvfs(const char *path, struct statvfs *space);
int __wrap_statvfs(const char *path, struct statvfs *space);

int __wrap_statvfs(const char *path, struct statvfs *space)
{
    pass_hang();
    return __real_statvfs(path, space);
}

#if defined(__GLIBC__) /* others have one function only */
int __real_statvfs64(const char *path, struct statvfs *space);
int __wrap_statvfs64(const char *path, struct statvfs *space);

int __wrap_statvfs64(const char *path, struct statvfs *space)
{
    pass_hang();
    return __real_statvfs64(path, space);
}
#endif

static void set_hang(bool on)
{
    pthread_mutex_lock(&hang.lock);
    hang.on = on;
    pthread_cond_broadcast(&hang.changed);
    pthread_mutex_unlock(&hang.lock);
}

static unsigned thread_count(void)
{
    struct hae_host_process process;

    hae_host_process_read("", &process);
    return (unsigned)process.threads;
}

static void *return_at_once(void *argument)
{
    return argument;
}

/* With the first thread of a process a sanitizer may start one of its own. */
static void start_threads_of_sanitizers(void)
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, return_at_once, NULL), 0);
    pthread_join(thread, NULL);
}

static unsigned waiting_count(void)
{
    unsigned count;

    pthread_mutex_lock(&hang.lock);
    count = hang.waiting;
    pthread_mutex_unlock(&hang.lock);
    return count;
}

/* The start does not ask it, a collection goes on without it, and so does the end of the SDK. What
 * the callback needs is there when it goes on at last. */
static void file_system_that_does_not_answer_holds_up_nothing(void **state)
{
    struct receiver *receiver = *state;
    haetae_config *config;
    unsigned threads;

    start_threads_of_sanitizers();
    threads = thread_count();
    put_host(receiver);
    set_hang(true);
    config = sdk_config(SDK_SETTINGS({"HAETAE_HOST_METRICS", "filesystem,memory"},
                                     {"HAETAE_HOST_ROOT", receiver->root.path},
                                     {"HAETAE_METRICS_CALLBACK_TIMEOUT", "20"}, SDK_ONLY_FLUSHES),
                        SDK_FAKES(&receiver->fake));
    assert_int_equal(haetae_sdk_start(config, &receiver->sdk), HAETAE_OK);
    haetae_config_free(config);
    do { /* on a busy machine the callbacks' thread may not start in time */
        flush(receiver);
        assert_null(find(receiver, "system.filesystem.limit"));
    } while (find(receiver, "system.memory.limit") == NULL || waiting_count() == 0);
    assert_int_equal(waiting_count(), 1);
    haetae_sdk_free(receiver->sdk);
    receiver->sdk = NULL;
    set_hang(false);
    while (thread_count() > threads) {
        sched_yield();
    }
}

/* ---- Other processes, threads, limits ------------------------------------------------------- */

static void forked_child_reports_itself(void **state)
{
    struct receiver *receiver = *state;
    double parents;
    pid_t pid;
    int status;

    start(receiver, "process", NULL, "manual");
    for (volatile int i = 0; i < 100000000; i++) { /* so that the parent has some time */
    }
    flush(receiver);
    parents = value_of(receiver, "process.cpu.time", "cpu.mode=user;");
    assert_true(parents > 0);
    pid = fork();
    if (pid == 0) {
        sdk_series(receiver->sdk, 1); /* the SDK goes on in a child when it records something */
        flush(receiver);
        if (metric_count(receiver) != PROCESS_COUNT) {
            _exit(1);
        }
        _exit(value_of(receiver, "process.cpu.time", "cpu.mode=user;") < parents ? 0 : 2);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void views_apply(void **state)
{
    struct receiver *receiver = *state;
    haetae_config *config = sdk_config(SDK_SETTINGS({"HAETAE_HOST_METRICS", "process"},
                                                    {"HAETAE_WORKER", "manual"}, SDK_ONLY_FLUSHES),
                                       SDK_FAKES(&receiver->fake));
    haetae_view_options view = HAETAE_OPTIONS(
        haetae_view_options, .instrument_name = haetae_string_of("process.memory.*"));

    view.aggregation = HAETAE_AGGREGATION_DROP;
    assert_int_equal(haetae_config_add_view(config, &view), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &receiver->sdk), HAETAE_OK);
    haetae_config_free(config);
    flush(receiver);
    assert_int_equal(metric_count(receiver), PROCESS_COUNT - 2);
    assert_null(find(receiver, "process.memory.usage"));
}

/* The limits of all instruments still fit into the default memory: no diagnostic says otherwise,
 * and instruments of the program have room for theirs. */
static void they_leave_memory_to_others(void **state)
{
    struct receiver *receiver = *state;

    put_host(receiver);
    start(receiver, "all", receiver->root.path, "manual");
    assert_non_null(
        haetae_counter_named(haetae_meter_named(receiver->sdk, "program"), "requests", NULL));
    assert_string_equal(sdk_diagnostics, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_metric_has_its_name_unit_and_kind),
        TEST(values_of_the_host_equal_what_the_kernel_says),
        TEST(values_of_devices_equal_what_the_kernel_says),
        TEST(values_of_the_process_are_its_own),
        TEST(there_are_none_unless_they_are_asked_for),
        TEST(unknown_name_is_a_warning),
        TEST(host_without_files_is_reported),
        TEST(root_that_is_too_long_fails_the_start),
        TEST(device_that_goes_is_not_reported_any_more),
        TEST(more_devices_than_the_limit_are_reported),
        TEST(cpu_time_does_not_go_back_by_a_little),
        TEST(file_system_that_does_not_answer_holds_up_nothing),
        TEST(forked_child_reports_itself),
        TEST(views_apply),
        TEST(they_leave_memory_to_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
