/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_http/pair.h"

const struct http_reply accepted = {.status = 200};

struct pair pair_start(const struct http_reply *reply, const char *key, const char *value)
{
    struct pair pair = {.server = http_server_mhd_start(reply, NULL)};
    struct fake_endpoint endpoint = fake_endpoint("http", http_server_mhd_port(pair.server));

    pair.exporter = make_exporter(OPTIONS({KEY("ENDPOINT"), endpoint.url}, {key, value}));
    return pair;
}

void pair_stop(struct pair *pair)
{
    haetae_exporter_free(pair->exporter);
    http_server_mhd_stop(pair->server);
}

void assert_header(const struct http_request *request, const char *name, const char *expected)
{
    char *value = http_request_header(request, name);

    if (expected == NULL) {
        assert_null(value);
    } else {
        assert_non_null(value);
        assert_string_equal(value, expected);
    }
    free(value);
}
