/* SPDX-License-Identifier: Apache-2.0 */
/* docs/config.md has one row for each key, and each row agrees with the table of keys.
 * `--rows` prints the rows for the page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <inttypes.h>

#include "sdk/config_registry.h"
#ifdef HAETAE_TEST_OTLP_GRPC
#include "haetae/otlp_grpc.h"
#endif
#ifdef HAETAE_TEST_OTLP_HTTP
#include "haetae/otlp_http.h"
#endif
#ifdef HAETAE_TEST_OTLP_FILE
#include "haetae/otlp_file.h"
#endif
#ifdef HAETAE_TEST_KAFKA
#include "haetae/kafka.h"
#endif
#ifdef HAETAE_TEST_PROMETHEUS
#include "haetae/prometheus.h"
#endif

enum { ROW_BYTES = 1024, PAGE_BYTES = 1 << 18 };

/* Registers the keys of all exporters. False when one was not built. */
static bool register_exporters(void)
{
    bool all = true;

#ifdef HAETAE_TEST_OTLP_HTTP
    all = haetae_otlp_http_register() == HAETAE_OK && all;
#else
    all = false;
#endif
#ifdef HAETAE_TEST_OTLP_GRPC
    all = haetae_otlp_grpc_register() == HAETAE_OK && all;
#else
    all = false;
#endif
#ifdef HAETAE_TEST_OTLP_FILE
    all = haetae_otlp_file_register() == HAETAE_OK && all;
#else
    all = false;
#endif
#ifdef HAETAE_TEST_KAFKA
    all = haetae_kafka_register() == HAETAE_OK && all;
#else
    all = false;
#endif
#ifdef HAETAE_TEST_PROMETHEUS
    all = haetae_prometheus_register() == HAETAE_OK && all;
#else
    all = false;
#endif
    return all;
}

static const char *unit_of(const haetae_config_key *def)
{
    switch (def->type) {
    case HAETAE_CONFIG_DURATION:
        return "ms";
    case HAETAE_CONFIG_TIMEOUT:
        return "ms, 0: no limit";
    case HAETAE_CONFIG_COUNT:
        return "count";
    case HAETAE_CONFIG_BYTES:
        return "bytes";
    case HAETAE_CONFIG_RATIO:
        return "0 to 1";
    case HAETAE_CONFIG_SEVERITY:
        return "severity";
    case HAETAE_CONFIG_PAIRS:
        return "pairs";
    case HAETAE_CONFIG_TEXT:
        return "text";
    case HAETAE_CONFIG_URL:
        return "URL";
    case HAETAE_CONFIG_PATH:
        return "file";
    case HAETAE_CONFIG_SECRET:
        return "secret text";
    case HAETAE_CONFIG_LIST:
        return "list of names";
    default:
        return "";
    }
}

static void append(char *row, const char *text)
{
    strncat(row, text, ROW_BYTES - 1 - strlen(row));
}

static void append_choices(char *row, const char *choices)
{
    append(row, "`");
    for (; *choices != '\0'; choices++) {
        char letter[2] = {*choices, '\0'};

        append(row, *choices == '|' ? "`, `" : letter);
    }
    append(row, "`");
}

static void append_range(char *row, const haetae_config_key *def)
{
    char range[64] = "";

    if (def->type == HAETAE_CONFIG_DURATION || def->type == HAETAE_CONFIG_COUNT ||
        def->type == HAETAE_CONFIG_BYTES) {
        if (def->max != INT32_MAX) {
            snprintf(range, sizeof range, ", %" PRId64 " to %" PRId64, def->min, def->max);
        } else if (def->min != 0) {
            snprintf(range, sizeof range, ", at least %" PRId64, def->min);
        }
    }
    append(row, range);
}

static void make_row(const haetae_config_key *def, char row[ROW_BYTES])
{
    const bool unset = def->default_value[0] == '\0';

    snprintf(row, ROW_BYTES, "| `%s` | %s", def->name, unit_of(def));
    if (hae_config_choices(def) != NULL) {
        append_choices(row, hae_config_choices(def));
    }
    append_range(row, def);
    append(row, unset ? " | unset" : " | `");
    append(row, def->default_value);
    append(row, unset ? " | " : "` | ");
    append(row, def->help);
    append(row, " |\n");
}

static const char *read_page(void)
{
    static char page[PAGE_BYTES];
    static const char path[] = HAETAE_TEST_SOURCE_DIR "/../../docs/config.md";
    FILE *file = fopen(path, "r");
    size_t length;

    if (file == NULL) {
        fail_msg("no %s", path);
    }
    length = fread(page, 1, PAGE_BYTES - 1, file);
    fclose(file);
    assert_true(length < PAGE_BYTES - 1);
    page[length] = '\0';
    return page;
}

static void every_key_has_its_row_in_the_documentation(void **state)
{
    const char *page = read_page();

    (void)state;
    for (size_t i = 0; i < hae_config_key_count(); i++) {
        char row[ROW_BYTES];
        const char *found;

        make_row(hae_config_def(i), row);
        found = strstr(page, row);
        if (found == NULL || strstr(found + 1, row) != NULL) {
            fail_msg("docs/config.md should have this row once:\n%s", row);
        }
    }
}

static void documentation_has_no_other_rows(void **state)
{
    const char *page = read_page();
    size_t count = 0;

    (void)state;
    if (!register_exporters()) {
        skip(); /* the rows of exporters that are not built are in the page nevertheless */
    }
    for (const char *at = page; (at = strstr(at, "\n| `")) != NULL; at++) {
        count += strncmp(at, "\n| `OTEL_", 9) == 0 || strncmp(at, "\n| `HAETAE_", 11) == 0;
    }
    assert_int_equal(count, hae_config_key_count());
}

struct walk {
    const char *last;
    size_t count;
};

static void compare_key(void *user, const char *key, const char *default_value, const char *help)
{
    struct walk *walk = user;
    const haetae_config_key *def = hae_config_def(hae_config_find(key));

    assert_true(strcmp(walk->last, key) < 0);
    walk->last = key;
    walk->count++;
    assert_string_equal(key, def->name);
    assert_string_equal(default_value, def->default_value);
    assert_string_equal(help, def->help);
    assert_true(help[0] != '\0' && strpbrk(help, "|\n`") == NULL);
}

static void walk_visits_every_key_in_order(void **state)
{
    struct walk walk = {"", 0};

    (void)state;
    haetae_config_keys(compare_key, &walk);
    assert_int_equal(walk.count, hae_config_key_count());
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_has_its_row_in_the_documentation),
        cmocka_unit_test(documentation_has_no_other_rows),
        cmocka_unit_test(walk_visits_every_key_in_order),
    };

    (void)register_exporters();
    if (argc == 2 && strcmp(argv[1], "--rows") == 0) {
        for (size_t i = 0; i < hae_config_key_count(); i++) {
            char row[ROW_BYTES];

            make_row(hae_config_def(i), row);
            fputs(row, stdout);
        }
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
