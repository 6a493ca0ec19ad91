/* SPDX-License-Identifier: Apache-2.0 */
/* Reads JSON piece by piece, within bounds. Input may be hostile. */
#ifndef HAETAE_VIEW_DECODE_JSON_TEXT_H
#define HAETAE_VIEW_DECODE_JSON_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

struct hae_view_json_text {
    const char *at;
    const char *end;
};

/* What comes next, after space: the character; '\0': nothing. */
char hae_view_json_peek(struct hae_view_json_text *text);

/* Takes a character, after space; false: another one comes. */
bool hae_view_json_take(struct hae_view_json_text *text, char c);

/* Takes a string and appends its content, as UTF-8. False: it is none, is cut short, or is not
 * valid; or memory is short, which the buffer says. */
bool hae_view_json_string(struct hae_view_json_text *text, struct hae_buffer *out);

/* What a number takes that is read, with a NUL. */
#define HAE_VIEW_JSON_NUMBER 128

/* Takes a number and copies it. False: it is none, or too long. */
bool hae_view_json_number(struct hae_view_json_text *text, char out[HAE_VIEW_JSON_NUMBER]);

/* Takes a word: true, false or null. */
bool hae_view_json_word(struct hae_view_json_text *text, const char *word);

/* Takes any value, nested at most `depth` deep, and forgets it; what is in `scratch` is lost, which
 * says whether memory was short. NULL: done; else what is wrong. */
const char *hae_view_json_skip(struct hae_view_json_text *text, unsigned depth,
                               struct hae_buffer *scratch);

#endif
