/* SPDX-License-Identifier: Apache-2.0 */
/* Reads JSON that nobody trusts, from beginning to end, without memory of its own (RFC 8259). A
 * fault ends the reading: then all that follows returns false. */
#ifndef HAETAE_OTLP_HTTP_JSON_READER_H
#define HAETAE_OTLP_HTTP_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>

struct hae_json_reader {
    const char *at;
    const char *end;
    unsigned depth;
    bool broken;
};

struct hae_json_reader hae_json_read(const void *data, size_t size_bytes);

/* Whether the text has ended, without a fault. */
bool hae_json_read_end(struct hae_json_reader *json);

/* Enter an object or an array; false: the value is another one, and still to be read. */
bool hae_json_read_object(struct hae_json_reader *json);
bool hae_json_read_array(struct hae_json_reader *json);

/* Goes to the next member, whose name is copied as hae_json_read_text() does and whose value is to
 * be read then; or to the next element. False: the object or array has ended, and is left. `first`
 * is true before the first call, and the caller's. */
bool hae_json_read_member(struct hae_json_reader *json, bool *first, char *name, size_t room);
bool hae_json_read_element(struct hae_json_reader *json, bool *first);

/* Copies text with a NUL; what does not fit is left out, and `room` is returned as its length. The
 * escape of a character beyond ASCII becomes UTF-8. False: the value is another one. */
bool hae_json_read_text(struct hae_json_reader *json, char *text, size_t room, size_t *ret_length);

/* False: the value is no number. */
bool hae_json_read_number(struct hae_json_reader *json, double *ret_number);

/* False: the value is not null. */
bool hae_json_read_null(struct hae_json_reader *json);

/* Any value, at most 32 levels deep. */
bool hae_json_read_any(struct hae_json_reader *json);

#endif
