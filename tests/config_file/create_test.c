/* SPDX-License-Identifier: Apache-2.0 */
/* What is made of a model: providers, propagators, samplers, processors, and how they behave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdatomic.h>

#include "haetae/config_file.h"
#include "haetae/haetae.h"

/* ---- An exporter that counts
 * ------------------------------------------------------------------------------ */

static _Atomic uint64_t sent[HAETAE_SIGNAL_COUNT]; /* the worker adds, the test reads */

static void sink_send(void *self, haetae_delivery *delivery)
{
    haetae_result result = HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_OK);

    (void)self;
    atomic_fetch_add_explicit(&sent[haetae_delivery_signal(delivery)],
                              haetae_delivery_item_count(delivery), memory_order_relaxed);
    haetae_delivery_complete(delivery, &result);
}

static haetae_status make_sink(void *user, haetae_config *config, uint32_t signals,
                               const haetae_config_node *properties)
{
    haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = "sink", .send = sink_send, .signals = signals);
    haetae_exporter *exporter = NULL;
    haetae_status status = haetae_exporter_new(&ops, NULL, &exporter);

    (void)user;
    (void)properties;
    status = status == HAETAE_OK ? haetae_config_add_exporter(config, exporter) : status;
    if (status != HAETAE_OK) {
        haetae_exporter_free(exporter);
    }
    return status;
}

/* ---- Fixture
 * ---------------------------------------------------------------------------------------- */

static int set_up(void **state)
{
    clearenv();
    return haetae_config_new((haetae_config **)state) == HAETAE_OK &&
                   haetae_config_set_diagnostics(*state, NULL, NULL) == HAETAE_OK
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    haetae_config_free(*state);
    return 0;
}

#define FORMAT "file_format: \"1.1\"\n"
#define TRACES FORMAT "tracer_provider:\n  processors: [batch: {exporter: {sink: }}]\n"

static haetae_status load(haetae_config *config, const char *text)
{
    haetae_config_model *model = NULL;
    haetae_status status = haetae_config_model_parse(config, "f.yaml", text, strlen(text), &model);

    if (status == HAETAE_OK) {
        status = haetae_config_model_create(model, config);
    }
    haetae_config_model_free(model);
    return status;
}

/* An SDK that is made of a text. */
static haetae_sdk *start(haetae_config *config, const char *text)
{
    haetae_sdk *sdk = NULL;

    if (load(config, text) != HAETAE_OK || haetae_start(config, &sdk) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
    return sdk;
}

/* ---- Providers
 * ---------------------------------------------------------------------------------------- */

static void each_signal_has_the_provider_of_the_file(void **state)
{
    static const char *const texts[HAETAE_SIGNAL_COUNT] = {
        [HAETAE_SIGNAL_TRACES] = TRACES,
        [HAETAE_SIGNAL_METRICS] =
            FORMAT "meter_provider:\n  readers: [periodic: {exporter: {sink: }}]\n",
        [HAETAE_SIGNAL_LOGS] =
            FORMAT "logger_provider:\n  processors: [batch: {exporter: {sink: }}]\n",
    };

    (void)state;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        haetae_config *config = NULL;
        haetae_sdk *sdk;

        assert_int_equal(haetae_config_new(&config), HAETAE_OK);
        sdk = start(config, texts[signal]);
        haetae_span_end(haetae_span_start(haetae_tracer_named(sdk, "t"), HAETAE_TEXT("s"),
                                          HAETAE_SPAN_KIND_INTERNAL));
        haetae_log(haetae_logger_named(sdk, "t"), HAETAE_SEVERITY_INFO, HAETAE_TEXT("l"), NULL, 0);
        haetae_counter_add(haetae_counter_named(haetae_meter_named(sdk, "t"), "c", NULL), 1, NULL,
                           0);
        for (int i = 0; i < HAETAE_SIGNAL_COUNT; i++) {
            atomic_store_explicit(&sent[i], 0, memory_order_relaxed);
        }
        assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
        haetae_sdk_free(sdk);
        for (int i = 0; i < HAETAE_SIGNAL_COUNT; i++) {
            assert_int_equal(atomic_load_explicit(&sent[i], memory_order_relaxed), i == signal);
        }
        haetae_config_free(config);
    }
}

