/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "support/core_cmocka.h"

const struct hae_prom_options check_defaults = {.scope_info = true, .target_info = true};

char check_reports[4096];

static void report(void *user, const char *text)
{
    size_t length = strlen(check_reports);

    (void)user;
    snprintf(check_reports + length, sizeof check_reports - length, "%s\n", text);
}

char *check_page(const struct hae_prom_options *options, enum hae_prom_format format,
                 enum hae_prom_escaping escaping, struct hae_prom_request request,
                 size_t *ret_length)
{
    struct hae_prom_style style = {.format = format, .escaping = escaping, .options = options};
    struct hae_buffer out = HAE_BUFFER_INIT;
    char *copy;

    check_reports[0] = '\0';
    assert_int_equal(hae_prom_page(&style, &request, 1, &out, report, NULL), HAETAE_OK);
    copy = malloc(out.length + 1);
    assert_non_null(copy);
    if (out.length > 0) {
        memcpy(copy, out.data, out.length);
    }
    copy[out.length] = '\0';
    if (ret_length != NULL) {
        *ret_length = out.length;
    }
    hae_buffer_done(&out);
    return copy;
}

void check_with(struct build *build, const struct hae_prom_options *options,
                enum hae_prom_format format, enum hae_prom_escaping escaping, const char *expected)
{
    char *page = check_page(options, format, escaping, build_end(build), NULL);

    assert_string_equal(page, expected);
    free(page);
    build_done(build);
}

void check_text(struct build *build, const char *expected)
{
    check_with(build, &check_defaults, HAE_PROM_TEXT, HAE_PROM_ESCAPE_UNDERSCORES, expected);
}

void check_openmetrics(struct build *build, const char *expected)
{
    check_with(build, &check_defaults, HAE_PROM_OPENMETRICS, HAE_PROM_ESCAPE_UNDERSCORES, expected);
}
