/* SPDX-License-Identifier: Apache-2.0 */
/* YAML to a tree: types, lines, and the limits that hostile files meet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parse.h"

static struct hae_faults faults;

static const char *lookup(haetae_string name)
{
    return name.length == 3 && memcmp(name.data, "INT", 3) == 0    ? "0x1F"
           : name.length == 4 && memcmp(name.data, "LIST", 4) == 0 ? "[a, b]"
                                                                   : NULL;
}

static struct haetae_config_node *parse(const char *text)
{
    memset(&faults, 0, sizeof faults);
    faults.name = "f.yaml";
    return hae_yaml_parse(text, strlen(text), lookup, &faults);
}

static void refused(const char *text, const char *fault)
{
    assert_null(parse(text));
    assert_int_equal(faults.status, HAETAE_EFORMAT);
    if (strstr(faults.text, fault) == NULL) {
        fail_msg("\"%s\" is not in: %s", fault, faults.text);
    }
}

static void scalars_have_the_types_of_the_core_schema(void **state)
{
    static const struct {
        const char *text;
        haetae_config_node_type type;
    } rows[] = {
        {"", HAETAE_CONFIG_NODE_NULL},
        {"~", HAETAE_CONFIG_NODE_NULL},
        {"null", HAETAE_CONFIG_NODE_NULL},
        {"true", HAETAE_CONFIG_NODE_BOOL},
        {"FALSE", HAETAE_CONFIG_NODE_BOOL},
        {"yes", HAETAE_CONFIG_NODE_STRING},
        {"12", HAETAE_CONFIG_NODE_INT64},
        {"-7", HAETAE_CONFIG_NODE_INT64},
        {"0o17", HAETAE_CONFIG_NODE_INT64},
        {"0xdeadbeef", HAETAE_CONFIG_NODE_INT64},
        {"0x", HAETAE_CONFIG_NODE_STRING},
        {"1.5", HAETAE_CONFIG_NODE_DOUBLE},
        {"1e3", HAETAE_CONFIG_NODE_DOUBLE},
        {".5", HAETAE_CONFIG_NODE_DOUBLE},
        {".", HAETAE_CONFIG_NODE_STRING},
        {".inf", HAETAE_CONFIG_NODE_DOUBLE},
        {"-.INF", HAETAE_CONFIG_NODE_DOUBLE},
        {".nan", HAETAE_CONFIG_NODE_DOUBLE},
        {"1_000", HAETAE_CONFIG_NODE_STRING},
        {"9223372036854775808", HAETAE_CONFIG_NODE_DOUBLE},
        {"\"12\"", HAETAE_CONFIG_NODE_STRING},
        {"'true'", HAETAE_CONFIG_NODE_STRING},
        {"!!str 12", HAETAE_CONFIG_NODE_STRING},
        {"${INT}", HAETAE_CONFIG_NODE_INT64},
        {"\"${INT}\"", HAETAE_CONFIG_NODE_STRING},
        {"${UNDEFINED}", HAETAE_CONFIG_NODE_NULL},
        {"${UNDEFINED:-7}", HAETAE_CONFIG_NODE_INT64},
        {"${UNDEFINED:-true}", HAETAE_CONFIG_NODE_BOOL},
        {"'${UNDEFINED:-7}'", HAETAE_CONFIG_NODE_STRING},
        {"1${INT}", HAETAE_CONFIG_NODE_STRING},
        {"$${INT}", HAETAE_CONFIG_NODE_STRING},
        {"${LIST}", HAETAE_CONFIG_NODE_STRING}, /* nothing is injected */
        {"[a]", HAETAE_CONFIG_NODE_LIST},
        {"{a: b}", HAETAE_CONFIG_NODE_MAP},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct haetae_config_node *root;
        char text[64];

        snprintf(text, sizeof text, "key: %s", rows[i].text);
        root = parse(text);
        assert_non_null(root);
        assert_int_equal(haetae_config_node_type_of(haetae_config_node_find(root, "key")),
                         rows[i].type);
        hae_node_free(root);
    }
}

static void values_are_read_by_type(void **state)
{
    struct haetae_config_node *root = parse("a: 0x1F\nb: [x, -2.5e1]\nc: true\nd:\n  e: text");
    const haetae_config_node *b;
    int64_t integer = 0;
    double real = 0;
    bool boolean = false;

    (void)state;
    assert_non_null(root);
    assert_int_equal(haetae_config_node_int64(haetae_config_node_find(root, "a"), &integer), 0);
    assert_int_equal(integer, 31);
    assert_int_equal(haetae_config_node_double(haetae_config_node_find(root, "a"), &real), 0);
    assert_true(real == 31);
    b = haetae_config_node_find(root, "b");
    assert_int_equal(haetae_config_node_count(b), 2);
    assert_int_equal(haetae_config_node_double(haetae_config_node_at(b, 1), &real), 0);
    assert_true(real == -25);
    assert_int_equal(haetae_config_node_double(haetae_config_node_at(b, 0), &real), HAETAE_EINVAL);
    assert_null(haetae_config_node_at(b, 2));
    assert_int_equal(haetae_config_node_bool(haetae_config_node_find(root, "c"), &boolean), 0);
    assert_true(boolean);
    assert_string_equal(haetae_config_node_key(haetae_config_node_at(root, 3)), "d");
    assert_int_equal(haetae_config_node_line(haetae_config_node_find(root, "c")), 3);
    assert_null(haetae_config_node_find(root, "nothing"));
    hae_node_free(root);
}

/* Specification: "Environment variable substitution": in values only, and what a variable holds is
 * no YAML. */
