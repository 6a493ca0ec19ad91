/* SPDX-License-Identifier: Apache-2.0 */
#include "resource/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"

bool hae_small_path(char ret_path[HAE_SMALL_PATH_BYTES], const char *directory, const char *name)
{
    size_t length = strlen(directory);
    size_t name_length = strlen(name);
    bool slash = name[0] != '/';

    if (length + name_length + 2 > HAE_SMALL_PATH_BYTES) {
        return false;
    }
    memcpy(ret_path, directory, length);
    if (slash) {
        ret_path[length++] = '/';
    }
    memcpy(ret_path + length, name, name_length);
    ret_path[length + name_length] = '\0';
    return true;
}

static size_t read_all(int file, char *ret_text, size_t size_bytes)
{
    size_t length = 0;

    while (length < size_bytes - 1) {
        ssize_t got = read(file, ret_text + length, size_bytes - 1 - length);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        length += (size_t)got;
    }
    return length;
}

size_t hae_small_file_read(const char *path, char *ret_text, size_t size_bytes)
{
    /* The open of a FIFO would wait for a writer. */
    int file = hae_descriptor_raise(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat found;
    size_t length = 0;

    ret_text[0] = '\0';
    if (file < 0) {
        return 0;
    }
    if (fstat(file, &found) == 0 && S_ISREG(found.st_mode)) {
        length = read_all(file, ret_text, size_bytes);
    }
    close(file);
    ret_text[length] = '\0';
    return length;
}

size_t hae_small_file_read_at(const char *root, const char *name, char *ret_text, size_t size_bytes)
{
    char path[HAE_SMALL_PATH_BYTES];

    ret_text[0] = '\0';
    return hae_small_path(path, root, name) ? hae_small_file_read(path, ret_text, size_bytes) : 0;
}

void hae_cut_line(char *text)
{
    text[strcspn(text, "\r\n")] = '\0';
}
