/* SPDX-License-Identifier: Apache-2.0 */
/* The resource: its attributes, the precedence of their sources, and its bytes on the wire,
 * read by protobuf-c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "otlp.pb-c.h"
#include "sdk/resource.h"

enum { DETECTED = 20 };

struct fixture {
    haetae_config *config;
    struct hae_resource_system system;
    HaeOtlp__Resource *resource; /* decoded */
    long live_before;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    clearenv();
    memset(&fixture, 0, sizeof fixture);
    fixture.live_before = hae_alloc_live_count();
    fixture.system = (struct hae_resource_system){
        .pid = 4242,
        .executable_path = "/opt/taxi/dispatch",
        .executable_name = "dispatch",
        .command = "./dispatch",
        .owner = "taxi",
        .creation_time = "2026-01-02T03:04:05.678Z",
        .runtime_name = "glibc",
        .runtime_version = "2.36",
        .host_name = "node-7",
        .machine = "x86_64",
        .machine_id = "0123456789abcdef0123456789abcdef",
        .os_name = "Debian GNU/Linux",
        .os_version = "12",
        .os_description = "Debian GNU/Linux 12 (bookworm)",
        .instance_id = "11111111-2222-4333-8444-555555555555",
    };
    *state = &fixture;
    return haetae_config_new(&fixture.config) == HAETAE_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    haetae_config_free(fixture->config);
    if (fixture->resource != NULL) {
        hae_otlp__resource__free_unpacked(fixture->resource, NULL);
    }
    return hae_alloc_live_count() == fixture->live_before ? 0 : -1;
}

/* Gathers, encodes and decodes. */
static void build(struct fixture *fixture)
{
    struct haetae_resource resource = {.count = 0};
    uint8_t *data = NULL;
    size_t size = 0;

    assert_int_equal(hae_resource_gather(&resource, &fixture->system, fixture->config), HAETAE_OK);
    assert_int_equal(hae_resource_encode(&resource, &data, &size), HAETAE_OK);
    hae_resource_done(&resource);
    fixture->resource = hae_otlp__resource__unpack(NULL, size, data);
    hae_free(data);
    assert_non_null(fixture->resource);
}

static const HaeOtlp__AnyValue *value_of(const struct fixture *fixture, const char *key)
{
    const HaeOtlp__AnyValue *value = NULL;

    for (size_t i = 0; i < fixture->resource->n_attributes; i++) {
        if (strcmp(fixture->resource->attributes[i]->key, key) == 0) {
            assert_null(value); /* each key once */
            value = fixture->resource->attributes[i]->value;
        }
    }
    return value;
}

static const char *text_of(const struct fixture *fixture, const char *key)
{
    const HaeOtlp__AnyValue *value = value_of(fixture, key);

    if (value == NULL || value->string_value == NULL) {
        fail_msg("%s is missing", key);
        return "";
    }
    return value->string_value;
}

static void set(struct fixture *fixture, const char *key, const char *value)
{
    if (haetae_config_set(fixture->config, key, value) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(fixture->config));
    }
}

static void add(struct fixture *fixture, haetae_attribute attribute)
{
    assert_int_equal(haetae_config_add_resource_attribute(fixture->config, &attribute), HAETAE_OK);
}

/* ---- Detected attributes ------------------------------------------------------ */

static void resource_describes_process_and_host(void **state)
{
    struct fixture *fixture = *state;

    build(fixture);
    assert_string_equal(text_of(fixture, "telemetry.sdk.name"), "haetae");
    assert_string_equal(text_of(fixture, "telemetry.sdk.language"), "c");
    assert_string_equal(text_of(fixture, "telemetry.sdk.version"), HAETAE_VERSION);
    assert_string_equal(text_of(fixture, "service.name"), "unknown_service:dispatch");
    assert_string_equal(text_of(fixture, "service.instance.id"),
                        "11111111-2222-4333-8444-555555555555");
    assert_string_equal(text_of(fixture, "process.executable.name"), "dispatch");
    assert_string_equal(text_of(fixture, "process.executable.path"), "/opt/taxi/dispatch");
    assert_int_equal(value_of(fixture, "process.pid")->int_value, 4242);
    assert_string_equal(text_of(fixture, "host.name"), "node-7");
    assert_string_equal(text_of(fixture, "host.arch"), "amd64");
    assert_string_equal(text_of(fixture, "host.id"), "0123456789abcdef0123456789abcdef");
    assert_string_equal(text_of(fixture, "process.command"), "./dispatch");
    assert_string_equal(text_of(fixture, "process.owner"), "taxi");
    assert_string_equal(text_of(fixture, "process.creation.time"), "2026-01-02T03:04:05.678Z");
    assert_string_equal(text_of(fixture, "process.runtime.name"), "glibc");
    assert_string_equal(text_of(fixture, "process.runtime.version"), "2.36");
    assert_string_equal(text_of(fixture, "os.type"), "linux");
    assert_string_equal(text_of(fixture, "os.name"), "Debian GNU/Linux");
    assert_string_equal(text_of(fixture, "os.version"), "12");
    assert_string_equal(text_of(fixture, "os.description"), "Debian GNU/Linux 12 (bookworm)");
    assert_int_equal(fixture->resource->n_attributes, DETECTED);
    assert_int_equal(fixture->resource->dropped_attributes_count, 0);
}

