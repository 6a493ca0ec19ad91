/* SPDX-License-Identifier: Apache-2.0 */
/* Redaction: what leaves the process has no value of a key that a rule is for. */
#include "haetae/redaction.h"

#include "base/alloc.h"
#include "base/hex.h"
#include "base/sha256.h"
#include "support/sdk_fixture.h"

/* What an exporter got. */
struct sink {
    uint8_t bytes[1 << 18];
    size_t size_bytes;
};

static void keep(struct fake_exporter *fake, haetae_delivery *delivery)
{
    struct sink *sink = fake->user;
    size_t size = haetae_delivery_size(delivery);

    assert_true(sink->size_bytes + size <= sizeof sink->bytes);
    memcpy(sink->bytes + sink->size_bytes, haetae_delivery_data(delivery), size);
    sink->size_bytes += size;
    fake_accept(fake, delivery);
}

static bool has(const struct sink *sink, const char *text)
{
    return memmem(sink->bytes, sink->size_bytes, text, strlen(text)) != NULL;
}

struct fixture {
    struct fake_exporter fake;
    struct sink sink;
    haetae_config *config;
    haetae_sdk *sdk;
};

static struct fixture *begin(void)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    fake_init(&f->fake, "fake", keep);
    f->fake.user = &f->sink;
    f->config = sdk_config(SDK_SETTINGS({"HAETAE_WORKER", "manual"}), SDK_FAKES(&f->fake));
    return f;
}

static void rule(struct fixture *f, const char *pattern, haetae_redaction_action action,
                 const char *text, uint32_t signals)
{
    assert_int_equal(
        haetae_config_add_redaction(f->config, pattern, action, text, strlen(text), signals),
        HAETAE_OK);
}

static void start(struct fixture *f)
{
    assert_int_equal(haetae_sdk_start(f->config, &f->sdk), HAETAE_OK);
    haetae_config_free(f->config);
}

static void end(struct fixture *f)
{
    sdk_finish(f->sdk, &f->fake);
    free(f);
}

static void flush(struct fixture *f)
{
    assert_int_equal(haetae_sdk_force_flush(f->sdk, 10000), HAETAE_OK);
}

/* One of each place that an attribute has, all with the value "personal". */
static void record_everything(haetae_sdk *sdk)
{
    const haetae_attribute mail = HAETAE_ATTR("user.mail", "personal");
    const haetae_attribute inner[] = {mail, HAETAE_ATTR("kept", "harmless")};
    const haetae_value nested = haetae_value_map(inner, 2);
    const haetae_attribute map = haetae_attribute_of("map", nested);
    const haetae_value in_array[] = {nested};
    const haetae_attribute array = haetae_attribute_of("array", haetae_value_array(in_array, 1));
    const haetae_attribute attributes[] = {mail, map, array, HAETAE_ATTR("kept", "harmless")};
    haetae_link link = {.attributes = &mail, .attribute_count = 1};
    haetae_log_record record =
        HAETAE_OPTIONS(haetae_log_record, .severity = HAETAE_SEVERITY_INFO, .body = nested,
                       .attributes = attributes, .attribute_count = 4);
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options, .name = {"c", 1});
    haetae_counter *counter = NULL;
    haetae_histogram *histogram = NULL;
    haetae_span span = haetae_span_start(haetae_tracer_named(sdk, "t"), HAETAE_TEXT("span"), 1);

    haetae_span_set_attributes(span, attributes, 4);
    haetae_span_add_event(span, HAETAE_TEXT("event"), 0, &mail, 1);
    haetae_span_add_link(span, &link);
    haetae_span_end(span);
    haetae_log_emit(haetae_logger_named(sdk, "l"), &record);
    assert_int_equal(haetae_counter_create(haetae_meter_named(sdk, "m"), &options, &counter),
                     HAETAE_OK);
    haetae_counter_add(counter, 1, &mail, 1);
    options.name = (haetae_string){"h", 1};
    options.number_type = HAETAE_NUMBER_DOUBLE;
    assert_int_equal(haetae_histogram_create(haetae_meter_named(sdk, "m"), &options, &histogram),
                     HAETAE_OK);
    haetae_histogram_record_double(histogram, 1.5, &mail, 1);
}

