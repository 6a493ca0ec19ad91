/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in detectors, each in a folder that stands for the system. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "resource/detectors.h"
#include "support/fake_root.h"
#include "support/live.h"

#define ID       "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER_ID "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

struct fixture {
    struct fake_root root;
    struct hae_resource_system system;
    struct hae_detector_input input;
    struct haetae_resource resource;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    clearenv();
    memset(&fixture, 0, sizeof fixture);
    (void)live_set_up(state);
    if (!fake_root_begin(&fixture.root)) {
        return -1;
    }
    fixture.input =
        (struct hae_detector_input){&fixture.system, fixture.root.path, "/etc/podinfo", true};
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    hae_resource_done(&fixture->resource);
    fake_root_end(&fixture->root);
    clearenv();
    return live_tear_down(state);
}

static void write_text(struct fixture *fixture, const char *name, const char *text)
{
    assert_true(fake_root_text(&fixture->root, name, text));
}

/* Runs both parts of a detector, into one resource. */
static void detect(struct fixture *fixture, const char *name)
{
    const struct hae_detector *detector = hae_detector_find(haetae_string_of(name));

    assert_non_null(detector);
    hae_resource_done(&fixture->resource);
    if (detector->detect_slowly != NULL) {
        assert_int_equal(detector->detect_slowly(&fixture->input, &fixture->resource), HAETAE_OK);
    }
    assert_int_equal(detector->detect(&fixture->input, &fixture->resource), HAETAE_OK);
}

static void has(const struct fixture *fixture, const char *key, const char *value)
{
    haetae_string text = hae_resource_text(&fixture->resource, key);

    if (text.data == NULL || text.length != strlen(value) ||
        memcmp(text.data, value, text.length) != 0) {
        fail_msg("%s is \"%.*s\", not \"%s\"", key, (int)text.length,
                 text.data != NULL ? text.data : "", value);
    }
}

/* Specification: "Detecting resource information from the environment": a detector that follows
 * the conventions says which, and one that found nothing has no schema URL. */
static void follows_conventions(const struct fixture *fixture)
{
    const char *url = fixture->resource.count != 0 ? HAE_SEMCONV_SCHEMA_URL : "";

    assert_int_equal(fixture->resource.schema_url_length, strlen(url));
    assert_memory_equal(fixture->resource.schema_url_length != 0 ? fixture->resource.schema_url
                                                                 : "",
                        url, strlen(url));
}

static void has_count(const struct fixture *fixture, size_t count)
{
    assert_int_equal(fixture->resource.count, count);
    follows_conventions(fixture);
}

/* ---- The system --------------------------------------------------------------------------------
 */

static void operating_system_is_read_from_os_release(void **state)
{
    struct fixture *fixture = *state;

    write_text(fixture, "/etc/os-release",
               "PRETTY_NAME=\"A \\\"fine\\\" \\$ystem\"\nNAME='Fine $'\n#NAME=no\nVERSION_ID=12\n"
               "BROKEN");
    hae_resource_read_system(fixture->root.path, &fixture->system);
    detect(fixture, "os");
    has(fixture, "os.type", "linux");
    has(fixture, "os.name", "Fine $");
    has(fixture, "os.version", "12");
    has(fixture, "os.description", "A \"fine\" $ystem");
    has_count(fixture, 4);
}

static void os_release_of_usr_lib_stands_in(void **state)
{
    struct fixture *fixture = *state;

    write_text(fixture, "/usr/lib/os-release", "NAME=Vendor\nVERSION_ID=\"unterminated\n");
    hae_resource_read_system(fixture->root.path, &fixture->system);
    detect(fixture, "host");
    has(fixture, "os.name", "Vendor");
    has(fixture, "os.version", "unterminated");
}

static void owner_is_found_without_name_services(void **state)
{
    struct fixture *fixture = *state;
    char text[256];

    snprintf(text, sizeof text, "root:x:999999:0\nbroken\n:x:%u:\ntaxi:x:%u:100::/:/bin/sh\n",
             geteuid() + 1, geteuid());
    write_text(fixture, "/etc/passwd", text);
    hae_resource_read_system(fixture->root.path, &fixture->system);
    assert_string_equal(fixture->system.owner, "taxi");
    write_text(fixture, "/etc/passwd", "taxi:x:x:100::/:/bin/sh\n");
    hae_resource_read_system(fixture->root.path, &fixture->system);
    assert_string_equal(fixture->system.owner, "");
}

