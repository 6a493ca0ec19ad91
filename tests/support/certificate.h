/* SPDX-License-Identifier: Apache-2.0 */
/* A self-signed certificate for 127.0.0.1, made by the openssl program. */
#ifndef HAETAE_TESTS_SUPPORT_CERTIFICATE_H
#define HAETAE_TESTS_SUPPORT_CERTIFICATE_H

#include <stdbool.h>

#include "support/temporary.h"

struct certificate {
    char directory[TEMPORARY_PATH_MAX];
    char path[TEMPORARY_FILE_MAX]; /* of the certificate */
    char key_path[TEMPORARY_FILE_MAX];
    char *text; /* of the certificate, PEM */
    char *key;
    char expired_path[TEMPORARY_FILE_MAX]; /* by certificate_add_expired(), else empty */
    char *expired_text;
};

/* Whether the openssl program is installed. Prints a message when it is not. */
bool certificate_can_be_made(void);

/* Fails the test when the certificate cannot be made. */
void certificate_make(struct certificate *certificate);
/* Makes another one of the same key and names, which expired yesterday. */
void certificate_add_expired(struct certificate *certificate);

void certificate_remove(struct certificate *certificate);

#endif
