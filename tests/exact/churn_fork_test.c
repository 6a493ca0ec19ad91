/* SPDX-License-Identifier: Apache-2.0 */
/* Processes are forked while threads of the parent make series and give them back: each child has
 * room for as many sets as the limit says, and reports what it has recorded itself. The recorder is
 * in a file, so that its memory is copied while the parent goes on. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "haetae/reader.h"
#include "otlp.pb-c.h"
#include "support/sdk_fixture.h"
#include "support/temporary.h"

enum { RECORDERS = 3, LIMIT = 50, CHILDREN = 30 };

static struct {
    haetae_sdk *sdk;
    haetae_counter *counter;
    haetae_histogram *histogram;
    haetae_bound_counter *bound;
    haetae_metric_reader *reader;
    _Atomic bool stop;
    _Atomic unsigned next;
} f;

static void record(int64_t number, int64_t value)
{
    /* Sets of different sizes. */
    char text[400];
    haetae_attribute set[] = {HAETAE_ATTR("set", number),
                              {{"text", 4}, haetae_value_text(text, (size_t)(number % 350))}};

    memset(text, 'a' + (int)(number % 26), sizeof text);
    haetae_counter_add(f.counter, value, set, 2);
    haetae_histogram_record(f.histogram, value, set, 2);
}

static void *record_always(void *unused)
{
    (void)unused;
    while (!atomic_load(&f.stop)) {
        record(atomic_fetch_add(&f.next, 1), 1000);
    }
    return NULL;
}

/* What a child got. */
struct got {
    unsigned points;
    int64_t total;
    int64_t bound;
    bool wrong;
};

static bool take(void *user, const uint8_t *data, size_t size_bytes)
{
    struct got *got = user;
    HaeOtlp__ExportMetricsServiceRequest *request =
        hae_otlp__export_metrics_service_request__unpack(NULL, size_bytes, data);

    got->wrong = got->wrong || request == NULL;
    for (size_t s = 0; request != NULL && s < request->resource_metrics[0]->n_scope_metrics; s++) {
        const HaeOtlp__ScopeMetrics *scope = request->resource_metrics[0]->scope_metrics[s];

        for (size_t m = 0; m < scope->n_metrics; m++) {
            const HaeOtlp__Metric *metric = scope->metrics[m];

            for (size_t p = 0; strcmp(metric->name, "c") == 0 && p < metric->sum->n_data_points;
                 p++) {
                const HaeOtlp__NumberDataPoint *point = metric->sum->data_points[p];

                got->points++;
                got->total += point->as_int;
                if (point->n_attributes == 1) {
                    got->bound += point->as_int;
                } else {
                    got->wrong = got->wrong || point->n_attributes != 2 || point->as_int != 1;
                }
            }
            for (size_t p = 0;
                 strcmp(metric->name, "h") == 0 && p < metric->histogram->n_data_points; p++) {
                got->wrong = got->wrong || metric->histogram->data_points[p]->count != 1 ||
                             metric->histogram->data_points[p]->sum != 1;
            }
        }
    }
    hae_otlp__export_metrics_service_request__free_unpacked(request, NULL);
    return true;
}

/* All sets have series of their own, also when others take the places of the first ones. Returns
 * the exit code. */
static int run_child(void)
{
    for (int life = 0; life < 3; life++) {
        struct got got = {0, 0, 0, false};

        haetae_bound_counter_add(f.bound, 5);
        for (int64_t i = 0; i < LIMIT - 1; i++) {
            record(1000000000 + i + life * 1000, 1);
        }
        if (haetae_metric_reader_collect(f.reader, 60000, take, &got) != HAETAE_OK) {
            return 2;
        }
        if (got.wrong || got.points != LIMIT || got.bound != 5 * (life + 1) ||
            got.total != LIMIT - 1 + got.bound) {
            return 3;
        }
        for (int i = 0; i < 6; i++) {
            struct got seen = {0, 0, 0, false};

            if (haetae_metric_reader_collect(f.reader, 60000, take, &seen) != HAETAE_OK ||
                seen.wrong) {
                return 4;
            }
        }
    }
    return haetae_sdk_shutdown(f.sdk, 60000) == HAETAE_OK ? 0 : 5; /* its file is gone */
}

static void start(const char *directory)
{
    haetae_metric_reader_options options =
        HAETAE_OPTIONS(haetae_metric_reader_options, .pull = true);
    haetae_instrument_options instrument = HAETAE_OPTIONS(haetae_instrument_options);
    const struct sdk_setting settings[] = {{"HAETAE_RECORDER_DIR", directory},
                                           {"OTEL_METRICS_EXPORTER", "none"},
                                           {"HAETAE_METRICS_CARDINALITY_LIMIT", "50"},
                                           {"HAETAE_METRICS_SERIES_UNUSED_INTERVALS", "1"},
                                           {NULL, NULL}};
    struct fake_exporter *const none[] = {NULL};
    haetae_config *config = sdk_config(settings, none);
    haetae_attribute attribute = HAETAE_ATTR("bound", 1);
    haetae_meter *meter;

    assert_int_equal(haetae_metric_reader_new(&options, &f.reader), HAETAE_OK);
    assert_int_equal(haetae_config_add_metric_reader(config, f.reader, NULL), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &f.sdk), HAETAE_OK);
    haetae_config_free(config);
    assert_int_equal(haetae_meter_get(f.sdk, NULL, &meter), HAETAE_OK);
    instrument.name = haetae_string_of("c");
    instrument.number_type = HAETAE_NUMBER_INT64;
    assert_int_equal(haetae_counter_create(meter, &instrument, &f.counter), HAETAE_OK);
    instrument.name = haetae_string_of("h");
    assert_int_equal(haetae_histogram_create(meter, &instrument, &f.histogram), HAETAE_OK);
    assert_int_equal(haetae_counter_bind(f.counter, &attribute, 1, &f.bound), HAETAE_OK);
}

static void children_have_room_and_report_their_own(void **state)
{
    char directory[TEMPORARY_PATH_MAX];
    pthread_t threads[RECORDERS];
    struct got got = {0, 0, 0, false};

    (void)state;
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    skip(); /* forked beside threads that allocate, children may find a sanitizer's locks taken */
#endif
    assert_true(temporary_directory(directory));
    start(directory);
    for (int i = 0; i < RECORDERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, record_always, NULL), 0);
    }
    for (int i = 0; i < CHILDREN; i++) {
        int status = -1;
        pid_t child;

        for (int k = 0; k < i % 7; k++) {
            assert_int_equal(haetae_metric_reader_collect(f.reader, 60000, take, &got), HAETAE_OK);
        }
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            _exit(run_child());
        }
        /* The parent goes on with it meanwhile. */
        while (waitpid(child, &status, WNOHANG) == 0) {
            assert_int_equal(haetae_metric_reader_collect(f.reader, 60000, take, &got), HAETAE_OK);
        }
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    atomic_store(&f.stop, true);
    for (int i = 0; i < RECORDERS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(haetae_sdk_shutdown(f.sdk, 60000), HAETAE_OK);
    haetae_sdk_free(f.sdk);
    haetae_metric_reader_free(f.reader);
    assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(children_have_room_and_report_their_own),
    };

    return cmocka_run_group_tests_name("exact/churn_forks", tests, NULL, NULL);
}
