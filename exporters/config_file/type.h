/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables of the schema are made of: types, and the properties that they have. */
#ifndef HAETAE_CONFIG_FILE_TYPE_H
#define HAETAE_CONFIG_FILE_TYPE_H

#include "node.h"

enum hae_field_kind {
    HAE_FIELD_STRING,
    HAE_FIELD_BOOL,
    HAE_FIELD_INT,
    HAE_FIELD_NUMBER,
    HAE_FIELD_CHOICE,  /* of `choices`, separated by |  */
    HAE_FIELD_OBJECT,  /* of `type`                      */
    HAE_FIELD_LIST,    /* of objects of `type`           */
    HAE_FIELD_STRINGS, /* a list of texts                */
    HAE_FIELD_NUMBERS, /* a list of numbers              */
    HAE_FIELD_ANY      /* not looked into                */
};

enum { HAE_NO_COMPONENT = -1 };

struct hae_apply;
struct hae_type;

struct hae_field {
    const char *name;
    enum hae_field_kind kind;
    const struct hae_type *type;
    const char *choices; /* CHOICE, STRINGS; NULL: any */
    int64_t min;         /* INT, NUMBER */
    int64_t max;
    bool required;
    bool not_null;
    bool may_be_empty; /* LIST, STRINGS, NUMBERS */

    /* What becomes of it: the first of these that is there. OBJECT without any: its own fields.
     * In a key, % stands for TRACES, METRICS or LOGS.
     * `type` is the row's. */
    void (*apply)(struct hae_apply *apply, const haetae_config_node *node,
                  const struct hae_type *type);
    const char *key;
    const char *refused;  /* haetae does not have it: why the file cannot be used */
    const char *ignored;  /* a warning says so                                    */
    const char *harmless; /* refused, but for this value                          */
};

struct hae_type {
    const struct hae_field *fields; /* the end has no name */
    bool nullable;
    bool one; /* exactly one property */
    /* Other names stand for components of this kind that a program has registered. */
    int component;
    /* For a name that is not registered either; NULL: it is a fault. */
    void (*other)(struct hae_apply *apply, const haetae_config_node *node,
                  const struct hae_type *type);
    bool open; /* other names are ignored with a warning */
};

#endif
