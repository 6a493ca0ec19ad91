/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of Jaeger's sampling service, right and wrong, and the argument of the sampler. */
#include "otlp_http/strategy.h"

#include <pthread.h>

#include "otlp_http/harness.h"
#include "otlp_http/jaeger_options.h"
#include "otlp_http/json_reader.h"

static int begin(void **state)
{
    struct hae_strategies *strategies = calloc(1, sizeof *strategies);

    assert_non_null(strategies);
    hae_strategies_begin(strategies, 0);
    *state = strategies;
    return 0;
}

static int end(void **state)
{
    free(*state);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static const char *take(struct hae_strategies *strategies, const char *json)
{
    return hae_strategies_take(strategies, json, strlen(json));
}

/* Of 256 trace ids whose randomness is spread evenly, how many are sampled. */
static unsigned sampled(struct hae_strategies *strategies, const char *name)
{
    uint8_t trace_id[16] = {1};
    unsigned count = 0;

    for (unsigned i = 0; i < 256; i++) {
        trace_id[9] = (uint8_t)i;
        trace_id[10] = 0x80;
        count += hae_strategies_decide(strategies, name, strlen(name), trace_id);
    }
    return count;
}

static void a_probability_is_taken(void **state)
{
    assert_int_equal(sampled(*state, "x"), 0);
    assert_null(take(*state, "{\"strategyType\":\"PROBABILISTIC\","
                             "\"probabilisticSampling\":{\"samplingRate\":0.25}}"));
    assert_int_equal(sampled(*state, "x"), 64);
    /* As older services write it, and newer ones that leave the first type out. */
    assert_null(
        take(*state, "{\"strategyType\":0,\"probabilisticSampling\":{\"samplingRate\":1}}"));
    assert_int_equal(sampled(*state, "x"), 256);
    assert_null(take(*state, "{\"probabilisticSampling\":{\"samplingRate\":5.0e-1},"
                             "\"rateLimitingSampling\":null,\"operationSampling\":null}"));
    assert_int_equal(sampled(*state, "x"), 128);
}

static void a_rate_is_taken(void **state)
{
    assert_null(take(*state, "{\"strategyType\":\"RATE_LIMITING\","
                             "\"rateLimitingSampling\":{\"maxTracesPerSecond\":5}}"));
    assert_in_range(sampled(*state, "x"), 5, 200);
    assert_null(
        take(*state, "{\"strategyType\":1,\"rateLimitingSampling\":{\"maxTracesPerSecond\":0}}"));
    assert_int_equal(sampled(*state, "x"), 0);
}

static void operations_have_their_own(void **state)
{
    assert_null(take(*state,
                     "{\"strategyType\":\"PROBABILISTIC\",\"probabilisticSampling\":{"
                     "\"samplingRate\":1},\"operationSampling\":{\"defaultSamplingProbability\":"
                     "0.5,\"defaultLowerBoundTracesPerSecond\":0,\"perOperationStrategies\":["
                     "{\"operation\":\"\\/a\\u00e9\",\"probabilisticSampling\":{\"samplingRate\":"
                     "0.25}},{\"operation\":\"off\",\"probabilisticSampling\":{}}]}}"));
    assert_int_equal(sampled(*state, "/a\xc3\xa9"), 64);
    assert_int_equal(sampled(*state, "off"), 0);
    assert_int_equal(sampled(*state, "other"), 128);
}

static void each_operation_is_seen_at_least_so_often(void **state)
{
    assert_null(take(*state, "{\"operationSampling\":{\"defaultSamplingProbability\":0,"
                             "\"defaultLowerBoundTracesPerSecond\":1e-3,\"perOperationStrategies\":"
                             "[{\"operation\":\"a\",\"probabilisticSampling\":{\"samplingRate\":0}"
                             "}]}}"));
    assert_int_equal(sampled(*state, "a"), 1);
    assert_int_equal(sampled(*state, "a"), 0);
    assert_int_equal(sampled(*state, "b"), 1); /* those without a name in it share one */
    assert_int_equal(sampled(*state, "c"), 0);
}

static void more_operations_than_have_room_get_the_default(void **state)
{
    char *json = malloc(200000);
    size_t at = (size_t)snprintf(json, 200000,
                                 "{\"operationSampling\":{"
                                 "\"defaultSamplingProbability\":0,"
                                 "\"perOperationStrategies\":[");
    unsigned with_own = 0;

    for (int i = 0; i < 2000; i++) {
        at += (size_t)snprintf(json + at, 200000 - at,
                               "%s{\"operation\":\"n%d\",\"probabilisticSampling\":"
                               "{\"samplingRate\":1}}",
                               i != 0 ? "," : "", i);
    }
    snprintf(json + at, 200000 - at, "]}}");
    assert_null(take(*state, json));
    for (int i = 0; i < 2000; i++) {
        char name[16];

        snprintf(name, sizeof name, "n%d", i);
        with_own += sampled(*state, name) == 256;
    }
    assert_int_equal(with_own, HAE_STRATEGY_NAMES_MAX);
    free(json);
}

static void a_bad_answer_changes_nothing(void **state)
{
    static const char *const bad[] = {
        "",
        "null",
        "[]",
        "{",
        "{}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{\"a\":1 \"b\":2}",
        "{\"strategyType\":\"PROBABILISTIC\"}",
        "{\"strategyType\":\"RATE_LIMITING\"}",
        "{\"strategyType\":\"OTHER\",\"probabilisticSampling\":{\"samplingRate\":1}}",
        "{\"strategyType\":7,\"probabilisticSampling\":{\"samplingRate\":1}}",
        "{\"strategyType\":{},\"probabilisticSampling\":{\"samplingRate\":1}}",
        "{\"probabilisticSampling\":{\"samplingRate\":1.5}}",
        "{\"probabilisticSampling\":{\"samplingRate\":-1}}",
        "{\"probabilisticSampling\":{\"samplingRate\":\"1\"}}",
        "{\"probabilisticSampling\":{\"samplingRate\":1e999}}",
        "{\"probabilisticSampling\":{\"samplingRate\":NaN}}",
        "{\"probabilisticSampling\":{\"samplingRate\":0.}}",
        "{\"probabilisticSampling\":{\"samplingRate\":-}}",
        "{\"probabilisticSampling\":{\"samplingRate\":1e}}",
        "{\"probabilisticSampling\":[1]}",
        "{\"probabilisticSampling\":{\"samplingRate\":1}} x",
        "{\"probabilisticSampling\":{\"samplingRate\":1}",
        "{\"strategyType\":1,\"rateLimitingSampling\":{\"maxTracesPerSecond\":-1}}",
        "{\"strategyType\":1,\"rateLimitingSampling\":{\"maxTracesPerSecond\":1e10}}",
        "{\"operationSampling\":{\"perOperationStrategies\":[1]}}",
        "{\"operationSampling\":{\"perOperationStrategies\":[{\"operation\":1}]}}",
        ("{\"operationSampling\":{\"perOperationStrategies\":[{\"operation\":\"a\","
         "\"probabilisticSampling\":{\"samplingRate\":2}}]}}"),
        "{\"operationSampling\":{\"perOperationStrategies\":[{\"operation\":\"a",
        "{\"operationSampling\":{\"perOperationStrategies\":[{\"operation\":\"\\x\"}]}}",
        "{\"operationSampling\":{\"perOperationStrategies\":[{\"operation\":\"\\u12\"}]}}",
        "{\"operationSampling\":{\"perOperationStrategies\":[{\"operation\":\"\n\"}]}}",
        "{\"operationSampling\":{\"defaultLowerBoundTracesPerSecond\":[]}}"};

    assert_null(take(*state, "{\"probabilisticSampling\":{\"samplingRate\":0.5}}"));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_non_null(take(*state, bad[i]));
        assert_int_equal(sampled(*state, "a"), 128);
    }
}

