/* SPDX-License-Identifier: Apache-2.0 */
#include "node.h"

#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "base/reference.h"

struct haetae_config_node *hae_node_new(haetae_config_node_type type, uint32_t line)
{
    struct haetae_config_node *node = calloc(1, sizeof *node);

    if (node != NULL) {
        node->type = type;
        node->line = line;
    }
    return node;
}

/* The tree is no deeper than the parser lets it be. */
void hae_node_free(struct haetae_config_node *node)
{
    if (node == NULL) {
        return;
    }
    for (struct haetae_config_node *child = node->first; child != NULL;) {
        struct haetae_config_node *next = child->next;

        hae_node_free(child);
        child = next;
    }
    free(node->key);
    if (node->text != NULL) {
        explicit_bzero(node->text, strlen(node->text)); /* it may be a header */
    }
    free(node->text);
    free(node);
}

void hae_node_add(struct haetae_config_node *parent, char *key, struct haetae_config_node *node)
{
    node->parent = parent;
    node->key = key;
    node->index = parent->count++;
    if (parent->last != NULL) {
        parent->last->next = node;
    } else {
        parent->first = node;
    }
    parent->last = node;
}

/* ---- Types of scalars -------------------------------------------------------------------------
 */

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strcmp(text, *words) == 0) {
            return true;
        }
    }
    return false;
}

/* Adds a digit. False: the number is too large. */
static bool add_digit(int64_t *number, int base, int digit)
{
    return !__builtin_mul_overflow(*number, base, number) &&
           !__builtin_add_overflow(*number, digit, number);
}

/* [-+]?[0-9]+, 0o[0-7]+, 0x[0-9a-fA-F]+ */
static bool read_integer(const char *text, int64_t *ret_number)
{
    bool negative = *text == '-';
    int base = 10;
    int64_t number = 0;

    if (text[0] == '0' && (text[1] == 'o' || text[1] == 'x')) {
        base = text[1] == 'o' ? 8 : 16;
        text += 2;
    } else if (*text == '-' || *text == '+') {
        text++;
    }
    if (*text == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        int digit = hae_hex_value(*text);

        if (digit < 0 || digit >= base || !add_digit(&number, base, digit)) {
            return false;
        }
    }
    *ret_number = negative ? -number : number;
    return true;
}

static locale_t c_locale;

static void make_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* The host's locale may have a decimal comma. */
static double read_real(const char *text)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, make_locale);
    return c_locale != (locale_t)0 ? strtod_l(text, NULL, c_locale) : strtod(text, NULL);
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool is_real(const char *text)
{
    size_t whole, fraction = 0;

    text += *text == '-' || *text == '+';
    whole = strspn(text, "0123456789");
    text += whole;
    if (*text == '.') {
        fraction = strspn(text + 1, "0123456789");
        text += 1 + fraction;
    }
    if (whole + fraction == 0) {
        return false;
    }
    if (*text == 'e' || *text == 'E') {
        text++;
        text += *text == '-' || *text == '+';
        whole = strspn(text, "0123456789");
        text += whole;
        return whole != 0 && *text == '\0';
    }
    return *text == '\0';
}

static bool is_special_real(const char *text, double *ret_real)
{
    static const char *const infinite[] = {".inf", ".Inf", ".INF", NULL};
    static const char *const undefined[] = {".nan", ".NaN", ".NAN", NULL};
    bool negative = *text == '-';

    if (is_one_of(text + (negative || *text == '+'), infinite)) {
        *ret_real = negative ? -__builtin_inf() : __builtin_inf();
        return true;
    }
    if (is_one_of(text, undefined)) {
        *ret_real = __builtin_nan("");
        return true;
    }
    return false;
}

void hae_node_resolve(struct haetae_config_node *node)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const trues[] = {"true", "True", "TRUE", NULL};
    static const char *const falses[] = {"false", "False", "FALSE", NULL};

    if (is_one_of(node->text, nulls)) {
        node->type = HAETAE_CONFIG_NODE_NULL;
    } else if (is_one_of(node->text, trues) || is_one_of(node->text, falses)) {
        node->type = HAETAE_CONFIG_NODE_BOOL;
        node->boolean = is_one_of(node->text, trues);
    } else if (read_integer(node->text, &node->integer)) {
        node->type = HAETAE_CONFIG_NODE_INT64;
        node->real = (double)node->integer;
    } else if (is_special_real(node->text, &node->real)) {
        node->type = HAETAE_CONFIG_NODE_DOUBLE;
    } else if (is_real(node->text)) {
        node->type = HAETAE_CONFIG_NODE_DOUBLE;
        node->real = read_real(node->text);
    } else {
        node->type = HAETAE_CONFIG_NODE_STRING;
    }
}

