/* SPDX-License-Identifier: Apache-2.0 */
#include "counting.h"

#include "otlp.pb-c.h"

static struct counted_metric *find(struct counting *c, const char *name)
{
    int i = 0;

    while (c->metrics[i].name[0] != '\0' && strcmp(c->metrics[i].name, name) != 0) {
        i++;
        assert_true(i < COUNTING_METRICS_MAX);
    }
    snprintf(c->metrics[i].name, sizeof c->metrics[i].name, "%s", name);
    return &c->metrics[i];
}

static void count_metric(struct counting *c, const HaeOtlp__Metric *metric)
{
    struct counted_metric *counted = find(c, metric->name);

    counted->value = 0;
    if (metric->data_case == HAE_OTLP__METRIC__DATA_SUM) {
        for (size_t i = 0; i < metric->sum->n_data_points; i++) {
            counted->value += metric->sum->data_points[i]->as_int;
        }
    } else if (metric->data_case == HAE_OTLP__METRIC__DATA_HISTOGRAM) {
        for (size_t i = 0; i < metric->histogram->n_data_points; i++) {
            counted->value += (int64_t)metric->histogram->data_points[i]->count;
        }
    }
}

static void count_metrics(struct counting *c, const haetae_delivery *delivery)
{
    HaeOtlp__ExportMetricsServiceRequest *request =
        hae_otlp__export_metrics_service_request__unpack(NULL, haetae_delivery_size(delivery),
                                                         haetae_delivery_data(delivery));
    const HaeOtlp__ResourceMetrics *resource = request->resource_metrics[0];

    for (size_t i = 0; i < resource->n_scope_metrics; i++) {
        for (size_t j = 0; j < resource->scope_metrics[i]->n_metrics; j++) {
            count_metric(c, resource->scope_metrics[i]->metrics[j]);
        }
    }
    hae_otlp__export_metrics_service_request__free_unpacked(request, NULL);
}

static void count(struct fake_exporter *fake, haetae_delivery *delivery)
{
    struct counting *c = (struct counting *)(void *)fake;

    switch (haetae_delivery_signal(delivery)) {
    case HAETAE_SIGNAL_TRACES:
        c->spans += haetae_delivery_item_count(delivery);
        break;
    case HAETAE_SIGNAL_LOGS:
        c->logs += haetae_delivery_item_count(delivery);
        break;
    default:
        count_metrics(c, delivery);
    }
    fake_answer(fake, delivery, HAETAE_VERDICT_OK);
}

void counting_begin(struct counting *c, const struct sdk_setting *settings)
{
    memset(c, 0, sizeof *c);
    fake_init(&c->fake, "counting", count);
    fixture_use(&c->f, sdk_start(settings, SDK_FAKES(&c->fake)));
}

struct counting_totals counting_finish(struct counting *c)
{
    struct counting_totals totals;
    struct sdk_numbers spans;
    struct sdk_numbers logs;

    assert_int_equal(haetae_sdk_shutdown(c->f.sdk, 60000), HAETAE_OK);
    spans = sdk_numbers(c->f.sdk, HAETAE_SIGNAL_TRACES);
    logs = sdk_numbers(c->f.sdk, HAETAE_SIGNAL_LOGS);
    assert_int_equal(spans.delivered, c->spans);
    assert_int_equal(logs.delivered, c->logs);
    assert_int_equal(spans.held + logs.held, 0);
    totals.spans = spans.recorded;
    totals.logs = logs.recorded;
    return totals;
}

void counting_end(struct counting *c)
{
    haetae_sdk_free(c->f.sdk);
    fake_done(&c->fake);
}

int64_t counting_value(const struct counting *c, const char *name)
{
    for (int i = 0; i < COUNTING_METRICS_MAX; i++) {
        if (strcmp(c->metrics[i].name, name) == 0) {
            return c->metrics[i].value;
        }
    }
    return -1;
}
