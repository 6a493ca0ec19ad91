/* SPDX-License-Identifier: Apache-2.0 */
/* Authorities and what they sign, made by the openssl program in a directory of the test. For
 * "name" there are name.pem, name.key and, if it is signed, name-both.pem. */
#ifndef HAETAE_TESTS_SUPPORT_AUTHORITY_H
#define HAETAE_TESTS_SUPPORT_AUTHORITY_H

/* Each of these fails the test when it cannot do what it is for. */
void authority_begin(void);
void authority_end(void);
void authority_run(const char *command);
void authority_make_ca(const char *name);
void authority_make_certificate(const char *name, const char *ca, const char *alternative_name);

/* The path of a file of the directory; the last sixteen are kept. */
const char *authority_path(const char *name);

/* The whole of a file, for free(). */
char *authority_read(const char *name);

/* Puts a copy of a file in the place of another, at once. */
void authority_replace(const char *name, const char *by);

#endif