/* ---- The path -----------------------------------------------------------------------------------
 */

static size_t put_path(const struct haetae_config_node *node, char *path)
{
    size_t used = node->parent != NULL ? put_path(node->parent, path) : 0;
    size_t room = HAE_NODE_PATH_BYTES - used;
    int added = 0;

    if (node->parent == NULL) {
        path[0] = '\0';
    } else if (node->key != NULL) {
        added = snprintf(path + used, room, "%s%.100s", used != 0 ? "." : "", node->key);
    } else {
        added = snprintf(path + used, room, "[%zu]", node->index);
    }
    return (size_t)added < room ? used + (size_t)added : HAE_NODE_PATH_BYTES - 1;
}

void hae_node_path(const struct haetae_config_node *node, char ret_path[HAE_NODE_PATH_BYTES])
{
    (void)put_path(node, ret_path);
}

/* ---- The public calls ---------------------------------------------------------------------------
 */

const haetae_config_node *haetae_config_model_root(const haetae_config_model *model)
{
    return model != NULL ? model->root : NULL;
}

haetae_config_model *hae_model_ref(haetae_config_model *model)
{
    hae_reference_take(&model->references);
    return model;
}

void haetae_config_model_free(haetae_config_model *model)
{
    if (model != NULL && hae_reference_drop(&model->references)) {
        hae_node_free(model->root);
        free(model->name);
        free(model);
    }
}

haetae_config_node_type haetae_config_node_type_of(const haetae_config_node *node)
{
    return node != NULL ? node->type : HAETAE_CONFIG_NODE_NULL;
}

uint32_t haetae_config_node_line(const haetae_config_node *node)
{
    return node != NULL ? node->line : 0;
}

size_t haetae_config_node_count(const haetae_config_node *node)
{
    return node != NULL ? node->count : 0;
}

const haetae_config_node *haetae_config_node_at(const haetae_config_node *node, size_t index)
{
    const haetae_config_node *child = node != NULL ? node->first : NULL;

    while (child != NULL && child->index != index) {
        child = child->next;
    }
    return child;
}

const haetae_config_node *haetae_config_node_find(const haetae_config_node *node, const char *key)
{
    const haetae_config_node *child = node != NULL && key != NULL ? node->first : NULL;

    while (child != NULL && (child->key == NULL || strcmp(child->key, key) != 0)) {
        child = child->next;
    }
    return child;
}

const char *haetae_config_node_key(const haetae_config_node *node)
{
    return node != NULL && node->key != NULL ? node->key : "";
}

const char *haetae_config_node_text(const haetae_config_node *node)
{
    return node != NULL && node->text != NULL ? node->text : "";
}

haetae_status haetae_config_node_bool(const haetae_config_node *node, bool *ret_value)
{
    if (node == NULL || ret_value == NULL || node->type != HAETAE_CONFIG_NODE_BOOL) {
        return HAETAE_EINVAL;
    }
    *ret_value = node->boolean;
    return HAETAE_OK;
}

haetae_status haetae_config_node_int64(const haetae_config_node *node, int64_t *ret_value)
{
    if (node == NULL || ret_value == NULL || node->type != HAETAE_CONFIG_NODE_INT64) {
        return HAETAE_EINVAL;
    }
    *ret_value = node->integer;
    return HAETAE_OK;
}

haetae_status haetae_config_node_double(const haetae_config_node *node, double *ret_value)
{
    if (node == NULL || ret_value == NULL ||
        (node->type != HAETAE_CONFIG_NODE_DOUBLE && node->type != HAETAE_CONFIG_NODE_INT64)) {
        return HAETAE_EINVAL;
    }
    *ret_value = node->real;
    return HAETAE_OK;
}
