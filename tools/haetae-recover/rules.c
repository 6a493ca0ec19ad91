/* SPDX-License-Identifier: Apache-2.0 */
#include "rules.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What a configuration takes as a text, and one byte to see that there is more. */
enum { SECRET_ROOM = 256 };

static bool begins(const char *text, const char *with, const char **ret_rest)
{
    size_t length = strlen(with);

    *ret_rest = text + length;
    return strncmp(text, with, length) == 0;
}

bool hae_rec_rule_read(const char *argument, struct hae_rec_rule *ret_rule)
{
    size_t length = strcspn(argument, "=");
    const char *action = argument + length + 1;

    if (length == 0 || length >= sizeof ret_rule->keys || argument[length] == '\0') {
        return false;
    }
    memset(ret_rule, 0, sizeof *ret_rule);
    memcpy(ret_rule->keys, argument, length);
    if (strcmp(action, "delete") == 0) {
        ret_rule->action = HAETAE_REDACTION_DELETE;
        ret_rule->text = "";
        return true;
    }
    if (begins(action, "replace:", &ret_rule->text)) {
        ret_rule->action = HAETAE_REDACTION_REPLACE;
        return true;
    }
    ret_rule->action = HAETAE_REDACTION_HASH;
    return begins(action, "hash:", &ret_rule->text) && ret_rule->text[0] != '\0';
}

/* Reads the first line of a file; false: there is none that can be a secret. */
static bool read_secret(const char *path, char *secret, size_t *ret_length)
{
    FILE *file = fopen(path, "re");
    bool read;

    if (file == NULL) {
        fprintf(stderr, "haetae-recover: %s: %s\n", path, strerror(errno));
        return false;
    }
    *ret_length = fread(secret, 1, SECRET_ROOM, file);
    read = ferror(file) == 0;
    fclose(file);
    for (size_t i = 0; i < *ret_length; i++) {
        if (secret[i] == '\n') {
            *ret_length = i;
        }
    }
    if (!read || *ret_length == 0 || *ret_length == SECRET_ROOM) {
        fprintf(stderr, "haetae-recover: %s: its first line is no secret of 1 to 255 bytes\n",
                path);
        return false;
    }
    return true;
}

bool hae_rec_rule_add(haetae_config *config, const struct hae_rec_rule *rule)
{
    char secret[SECRET_ROOM];
    const char *text = rule->text;
    size_t length = strlen(text);
    haetae_status status;

    if (rule->action == HAETAE_REDACTION_HASH) {
        if (!read_secret(rule->text, secret, &length)) {
            return false;
        }
        text = secret;
    }
    status = haetae_config_add_redaction(config, rule->keys, rule->action, text, length, 0);
    if (status != HAETAE_OK) {
        fprintf(stderr, "haetae-recover: the rule for %s: %s\n", rule->keys,
                haetae_status_text(status));
    }
    return status == HAETAE_OK;
}