static void depth_is_bounded(void **state)
{
    static const char good[] = ",\"probabilisticSampling\":{\"samplingRate\":1}}";
    char deep[20000] = "{\"a\":";

    memset(deep + 5, '[', 31);
    memset(deep + 36, ']', 31);
    memcpy(deep + 67, good, sizeof good);
    assert_null(take(*state, deep));
    memset(deep + 5, '[', sizeof deep - 6);
    deep[sizeof deep - 1] = '\0';
    assert_non_null(take(*state, deep));
    for (size_t i = 5; i + 5 < sizeof deep; i += 5) {
        memcpy(deep + i, "{\"a\":", 5);
    }
    assert_non_null(take(*state, deep));
    assert_int_equal(sampled(*state, "a"), 256);
}

/* Every prefix of an answer is a bad one, and is read no further than it goes. */
static void cut_answers_are_refused(void **state)
{
    static const char whole[] =
        "{\"strategyType\":\"PROBABILISTIC\",\"other\":[true,false,null,-1.5e+3,{\"\":[]}],"
        "\"operationSampling\":{\"defaultSamplingProbability\":1,\"perOperationStrategies\":["
        "{\"operation\":\"\\ud83d\\ude00\\ud83d\\n\",\"probabilisticSampling\":{\"samplingRate\":"
        "0}}]}}";

    for (size_t i = 0; i < sizeof whole - 1; i++) {
        char *exact = malloc(i + 1);

        assert_non_null(exact);
        memcpy(exact, whole, i);
        assert_non_null(hae_strategies_take(*state, exact, i));
        free(exact);
    }
    assert_null(hae_strategies_take(*state, whole, sizeof whole - 1));
    assert_int_equal(sampled(*state, "\xf0\x9f\x98\x80\xef\xbf\xbd\n"), 0);
    assert_int_equal(sampled(*state, "a"), 256);
}