/* ---- Processors
 * --------------------------------------------------------------------------------------- */

/* Of haetae's own: they count as many items as without them, and make metrics of spans. */
static void ready_processors_are_made(void **state)
{
    haetae_sdk *sdk =
        start(*state, FORMAT "tracer_provider:\n  processors:\n"
                             "    - span_metrics/haetae: {attribute_keys: [route]}\n"
                             "    - baggage_attributes/haetae: {names: 'user.*', prefix: b.}\n"
                             "    - redaction/haetae: {keys: '*.secret', action: delete}\n"
                             "    - redaction/haetae: {keys: m, action: hash, text: salt}\n"
                             "    - simple: {exporter: {sink: }}\n"
                             "meter_provider:\n  readers: [periodic: {exporter: {sink: }}]\n"
                             "logger_provider:\n  processors:\n"
                             "    - baggage_attributes/haetae: {names: user.id}\n"
                             "    - redaction/haetae: {keys: a, action: replace, text: x}\n"
                             "    - batch: {exporter: {sink: }}\n");

    for (int i = 0; i < HAETAE_SIGNAL_COUNT; i++) {
        atomic_store_explicit(&sent[i], 0, memory_order_relaxed);
    }
    haetae_span_end(haetae_span_start(haetae_tracer_named(sdk, "t"), HAETAE_TEXT("s"),
                                      HAETAE_SPAN_KIND_INTERNAL));
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    assert_int_equal(atomic_load_explicit(&sent[HAETAE_SIGNAL_TRACES], memory_order_relaxed), 1);
    assert_true(atomic_load_explicit(&sent[HAETAE_SIGNAL_METRICS], memory_order_relaxed) >= 2);
    haetae_sdk_free(sdk);
}