static void keys_are_not_substituted(void **state)
{
    struct haetae_config_node *root = parse("${INT}: ${LIST}\nb: [\"${LIST}\", {c: \"${INT}\"}]");
    const struct haetae_config_node *b;

    (void)state;
    assert_non_null(root);
    assert_null(haetae_config_node_find(root, "0x1F"));
    assert_string_equal(haetae_config_node_text(haetae_config_node_find(root, "${INT}")), "[a, b]");
    b = haetae_config_node_find(root, "b");
    assert_string_equal(haetae_config_node_text(haetae_config_node_at(b, 0)), "[a, b]");
    assert_string_equal(
        haetae_config_node_text(haetae_config_node_find(haetae_config_node_at(b, 1), "c")), "0x1F");
    hae_node_free(root);
}

/* A default may be a secret: only the name is shown. */
static void malformed_references_show_no_default(void **state)
{
    (void)state;
    refused("a: ${KEY:?hunter2}", "\"${KEY...\" is no reference");
    assert_null(strstr(faults.text, "hunter2"));
    refused("a: ${KEY:hunter2}", "\"${KEY...\" is no reference");
    assert_null(strstr(faults.text, "hunter2"));
    refused("a: ${env:KEY:hunter2}", "\"${env:KEY...\" is no reference");
    assert_null(strstr(faults.text, "hunter2"));
    refused("a: ${KEY-hunter2}", "\"${KEY...\" is no reference");
    assert_null(strstr(faults.text, "hunter2"));
}

static void aliases_are_followed(void **state)
{
    struct haetae_config_node *root =
        parse("a: &x {n: 1, m: [t]}\nb: *x\nc: [*x, &y z, *y]\nx: ${INT}");
    int64_t number = 0;

    (void)state;
    assert_non_null(root);
    assert_int_equal(haetae_config_node_int64(
                         haetae_config_node_find(haetae_config_node_find(root, "b"), "n"), &number),
                     HAETAE_OK);
    assert_int_equal(number, 1);
    assert_string_equal(
        haetae_config_node_text(haetae_config_node_at(haetae_config_node_find(root, "c"), 2)), "z");
    hae_node_free(root);
}

static void what_is_no_yaml_is_refused_with_its_line(void **state)
{
    (void)state;
    refused("a: 1\nb: [1, 2\nc: 3", "f.yaml:3: ");
    refused("a: 1\n\tb: 2", "f.yaml:2: ");
    refused("", "f.yaml: it is empty");
    refused("a: 1\n---\nb: 2", "more than one document");
    refused("a: 1\nb: 2\na: 3", "f.yaml:3: the key \"a\" is there twice");
    refused("? [a]\n: b", "a key is no text");
    refused("a: *nothing", "");
    refused("a: &x [*x]", "");
    refused("&k a: 1\n*k : 2", "a key is an alias");
    refused("a: \"\\0\"", "a value holds a NUL");
    refused("a: \xff", "f.yaml:");
    refused("a: ${1X}", "f.yaml:1: \"${1X...\" is no reference to a variable");
}

static void limits_hold(void **state)
{
    static char text[200000];
    char *at = text;

    (void)state;
    memset(text, '[', 40);
    text[40] = '\0';
    refused(text, "more than 32 deep");

    memset(text, 0, sizeof text);
    for (int i = 0; i < 40; i++) {
        at += sprintf(at, "[{a: ");
    }
    refused(text, "more than 32 deep");

    /* As deep, by what aliases stand for. */
    at = text;
    at += sprintf(at, "a0: &a0 [x]\n");
    for (int i = 1; i < 40; i++) {
        at += sprintf(at, "a%d: &a%d [*a%d]\n", i, i, i - 1);
    }
    refused(text, "more than 32 deep");

    /* A billion laughs. */
    at = text;
    at += sprintf(at, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 10; i++) {
        at += sprintf(at, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i,
                      i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    }
    refused(text, "more than 20000 nodes");

    /* Few laughs, but long ones. */
    memset(text, 0, sizeof text);
    at = text;
    at += sprintf(at, "a: &a ");
    memset(at, 'x', 100000);
    at += 100000;
    for (int i = 0; i < 50; i++) {
        at += sprintf(at, "\nb%d: *a", i);
    }
    refused(text, "more than 4 MiB");

    at = text;
    for (int i = 0; i < 20001; i++) {
        at += sprintf(at, "- x\n");
    }
    refused(text, "more than 20000 nodes");

    at = text;
    for (int i = 0; i < 1001; i++) {
        at += sprintf(at, "k%d: x\n", i);
    }
    refused(text, "f.yaml:1001: a map has more than 1000 keys");

    at = text;
    for (int i = 0; i < 65; i++) {
        at += sprintf(at, "a%d: &a%d x\n", i, i);
    }
    refused(text, "more than 64 anchors");
}

static void texts_that_are_too_long_are_refused(void **state)
{
    char *text = malloc(HAE_YAML_BYTES_MAX + 2);

    (void)state;
    memset(text, ' ', HAE_YAML_BYTES_MAX + 1);
    text[HAE_YAML_BYTES_MAX + 1] = '\0';
    refused(text, "more than 1 MiB");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_have_the_types_of_the_core_schema),
        cmocka_unit_test(values_are_read_by_type),
        cmocka_unit_test(keys_are_not_substituted),
        cmocka_unit_test(malformed_references_show_no_default),
        cmocka_unit_test(aliases_are_followed),
        cmocka_unit_test(what_is_no_yaml_is_refused_with_its_line),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(texts_that_are_too_long_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