static void command_is_the_first_word_alone(void **state)
{
    struct fixture *fixture = *state;
    static const char arguments[] = "./dispatch\0--password\0hunter2";

    assert_true(fake_root_write(&fixture->root, "/proc/self/cmdline", arguments, sizeof arguments));
    hae_resource_read_system(fixture->root.path, &fixture->system);
    detect(fixture, "process");
    has(fixture, "process.command", "./dispatch");
    assert_null(hae_resource_text(&fixture->resource, "process.command_args").data);
    follows_conventions(fixture);

    /* As a program that has changed its title leaves it. */
    write_text(fixture, "/proc/self/cmdline", "dispatch: serving hunter2");
    hae_resource_read_system(fixture->root.path, &fixture->system);
    assert_string_equal(fixture->system.command, "dispatch:");
}

static bool check_arguments(void *user, const haetae_attribute *attribute)
{
    const haetae_value *items = attribute->value.as.array.items;

    (void)user;
    assert_int_equal(attribute->value.type, HAETAE_VALUE_ARRAY);
    assert_int_equal(attribute->value.as.array.count, 3);
    assert_memory_equal(items[0].as.string.data, "a", 1);
    assert_int_equal(items[1].as.string.length, 0);
    assert_memory_equal(items[2].as.string.data, "b c", 3);
    return true;
}

static void arguments_are_there_when_they_are_asked_for(void **state)
{
    struct fixture *fixture = *state;
    static const char arguments[] = "a\0\0b c";

    detect(fixture, "process_arguments");
    has_count(fixture, 0);
    assert_true(fake_root_write(&fixture->root, "/proc/self/cmdline", arguments, sizeof arguments));
    detect(fixture, "process_arguments");
    has_count(fixture, 1);
    assert_int_equal(haetae_resource_visit(&fixture->resource, check_arguments, NULL), HAETAE_OK);
}

static void creation_time_is_computed_from_boot_and_ticks(void **state)
{
    static const struct {
        uint64_t boot_unix_s;
        const char *ticks;
        const char *time;
    } rows[] = {
        {0, "0", "1970-01-01T00:00:00.000Z"},
        {951782400, "150", "2000-02-29T00:00:01.500Z"}, /* a leap day in a century */
        {1709251199, "0", "2024-02-29T23:59:59.000Z"},
        {1735689599, "100", "2025-01-01T00:00:00.000Z"},
        {4102444800, "7", "2100-01-01T00:00:00.070Z"},
        {4107542399, "100", "2100-03-01T00:00:00.000Z"}, /* no leap day */
        {0, "", ""},
        {0, "x", ""},
        {UINT64_C(18446744073), "99999999999999999999999999", ""},
    };
    char stat[256], time[HAE_CREATION_TIME_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(stat, sizeof stat,
                 "12 (a) b (c 1 2) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 %s 20 21",
                 rows[i].ticks);
        hae_resource_creation_time(stat, rows[i].boot_unix_s * 1000000000, 100, time);
        assert_string_equal(time, rows[i].time);
    }
    hae_resource_creation_time("", 0, 100, time);
    assert_string_equal(time, "");
    hae_resource_creation_time("1 (x) S 1", 0, 100, time);
    assert_string_equal(time, "");
    hae_resource_creation_time("1 (x) S 1", 0, 0, time);
    assert_string_equal(time, "");
}

static void special_files_are_not_waited_for(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(mkfifo(fake_root_path(&fixture->root, "/etc/machine-id"), 0600), 0);
    assert_int_equal(mkfifo(fake_root_path(&fixture->root, "/etc/passwd"), 0600), 0);
    assert_int_equal(mkfifo(fake_root_path(&fixture->root, "/etc/os-release"), 0600), 0);
    assert_int_equal(mkfifo(fake_root_path(&fixture->root, "/proc/self/cmdline"), 0600), 0);
    assert_int_equal(mkfifo(fake_root_path(&fixture->root, "/proc/self/cgroup"), 0600), 0);
    assert_int_equal(mkfifo(fake_root_path(&fixture->root, "/etc/podinfo/labels"), 0600), 0);
    hae_resource_read_system(fixture->root.path, &fixture->system);
    assert_string_equal(fixture->system.machine_id, "");
    assert_string_equal(fixture->system.owner, "");
    detect(fixture, "container");
    has_count(fixture, 0);
    detect(fixture, "kubernetes");
    has_count(fixture, 0);
}

