/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_http/harness.h"

#include <curl/curl.h>

struct fake_endpoint fake_endpoint(const char *scheme, unsigned port)
{
    struct fake_endpoint endpoint;

    snprintf(endpoint.url, sizeof endpoint.url, "%s://127.0.0.1:%u", scheme, port);
    return endpoint;
}

haetae_config *make_config(const struct option *options)
{
    haetae_config *config = NULL;

    assert_int_equal(haetae_otlp_http_register(), HAETAE_OK);
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    for (; options->key != NULL; options++) {
        if (haetae_config_set(config, options->key, options->value) != HAETAE_OK) {
            fail_msg("%s", haetae_config_error(config));
        }
    }
    return config;
}

haetae_exporter *make_exporter(const struct option *options)
{
    haetae_config *config = make_config(options);
    haetae_exporter *exporter = NULL;
    haetae_status status = haetae_otlp_http_new(config, &exporter);

    if (status != HAETAE_OK) {
        fail_msg("%d: %s", (int)status, haetae_config_error(config));
    }
    haetae_config_free(config);
    return exporter;
}

haetae_delivery a_delivery(void)
{
    return (haetae_delivery){
        .signal = HAETAE_SIGNAL_TRACES, .data = "some spans", .size = 10, .item_count = 5};
}

void skip_before_curl(unsigned major, unsigned minor, const char *why)
{
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);

    if (info->version_num < (major << 16 | minor << 8)) {
        printf("skipped: libcurl %s %s\n", info->version, why);
        skip();
    }
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
