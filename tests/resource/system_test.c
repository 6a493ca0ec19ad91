/* SPDX-License-Identifier: Apache-2.0 */
/* What the library detects of the process and the host of the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "resource/system.h"
#include "support/temporary.h"

static void system_describes_this_process(void **state)
{
    struct hae_resource_system system;
    char host[256] = "";

    (void)state;
    hae_resource_read_system("", &system);
    assert_int_equal(system.pid, getpid());
    assert_string_equal(system.executable_name, program_invocation_short_name);
    assert_string_equal(strrchr(system.executable_path, '/') + 1, program_invocation_short_name);
    assert_int_equal(gethostname(host, sizeof host - 1), 0);
    assert_string_equal(system.host_name, host);
    assert_true(system.machine_id[0] == '\0' || strlen(system.machine_id) == 32);
}

static void machine_id_is_read_only_when_it_is_one(void **state)
{
    static const char *const rows[][2] = {
        {"0123456789abcdef0123456789abcdef\n", "0123456789abcdef0123456789abcdef"},
        {"0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"},
        {"uninitialized\n", ""},
        {"0123456789ABCDEF0123456789ABCDEF\n", ""},
        {"0123456789abcdef0123456789abcde\n", ""},
        {"", ""}};
    char path[TEMPORARY_PATH_MAX];
    char id[33];
    int file = temporary_file(path);

    (void)state;
    assert_true(file >= 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t length = strlen(rows[i][0]);

        assert_int_equal(ftruncate(file, 0), 0);
        assert_int_equal(pwrite(file, rows[i][0], length, 0), length);
        hae_resource_read_machine_id(path, id);
        assert_string_equal(id, rows[i][1]);
    }
    close(file);
    unlink(path);
    hae_resource_read_machine_id(path, id);
    assert_string_equal(id, "");
    hae_resource_read_machine_id("/", id);
    assert_string_equal(id, "");
}

static void instance_id_is_a_random_uuid(void **state)
{
    struct hae_resource_system first, second;

    (void)state;
    hae_resource_read_system("", &first);
    hae_resource_read_system("", &second);
    assert_string_not_equal(first.instance_id, second.instance_id);
    assert_int_equal(strlen(first.instance_id), 36);
    for (int i = 0; i < 36; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            assert_int_equal(first.instance_id[i], '-');
        } else {
            assert_non_null(strchr("0123456789abcdef", first.instance_id[i]));
        }
    }
    assert_int_equal(first.instance_id[14], '4');
    assert_non_null(strchr("89ab", first.instance_id[19]));
}

/* Runs a copy of this program that is deleted while it runs; see main(). */
static void replaced_executable_keeps_its_name(void **state)
{
    char directory[TEMPORARY_PATH_MAX];
    char command[4096 + 64], path[TEMPORARY_FILE_MAX];
    int status;

    (void)state;
    assert_true(temporary_directory(directory));
    snprintf(path, sizeof path, "%s/program", directory);
    snprintf(command, sizeof command, "cp /proc/%d/exe %s && %s --look-when-deleted", (int)getpid(),
             path, path);
    status = system(command);
    unlink(path);
    rmdir(directory);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int check_when_deleted(const char *path)
{
    struct hae_resource_system system;

    if (unlink(path) != 0) {
        return 1;
    }
    hae_resource_read_system("", &system);
    return strcmp(system.executable_path, path) != 0 ||
           strcmp(system.executable_name, "program") != 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(system_describes_this_process),
        cmocka_unit_test(machine_id_is_read_only_when_it_is_one),
        cmocka_unit_test(instance_id_is_a_random_uuid),
        cmocka_unit_test(replaced_executable_keeps_its_name),
    };

    if (argc == 2 && strcmp(argv[1], "--look-when-deleted") == 0) {
        return check_when_deleted(argv[0]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
