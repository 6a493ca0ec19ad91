/* SPDX-License-Identifier: Apache-2.0 */
/* Accept headers, as Prometheus sends them and as others might. */
#include "negotiate.h"
#include "support/core_cmocka.h"

#define PROTOBUF                                                                                   \
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"

static void expect(const char *accept, const char *content_type)
{
    struct hae_prom_choice choice = hae_prom_negotiate(accept);
    char text[HAE_PROM_CONTENT_TYPE_BYTES];

    hae_prom_content_type(&choice, text);
    assert_string_equal(text, content_type);
}

#define TEXT_OLD "text/plain; version=0.0.4; charset=utf-8"

static void without_a_wish_it_is_text(void **state)
{
    (void)state;
    expect(NULL, TEXT_OLD);
    expect("", TEXT_OLD);
    expect("*/*", TEXT_OLD);
    expect("text/*", TEXT_OLD);
    expect("text/plain", TEXT_OLD);
    expect("text/html, application/xhtml+xml, */*;q=0.8", TEXT_OLD);
    expect("application/json", TEXT_OLD);
    assert_int_equal(hae_prom_negotiate(NULL).escaping, HAE_PROM_ESCAPE_UNDERSCORES);
}

static void prometheus_of_all_ages_gets_its_best(void **state)
{
    (void)state;
    expect("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
           "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
           "application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect(PROTOBUF ",application/openmetrics-text;version=1.0.0;q=0.8,text/plain;q=0.5,*/*;q=0.1",
           "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; "
           "encoding=delimited");
    expect("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
           "application/openmetrics-text;version=0.0.1;q=0.5,"
           "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
           "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
           "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8");
    expect(PROTOBUF ";escaping=values;q=0.6,text/plain;version=1.0.0;escaping=dots;q=0.7",
           "text/plain; version=1.0.0; charset=utf-8; escaping=dots");
}

static void weights_and_order_decide(void **state)
{
    (void)state;
    expect("text/plain;q=0.5, application/openmetrics-text; version=\"1.0.0\"; Q=0.501",
           "application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect("text/plain,application/openmetrics-text", TEXT_OLD);
    expect("application/openmetrics-text,text/plain",
           "application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect("application/openmetrics-text;q=0,text/plain;q=0.1", TEXT_OLD);
    expect("application/openmetrics-text;q=2,text/plain;q=0.1", TEXT_OLD);
    expect("application/openmetrics-text;q=1.0000,text/plain",
           "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

static void what_is_not_known_is_not_chosen(void **state)
{
    (void)state;
    expect("application/openmetrics-text;version=2.0.0,text/plain;version=0.0.4;q=0.1", TEXT_OLD);
    expect("application/vnd.google.protobuf,text/plain;q=0.1", TEXT_OLD);
    expect("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text",
           TEXT_OLD);
    expect("text/plain;version=0.0.3,application/openmetrics-text;version=0.0.1;q=0.1",
           "application/openmetrics-text; version=0.0.1; charset=utf-8");
}

/* Text 0.0.4 and OpenMetrics 0.0.1 have no names in quotes. */
static void older_versions_have_no_utf8(void **state)
{
    (void)state;
    assert_int_equal(hae_prom_negotiate("text/plain;version=0.0.4;escaping=allow-utf-8").escaping,
                     HAE_PROM_ESCAPE_UNDERSCORES);
    assert_int_equal(hae_prom_negotiate("text/plain;version=1.0.0;escaping=allow-utf-8").escaping,
                     HAE_PROM_ALLOW_UTF8);
    assert_int_equal(hae_prom_negotiate(PROTOBUF ";escaping=allow-utf-8").escaping,
                     HAE_PROM_ALLOW_UTF8);
    assert_int_equal(hae_prom_negotiate("text/plain;version=1.0.0;escaping=other").escaping,
                     HAE_PROM_ESCAPE_UNDERSCORES);
}

static void malformed_headers_do_no_harm(void **state)
{
    (void)state;
    expect(";;;,,,;q", TEXT_OLD);
    expect("\"", TEXT_OLD);
    expect("text/plain;version=\"1.0.0", TEXT_OLD);
    expect("text/plain;q=,*/*;q=.", TEXT_OLD);
    expect("=,=;=;\"=\"", TEXT_OLD);
}

static void gzip_is_accepted_by_name(void **state)
{
    (void)state;
    assert_true(hae_prom_accepts_gzip("gzip"));
    assert_true(hae_prom_accepts_gzip("deflate, GZIP;q=0.5"));
    assert_false(hae_prom_accepts_gzip("gzip;q=0"));
    assert_false(hae_prom_accepts_gzip("identity"));
    assert_false(hae_prom_accepts_gzip(""));
    assert_false(hae_prom_accepts_gzip(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_wish_it_is_text),
        cmocka_unit_test(prometheus_of_all_ages_gets_its_best),
        cmocka_unit_test(weights_and_order_decide),
        cmocka_unit_test(what_is_not_known_is_not_chosen),
        cmocka_unit_test(older_versions_have_no_utf8),
        cmocka_unit_test(malformed_headers_do_no_harm),
        cmocka_unit_test(gzip_is_accepted_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