/* ---- Containers ---------------------------------------------------------------------------------
 */

static void container_id_is_found_in_control_groups(void **state)
{
    static const char *const rows[] = {
        "13:memory:/docker/" ID "\n",
        "12:pids:/user.slice\n11:cpu:/system.slice/docker-" ID ".scope\n",
        "1:name=systemd:/kubepods/burstable/pod1f2e3d4c-0000/" ID "\n",
        "1:name=systemd:/kubepods.slice/kubepods-pod1.slice/cri-containerd-" ID ".scope\n",
        "1:name=systemd:/kubepods.slice/kubepods-pod1.slice/crio-" ID ".scope/container\n",
        "1:x:/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:" ID "\n",
        "0::/machine.slice/libpod-" ID ".scope\n",
        "4:memory:/docker/" OTHER_ID "/docker/" ID "\n", /* one in another */
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        write_text(fixture, "/proc/self/cgroup", rows[i]);
        detect(fixture, "container");
        has(fixture, "container.id", ID);
        has_count(fixture, 1);
    }
}

static void container_id_is_found_in_mounts_with_control_groups_of_version_2(void **state)
{
    static const char *const rows[] = {
        "579 564 259:1 /var/lib/docker/containers/" ID "/hostname /etc/hostname rw - ext4 /dev/x\n",
        "1 2 0:0 / / rw - overlay\n"
        "579 564 259:1 /containers/" ID "/resolv.conf /etc/resolv.conf rw - ext4 /dev/x\n",
        "9 5 0:46 /containers/storage/overlay-containers/" ID
        "/userdata/hostname /etc/hostname rw - tmpfs tmpfs\n",
    };
    struct fixture *fixture = *state;

    write_text(fixture, "/proc/self/cgroup", "0::/\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        write_text(fixture, "/proc/self/mountinfo", rows[i]);
        detect(fixture, "container");
        has(fixture, "container.id", ID);
    }
}

static void what_is_no_container_has_no_id(void **state)
{
    static const char *const mounts[] = {
        "",
        /* The sandbox of a pod. */
        "9 5 0:1 /var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/" ID
        "/hostname /etc/hostname rw - ext4 /dev/x\n",
        /* A folder of Docker that is mounted from the host. */
        "9 5 0:1 /var/lib/docker/containers/" ID "/x /mnt/x rw - ext4 /dev/x\n",
        "9 5 0:1 /docker/containers/0123/hostname /etc/hostname rw - ext4 /dev/x\n",
        "9 5 0:1 /docker/containers/" ID "00/hostname /etc/hostname rw - ext4 /dev/x\n",
    };
    struct fixture *fixture = *state;

    write_text(fixture, "/proc/self/cgroup",
               "1:x:/user.slice/session-1.scope\n0::/a" ID "\n3:y:/docker/0123\n7:z:" ID "\n:");
    for (size_t i = 0; i < sizeof mounts / sizeof mounts[0]; i++) {
        write_text(fixture, "/proc/self/mountinfo", mounts[i]);
        detect(fixture, "container");
        has_count(fixture, 0);
    }
}

/* ---- Kubernetes ---------------------------------------------------------------------------------
 */

static void pod_is_described_by_the_environment(void **state)
{
    struct fixture *fixture = *state;

    setenv("POD_NAME", "dispatch-7f", 1);
    setenv("K8S_NODE_NAME", "node-7", 1);
    setenv("NODE_NAME", "not this", 1);
    detect(fixture, "kubernetes");
    has_count(fixture, 0); /* not in a cluster */
    setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1", 1);
    setenv("OTEL_RESOURCE_ATTRIBUTES_POD_UID", "uid-1", 1);
    setenv("POD_NAMESPACE", "", 1);
    detect(fixture, "kubernetes");
    has(fixture, "k8s.pod.name", "dispatch-7f");
    has(fixture, "k8s.node.name", "node-7");
    has(fixture, "k8s.pod.uid", "uid-1");
    has_count(fixture, 3);
}