static void resource_leaves_out_what_was_not_seen(void **state)
{
    struct fixture *fixture = *state;

    memset(&fixture->system, 0, sizeof fixture->system);
    build(fixture);
    assert_string_equal(text_of(fixture, "service.name"), "unknown_service");
    assert_null(value_of(fixture, "host.id"));
    assert_null(value_of(fixture, "process.executable.path"));
    assert_int_equal(fixture->resource->n_attributes, 6);
}

static void resource_is_in_the_order_of_its_keys(void **state)
{
    struct fixture *fixture = *state;

    add(fixture, HAETAE_ATTR("z", 1));
    add(fixture, HAETAE_ATTR("a", 1));
    add(fixture, HAETAE_ATTR("a.b", 1));
    build(fixture);
    for (size_t i = 1; i < fixture->resource->n_attributes; i++) {
        assert_true(strcmp(fixture->resource->attributes[i - 1]->key,
                           fixture->resource->attributes[i]->key) < 0);
    }
}

static void host_arch_is_named_as_in_the_conventions(void **state)
{
    static const char *const rows[][2] = {
        {"x86_64", "amd64"}, {"aarch64", "arm64"}, {"armv7l", "arm32"},   {"i686", "x86"},
        {"s390x", "s390x"},  {"ppc64le", "ppc64"}, {"ppc64", "ppc64"},    {"ppc", "ppc32"},
        {"ia64", "ia64"},    {"i386", "x86"},      {"riscv64", "riscv64"}};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(fixture->system.machine, sizeof fixture->system.machine, "%s", rows[i][0]);
        build(fixture);
        assert_string_equal(text_of(fixture, "host.arch"), rows[i][1]);
        hae_otlp__resource__free_unpacked(fixture->resource, NULL);
        fixture->resource = NULL;
    }
}

/* ---- Precedence -------------------------------------------------- */

static void attributes_of_the_key_win_over_what_was_seen(void **state)
{
    struct fixture *fixture = *state;

    set(fixture, "OTEL_RESOURCE_ATTRIBUTES",
        "service.name=meter, host.name = here%2C%20there ,empty=,b64=YQ==,"
        "deployment.environment.name=%EC%84%9C%EC%9A%B8,twice=1,twice=2,%6Bey=v");
    build(fixture);
    assert_string_equal(text_of(fixture, "service.name"), "meter");
    assert_string_equal(text_of(fixture, "host.name"), "here, there");
    assert_string_equal(text_of(fixture, "empty"), "");
    assert_string_equal(text_of(fixture, "b64"), "YQ==");
    assert_string_equal(text_of(fixture, "deployment.environment.name"),
                        "\xec\x84\x9c\xec\x9a\xb8");
    assert_string_equal(text_of(fixture, "twice"), "2");
    assert_string_equal(text_of(fixture, "key"), "v");
}

static void service_name_wins_over_resource_attributes(void **state)
{
    struct fixture *fixture = *state;

    set(fixture, "OTEL_RESOURCE_ATTRIBUTES", "service.name=meter,service.version=1.2");
    set(fixture, "OTEL_SERVICE_NAME", "fare");
    build(fixture);
    assert_string_equal(text_of(fixture, "service.name"), "fare");
    assert_string_equal(text_of(fixture, "service.version"), "1.2");
}

static void attributes_in_code_win_over_all(void **state)
{
    struct fixture *fixture = *state;

    set(fixture, "OTEL_RESOURCE_ATTRIBUTES", "host.name=there,service.name=meter");
    set(fixture, "OTEL_SERVICE_NAME", "fare");
    add(fixture, HAETAE_ATTR("service.name", "first"));
    add(fixture, HAETAE_ATTR("host.name", 7));
    add(fixture, HAETAE_ATTR("service.name", "second"));
    build(fixture);
    assert_string_equal(text_of(fixture, "service.name"), "second");
    assert_int_equal(value_of(fixture, "host.name")->int_value, 7);
}

