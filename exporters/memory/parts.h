/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the parts that the items of all signals have. All functions set `failed` at a mistake, and
 * do nothing once it is set; so a caller asks once, at the end. */
#ifndef HAETAE_MEMORY_PARTS_H
#define HAETAE_MEMORY_PARTS_H

#include <string.h>

#include "arena.h"
#include "haetae/memory.h"
#include "wire/reader.h"

struct hae_mem_parser {
    struct hae_mem_arena *arena;
    bool failed; /* no memory, or malformed */
    bool malformed;
};

/* A field's number and type together, for a switch over both. */
#define HAE_MEM_FIELD(number, type) ((number) << 3 | (unsigned)(type))

static inline uint32_t hae_mem_field(const struct hae_field *field)
{
    return HAE_MEM_FIELD(field->number, field->type);
}

/* `count` zeroed elements. NULL: `failed` is set. */
void *hae_mem_take(struct hae_mem_parser *parser, size_t count, size_t size_bytes);

void hae_mem_malformed(struct hae_mem_parser *parser);

static inline struct hae_reader hae_mem_inside(const struct hae_field *field)
{
    return hae_reader_over(field->data, field->size_bytes);
}

static inline haetae_string hae_mem_text(const struct hae_field *field)
{
    return (haetae_string){(const char *)field->data, field->size_bytes};
}

/* The next field. False: there is none, or the message is malformed. */
bool hae_mem_next(struct hae_mem_parser *parser, struct hae_reader *reader,
                  struct hae_field *ret_field);

/* How many fields of this number a message has that are messages themselves. */
size_t hae_mem_count(struct hae_mem_parser *parser, struct hae_reader message, uint32_t number);

/* Attributes: the KeyValue fields of this number. */
void hae_mem_attributes(struct hae_mem_parser *parser, struct hae_reader message, uint32_t number,
                        const haetae_attribute **ret_attributes, size_t *ret_count);

void hae_mem_value(struct hae_mem_parser *parser, struct hae_reader message,
                   haetae_value *ret_value);

/* An id of `size_bytes`; one of another size counts as none. */
static inline void hae_mem_id(const struct hae_field *field, uint8_t *ret_id, size_t size_bytes)
{
    if (field->size_bytes == size_bytes) {
        memcpy(ret_id, field->data, size_bytes);
    }
}

/* Numbers of 64 bits, packed. NULL: there are none. */
const uint64_t *hae_mem_counts(struct hae_mem_parser *parser, const struct hae_field *field,
                               size_t *ret_count);
const double *hae_mem_doubles(struct hae_mem_parser *parser, const struct hae_field *field,
                              size_t *ret_count);

/* The same as varints. */
const uint64_t *hae_mem_varints(struct hae_mem_parser *parser, const struct hae_field *field,
                                size_t *ret_count);

void hae_mem_resource(struct hae_mem_parser *parser, struct hae_reader message,
                      haetae_memory_resource *resource);
void hae_mem_scope(struct hae_mem_parser *parser, struct hae_reader message,
                   haetae_memory_scope *scope);

#endif