static void all_delivered(struct fixture *f)
{
    sdk_all_delivered(f->sdk, HAETAE_SIGNAL_TRACES, 1);
    sdk_all_delivered(f->sdk, HAETAE_SIGNAL_LOGS, 1);
    sdk_all_delivered(f->sdk, HAETAE_SIGNAL_METRICS, 2);
}

static void without_rules_everything_leaves(void **state)
{
    struct fixture *f = begin();

    (void)state;
    start(f);
    record_everything(f->sdk);
    flush(f);
    all_delivered(f);
    assert_true(has(&f->sink, "personal"));
    end(f);
}

static void deleted_values_are_nowhere(void **state)
{
    struct fixture *f = begin();

    (void)state;
    rule(f, "user.*", HAETAE_REDACTION_DELETE, "", 0);
    start(f);
    record_everything(f->sdk);
    flush(f);
    all_delivered(f);
    assert_false(has(&f->sink, "personal"));
    assert_false(has(&f->sink, "user.mail"));
    assert_true(has(&f->sink, "harmless"));
    end(f);
}

static void replaced_values_keep_their_keys(void **state)
{
    struct fixture *f = begin();

    (void)state;
    rule(f, "*.mail", HAETAE_REDACTION_REPLACE, "[gone]", 0);
    start(f);
    record_everything(f->sdk);
    flush(f);
    all_delivered(f);
    assert_false(has(&f->sink, "personal"));
    assert_true(has(&f->sink, "user.mail"));
    assert_true(has(&f->sink, "[gone]"));
    assert_true(has(&f->sink, "harmless"));
    end(f);
}

static void hashed_values_stay_equal(void **state)
{
    /* The secret, then the value as an AnyValue. */
    static const char hashed[] = "secret\x0a\x08personal";
    struct fixture *f = begin();
    uint8_t digest[HAE_SHA256_BYTES];
    struct hae_sha256 sha;
    char digits[33] = "";

    (void)state;
    hae_sha256_begin(&sha);
    hae_sha256_add(&sha, hashed, sizeof hashed - 1);
    hae_sha256_end(&sha, digest);
    (void)hae_put_hex(digits, digest, 16);
    rule(f, "user.mail", HAETAE_REDACTION_HASH, "secret", 0);
    start(f);
    record_everything(f->sdk);
    flush(f);
    all_delivered(f);
    assert_false(has(&f->sink, "personal"));
    assert_true(has(&f->sink, digits));
    end(f);
}

static void the_first_rule_counts_for_its_signals(void **state)
{
    struct fixture *f = begin();

    (void)state;
    rule(f, "user.mail", HAETAE_REDACTION_REPLACE, "[trace]", 1u << HAETAE_SIGNAL_TRACES);
    rule(f, "*", HAETAE_REDACTION_REPLACE, "[other]", 0);
    start(f);
    record_everything(f->sdk);
    flush(f);
    assert_true(has(&f->sink, "[trace]"));
    assert_true(has(&f->sink, "[other]"));
    assert_false(has(&f->sink, "personal"));
    assert_false(has(&f->sink, "harmless"));
    end(f);
}

/* A field whose length takes more bytes, or fewer, once it is rewritten. */
static void lengths_follow_what_they_count(void **state)
{
    struct fixture *f = begin();
    char text[4000];
    haetae_span span;

    (void)state;
    memset(text, 'x', sizeof text);
    rule(
        f, "short", HAETAE_REDACTION_REPLACE,
        "a text that is long enough for the length of the event around it to take two bytes, where "
        "one was enough before, since it has more than one hundred and twenty-seven of them",
        0);
    rule(f, "long", HAETAE_REDACTION_REPLACE, "-", 0);
    start(f);
    span = haetae_span_start(haetae_tracer_named(f->sdk, "t"), HAETAE_TEXT("span"), 1);
    haetae_span_add_event(span, HAETAE_TEXT("e"), 1, HAETAE_ATTRS(HAETAE_ATTR("short", 1)));
    haetae_span_add_event(span, HAETAE_TEXT("f"), 1,
                          &(haetae_attribute){{"long", 4}, haetae_value_text(text, sizeof text)},
                          1);
    haetae_span_end(span);
    flush(f);
    sdk_all_delivered(f->sdk, HAETAE_SIGNAL_TRACES, 1);
    assert_true(has(&f->sink, "one hundred and twenty-seven"));
    assert_false(has(&f->sink, "xxxx"));
    end(f);
}

