/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "otlp/setopt.h"

void hae_http_tls_done(struct hae_http_tls *tls)
{
    free(tls->ca_file);
    free(tls->ca_directories);
    free(tls->key_file);
    free(tls->certificate_file);
}

bool hae_http_tls_needed(const char *url)
{
    return strncasecmp(url, "https:", 6) == 0;
}

/* ---- Files -------------------------------------------------------------- */

/* Whether an open file looks like PEM. The TLS library finds out whether it is any good. */
static bool is_pem(int file)
{
    static const char begin[] = "-----BEGIN ";
    enum { KEPT = sizeof begin - 2 }; /* one that is cut by the end of a chunk */
    char chunk[KEPT + 4096];
    size_t kept = 0;
    ssize_t count;

    while ((count = read(file, chunk + kept, sizeof chunk - kept)) > 0) {
        size_t size = kept + (size_t)count;

        if (memmem(chunk, size, begin, sizeof begin - 1) != NULL) {
            return true;
        }
        kept = size < KEPT ? size : KEPT;
        memmove(chunk, chunk + size - kept, kept);
    }
    return false;
}

const char *hae_http_tls_check_file(const char *path, char buffer[HAE_HTTP_TLS_WHY_BYTES])
{
    /* Non-blocking: opening a pipe would wait for its other end. */
    int file = hae_descriptor_raise(open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    const char *why = NULL;
    struct stat facts;

    if (file < 0) {
        snprintf(buffer, HAE_HTTP_TLS_WHY_BYTES, "%s", strerror(errno));
        return buffer;
    }
    if (fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        why = "not a regular file";
    } else if (!is_pem(file)) {
        why = "not a PEM file";
    }
    close(file);
    return why;
}

const char *hae_http_tls_check_directories(const char *paths, char buffer[HAE_HTTP_TLS_WHY_BYTES])
{
    const char *why = "not a directory";

    while (why != NULL && *paths != '\0') {
        size_t length = strcspn(paths, ":");
        char path[4096];
        struct stat facts;

        snprintf(path, sizeof path, "%.*s", (int)length, paths);
        if (stat(path, &facts) != 0) {
            snprintf(buffer, HAE_HTTP_TLS_WHY_BYTES, "%s", strerror(errno));
            why = buffer;
        } else {
            why = S_ISDIR(facts.st_mode) ? NULL : "not a directory";
        }
        paths += length + (paths[length] == ':');
    }
    return why;
}

static struct hae_http_file_facts facts_of(const char *path)
{
    struct hae_http_file_facts facts = {0};
    struct stat found;

    if (path != NULL && stat(path, &found) == 0) {
        facts.device = (uint64_t)found.st_dev;
        facts.inode = (uint64_t)found.st_ino;
        facts.size_bytes = (int64_t)found.st_size;
        facts.modified_ns = (int64_t)found.st_mtim.tv_sec * 1000000000 + found.st_mtim.tv_nsec;
        facts.changed_ns = (int64_t)found.st_ctim.tv_sec * 1000000000 + found.st_ctim.tv_nsec;
    }
    return facts;
}

bool hae_http_tls_look(const struct hae_http_tls *tls, struct hae_http_tls_facts *facts)
{
    const char *const paths[HAE_HTTP_TLS_FILES] = {tls->ca_file, tls->ca_directories,
                                                   tls->certificate_file, tls->key_file};
    bool changed = false;

    for (size_t i = 0; i < HAE_HTTP_TLS_FILES; i++) {
        struct hae_http_file_facts now = facts_of(paths[i]);

        changed = changed || memcmp(&now, &facts->files[i], sizeof now) != 0;
        facts->files[i] = now;
    }
    return changed;
}

/* ---- Transfers ---------------------------------------------------------- */

static bool has_own_authorities(const struct hae_http_tls *tls)
{
    return tls->ca_file != NULL || tls->ca_directories != NULL;
}

CURLcode hae_http_tls_set(CURL *easy, const char *url, const struct hae_http_tls *tls)
{
    CURLcode code = CURLE_OK;

    if (!hae_http_tls_needed(url)) {
        return CURLE_OK;
    }
    SETOPT(CURLOPT_SSLVERSION, tls->least_version);
    SETOPT(CURLOPT_SSL_VERIFYPEER, 1L);
    SETOPT(CURLOPT_SSL_VERIFYHOST, 2L);
    /* A file that is replaced is read with the next connection. The system's certificates, which
     * take long to read, are kept for a minute. Not every TLS library keeps any. */
    SETOPT_7_87(CURLOPT_CA_CACHE_TIMEOUT, has_own_authorities(tls) ? 0L : 60L);
    code = code == CURLE_NOT_BUILT_IN || code == CURLE_UNKNOWN_OPTION ? CURLE_OK : code;
    if (has_own_authorities(tls)) {
        SETOPT(CURLOPT_CAINFO, tls->ca_file);
        /* Otherwise libcurl trusts the system's directory as well. Not every TLS library
         * has one. */
        SETOPT(CURLOPT_CAPATH, tls->ca_directories);
        code = code == CURLE_NOT_BUILT_IN || code == CURLE_UNKNOWN_OPTION ? CURLE_OK : code;
    }
    /* A session that is taken up again would be trusted by files that were replaced since. */
    if (has_own_authorities(tls) || tls->certificate_file != NULL) {
        SETOPT(CURLOPT_SSL_SESSIONID_CACHE, 0L);
    }
    if (tls->certificate_file != NULL) {
        SETOPT(CURLOPT_SSLCERT, tls->certificate_file);
        SETOPT(CURLOPT_SSLKEY, tls->key_file != NULL ? tls->key_file : tls->certificate_file);
    }
    return code;
}
