/* SPDX-License-Identifier: Apache-2.0 */
#include "host/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/minmax.h"

bool hae_lines_open(struct hae_lines *lines, const char *root, const char *name)
{
    struct stat found;
    /* The buffer is not in use yet, so it holds the path. */
    int length = snprintf(lines->buffer, sizeof lines->buffer, "%s%s", root, name);

    if (length < 0 || (size_t)length >= sizeof lines->buffer) {
        return false;
    }
    /* The open of a FIFO would wait for a writer. */
    lines->file =
        hae_descriptor_raise(open(lines->buffer, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (lines->file < 0) {
        return false;
    }
    if (fstat(lines->file, &found) != 0 || !S_ISREG(found.st_mode)) {
        close(lines->file);
        return false;
    }
    lines->skips = false;
    lines->left_bytes = HAE_LINES_BYTES_MAX;
    lines->at = lines->end = 0;
    return true;
}

/* Appends what read() returns. False: there is no more, or no room. */
static bool fill(struct hae_lines *lines)
{
    /* A byte is left for a NUL. */
    size_t room = hae_min(sizeof lines->buffer - 1 - lines->end, lines->left_bytes);
    ssize_t got;

    if (room == 0) {
        return false;
    }
    do {
        got = read(lines->file, lines->buffer + lines->end, room);
    } while (got < 0 && errno == EINTR);
    if (got <= 0) {
        lines->left_bytes = 0;
        return false;
    }
    lines->end += (size_t)got;
    lines->left_bytes -= (size_t)got;
    return true;
}

/* Returns the end of the next line; NULL: there is no more, or it does not fit the buffer. */
static char *find_newline(struct hae_lines *lines)
{
    size_t searched = 0;
    char *newline;

    memmove(lines->buffer, lines->buffer + lines->at, lines->end - lines->at);
    lines->end -= lines->at;
    lines->at = 0;
    do {
        newline = memchr(lines->buffer + searched, '\n', lines->end - searched);
        searched = lines->end;
    } while (newline == NULL && fill(lines));
    return newline;
}

/* Skips the rest of a line that was cut. */
static void skip(struct hae_lines *lines)
{
    char *newline = find_newline(lines);

    while (newline == NULL && lines->end == sizeof lines->buffer - 1) {
        lines->at = lines->end;
        newline = find_newline(lines);
    }
    lines->at = newline != NULL ? (size_t)(newline - lines->buffer) + 1 : lines->end;
}

/* Cuts the line at its last space, since the last word may not be whole. */
static char *cut(struct hae_lines *lines)
{
    char *space = memrchr(lines->buffer, ' ', lines->end);

    *(space != NULL ? space : lines->buffer) = '\0';
    lines->at = lines->end;
    lines->skips = true;
    return lines->buffer;
}

char *hae_lines_next(struct hae_lines *lines)
{
    char *newline;

    if (lines->skips) {
        skip(lines);
        lines->skips = false;
    }
    newline = find_newline(lines);
    if (newline != NULL) {
        *newline = '\0';
        lines->at = (size_t)(newline - lines->buffer) + 1;
        return lines->buffer;
    }
    return lines->end == sizeof lines->buffer - 1 ? cut(lines) : NULL;
}

void hae_lines_close(struct hae_lines *lines)
{
    close(lines->file);
}

bool hae_lines_first(struct hae_lines *lines, const char *root, const char *name, char **ret_line)
{
    char *line;

    if (!hae_lines_open(lines, root, name)) {
        return false;
    }
    line = hae_lines_next(lines);
    hae_lines_close(lines);
    if (line == NULL) {
        return false;
    }
    *ret_line = line;
    return true;
}