static void pod_is_described_by_mounted_files(void **state)
{
    struct fixture *fixture = *state;

    write_text(fixture, "/var/run/secrets/kubernetes.io/serviceaccount/namespace", "seoul");
    write_text(fixture, "/etc/podinfo/name", "dispatch-7f\n");
    write_text(fixture, "/etc/podinfo/uid", "uid-1");
    write_text(fixture, "/etc/podinfo/labels",
               "app.kubernetes.io/name=\"dispatch\"\nquoted=\"a \\\"b\\\" \\\\ c\\n\"\n"
               "no quotes=x\n=\"no key\"\nopen=\"never closed\nempty=\"\"");
    detect(fixture, "kubernetes");
    has(fixture, "k8s.namespace.name", "seoul");
    has(fixture, "k8s.pod.name", "dispatch-7f");
    has(fixture, "k8s.pod.uid", "uid-1");
    has(fixture, "k8s.pod.label.app.kubernetes.io/name", "dispatch");
    has(fixture, "k8s.pod.label.quoted", "a \"b\" \\ c\n");
    has(fixture, "k8s.pod.label.empty", "");
    has_count(fixture, 6);

    fixture->input.pod_info = "/elsewhere";
    write_text(fixture, "/elsewhere/namespace", "busan\nsecond line");
    detect(fixture, "kubernetes");
    has(fixture, "k8s.namespace.name", "busan");
    has_count(fixture, 1);
}

/* ---- Clouds ------------------------------------------------------------------------------------
 */

static void platform_is_known_by_the_environment(void **state)
{
    static const struct {
        const char *variables[5][2];
        const char *provider, *platform, *key, *value;
    } rows[] = {
        {{{"AWS_LAMBDA_FUNCTION_NAME", "f"}, {"AWS_REGION", "ap-northeast-2"}},
         "aws",
         "aws_lambda",
         "cloud.region",
         "ap-northeast-2"},
        {{{"ECS_CONTAINER_METADATA_URI_V4", "http://169.254.170.2/v4"}},
         "aws",
         "aws_ecs",
         NULL,
         NULL},
        {{{"ECS_CONTAINER_METADATA_URI", "http://169.254.170.2/v3"}}, "aws", "aws_ecs", NULL, NULL},
        {{{"K_SERVICE", "s"}, {"K_REVISION", "s-1"}, {"K_CONFIGURATION", "s"}},
         "gcp",
         "gcp_cloud_run",
         "faas.version",
         "s-1"},
        {{{"K_SERVICE", "s"},
          {"K_REVISION", "s-1"},
          {"K_CONFIGURATION", "s"},
          {"FUNCTION_TARGET", "t"}},
         "gcp",
         "gcp_cloud_functions",
         "faas.name",
         "s"},
        {{{"GAE_SERVICE", "s"}, {"GAE_INSTANCE", "i"}},
         "gcp",
         "gcp_app_engine",
         "faas.instance",
         "i"},
        {{{"WEBSITE_SITE_NAME", "w"}, {"REGION_NAME", "Korea Central"}},
         "azure",
         "azure.app_service",
         "cloud.region",
         "Korea Central"},
        {{{"WEBSITE_SITE_NAME", "w"}, {"FUNCTIONS_EXTENSION_VERSION", "~4"}},
         "azure",
         "azure.functions",
         "faas.name",
         "w"},
        {{{"CONTAINER_APP_NAME", "a"}, {"CONTAINER_APP_REVISION", "a--1"}},
         "azure",
         "azure.container_apps",
         "service.version",
         "a--1"},
        {{{"HEROKU_APP_ID", "h"}}, "heroku", NULL, "heroku.app.id", "h"},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        clearenv();
        for (int j = 0; rows[i].variables[j][0] != NULL; j++) {
            setenv(rows[i].variables[j][0], rows[i].variables[j][1], 1);
        }
        detect(fixture, "cloud");
        has(fixture, "cloud.provider", rows[i].provider);
        if (rows[i].platform != NULL) {
            has(fixture, "cloud.platform", rows[i].platform);
        }
        if (rows[i].key != NULL) {
            has(fixture, rows[i].key, rows[i].value);
        }
        follows_conventions(fixture);
    }
}

