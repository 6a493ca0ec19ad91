/* SPDX-License-Identifier: Apache-2.0 */
/* What a terminal sends when keys are pressed, read as keys. Knows nothing of what they do. */
#ifndef HAETAE_VIEW_SHOW_KEYS_H
#define HAETAE_VIEW_SHOW_KEYS_H

#include <stdbool.h>
#include <stddef.h>

enum hae_view_key_kind {
    HAE_VIEW_KEY_NONE, /* bytes that are no key that is known */
    HAE_VIEW_KEY_TEXT, /* a character: `text` */
    HAE_VIEW_KEY_ENTER,
    HAE_VIEW_KEY_ESCAPE,
    HAE_VIEW_KEY_BACKSPACE,
    HAE_VIEW_KEY_TAB,
    HAE_VIEW_KEY_BACK_TAB,
    HAE_VIEW_KEY_UP,
    HAE_VIEW_KEY_DOWN,
    HAE_VIEW_KEY_LEFT,
    HAE_VIEW_KEY_RIGHT,
    HAE_VIEW_KEY_PAGE_UP,
    HAE_VIEW_KEY_PAGE_DOWN,
    HAE_VIEW_KEY_HOME,
    HAE_VIEW_KEY_END,
    HAE_VIEW_KEY_INTERRUPT,  /* Ctrl-C */
    HAE_VIEW_KEY_ERASE_LINE, /* Ctrl-U */
    HAE_VIEW_KEY_REDRAW      /* Ctrl-L */
};

struct hae_view_key {
    enum hae_view_key_kind kind;
    char text[5]; /* UTF-8, one printable character */
};

/* Reads one key from the front of what came, and returns how many bytes it took. 0: more bytes
 * must come first. With `last` none will come, and a lone escape character is the key Esc. */
size_t hae_view_key_read(const char *bytes, size_t length, bool last, struct hae_view_key *ret_key);

#endif
