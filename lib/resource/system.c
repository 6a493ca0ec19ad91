/* SPDX-License-Identifier: Apache-2.0 */
#include "resource/system.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/utsname.h>
#include <unistd.h>
#if defined(__GLIBC__)
#include <gnu/libc-version.h>
#endif

#include "base/clock.h"
#include "base/hex.h"
#include "base/random.h"
#include "resource/file.h"

/* ---- The process ------------------------------------------------------------------------ */

static void read_executable(const char *root, struct hae_resource_system *system)
{
    /* What the kernel adds when the file was replaced under the process. */
    static const char deleted[] = " (deleted)";
    const size_t deleted_length = sizeof deleted - 1;
    char link[HAE_SMALL_PATH_BYTES];
    char *path = system->executable_path;
    ssize_t got = hae_small_path(link, root, "/proc/self/exe")
                      ? readlink(link, path, sizeof system->executable_path - 1)
                      : -1;
    size_t length = got > 0 ? (size_t)got : 0;
    const char *name = path;

    path[length] = '\0';
    if (length > deleted_length && strcmp(path + length - deleted_length, deleted) == 0) {
        path[length - deleted_length] = '\0';
    }
    if (length == 0) {
        name = program_invocation_short_name;
    } else if (strrchr(path, '/') != NULL) {
        name = strrchr(path, '/') + 1;
    }
    snprintf(system->executable_name, sizeof system->executable_name, "%.255s", name);
}

/* Each argument ends with NUL, so this is the first alone. A program that has changed its title
 * may have made one argument of all: what follows a space is left out. */
static void read_command(const char *root, struct hae_resource_system *system)
{
    if (hae_small_file_read_at(root, "/proc/self/cmdline", system->command,
                               sizeof system->command) != 0) {
        system->command[strcspn(system->command, " \t\n")] = '\0';
    }
}

/* passwd(5), without the name services, which may be away. */
static void read_owner(const char *root, struct hae_resource_system *system)
{
    enum { PASSWD_BYTES = 16384 };
    char text[PASSWD_BYTES];
    char wanted[32];
    char *rest = text;
    char *line;

    if (hae_small_file_read_at(root, "/etc/passwd", text, sizeof text) == 0) {
        return;
    }
    snprintf(wanted, sizeof wanted, ":%lu:", (unsigned long)geteuid());
    while ((line = strsep(&rest, "\n")) != NULL) {
        size_t name = strcspn(line, ":");
        size_t password = line[name] == ':' ? 1 + strcspn(line + name + 1, ":") : 0;

        if (password != 0 && name < sizeof system->owner &&
            strncmp(line + name + password, wanted, strlen(wanted)) == 0) {
            memcpy(system->owner, line, name);
            system->owner[name] = '\0';
            return;
        }
    }
}

static void name_runtime(struct hae_resource_system *system)
{
#if defined(__GLIBC__)
    snprintf(system->runtime_name, sizeof system->runtime_name, "glibc");
    snprintf(system->runtime_version, sizeof system->runtime_version, "%s", gnu_get_libc_version());
#else
    (void)system;
#endif
}

/* ---- When it was made ------------------------------------------------------------------- */

static char *put_number(char *at, unsigned long number, int digits)
{
    for (int i = digits - 1; i >= 0; i--) {
        at[i] = (char)('0' + number % 10);
        number /= 10;
    }
    return at + digits;
}

/* The proleptic Gregorian calendar; years begin in March here. The C library's function for it is
 * not for signal handlers. */
static void put_time(char *at, uint64_t unix_ms)
{
    unsigned long second = (unsigned long)(unix_ms / 1000 % 86400);
    unsigned long day = (unsigned long)(unix_ms / 86400000) + 719468; /* since 0000-03-01 */
    unsigned long era = day / 146097;
    unsigned long of_era = day % 146097;
    unsigned long year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned long of_year = of_era - (365 * year + year / 4 - year / 100);
    unsigned long month = (5 * of_year + 2) / 153;
    unsigned long calendar_month = month < 10 ? month + 3 : month - 9;

    at = put_number(at, year + era * 400 + (calendar_month <= 2), 4);
    *at++ = '-';
    at = put_number(at, calendar_month, 2);
    *at++ = '-';
    at = put_number(at, of_year - (153 * month + 2) / 5 + 1, 2);
    *at++ = 'T';
    at = put_number(at, second / 3600, 2);
    *at++ = ':';
    at = put_number(at, second / 60 % 60, 2);
    *at++ = ':';
    at = put_number(at, second % 60, 2);
    *at++ = '.';
    at = put_number(at, (unsigned long)(unix_ms % 1000), 3);
    *at++ = 'Z';
    *at = '\0';
}

/* Field number 22 of proc_pid_stat(5): ticks since boot. The second, a name, may hold anything. */
static bool read_start_ticks(const char *stat, uint64_t *ret_ticks)
{
    enum { FIELDS_BETWEEN = 20 };
    const char *at = strrchr(stat, ')');
    uint64_t ticks = 0;
    const char *first;

    for (int i = 0; at != NULL && i < FIELDS_BETWEEN; i++) {
        at = strchr(at + 1, ' ');
    }
    if (at == NULL) {
        return false;
    }
    first = ++at;
    for (; *at >= '0' && *at <= '9' && ticks < UINT64_MAX / 100; at++) {
        ticks = ticks * 10 + (uint64_t)(*at - '0');
    }
    *ret_ticks = ticks;
    return at != first && *at == ' ';
}

