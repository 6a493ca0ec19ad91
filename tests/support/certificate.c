/* SPDX-License-Identifier: Apache-2.0 */
#include "support/certificate.h"

#include <unistd.h>

#include "support/core_cmocka.h"

bool certificate_can_be_made(void)
{
    if (system("openssl version >/dev/null 2>&1") == 0) {
        return true;
    }
    puts("skipped: the openssl program is missing (Debian package: openssl)");
    return false;
}

static char *read_whole(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 65536);

    assert_non_null(file);
    assert_non_null(text);
    assert_true(fread(text, 1, 65535, file) > 0);
    fclose(file);
    return text;
}

void certificate_make(struct certificate *certificate)
{
    char command[512];

    memset(certificate, 0, sizeof *certificate);
    assert_true(temporary_directory(certificate->directory));
    snprintf(certificate->path, sizeof certificate->path, "%s/certificate.pem",
             certificate->directory);
    snprintf(certificate->key_path, sizeof certificate->key_path, "%s/key.pem",
             certificate->directory);
    snprintf(command, sizeof command,
             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
             "-subj /CN=test -addext subjectAltName=IP:127.0.0.1 -keyout %s -out %s 2>%s/log",
             certificate->key_path, certificate->path, certificate->directory);
    assert_int_equal(system(command), 0);
    certificate->key = read_whole(certificate->key_path);
    certificate->text = read_whole(certificate->path);
}

void certificate_add_expired(struct certificate *certificate)
{
    char command[768];

    snprintf(certificate->expired_path, sizeof certificate->expired_path, "%s/expired.pem",
             certificate->directory);
    snprintf(command, sizeof command,
             "openssl x509 -x509toreq -in %s -signkey %s -copy_extensions copy 2>%s/log | "
             "openssl x509 -req -signkey %s -copy_extensions copy -days -1 -out %s 2>>%s/log",
             certificate->path, certificate->key_path, certificate->directory,
             certificate->key_path, certificate->expired_path, certificate->directory);
    assert_int_equal(system(command), 0);
    certificate->expired_text = read_whole(certificate->expired_path);
}

void certificate_remove(struct certificate *certificate)
{
    char command[128];

    free(certificate->key);
    free(certificate->text);
    free(certificate->expired_text);
    snprintf(command, sizeof command, "rm -r %s", certificate->directory);
    assert_int_equal(system(command), 0);
}
