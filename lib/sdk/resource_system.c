/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/resource_system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/hex.h"
#include "base/random.h"

static void read_executable(struct hae_resource_system *system)
{
    /* What the kernel adds when the file was replaced under the process. */
    static const char deleted[] = " (deleted)";
    const size_t deleted_length = sizeof deleted - 1;
    char *path = system->executable_path;
    ssize_t got = readlink("/proc/self/exe", path, sizeof system->executable_path - 1);
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
    int file = hae_descriptor_raise(open(path, O_RDONLY | O_CLOEXEC));
    ssize_t got;

    ret_id[0] = '\0';
    if (file < 0) {
        return;
    }
    got = read(file, ret_id, ID_LENGTH);
    close(file);
    ret_id[got > 0 ? got : 0] = '\0';
    if (got != ID_LENGTH || strspn(ret_id, "0123456789abcdef") != ID_LENGTH) {
        ret_id[0] = '\0';
    }
}

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
}

void hae_resource_read_system(struct hae_resource_system *ret_system)
{
    memset(ret_system, 0, sizeof *ret_system);
    ret_system->pid = getpid();
    read_executable(ret_system);
    look_at_host(ret_system);
    hae_resource_read_machine_id("/etc/machine-id", ret_system->machine_id);
    if (ret_system->machine_id[0] == '\0') {
        hae_resource_read_machine_id("/var/lib/dbus/machine-id", ret_system->machine_id);
    }
    make_instance_id(ret_system->instance_id);
}