static void attributes_in_code_may_be_of_any_type_and_are_copied(void **state)
{
    struct fixture *fixture = *state;
    char key[] = "list", word[] = "word";
    haetae_value values[2] = {haetae_value_string(word), haetae_value_bool(true)};
    haetae_attribute pair = HAETAE_ATTR("deep", 2.5);
    const HaeOtlp__AnyValue *value;

    add(fixture, haetae_attribute_of(key, haetae_value_array(values, 2)));
    add(fixture, haetae_attribute_of("map", haetae_value_map(&pair, 1)));
    add(fixture, haetae_attribute_of("bytes", haetae_value_bytes("\0\xff", 2)));
    add(fixture, haetae_attribute_of("nothing", haetae_value_empty()));
    memset(key, 'x', sizeof key);
    memset(word, 'x', sizeof word);
    memset(values, 0x55, sizeof values);
    memset(&pair, 0x55, sizeof pair);
    build(fixture);
    value = value_of(fixture, "list");
    assert_int_equal(value->array_value->n_values, 2);
    assert_string_equal(value->array_value->values[0]->string_value, "word");
    assert_true(value->array_value->values[1]->bool_value);
    value = value_of(fixture, "map");
    assert_string_equal(value->kvlist_value->values[0]->key, "deep");
    assert_true(value->kvlist_value->values[0]->value->double_value == 2.5);
    assert_memory_equal(value_of(fixture, "bytes")->bytes_value.data, "\0\xff", 2);
    assert_non_null(value_of(fixture, "nothing"));
}

static void keys_that_repair_makes_equal_are_one(void **state)
{
    struct fixture *fixture = *state;

    add(fixture, HAETAE_ATTR("k\xff", "first"));
    add(fixture, HAETAE_ATTR("k\xfe", "sec\xc0nd"));
    build(fixture);
    assert_string_equal(text_of(fixture, "k\xef\xbf\xbd"), "sec\xef\xbf\xbdnd");
}

static void resource_holds_very_long_keys_and_values(void **state)
{
    struct fixture *fixture = *state;
    char key[301], value[40001];

    memset(key, 'k', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    memset(value, 'v', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    add(fixture, HAETAE_ATTR(key, "first"));
    add(fixture, HAETAE_ATTR(key, value));
    build(fixture);
    assert_string_equal(text_of(fixture, key), value);
}

static void resource_holds_very_many_attributes(void **state)
{
    struct fixture *fixture = *state;
    char key[16];

    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "k%d", i % 500);
        add(fixture, HAETAE_ATTR(key, i));
    }
    build(fixture);
    assert_int_equal(fixture->resource->n_attributes, DETECTED + 500);
    assert_int_equal(value_of(fixture, "k499")->int_value, 999);
}

/* ---- Bytes -------------------------------------------------------------- */

static void resource_bytes_are_exact(void **state)
{
    static const uint8_t expected[] = {
        0x0A, 7, 0x0A, 1, 'a', 0x12, 2, 0x18, 5,      /* a: 5    */
        0x0A, 8, 0x0A, 1, 'b', 0x12, 3, 0x0A, 1, 'x', /* b: "x"  */
    };
    struct haetae_resource resource = {.count = 0};
    const haetae_attribute a = HAETAE_ATTR("a", 5);
    uint8_t *data;
    size_t size;

    (void)state;
    assert_int_equal(hae_resource_put_text(&resource, "b", "x"), HAETAE_OK);
    assert_int_equal(hae_resource_put(&resource, &a), HAETAE_OK);
    assert_int_equal(hae_resource_encode(&resource, &data, &size), HAETAE_OK);
    assert_int_equal(size, sizeof expected);
    assert_memory_equal(data, expected, sizeof expected);
    hae_free(data);
    hae_resource_done(&resource);
}

static void empty_resource_has_no_bytes(void **state)
{
    struct haetae_resource resource = {.count = 0};
    uint8_t *data;
    size_t size = 1;

    (void)state;
    assert_int_equal(hae_resource_encode(&resource, &data, &size), HAETAE_OK);
    assert_int_equal(size, 0);
    hae_free(data);
}

/* ---- In a forked child --------------------------------------------------- */

/* Gathers the resource of the parent's system and rewrites it for a child. Returns its size. */
static size_t rewrite(struct fixture *fixture, const struct hae_resource_process *child,
                      uint8_t *ret_data, size_t size_max)
{
    struct hae_resource_process seen = {.pid = fixture->system.pid};
    struct haetae_resource resource = {.count = 0};
    uint8_t *data = NULL;
    size_t size = 0;

    memcpy(seen.instance_id, fixture->system.instance_id, sizeof seen.instance_id);
    memcpy(seen.creation_time, fixture->system.creation_time, sizeof seen.creation_time);
    assert_int_equal(hae_resource_gather(&resource, &fixture->system, fixture->config), HAETAE_OK);
    assert_int_equal(hae_resource_encode(&resource, &data, &size), HAETAE_OK);
    assert_true(size + HAE_RESOURCE_GROWTH_MAX <= size_max);
    size = hae_resource_rewrite(&resource, &seen, child, data);
    memcpy(ret_data, data, size);
    hae_free(data);
    hae_resource_done(&resource);
    return size;
}

