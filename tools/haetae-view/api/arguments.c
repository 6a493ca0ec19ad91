/* SPDX-License-Identifier: Apache-2.0 */
#include "api/arguments.h"

#include <string.h>

#include "decode/json_text.h"

void hae_view_arguments_add(struct hae_view_arguments *arguments, const char *name,
                            const char *value)
{
    if (arguments->count == HAE_VIEW_ARGUMENTS_MAX) {
        arguments->too_many = true;
        return;
    }
    size_t at = arguments->text.length;
    hae_buffer_add(&arguments->text, name, strlen(name) + 1);
    hae_buffer_add(&arguments->text, value, strlen(value) + 1);
    if (!arguments->text.failed) {
        arguments->names[arguments->count] = at;
        arguments->values[arguments->count++] = at + strlen(name) + 1;
    }
}

/* "name": value. False: it is none, or there is a NUL, at which it would end. */
static bool add_member(struct hae_view_arguments *arguments, struct hae_view_json_text *json)
{
    struct hae_buffer name = HAE_BUFFER_INIT;
    struct hae_buffer value = HAE_BUFFER_INIT;
    char number[HAE_VIEW_JSON_NUMBER];
    bool good = hae_view_json_string(json, &name) && hae_view_json_take(json, ':');
    if (good && hae_view_json_peek(json) == '"') {
        good = hae_view_json_string(json, &value);
    } else if (good && hae_view_json_number(json, number)) {
        hae_buffer_text(&value, number);
    } else {
        good = false;
    }
    good = good && name.length > 0 && strlen(name.data) == name.length &&
           (value.data == NULL || strlen(value.data) == value.length) && !value.failed;
    if (good) {
        hae_view_arguments_add(arguments, name.data, value.data != NULL ? value.data : "");
    }
    hae_buffer_done(&name);
    hae_buffer_done(&value);
    return good;
}

void hae_view_arguments_add_json(struct hae_view_arguments *arguments, const char *text,
                                 size_t length)
{
    struct hae_view_json_text json = {text, text + length};
    bool good = hae_view_json_take(&json, '{') &&
                (hae_view_json_peek(&json) == '}' || add_member(arguments, &json));
    while (good && hae_view_json_take(&json, ',')) {
        good = add_member(arguments, &json);
    }
    arguments->malformed = !good || !hae_view_json_take(&json, '}') ||
                           hae_view_json_peek(&json) != '\0' || json.at != json.end;
}

void hae_view_arguments_done(struct hae_view_arguments *arguments)
{
    hae_buffer_done(&arguments->text);
    arguments->count = 0;
}

const char *hae_view_argument(const struct hae_view_arguments *arguments, const char *name)
{
    for (size_t i = 0; i < arguments->count; i++) {
        const char *value = arguments->text.data + arguments->values[i];
        if (strcmp(arguments->text.data + arguments->names[i], name) == 0) {
            return value[0] != '\0' ? value : NULL;
        }
    }
    return NULL;
}
