/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration: keys, values of every type, and resource attributes.
 * Input: KEY=value. If the key is unknown, the first byte selects a key for the
 * value, so that every input reaches a parser. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "sdk/config_read.h"
#include "sdk/resource.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_error(const haetae_config *config)
{
    const char *error = haetae_config_error(config);
    size_t length = strlen(error);

    check(length > 0 && length < HAE_CONFIG_ERROR_BYTES);
    check(hae_utf8_valid((const uint8_t *)error, length));
    for (size_t i = 0; i < length; i++) {
        check((unsigned char)error[i] >= 0x20 && error[i] != 0x7F);
    }
}

/* The effective value is canonical: setting it again changes nothing. */
static void check_canonical(haetae_config *config, size_t key)
{
    const haetae_config_key *def = hae_config_def(key);
    char *text = strdup(hae_config_text(config, key));

    check(text != NULL);
    check(haetae_config_set(config, def->name, text) == HAETAE_OK);
    check(strcmp(text, hae_config_text(config, key)) == 0);
    free(text);
    if (def->max != 0 && def->type != HAETAE_CONFIG_RATIO) {
        check(hae_config_int(config, key) >= def->min && hae_config_int(config, key) <= def->max);
    }
    if (def->type == HAETAE_CONFIG_RATIO) {
        check(hae_config_real(config, key, -1) >= 0 && hae_config_real(config, key, -1) <= 1);
    }
}

static void check_resource(haetae_config *config)
{
    struct haetae_resource resource = {.count = 0};
    struct hae_resource_system system;
    uint8_t *bytes;
    size_t size;

    memset(&system, 0, sizeof system);
    check(hae_resource_gather(&resource, &system, config) == HAETAE_OK);
    check(hae_resource_encode(&resource, &bytes, &size) == HAETAE_OK);
    check(hae_utf8_valid(resource.items[0].key, resource.items[0].key_length));
    hae_resource_done(&resource);
    hae_free(bytes);
}

static void set_value(haetae_config *config, size_t key, const char *value)
{
    haetae_status status = haetae_config_set(config, hae_config_def(key)->name, value);

    check(status == HAETAE_OK || status == HAETAE_EVALUE);
    if (status != HAETAE_OK) {
        check_error(config);
        return;
    }
    if (hae_config_is_set(config, key)) {
        check_canonical(config, key);
    }
    if (key == HAE_KEY_OTEL_RESOURCE_ATTRIBUTES || key == HAE_KEY_OTEL_SERVICE_NAME) {
        check_resource(config);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    haetae_config *config = NULL;
    size_t key;
    char *value;

    check(text != NULL && haetae_config_new(&config) == HAETAE_OK);
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    value = text + strcspn(text, "=");
    if (*value == '=') {
        *value++ = '\0';
    }
    key = hae_config_find(text);
    if (key == HAE_CONFIG_NO_KEY) {
        check(haetae_config_set(config, text, value) == HAETAE_EKEY);
        check_error(config);
        key = (unsigned char)text[0] % hae_config_key_count();
    }
    set_value(config, key, value);
    haetae_config_free(config);
    free(text);
    return 0;
}