/* ---- Beside threads ------------------------------------------------------------------------ */

static void *decide_often(void *strategies)
{
    for (int i = 0; i < 200; i++) {
        (void)sampled(strategies, i % 2 == 0 ? "a" : "b");
    }
    return NULL;
}

static void strategies_are_exchanged_beside_decisions(void **state)
{
    pthread_t threads[3];

    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, decide_often, *state), 0);
    }
    for (int i = 0; i < 100; i++) {
        assert_null(take(*state, i % 2 == 0 ? "{\"strategyType\":1,\"rateLimitingSampling\":"
                                              "{\"maxTracesPerSecond\":5}}"
                                            : "{\"operationSampling\":{\"perOperationStrategies\":["
                                              "{\"operation\":\"a\",\"probabilisticSampling\":"
                                              "{\"samplingRate\":1}}]}}"));
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(sampled(*state, "a"), 256);
    assert_int_equal(sampled(*state, "b"), 0);
}

/* ---- The argument -------------------------------------------------------------------------- */

static void the_argument_is_a_list(void **state)
{
    static const struct {
        const char *argument;
        const char *url;
        int64_t interval_ms;
        double probability;
    } cases[] = {
        {"", "http://localhost:5778/sampling?service=a%20b%25", 60000, 0.001},
        {"endpoint=http://h:14250,pollingIntervalMs=5000,initialSamplingRate=0.25",
         "http://h:14250/sampling?service=a%20b%25", 5000, 0.25},
        {" initialSamplingRate = 1 , endpoint = https://h/ ", "https://h/sampling?service=a%20b%25",
         60000, 1},
        {"other=1,endpoint=http://h:14268/api/sampling",
         "http://h:14268/api/sampling?service=a%20b%25", 60000, 0.001},
    };
    static const char *const bad[] = {"0.5",
                                      "endpoint",
                                      "endpoint=",
                                      "endpoint=h:1",
                                      "endpoint=ftp://h",
                                      "endpoint=http://",
                                      "endpoint=http://u:p@h",
                                      "endpoint=http://h?x",
                                      "endpoint=http://h i",
                                      "pollingIntervalMs=0",
                                      "pollingIntervalMs=x",
                                      "pollingIntervalMs=1e12",
                                      "initialSamplingRate=2",
                                      "initialSamplingRate=",
                                      "initialSamplingRate=1 1"};
    struct hae_jaeger_options options;
    const char *why;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(
            hae_jaeger_options_read(cases[i].argument, (haetae_string){"a b%", 4}, &options, &why),
            HAETAE_OK);
        assert_string_equal(options.url, cases[i].url);
        assert_int_equal(options.interval_ms, cases[i].interval_ms);
        assert_true(options.probability == cases[i].probability);
        free(options.url);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(hae_jaeger_options_read(bad[i], (haetae_string){"a", 1}, &options, &why),
                         HAETAE_EVALUE);
        assert_non_null(why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_probability_is_taken),
        TEST(a_rate_is_taken),
        TEST(operations_have_their_own),
        TEST(each_operation_is_seen_at_least_so_often),
        TEST(more_operations_than_have_room_get_the_default),
        TEST(a_bad_answer_changes_nothing),
        TEST(depth_is_bounded),
        TEST(cut_answers_are_refused),
        TEST(strategies_are_exchanged_beside_decisions),
        cmocka_unit_test(the_argument_is_a_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
