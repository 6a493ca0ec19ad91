/* SPDX-License-Identifier: Apache-2.0 */
/* A program that another user has started with the rights of its owner. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "haetae/config.h"
#include "support/core_cmocka.h"
#include "support/temporary.h"

enum { OTHER_USER = 65534 };

struct program {
    char directory[TEMPORARY_PATH_MAX];
    char path[TEMPORARY_FILE_MAX];
    char output[512];
};

static bool copy_file(const char *from, const char *to)
{
    int source = open(from, O_RDONLY | O_CLOEXEC);
    int target = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
    struct stat facts;
    bool copied = source >= 0 && target >= 0 && fstat(source, &facts) == 0 &&
                  sendfile(target, source, NULL, (size_t)facts.st_size) == facts.st_size;

    if (source >= 0) {
        close(source);
    }
    if (target >= 0) {
        close(target);
    }
    return copied;
}

/* Runs it with an environment of its caller's, and reads what it prints. */
static void run(struct program *program, const char *argument)
{
    char *const environment[] = {"HAETAE_RECORDER_DIR=/somewhere", "OTEL_SERVICE_NAME=other", NULL};
    char *const arguments[] = {program->path, (char *)argument, NULL};
    int ends[2];
    ssize_t size;
    int status = -1;
    pid_t pid;

#ifdef HAETAE_TEST_EMULATED
    skip(); /* the kernel does not run a program for another processor */
#endif
    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        execve(program->path, arguments, environment);
        _exit(127);
    }
    close(ends[1]);
    size = read(ends[0], program->output, sizeof program->output - 1);
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_true(size > 0);
    program->output[size] = '\0';
}

static int set_up(void **state)
{
    static struct program program;

    *state = &program;
    if (!temporary_directory(program.directory) || chmod(program.directory, 0755) != 0) {
        return -1;
    }
    snprintf(program.path, sizeof program.path, "%s/program", program.directory);
    return copy_file(HAETAE_TEST_PRIVILEGE_HELPER, program.path) ? 0 : -1;
}

static int tear_down(void **state)
{
    const struct program *program = *state;

    unlink(program->path);
    return rmdir(program->directory);
}

static void usual_program_reads_the_environment(void **state)
{
    struct program *program = *state;

    run(program, "");
    assert_string_equal(program->output, "usual /somewhere|other|\n");
}

/* Only root can make such a program, and not on every file system. */
static void make_setuid(struct program *program)
{
    if (geteuid() != 0) {
        print_message("skipped: only root can give a program away\n");
        skip();
    }
    if (chown(program->path, OTHER_USER, OTHER_USER) != 0 || chmod(program->path, 04755) != 0) {
        print_message("skipped: this file system has no setuid programs\n");
        skip();
    }
    run(program, "");
    if (strncmp(program->output, "secure ", 7) != 0) {
        print_message("skipped: the temporary directory is mounted without setuid\n");
        skip();
    }
}

static void setuid_program_ignores_the_environment_and_says_so(void **state)
{
    struct program *program = *state;

    make_setuid(program);
    assert_string_equal(program->output,
                        "secure ||the environment was not read, as this program has more rights "
                        "than the user who started it\n");
}

static void setuid_program_may_trust_the_environment(void **state)
{
    struct program *program = *state;

    make_setuid(program);
    run(program, "trust");
    assert_string_equal(program->output, "secure /somewhere|other|\n");
}

/* Whoever runs the tests. */
unsigned long __real_getauxval(unsigned long type);
unsigned long __wrap_getauxval(unsigned long type);

static bool pretends;

unsigned long __wrap_getauxval(unsigned long type)
{
    return pretends && type == AT_SECURE ? 1 : __real_getauxval(type);
}

static void environment_is_read_only_if_it_is_trusted(void **state)
{
    haetae_config *config = NULL;

    (void)state;
    assert_int_equal(setenv("OTEL_SERVICE_NAME", "other", 1), 0);
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    pretends = true;
    assert_int_equal(haetae_config_load_env(config), HAETAE_OK);
    assert_string_equal(haetae_config_get(config, "OTEL_SERVICE_NAME"), "");
    assert_int_not_equal(strlen(haetae_config_warnings(config)), 0);
    assert_int_equal(haetae_config_trust_env(config), HAETAE_OK);
    assert_int_equal(haetae_config_load_env(config), HAETAE_OK);
    assert_string_equal(haetae_config_get(config, "OTEL_SERVICE_NAME"), "other");
    assert_string_equal(haetae_config_warnings(config), "");
    pretends = false;
    haetae_config_free(config);
    assert_int_equal(unsetenv("OTEL_SERVICE_NAME"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usual_program_reads_the_environment),
        cmocka_unit_test(setuid_program_ignores_the_environment_and_says_so),
        cmocka_unit_test(setuid_program_may_trust_the_environment),
        cmocka_unit_test(environment_is_read_only_if_it_is_trusted),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