static bool check_memory(void *user, const haetae_attribute *attribute)
{
    if (attribute->value.type == HAETAE_VALUE_INT64) {
        *(int64_t *)user = attribute->value.as.int64;
    } else if (attribute->value.type == HAETAE_VALUE_ARRAY) {
        assert_int_equal(attribute->value.as.array.count, 1);
    }
    return true;
}

static void memory_of_a_function_is_in_bytes(void **state)
{
    struct fixture *fixture = *state;
    int64_t bytes = 0;

    setenv("AWS_LAMBDA_FUNCTION_NAME", "f", 1);
    setenv("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/f", 1);
    setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128", 1);
    detect(fixture, "cloud");
    has_count(fixture, 5);
    assert_int_equal(haetae_resource_visit(&fixture->resource, check_memory, &bytes), HAETAE_OK);
    assert_int_equal(bytes, 128 * 1024 * 1024);
    setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "99999999999999999999", 1);
    detect(fixture, "cloud");
    has_count(fixture, 4);
}

static void knative_in_a_cluster_is_no_cloud(void **state)
{
    struct fixture *fixture = *state;

    setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1", 1);
    setenv("K_SERVICE", "s", 1);
    setenv("K_REVISION", "s-1", 1);
    setenv("K_CONFIGURATION", "s", 1);
    detect(fixture, "cloud");
    has_count(fixture, 0);
}

static void environment_that_is_not_trusted_is_not_read(void **state)
{
    struct fixture *fixture = *state;

    setenv("AWS_LAMBDA_FUNCTION_NAME", "f", 1);
    setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1", 1);
    setenv("POD_NAME", "p", 1);
    fixture->input.env_trusted = false;
    detect(fixture, "cloud");
    has_count(fixture, 0);
    detect(fixture, "kubernetes");
    has_count(fixture, 0);
}

/* ---- Out of memory ------------------------------------------------------------------------------
 */

static void detectors_survive_every_lack_of_memory(void **state)
{
    struct fixture *fixture = *state;

    setenv("AWS_LAMBDA_FUNCTION_NAME", "f", 1);
    setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1", 1);
    setenv("POD_NAME", "p", 1);
    write_text(fixture, "/etc/podinfo/labels", "a=\"b\"\n");
    write_text(fixture, "/proc/self/cgroup", "13:memory:/docker/" ID "\n");
    hae_resource_read_system("", &fixture->system);
    for (const struct hae_detector *each = hae_detectors; each->name != NULL; each++) {
        for (int slow = 0; slow < 2; slow++) {
            haetae_status (*run)(const struct hae_detector_input *, struct haetae_resource *) =
                slow != 0 ? each->detect_slowly : each->detect;
            haetae_status status = run != NULL ? HAETAE_ENOMEM : HAETAE_OK;

            for (long tries = 0; status == HAETAE_ENOMEM; tries++) {
                hae_resource_done(&fixture->resource);
                hae_alloc_fail_after(tries);
                status = run(&fixture->input, &fixture->resource);
                hae_alloc_fail_after(-1);
            }
            assert_int_equal(status, HAETAE_OK);
        }
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(operating_system_is_read_from_os_release),
        TEST(os_release_of_usr_lib_stands_in),
        TEST(owner_is_found_without_name_services),
        TEST(command_is_the_first_word_alone),
        TEST(arguments_are_there_when_they_are_asked_for),
        TEST(creation_time_is_computed_from_boot_and_ticks),
        TEST(special_files_are_not_waited_for),
        TEST(container_id_is_found_in_control_groups),
        TEST(container_id_is_found_in_mounts_with_control_groups_of_version_2),
        TEST(what_is_no_container_has_no_id),
        TEST(pod_is_described_by_the_environment),
        TEST(pod_is_described_by_mounted_files),
        TEST(platform_is_known_by_the_environment),
        TEST(memory_of_a_function_is_in_bytes),
        TEST(knative_in_a_cluster_is_no_cloud),
        TEST(environment_that_is_not_trusted_is_not_read),
        TEST(detectors_survive_every_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
