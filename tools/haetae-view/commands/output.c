/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/output.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/printable.h"
#include "show/screen.h"
#include "util/text.h"

#define PLANE       0x10000U
#define HIGH_HALVES 0xd800U
#define LOW_HALVES  0xdc00U

static void add_escape(struct hae_buffer *out, uint32_t code)
{
    if (code >= PLANE) {
        hae_buffer_format(out, "\\u%04x", HIGH_HALVES + ((code - PLANE) >> 10));
        code = LOW_HALVES + ((code - PLANE) & 0x3ff);
    }
    hae_buffer_format(out, "\\u%04x", code);
}

void hae_view_add_json(struct hae_buffer *out, const char *json, size_t length)
{
    size_t plain = 0; /* where what is not written yet begins */
    size_t at = 0;
    while (at < length) {
        struct hae_character character = hae_next_character(json + at, length - at);
        if (!character.printable && json[at] != '\n') {
            hae_buffer_add(out, json + plain, at - plain);
            add_escape(out, character.code);
            plain = at + character.size;
        }
        at += character.size;
    }
    hae_buffer_add(out, json + plain, length - plain);
}

void hae_view_print_error(const char *problem)
{
    char clean[400];
    hae_view_text_clean_string(clean, sizeof clean, problem);
    fprintf(stderr, "haetae-view: %s\n", clean);
}

int hae_view_put_out(const struct hae_buffer *out)
{
    if (out->failed) {
        hae_view_print_error("out of memory");
        return HAE_VIEW_EXIT_BAD;
    }
    if (out->length == 0 || hae_view_write_all(STDOUT_FILENO, out->data, out->length)) {
        return -1;
    }
    if (errno == EPIPE) {
        return HAE_VIEW_EXIT_GOOD;
    }
    fprintf(stderr, "haetae-view: cannot write: %s\n", strerror(errno));
    return HAE_VIEW_EXIT_BAD;
}

bool hae_view_output_wait(int ms)
{
    struct pollfd output = {STDOUT_FILENO, 0, 0};
    return poll(&output, 1, ms) <= 0 || (output.revents & (POLLERR | POLLHUP)) == 0;
}