static void ready_processors_that_are_malformed_are_refused(void **state)
{
    static const char *const rows[][2] = {
        {"span_metrics/haetae: {attribute_keys: [1]}", "attribute_keys[0]: expected text"},
        {"span_metrics/haetae: {attribute_keys: [a, b, c, d, e, f, g, h, i]}", "more than 8 keys"},
        {"baggage_attributes/haetae: ", "expected keys with values"},
        {"baggage_attributes/haetae: {prefix: a}", "the key names is missing"},
        {"redaction/haetae: {keys: a}", "the key action is missing"},
        {"redaction/haetae: {keys: a, action: encrypt, text: hunter2}", "action: expected one of"},
        {"redaction/haetae: {keys: a, action: hash}", "secret of a hash is empty"},
        {"redaction/haetae: {keys: a, action: hash, text: '${UNSET_SALT:-}'}", "text: the secret"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        haetae_config *config = NULL;
        char text[512];

        snprintf(text, sizeof text, FORMAT "tracer_provider:\n  processors: [%s]\n", rows[i][0]);
        assert_int_equal(haetae_config_new(&config), HAETAE_OK);
        assert_int_not_equal(load(config, text), HAETAE_OK);
        if (strstr(haetae_config_error(config), rows[i][1]) == NULL) {
            fail_msg("not \"%s\": %s", rows[i][1], haetae_config_error(config));
        }
        assert_null(strstr(haetae_config_error(config), "hunter2"));
        haetae_config_free(config);
    }
}

/* ---- Propagators
 * -------------------------------------------------------------------------------------- */

/* The fields of the default propagator. */
static void check_fields(const char *const *fields)
{
    size_t i = 0;

    for (; fields[i] != NULL; i++) {
        const char *found = haetae_propagator_field(NULL, i);

        assert_non_null(found);
        assert_string_equal(found, fields[i]);
    }
    assert_null(haetae_propagator_field(NULL, i));
}
#define CHECK_FIELDS(...) check_fields((const char *const[]){__VA_ARGS__})

/* Entries of `composite` come first, and names that come twice count once. */
static void propagators_of_the_file_are_the_default(void **state)
{
    haetae_sdk_free(start(*state, FORMAT "propagator:\n  composite: [b3: , baggage: ]\n"
                                         "  composite_list: baggage,tracecontext\n"));
    CHECK_FIELDS("b3", "baggage", "traceparent", "tracestate", NULL);
}

/* Specification of the schema: without it, nothing is propagated. */
static void file_without_propagators_has_none(void **state)
{
    haetae_sdk_free(start(*state, TRACES));
    CHECK_FIELDS(NULL);
}

static void list_of_none_propagates_nothing(void **state)
{
    haetae_sdk_free(start(*state, FORMAT "propagator: {composite_list: none}\n"));
    CHECK_FIELDS(NULL);
}

/* ---- Samplers
 * ----------------------------------------------------------------------------------------- */

static haetae_status make_sampler(void *user, haetae_config *config, uint32_t signals,
                                  const haetae_config_node *properties)
{
    haetae_sampler *sampler = NULL;
    double ratio = 0;

    (void)user;
    (void)signals;
    if (haetae_config_node_double(haetae_config_node_find(properties, "share"), &ratio) !=
        HAETAE_OK) {
        return HAETAE_OK; /* and makes none */
    }
    if (haetae_sampler_ratio(ratio, &sampler) != HAETAE_OK) {
        haetae_config_add_error(config, NULL, "no such share");
        return HAETAE_EVALUE;
    }
    return haetae_config_set_sampler(config, sampler);
}

static void samplers_are_those_of_the_file(void **state)
{
    static const struct {
        const char *sampler, *description; /* "": OTEL_TRACES_SAMPLER says it */
    } rows[] = {
        {"always_off: ", ""},
        {"trace_id_ratio_based: {ratio: 0.25}", ""},
        {"parent_based: ", ""},
        {"parent_based: {root: {always_off: }, remote_parent_sampled: {always_on: }}", ""},
        {"parent_based: {root: {trace_id_ratio_based: {ratio: 0.25}},\n"
         "    remote_parent_sampled: {always_off: }, remote_parent_not_sampled: {always_on: },\n"
         "    local_parent_sampled: {always_off: }, local_parent_not_sampled: {always_on: }}",
         "ParentBased{root:TraceIdRatioBased{0.25},remoteParentSampled:AlwaysOffSampler,"
         "remoteParentNotSampled:AlwaysOnSampler,localParentSampled:AlwaysOffSampler,"
         "localParentNotSampled:AlwaysOnSampler}"},
        {"parent_based: {local_parent_sampled: {always_off: }}",
         "ParentBased{root:AlwaysOnSampler,localParentSampled:AlwaysOffSampler}"},
        {"parent_based: {root: {always_record: {root: {always_off: }}}}",
         "ParentBased{root:AlwaysRecord{AlwaysOffSampler}}"},
        {"always_record: {root: {trace_id_ratio_based: }}", "AlwaysRecord{TraceIdRatioBased{1}}"},
        {"probability/development: {ratio: 0.5}", "ProbabilitySampler{0.5}"},
        {"rate_limiting/haetae: {spans_per_second: 2.5}", "RateLimitingSampler{2.5}"},
        {"composite/development: {probability: {ratio: 0.5}}",
         "CompositeSampler{ComposableProbability{0.5}}"},
        {"composite/development: {parent_threshold: {root: {always_off: }}}",
         "CompositeSampler{ComposableParentThreshold{ComposableAlwaysOff}}"},
        {"composite/development: {rule_based: }", "CompositeSampler{ComposableRuleBased}"},
        {"share: {share: 0.75}", "TraceIdRatioBased{0.75}"},
        {"parent_based: {root: {share: {share: 0.75}}}",
         "ParentBased{root:TraceIdRatioBased{0.75}}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        haetae_config *config = NULL;
        haetae_sampler *sampler;
        char text[1024];

        snprintf(text, sizeof text, TRACES "  sampler: {%s}\n", rows[i].sampler);
        assert_int_equal(haetae_config_new(&config), HAETAE_OK);
        if (load(config, text) != HAETAE_OK) {
            fail_msg("%s", haetae_config_error(config));
        }
        sampler = haetae_config_take_sampler(config);
        assert_string_equal(haetae_sampler_description(sampler), rows[i].description);
        assert_int_equal(haetae_config_is_set(config, "OTEL_TRACES_SAMPLER"), sampler == NULL);
        haetae_sampler_free(sampler);
        haetae_config_free(config);
    }
}

static void samplers_that_cannot_be_made_are_refused(void **state)
{
    static const struct {
        const char *sampler, *has;
    } rows[] = {
        {"jaeger_remote/development: {endpoint: x, initial_sampler: {parent_based: }}",
         "f.yaml:4: tracer_provider.sampler.jaeger_remote/development: haetae does not have this"},
        {"jaeger_remote/development: {endpoint: x}", "the key initial_sampler is missing"},
        {"moon: ", "sampler.moon: haetae does not have this"},
        {"parent_based: {root: {moon: }}", "parent_based.root.moon: haetae does not have this"},
        {"share: ", "sampler.share: the component made no sampler"},
        {"share: {share: 7}", "sampler.share: the component failed: no such share"},
        {"probability/development: {ratio: 1e-30}", "sampler.probability/development: "},
        {"probability/development: {ratio: 2}", "expected a number from 0 to 1"},
        {"rate_limiting/haetae: {spans_per_second: 0}", "sampler.rate_limiting/haetae: "},
        {"rate_limiting/haetae: ", "expected keys with values"},
        {"composite/development: {moon: }", "the schema has no such key"},
        {"composite/development: ", "expected keys with values"},
        {"composite/development: {rule_based: {rules: []}}", "expected at least one item"},
        {"composite/development: {rule_based: {rules: [{}]}}", "the key sampler is missing"},
        {"composite/development: {rule_based: {rules: [{span_kinds: [host], sampler: {always_on: "
         "}}]}}",
         "span_kinds[0]: expected one of internal|"},
        {"composite/development: {rule_based: {rules: [{attribute_values: {key: a, values: [1]}, "
         "sampler: {always_on: }}]}}",
         "values[0]: expected text"},
        {"composite/development: {rule_based: {rules: [{sampler: {probability: {ratio: "
         "1e-30}}}]}}",
         "rules[0].sampler.probability: "},
        {"composite/development: {parent_threshold: {root: {probability: {ratio: 1e-30}}}}",
         "parent_threshold.root.probability: "},
        {"always_record: {root: {moon: }}", "always_record.root.moon: "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        haetae_config *config = NULL;
        const char *error;
        char text[1024];

        snprintf(text, sizeof text, TRACES "  sampler: {%s}\n", rows[i].sampler);
        assert_int_equal(haetae_config_new(&config), HAETAE_OK);
        assert_int_not_equal(load(config, text), HAETAE_OK);
        error = haetae_config_error(config);
        if (strstr(error, rows[i].has) == NULL || strchr(error, '\n') != NULL) {
            fail_msg("not \"%s\": %s", rows[i].has, error);
        }
        haetae_config_free(config);
    }
}

/* Whether a span with these is sampled. */
static bool sampled(haetae_sdk *sdk, haetae_span_kind kind, const haetae_span_context *parent,
                    const char *key, haetae_value value)
{
    haetae_attribute attributes[2] = {haetae_attribute_of("other", haetae_value_int64(404)),
                                      haetae_attribute_of(key, value)};
    haetae_span_context context = {.trace_flags = 0};
    haetae_span_options options = HAETAE_OPTIONS(
        haetae_span_options, .kind = (int32_t)kind, .parent = parent, .attributes = attributes,
        .attribute_count = key != NULL ? 2 : 0, .ret_context = &context);

    haetae_span_end(
        haetae_span_start_with(haetae_tracer_named(sdk, "t"), HAETAE_TEXT("s"), &options));
    return (context.trace_flags & HAETAE_TRACE_FLAG_SAMPLED) != 0;
}

/* Each rule samples what it is for; a span that no rule is for is dropped. */
static void rules_of_the_file_decide(void **state)
{
    static const haetae_value items[] = {{.type = HAETAE_VALUE_INT64, .as.int64 = 5},
                                         {.type = HAETAE_VALUE_INT64, .as.int64 = 404}};
    haetae_span_context remote = {.trace_id = {1}, .span_id = {1}, .is_remote = 1};
    haetae_span_context local = {.trace_id = {1}, .span_id = {1}};
    haetae_sdk *sdk =
        start(*state, TRACES
              "  sampler:\n    composite/development:\n      rule_based:\n        rules:\n"
              "          - attribute_values: {key: code, values: ['404', 'true', '0.5', text]}\n"
              "            sampler: {always_on: }\n"
              "          - attribute_patterns: {key: path, included: [/in/*], excluded: [/in/x?]}\n"
              "            sampler: {always_on: }\n"
              "          - attribute_patterns: {key: any, excluded: [no]}\n"
              "            sampler: {always_on: }\n"
              "          - span_kinds: [client, consumer]\n"
              "            parent: [remote]\n"
              "            sampler: {always_on: }\n"
              "          - span_kinds: [producer]\n"
              "            parent: [none, local]\n"
              "            sampler: {parent_threshold: {root: {always_on: }}}\n");
#define SAMPLED(key, value) sampled(sdk, HAETAE_SPAN_KIND_SERVER, NULL, key, value)
    assert_true(SAMPLED("code", haetae_value_int64(404)));
    assert_true(SAMPLED("code", haetae_value_bool(true)));
    assert_true(SAMPLED("code", haetae_value_double(0.5)));
    assert_true(SAMPLED("code", haetae_value_string("text")));
    assert_true(SAMPLED("code", haetae_value_array(items, 2)));
    assert_false(SAMPLED("code", haetae_value_array(items, 1)));
    assert_false(SAMPLED("code", haetae_value_int64(403)));
    assert_false(SAMPLED("code", haetae_value_string("texts")));
    assert_false(SAMPLED("code", haetae_value_bytes("404", 3)));
    assert_false(SAMPLED("code", haetae_value_empty()));
    assert_false(SAMPLED("codes", haetae_value_int64(404)));
    assert_true(SAMPLED("path", haetae_value_string("/in/a")));
    assert_false(SAMPLED("path", haetae_value_string("/in/xa")));
    assert_false(SAMPLED("path", haetae_value_string("/on")));
    assert_true(SAMPLED("any", haetae_value_int64(1)));
    assert_false(SAMPLED("any", haetae_value_string("no")));
    assert_false(SAMPLED(NULL, haetae_value_empty()));
#undef SAMPLED
#define SAMPLED(kind, parent) sampled(sdk, kind, parent, NULL, haetae_value_empty())
    assert_true(SAMPLED(HAETAE_SPAN_KIND_CLIENT, &remote));
    assert_true(SAMPLED(HAETAE_SPAN_KIND_CONSUMER, &remote));
    assert_false(SAMPLED(HAETAE_SPAN_KIND_CLIENT, &local));
    assert_false(SAMPLED(HAETAE_SPAN_KIND_CLIENT, NULL));
    assert_false(SAMPLED(HAETAE_SPAN_KIND_INTERNAL, &remote));
    assert_true(SAMPLED(HAETAE_SPAN_KIND_PRODUCER, NULL));
    assert_false(SAMPLED(HAETAE_SPAN_KIND_PRODUCER, &remote));
    assert_false(SAMPLED(HAETAE_SPAN_KIND_PRODUCER, &local)); /* its parent is not sampled */
    local.trace_flags = HAETAE_TRACE_FLAG_SAMPLED;
    assert_true(SAMPLED(HAETAE_SPAN_KIND_PRODUCER, &local));
#undef SAMPLED
    haetae_sdk_free(sdk);
}

static void rules_are_bounded(void **state)
{
    static char text[8192] = TRACES "  sampler: {composite/development: {rule_based: {rules: [";

    for (int i = 0; i < 65; i++) {
        strcat(text, "{sampler: {always_on: }},");
    }
    strcat(text, "]}}}\n");
    assert_int_equal(load(*state, text), HAETAE_ELIMIT);
    assert_non_null(
        strstr(haetae_config_error(*state), "rule_based.rules: there are more than 64"));
}

/* A sampler that code has set is not lost when a component makes another one for inside. */
static void sampler_of_the_code_outlives_a_fault(void **state)
{
    haetae_sampler *sampler = NULL;

    assert_int_equal(haetae_sampler_ratio(0.5, &sampler), HAETAE_OK);
    assert_int_equal(haetae_config_set_sampler(*state, sampler), HAETAE_OK);
    assert_int_equal(load(*state, TRACES "  sampler: {always_record: {root: {share: }}}\n"),
                     HAETAE_EVALUE);
    assert_ptr_equal(haetae_config_take_sampler(*state), sampler);
    assert_null(haetae_config_take_sampler(*state));
    haetae_sampler_free(sampler);
}

static haetae_status make_remote(void *user, haetae_config *config, uint32_t signals,
                                 const haetae_config_node *properties)
{
    haetae_sampler *sampler = NULL;

    (void)user;
    (void)signals;
    assert_string_equal(haetae_config_node_text(haetae_config_node_find(properties, "endpoint")),
                        "http://127.0.0.1:1");
    assert_int_equal(haetae_sampler_always_off(&sampler), HAETAE_OK);
    return haetae_config_set_sampler(config, sampler);
}

static void jaeger_remote_is_the_sampler_of_the_key(void **state)
{
    assert_int_equal(load(*state,
                          TRACES "  sampler: {parent_based: {root: {jaeger_remote/development: "
                                 "{endpoint: 'http://127.0.0.1:1/sampling', interval: 100, "
                                 "initial_sampler: {probability/development: {ratio: 0.25}}}}}}\n"),
                     HAETAE_OK);
    assert_string_equal(haetae_config_get(*state, "OTEL_TRACES_SAMPLER"),
                        "parentbased_jaeger_remote");
    assert_string_equal(haetae_config_get(*state, "OTEL_TRACES_SAMPLER_ARG"),
                        "endpoint=http://127.0.0.1:1/sampling,pollingIntervalMs=100,"
                        "initialSamplingRate=0.250000000000000");
    assert_int_equal(load(*state, TRACES "  sampler: {jaeger_remote/development: {endpoint: e, "
                                         "initial_sampler: {always_off: }}}\n"),
                     HAETAE_OK);
    assert_string_equal(haetae_config_get(*state, "OTEL_TRACES_SAMPLER"), "jaeger_remote");
    assert_string_equal(haetae_config_get(*state, "OTEL_TRACES_SAMPLER_ARG"),
                        "endpoint=e,pollingIntervalMs=60000,initialSamplingRate=0.000000000000000");
}

/* A program may bring its own, which the schema checks the properties of. */
static void jaeger_remote_may_be_a_component(void **state)
{
    haetae_config_component component =
        HAETAE_OPTIONS(haetae_config_component, .kind = HAETAE_CONFIG_SAMPLER,
                       .name = "jaeger_remote/development", .create = make_remote);
    haetae_sampler *sampler;

    assert_int_equal(haetae_config_component_register(&component), HAETAE_OK);
    assert_int_equal(load(*state,
                          TRACES "  sampler: {parent_based: {root: {jaeger_remote/development: "
                                 "{endpoint: 'http://127.0.0.1:1', interval: 100, "
                                 "initial_sampler: {always_on: }}}}}\n"),
                     HAETAE_OK);
    sampler = haetae_config_take_sampler(*state);
    assert_string_equal(haetae_sampler_description(sampler), "ParentBased{root:AlwaysOffSampler}");
    haetae_sampler_free(sampler);
}

static void make_span_id(void *self, uint8_t *ret_id)
{
    (void)self;
    memset(ret_id, 0xAB, 8);
}

static haetae_status make_ids(void *user, haetae_config *config, uint32_t signals,
                              const haetae_config_node *properties)
{
    haetae_id_generator ids = HAETAE_OPTIONS(haetae_id_generator, .span_id = make_span_id);

    (void)user;
    (void)signals;
    (void)properties;
    return haetae_config_set_id_generator(config, &ids);
}

static void ids_are_made_by_a_component(void **state)
{
    static const uint8_t expected[8] = {0xAB, 0xAB, 0xAB, 0xAB, 0xAB, 0xAB, 0xAB, 0xAB};
    haetae_sdk *sdk = start(*state, TRACES "  id_generator: {fixed: }\n");
    haetae_span_context context;
    haetae_span span = haetae_span_start(haetae_tracer_named(sdk, "t"), HAETAE_TEXT("s"),
                                         HAETAE_SPAN_KIND_INTERNAL);

    assert_true(haetae_span_get_context(span, &context));
    assert_memory_equal(context.span_id, expected, sizeof expected);
    haetae_span_end(span);
    haetae_sdk_free(sdk);
}

/* ---- Scopes
 * ------------------------------------------------------------------------------------------- */

/* Of several entries that match, the first counts. */
static void scopes_are_configured_by_name(void **state)
{
    haetae_sdk *sdk =
        start(*state, TRACES
              "  tracer_configurator/development:\n    default_config: {enabled: false}\n"
              "    tracers:\n      - {name: lib.on, config: {enabled: true}}\n"
              "      - {name: 'lib.*', config: {enabled: false}}\n"
              "      - {name: 'l*', config: {enabled: true}}\n"
              "logger_provider:\n  processors: [batch: {exporter: {sink: }}]\n"
              "  logger_configurator/development:\n    default_config: {minimum_severity: warn}\n"
              "    loggers:\n      - {name: off, config: {enabled: false}}\n"
              "      - {name: all, config: {enabled: , minimum_severity: }}\n"
              "meter_provider:\n  readers: [periodic: {exporter: {sink: }}]\n"
              "  meter_configurator/development:\n"
              "    meters: [{name: t, config: {enabled: false}}]\n");

    assert_true(haetae_tracer_enabled(haetae_tracer_named(sdk, "lib.on")));
    assert_false(haetae_tracer_enabled(haetae_tracer_named(sdk, "lib.off")));
    assert_true(haetae_tracer_enabled(haetae_tracer_named(sdk, "local")));
    assert_false(haetae_tracer_enabled(haetae_tracer_named(sdk, "other")));
#define LOGS(name, severity) haetae_logger_enabled(haetae_logger_named(sdk, name), severity)
    assert_false(LOGS("off", HAETAE_SEVERITY_FATAL));
    assert_true(LOGS("all", HAETAE_SEVERITY_TRACE));
    assert_true(LOGS("other", HAETAE_SEVERITY_WARN));
    assert_false(LOGS("other", HAETAE_SEVERITY_INFO));
#undef LOGS
    haetae_counter_add(haetae_counter_named(haetae_meter_named(sdk, "t"), "c", NULL), 1, NULL, 0);
    atomic_store_explicit(&sent[HAETAE_SIGNAL_METRICS], 0, memory_order_relaxed);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    assert_int_equal(atomic_load_explicit(&sent[HAETAE_SIGNAL_METRICS], memory_order_relaxed), 0);
    haetae_sdk_free(sdk);
}

static void scopes_are_bounded(void **state)
{
    static char text[32768] = TRACES "  tracer_configurator/development:\n    tracers:\n";
    char *at = text + strlen(text);

    for (int i = 0; i < 257; i++) {
        at += sprintf(at, "      - {name: a%d, config: {enabled: true}}\n", i);
    }
    assert_int_equal(load(*state, text), HAETAE_ELIMIT);
    assert_non_null(strstr(haetae_config_error(*state), "there are more than 256 entries"));
    assert_null(strchr(haetae_config_error(*state), '\n'));
}

static void scopes_that_are_malformed_are_refused(void **state)
{
    static const char *const rows[][2] = {
        {"{tracers: []}", "tracers: expected at least one item"},
        {"{tracers: [{name: a}]}", "tracers[0]: the key config is missing"},
        {"{tracers: [{config: {}}]}", "tracers[0]: the key name is missing"},
        {"{default_config: {enabled: }}", "enabled: expected a value, not null"},
        {"{default_config: {minimum_severity: warn}}", "minimum_severity: the schema has no such"},
        {"{loggers: [{name: a, config: {}}]}", "loggers: the schema has no such key"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[512];

        snprintf(text, sizeof text, TRACES "  tracer_configurator/development: %s\n", rows[i][0]);
        assert_int_equal(load(*state, text), HAETAE_EFORMAT);
        if (strstr(haetae_config_error(*state), rows[i][1]) == NULL) {
            fail_msg("not \"%s\": %s", rows[i][1], haetae_config_error(*state));
        }
    }
}

/* ---- What changes nothing here --------------------------------------------------------------- */

static void instrumentation_is_kept_in_the_model(void **state)
{
    static const char text[] =
        FORMAT "instrumentation/development:\n  general: {stability_opt_in_list: http}\n"
               "  cpp: {example: {property: 7}}\n";
    haetae_config_model *model = NULL;
    const haetae_config_node *node;
    int64_t property = 0;

    assert_int_equal(haetae_config_model_parse(*state, "f.yaml", text, sizeof text - 1, &model),
                     HAETAE_OK);
    node = haetae_config_node_find(haetae_config_model_root(model), "instrumentation/development");
    assert_string_equal(haetae_config_node_text(haetae_config_node_find(
                            haetae_config_node_find(node, "general"), "stability_opt_in_list")),
                        "http");
    node = haetae_config_node_find(haetae_config_node_find(node, "cpp"), "example");
    assert_int_equal(haetae_config_node_int64(haetae_config_node_find(node, "property"), &property),
                     HAETAE_OK);
    assert_int_equal(property, 7);
    assert_int_equal(haetae_config_model_create(model, *state), HAETAE_OK);
    assert_string_equal(haetae_config_warnings(*state), "");
    haetae_config_model_free(model);
}

static int set_up_all(void **state)
{
    static const struct {
        int32_t kind;
        const char *name;
        haetae_status (*create)(void *user, haetae_config *config, uint32_t signals,
                                const haetae_config_node *properties);
    } rows[] = {{HAETAE_CONFIG_EXPORTER, "sink", make_sink},
                {HAETAE_CONFIG_SAMPLER, "share", make_sampler},
                {HAETAE_CONFIG_ID_GENERATOR, "fixed", make_ids}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        haetae_config_component component =
            HAETAE_OPTIONS(haetae_config_component, .kind = rows[i].kind, .name = rows[i].name,
                           .create = rows[i].create);

        if (haetae_config_component_register(&component) != HAETAE_OK) {
            return -1;
        }
    }
    return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(each_signal_has_the_provider_of_the_file),
        TEST(ready_processors_are_made),
        TEST(ready_processors_that_are_malformed_are_refused),
        TEST(propagators_of_the_file_are_the_default),
        TEST(file_without_propagators_has_none),
        TEST(list_of_none_propagates_nothing),
        TEST(samplers_are_those_of_the_file),
        TEST(samplers_that_cannot_be_made_are_refused),
        TEST(rules_of_the_file_decide),
        TEST(rules_are_bounded),
        TEST(sampler_of_the_code_outlives_a_fault),
        TEST(jaeger_remote_is_the_sampler_of_the_key),
        TEST(jaeger_remote_may_be_a_component),
        TEST(ids_are_made_by_a_component),
        TEST(scopes_are_configured_by_name),
        TEST(scopes_are_bounded),
        TEST(scopes_that_are_malformed_are_refused),
        TEST(instrumentation_is_kept_in_the_model),
    };
    return cmocka_run_group_tests(tests, set_up_all, NULL);
}
