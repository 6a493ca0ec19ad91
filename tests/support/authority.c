/* SPDX-License-Identifier: Apache-2.0 */
#include "support/authority.h"

#include "support/core_cmocka.h"
#include "support/temporary.h"

static char directory[TEMPORARY_PATH_MAX];

void authority_begin(void)
{
    assert_true(temporary_directory(directory));
}

void authority_end(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -r %s", directory);
    assert_int_equal(system(command), 0);
}

const char *authority_path(const char *name)
{
    static char paths[16][128];
    static unsigned next;
    char *path = paths[next++ % 16];

    snprintf(path, sizeof paths[0], "%s/%s", directory, name);
    return path;
}

char *authority_read(const char *name)
{
    FILE *file = fopen(authority_path(name), "r");
    char *text = calloc(1, 65536);

    assert_non_null(file);
    assert_true(fread(text, 1, 65535, file) > 0);
    fclose(file);
    return text;
}

void authority_run(const char *command)
{
    if (system(command) != 0) {
        fail_msg("failed: %s", command);
    }
}

void authority_make_ca(const char *name)
{
    char command[1024];

    /* OpenSSL's own configuration may set the same extension, and OpenSSL 1.1 then writes it
     * twice. */
    snprintf(command, sizeof command,
             "cd %s && printf '[req]\ndistinguished_name=name\n[name]\n' >plain.cnf && "
             "openssl req -x509 -config plain.cnf -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
             "-nodes -days 2 -subj '/CN=%s of the tests' -keyout %s.key -out %s.pem "
             "-addext basicConstraints=critical,CA:TRUE 2>openssl.log",
             directory, name, name, name);
    authority_run(command);
}

void authority_make_certificate(const char *name, const char *ca, const char *alternative_name)
{
    char command[2048];

    snprintf(command, sizeof command,
             "cd %s && openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
             "-subj '/CN=%s' -keyout %s.key -out %s.csr 2>openssl.log && "
             "printf 'subjectAltName=%s\\n' >%s.ext && "
             "openssl x509 -req -in %s.csr -CA %s.pem -CAkey %s.key -CAcreateserial -days 2 "
             "-extfile %s.ext -out %s.pem 2>openssl.log && cat %s.key %s.pem >%s-both.pem",
             directory, name, name, name, alternative_name, name, name, ca, ca, name, name, name,
             name, name);
    authority_run(command);
}

void authority_replace(const char *name, const char *by)
{
    char command[512];

    snprintf(command, sizeof command, "cp %s %s.new && mv %s.new %s", authority_path(by),
             authority_path(name), authority_path(name), authority_path(name));
    authority_run(command);
}
