/* SPDX-License-Identifier: Apache-2.0 */
/* Environment variables as carriers. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/privilege.h"
#include "haetae/propagation.h"

extern char **environ;

struct haetae_environment {
    char **variables; /* NULL ends them */
    size_t count;
    size_t room; /* without the NULL */
};

/* ---- Names ------------------------------------------------------------------------------ */

enum { NAME_MAX_LENGTH = 255 };

/* A variable's name, with a NUL. Whatever is no capital letter, digit or underscore becomes one of
 * these. Returns its length; 0: it is too long. Specification: "Key Name Normalization". */
static size_t normalize(const char *key, size_t length, char name[NAME_MAX_LENGTH + 1])
{
    size_t at = 0;

    if (length >= NAME_MAX_LENGTH) {
        return 0;
    }
    if (length == 0 || (key[0] >= '0' && key[0] <= '9')) {
        name[at++] = '_';
    }
    for (size_t i = 0; i < length; i++) {
        char c = key[i];

        if (c >= 'a' && c <= 'z') {
            c = (char)(c - 'a' + 'A');
        } else if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9')) {
            c = '_';
        }
        name[at++] = c;
    }
    name[at] = '\0';
    return at;
}

/* Whether the name of a variable, up to the equals sign, is one that normalize() makes. */
static bool is_normal(const char *variable, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char c = variable[i];

        if (!(c >= 'A' && c <= 'Z') && c != '_' && !(i != 0 && c >= '0' && c <= '9')) {
            return false;
        }
    }
    return length != 0;
}

/* ---- Reading ---------------------------------------------------------------------------- */

/* NULL: there are none. */
static char **variables_of(const void *environment)
{
    if (environment != NULL) {
        return ((const haetae_environment *)environment)->variables;
    }
    return hae_has_more_rights() ? NULL : environ;
}

/* The number of the variable with this name; -1: there is none. */
static ptrdiff_t find(char **variables, const char *name, size_t length)
{
    for (ptrdiff_t i = 0; variables != NULL && variables[i] != NULL; i++) {
        if (strncmp(variables[i], name, length) == 0 && variables[i][length] == '=') {
            return i;
        }
    }
    return -1;
}

static bool get(void *environment, const char *key, size_t key_length, size_t index,
                haetae_string *ret_value)
{
    char **variables = variables_of(environment);
    char name[NAME_MAX_LENGTH + 1];
    size_t length = normalize(key, key_length, name);
    ptrdiff_t found = length != 0 && index == 0 ? find(variables, name, length) : -1;

    if (found < 0) {
        return false;
    }
    *ret_value = haetae_string_of(variables[found] + length + 1);
    return true;
}

static bool get_key(void *environment, size_t index, haetae_string *ret_key)
{
    char **variables = variables_of(environment);

    for (size_t i = 0; variables != NULL && variables[i] != NULL; i++) {
        size_t length = strcspn(variables[i], "=");

        if (is_normal(variables[i], length) && index-- == 0) {
            *ret_key = (haetae_string){variables[i], length};
            return true;
        }
    }
    return false;
}

/* ---- Writing ---------------------------------------------------------------------------- */

/* Room for one more. False: no memory. */
static bool grow(haetae_environment *environment)
{
    size_t room = environment->room + environment->room / 2 + 8;
    char **variables;

    if (environment->count < environment->room) {
        return true;
    }
    variables = hae_realloc(environment->variables, (room + 1) * sizeof *variables);
    if (variables == NULL) {
        return false;
    }
    environment->variables = variables;
    environment->room = room;
    return true;
}

static void append(haetae_environment *environment, char *variable)
{
    environment->variables[environment->count++] = variable;
    environment->variables[environment->count] = NULL;
}

static void remove_key(void *carrier, const char *key, size_t key_length)
{
    haetae_environment *environment = carrier;
    char name[NAME_MAX_LENGTH + 1];
    size_t length = normalize(key, key_length, name);
    ptrdiff_t found;

    while (environment != NULL && length != 0 &&
           (found = find(environment->variables, name, length)) >= 0) {
        hae_free(environment->variables[found]);
        environment->variables[found] = environment->variables[--environment->count];
        environment->variables[environment->count] = NULL;
    }
}

static void set(void *carrier, const char *key, size_t key_length, const char *value,
                size_t value_length)
{
    haetae_environment *environment = carrier;
    char name[NAME_MAX_LENGTH + 1];
    size_t length = normalize(key, key_length, name);
    char *variable;

    if (environment == NULL || length == 0 || memchr(value, '\0', value_length) != NULL) {
        return;
    }
    remove_key(environment, key, key_length);
    variable = hae_malloc(length + value_length + 2);
    if (variable == NULL || !grow(environment)) {
        hae_free(variable);
        return;
    }
    memcpy(variable, name, length);
    variable[length] = '=';
    memcpy(variable + length + 1, value, value_length);
    variable[length + 1 + value_length] = '\0';
    append(environment, variable);
}

const haetae_carrier_ops *haetae_environment_carrier(void)
{
    static const haetae_carrier_ops ops = {.struct_size = sizeof(haetae_carrier_ops),
                                           .get = get,
                                           .key = get_key,
                                           .set = set,
                                           .remove = remove_key};

    return &ops;
}

/* ---- Environments ----------------------------------------------------------------------- */

haetae_status haetae_environment_new(char *const *variables, haetae_environment **ret_environment)
{
    static char *const none[] = {NULL};
    haetae_environment *environment;

    if (ret_environment == NULL) {
        return HAETAE_EINVAL;
    }
    if (variables == NULL) {
        variables = environ != NULL ? environ : none;
    }
    environment = hae_calloc(1, sizeof *environment);
    if (environment == NULL || !grow(environment)) {
        goto free_all;
    }
    environment->variables[0] = NULL;
    for (size_t i = 0; variables[i] != NULL; i++) {
        char *copy = hae_strdup(variables[i]);

        if (copy == NULL || !grow(environment)) {
            hae_free(copy);
            goto free_all;
        }
        append(environment, copy);
    }
    *ret_environment = environment;
    return HAETAE_OK;

free_all:
    haetae_environment_free(environment);
    return HAETAE_ENOMEM;
}

char *const *haetae_environment_variables(const haetae_environment *environment)
{
    return environment != NULL ? environment->variables : NULL;
}

void haetae_environment_free(haetae_environment *environment)
{
    if (environment == NULL) {
        return;
    }
    for (size_t i = 0; i < environment->count; i++) {
        hae_free(environment->variables[i]);
    }
    hae_free(environment->variables);
    hae_free(environment);
}
