/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_http/harness.h"

struct fake_endpoint fake_endpoint(const char *scheme, unsigned port)
{
    struct fake_endpoint endpoint;

    snprintf(endpoint.url, sizeof endpoint.url, "%s://127.0.0.1:%u", scheme, port);
    return endpoint;
}

haetae_exporter *make_exporter(const struct fake_option *options)
{
    haetae_config config = {options};
    haetae_exporter *exporter = NULL;
    haetae_status status = haetae_otlp_http_new(&config, &exporter);

    if (status != HAETAE_OK) {
        fail_msg("%d: %s", (int)status, haetae_otlp_http_error());
    }
    return exporter;
}

haetae_status refused_exporter(const struct fake_option *options)
{
    haetae_config config = {options};
    haetae_exporter *untouched = (haetae_exporter *)&config;
    haetae_exporter *exporter = untouched;
    haetae_status status = haetae_otlp_http_new(&config, &exporter);

    assert_int_not_equal(status, HAETAE_OK);
    assert_ptr_equal(exporter, untouched);
    return status;
}

haetae_delivery a_delivery(void)
{
    return (haetae_delivery){
        .signal = HAETAE_SIGNAL_TRACES, .data = "some spans", .size = 10, .item_count = 5};
}

void assert_contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("\"%s\" does not contain \"%s\"", text, part);
    }
}

void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part) != NULL) {
        fail_msg("\"%s\" contains \"%s\"", text, part);
    }
}

/* Requests must not leave this machine. */
__attribute__((constructor)) static void forget_proxies(void)
{
    static const char *const names[] = {"http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY",
                                        "ALL_PROXY"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        unsetenv(names[i]);
    }
}