void hae_resource_creation_time(const char *stat, uint64_t boot_unix_ns, uint64_t ticks_per_second,
                                char ret_time[HAE_CREATION_TIME_BYTES])
{
    static const uint64_t year_9999_ms = UINT64_C(253402300799999);
    uint64_t ticks, unix_ms;

    ret_time[0] = '\0';
    if (!read_start_ticks(stat, &ticks) || ticks_per_second == 0) {
        return;
    }
    unix_ms = boot_unix_ns / 1000000 + ticks / ticks_per_second * 1000 +
              ticks % ticks_per_second * 1000 / ticks_per_second;
    if (unix_ms <= year_9999_ms) {
        put_time(ret_time, unix_ms);
    }
}

static void read_creation_time(const char *path, char ret_time[HAE_CREATION_TIME_BYTES])
{
    uint64_t boot_unix_ns = hae_time_ns(CLOCK_REALTIME) - hae_time_ns(CLOCK_BOOTTIME);
    char stat[1024];

    if (hae_small_file_read(path, stat, sizeof stat) != 0) {
        hae_resource_creation_time(stat, boot_unix_ns, getauxval(AT_CLKTCK), ret_time);
    } else {
        ret_time[0] = '\0';
    }
}

/* ---- The host --------------------------------------------------------------------------- */

static void look_at_host(struct hae_resource_system *system)
{
    struct utsname names;

    if (uname(&names) != 0) {
        return;
    }
    snprintf(system->host_name, sizeof system->host_name, "%s", names.nodename);
    snprintf(system->machine, sizeof system->machine, "%s", names.machine);
}

/* machine-id(5): 32 lower-case hexadecimal digits; while it is not initialised the
 * file holds another word. */
void hae_resource_read_machine_id(const char *path, char ret_id[33])
{
    enum { ID_LENGTH = 32 };

    if (hae_small_file_read(path, ret_id, ID_LENGTH + 1) != ID_LENGTH ||
        strspn(ret_id, "0123456789abcdef") != ID_LENGTH) {
        ret_id[0] = '\0';
    }
}

static void read_machine_id(const char *root, struct hae_resource_system *system)
{
    static const char *const names[] = {"/etc/machine-id", "/var/lib/dbus/machine-id"};
    char path[HAE_SMALL_PATH_BYTES];

    for (size_t i = 0; i < 2 && system->machine_id[0] == '\0'; i++) {
        if (hae_small_path(path, root, names[i])) {
            hae_resource_read_machine_id(path, system->machine_id);
        }
    }
}

/* A value of os-release(5): a word of the shell, which may be in quotes. */
static void copy_shell_word(const char *word, char *ret_text, size_t size_bytes)
{
    char quote = *word == '"' || *word == '\'' ? *word++ : '\0';
    size_t length = 0;

    while (*word != '\0' && *word != '\n' && *word != quote && length < size_bytes - 1) {
        if (*word == '\\' && quote != '\'' && word[1] != '\0' && word[1] != '\n') {
            word++;
        }
        ret_text[length++] = *word++;
    }
    ret_text[length] = '\0';
}

static void read_os_release(const char *root, struct hae_resource_system *system)
{
    enum { RELEASE_BYTES = 8192 };
    const struct {
        const char *key;
        char *text;
        size_t size_bytes;
    } fields[] = {
        {"NAME=", system->os_name, sizeof system->os_name},
        {"VERSION_ID=", system->os_version, sizeof system->os_version},
        {"PRETTY_NAME=", system->os_description, sizeof system->os_description},
    };
    char text[RELEASE_BYTES];
    char *rest = text;
    char *line;

    if (hae_small_file_read_at(root, "/etc/os-release", text, sizeof text) == 0 &&
        hae_small_file_read_at(root, "/usr/lib/os-release", text, sizeof text) == 0) {
        return;
    }
    while ((line = strsep(&rest, "\n")) != NULL) {
        for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
            size_t length = strlen(fields[i].key);

            if (strncmp(line, fields[i].key, length) == 0) {
                copy_shell_word(line + length, fields[i].text, fields[i].size_bytes);
            }
        }
    }
}

/* ---- All of it ---------------------------------------------------------------------------- */

/* RFC 9562, version 4. Not by snprintf(), which is not for signal handlers. */
static void make_instance_id(char id[37])
{
    struct hae_random random;
    uint64_t words[2];
    unsigned digit = 0;

    hae_random_seed(&random);
    words[0] = (random.a & ~UINT64_C(0xF000)) | UINT64_C(0x4000);
    words[1] = (random.b & ~(UINT64_C(3) << 62)) | (UINT64_C(2) << 62);
    for (unsigned i = 0; i < 36; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            id[i] = '-';
        } else {
            id[i] = hae_hex_digit(words[digit / 16] >> (60 - digit % 16 * 4));
            digit++;
        }
    }
    id[36] = '\0';
}

void hae_resource_read_process(struct hae_resource_process *ret_process)
{
    ret_process->pid = getpid();
    make_instance_id(ret_process->instance_id);
    read_creation_time("/proc/self/stat", ret_process->creation_time);
}

void hae_resource_read_system(const char *root, struct hae_resource_system *ret_system)
{
    char path[HAE_SMALL_PATH_BYTES];

    memset(ret_system, 0, sizeof *ret_system);
    ret_system->pid = getpid();
    read_executable(root, ret_system);
    read_command(root, ret_system);
    read_owner(root, ret_system);
    name_runtime(ret_system);
    if (hae_small_path(path, root, "/proc/self/stat")) {
        read_creation_time(path, ret_system->creation_time);
    }
    look_at_host(ret_system);
    read_machine_id(root, ret_system);
    read_os_release(root, ret_system);
    make_instance_id(ret_system->instance_id);
}