/* A metric that is small enough before a rule makes it too large for a request is sent in parts. */
static void what_grows_is_split(void **state)
{
    struct fixture *f = begin();
    haetae_counter *counter;
    char text[255];

    (void)state;
    memset(text, 'x', sizeof text);
    assert_int_equal(haetae_config_set(f->config, "HAETAE_MAX_REQUEST_BYTES", "65536"), HAETAE_OK);
    assert_int_equal(haetae_config_add_redaction(f->config, "user.name", HAETAE_REDACTION_REPLACE,
                                                 text, sizeof text, 0),
                     HAETAE_OK);
    start(f);
    counter = haetae_counter_named(haetae_meter_named(f->sdk, "m"), "c", "1");
    for (int i = 0; i < 400; i++) {
        const haetae_attribute attributes[] = {HAETAE_ATTR("user.name", "a"), HAETAE_ATTR("n", i)};

        haetae_counter_add(counter, 1, attributes, 2);
    }
    flush(f);
    sdk_all_delivered(f->sdk, HAETAE_SIGNAL_METRICS, 400);
    end(f);
}

static void bad_rules_are_refused(void **state)
{
    struct fixture *f = begin();
    char pattern[300];

    (void)state;
    memset(pattern, 'x', sizeof pattern - 1);
    pattern[sizeof pattern - 1] = '\0';
    assert_int_equal(
        haetae_config_add_redaction(f->config, NULL, HAETAE_REDACTION_DELETE, NULL, 0, 0),
        HAETAE_EINVAL);
    assert_int_equal(
        haetae_config_add_redaction(f->config, pattern, HAETAE_REDACTION_DELETE, NULL, 0, 0),
        HAETAE_EINVAL);
    assert_int_equal(
        haetae_config_add_redaction(f->config, "x", HAETAE_REDACTION_HASH, pattern, 256, 0),
        HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_redaction(f->config, "x", HAETAE_REDACTION_HASH, NULL, 1, 0),
                     HAETAE_EINVAL);
    assert_int_equal(
        haetae_config_add_redaction(f->config, "x", (haetae_redaction_action)3, NULL, 0, 0),
        HAETAE_EINVAL);
    hae_alloc_fail_after(0);
    assert_int_equal(haetae_config_add_redaction(f->config, "x", HAETAE_REDACTION_HASH, NULL, 0, 0),
                     HAETAE_ENOMEM);
    hae_alloc_fail_after(-1);
    for (int i = 0; i < 64; i++) {
        rule(f, "x", HAETAE_REDACTION_DELETE, "", 0);
    }
    assert_int_equal(haetae_config_add_redaction(f->config, "x", HAETAE_REDACTION_HASH, NULL, 0, 0),
                     HAETAE_ELIMIT);
    start(f);
    end(f);
}

/* The example of FIPS 180-4, and one of two blocks. */
static void sha256_is_that_of_the_standard(void **state)
{
    static const struct {
        const char *text;
        const char *digest;
    } cases[] = {
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t digest[HAE_SHA256_BYTES];
        char digits[2 * HAE_SHA256_BYTES + 1] = "";
        struct hae_sha256 sha;

        hae_sha256_begin(&sha);
        hae_sha256_add(&sha, cases[i].text, strlen(cases[i].text));
        hae_sha256_end(&sha, digest);
        (void)hae_put_hex(digits, digest, HAE_SHA256_BYTES);
        assert_string_equal(digits, cases[i].digest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_rules_everything_leaves),
        cmocka_unit_test(deleted_values_are_nowhere),
        cmocka_unit_test(replaced_values_keep_their_keys),
        cmocka_unit_test(hashed_values_stay_equal),
        cmocka_unit_test(the_first_rule_counts_for_its_signals),
        cmocka_unit_test(lengths_follow_what_they_count),
        cmocka_unit_test(what_grows_is_split),
        cmocka_unit_test(bad_rules_are_refused),
        cmocka_unit_test(sha256_is_that_of_the_standard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