static void check_rewritten(struct fixture *fixture, int64_t pid)
{
    struct hae_resource_process child = {pid, "11111111-2222-4333-8444-555555555555",
                                         "2026-01-02T03:04:06.789Z"};
    struct hae_resource_process parent = {.pid = fixture->system.pid};
    uint8_t rewritten[1024], expected[1024];
    size_t size = rewrite(fixture, &child, rewritten, sizeof rewritten);

    memcpy(parent.instance_id, fixture->system.instance_id, sizeof parent.instance_id);
    memcpy(parent.creation_time, fixture->system.creation_time, sizeof parent.creation_time);
    /* The resource that the child itself would gather. */
    fixture->system.pid = pid;
    memcpy(fixture->system.instance_id, child.instance_id, sizeof child.instance_id);
    memcpy(fixture->system.creation_time, child.creation_time, sizeof child.creation_time);
    assert_int_equal(rewrite(fixture, &child, expected, sizeof expected), size);
    assert_memory_equal(rewritten, expected, size);
    fixture->system.pid = parent.pid;
    memcpy(fixture->system.instance_id, parent.instance_id, sizeof parent.instance_id);
    memcpy(fixture->system.creation_time, parent.creation_time, sizeof parent.creation_time);
}

static void resource_of_a_child_is_what_the_child_would_gather(void **state)
{
    static const int64_t pids[] = {1, 127, 128, 4194304, INT32_MAX};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof pids / sizeof pids[0]; i++) {
        for (size_t j = 0; j < sizeof pids / sizeof pids[0]; j++) {
            fixture->system.pid = pids[i];
            check_rewritten(fixture, pids[j]);
        }
    }
}

static void process_attributes_of_the_host_stay_in_a_child(void **state)
{
    struct hae_resource_process child = {99, "11111111-2222-4333-8444-555555555555",
                                         "2026-01-02T03:04:06.789Z"};
    struct fixture *fixture = *state;
    uint8_t rewritten[1024];
    size_t size;

    set(fixture, "OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=seoul-1");
    size = rewrite(fixture, &child, rewritten, sizeof rewritten);
    fixture->resource = hae_otlp__resource__unpack(NULL, size, rewritten);
    assert_non_null(fixture->resource);
    assert_string_equal(text_of(fixture, "service.instance.id"), "seoul-1");
    assert_int_equal(value_of(fixture, "process.pid")->int_value, 99);
}

/* ---- Out of memory ------------------------------------------------------ */

static void resource_survives_every_lack_of_memory(void **state)
{
    struct fixture *fixture = *state;
    haetae_status status = HAETAE_ENOMEM;
    long tries = 0;

    set(fixture, "OTEL_RESOURCE_ATTRIBUTES", "a=1,b=2,host.name=x");
    set(fixture, "OTEL_SERVICE_NAME", "fare");
    for (int i = 0; i < 20; i++) {
        char key[16];

        snprintf(key, sizeof key, "k%d", i);
        add(fixture, HAETAE_ATTR(key, "v"));
    }
    for (; status == HAETAE_ENOMEM; tries++) {
        long live = hae_alloc_live_count();
        struct haetae_resource resource = {.count = 0};
        struct hae_resource_process process;
        uint8_t *data = NULL;
        size_t size = 7;

        hae_alloc_fail_after(tries);
        status = hae_resource_describe(&resource, fixture->config, &process);
        if (status == HAETAE_OK) {
            status = hae_resource_encode(&resource, &data, &size);
        }
        hae_alloc_fail_after(-1);
        if (status != HAETAE_OK) {
            assert_null(data);
            assert_int_equal(size, 7);
        }
        hae_free(data);
        hae_resource_done(&resource);
        assert_int_equal(hae_alloc_live_count(), live);
    }
    assert_int_equal(status, HAETAE_OK);
    assert_true(tries > 35);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(resource_describes_process_and_host),
        TEST(resource_leaves_out_what_was_not_seen),
        TEST(resource_is_in_the_order_of_its_keys),
        TEST(host_arch_is_named_as_in_the_conventions),
        TEST(attributes_of_the_key_win_over_what_was_seen),
        TEST(service_name_wins_over_resource_attributes),
        TEST(attributes_in_code_win_over_all),
        TEST(attributes_in_code_may_be_of_any_type_and_are_copied),
        TEST(keys_that_repair_makes_equal_are_one),
        TEST(resource_holds_very_long_keys_and_values),
        TEST(resource_holds_very_many_attributes),
        TEST(resource_bytes_are_exact),
        TEST(empty_resource_has_no_bytes),
        TEST(resource_of_a_child_is_what_the_child_would_gather),
        TEST(process_attributes_of_the_host_stay_in_a_child),
        TEST(resource_survives_every_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
