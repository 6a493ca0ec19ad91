/* SPDX-License-Identifier: Apache-2.0 */
#include "load_fixture.h"

#include <unistd.h>

int set_up(void **state)
{
    clearenv();
    return haetae_config_new((haetae_config **)state) == HAETAE_OK &&
                   haetae_config_set_diagnostics(*state, NULL, NULL) == HAETAE_OK &&
                   haetae_otlp_http_register() == HAETAE_OK &&
                   haetae_console_register() == HAETAE_OK
               ? 0
               : -1;
}

int tear_down(void **state)
{
    haetae_config_free(*state);
    clearenv();
    return 0;
}

haetae_status load(haetae_config *config, const char *text)
{
    haetae_config_model *model = NULL;
    haetae_status status = haetae_config_model_parse(config, "f.yaml", text, strlen(text), &model);

    if (status == HAETAE_OK) {
        status = haetae_config_model_create(model, config);
    }
    haetae_config_model_free(model);
    return status;
}

void loads(haetae_config *config, const char *text)
{
    if (load(config, text) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
}

void is(const haetae_config *config, const char *key, const char *value)
{
    const char *found = haetae_config_get(config, key);

    assert_non_null(found);
    if (strcmp(found, value) != 0) {
        fail_msg("%s is \"%s\", not \"%s\"", key, found, value);
    }
}

void refused(haetae_config *config, haetae_status status, const char *text, const char *begins,
             const char *has)
{
    haetae_config *own = config;
    const char *error;

    assert_int_equal(load(own, text), status);
    error = haetae_config_error(own);
    if (strncmp(error, begins, strlen(begins)) != 0 || strstr(error, has) == NULL) {
        fail_msg("not \"%s...%s\": %s", begins, has, error);
    }
}

haetae_sdk *start(haetae_config *config)
{
    haetae_sdk *sdk = NULL;

    if (haetae_start(config, &sdk) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
    return sdk;
}

int exporters_left(haetae_config *config)
{
    haetae_exporter *one_more = NULL;
    int count = 0;

    for (;; count++) {
        assert_int_equal(haetae_console_new(NULL, &one_more), HAETAE_OK);
        if (haetae_config_add_exporter(config, one_more) != HAETAE_OK) {
            haetae_exporter_free(one_more);
            return count;
        }
    }
}

void write_file(char path[TEMPORARY_PATH_MAX], const char *text)
{
    int file = temporary_file(path);

    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    close(file);
}
