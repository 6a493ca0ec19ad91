/* SPDX-License-Identifier: Apache-2.0 */
/* A Unix socket that listens, for a server of a test. cmocka.h and what it needs come before. */
#ifndef HAETAE_TESTS_SUPPORT_UNIX_LISTENER_H
#define HAETAE_TESTS_SUPPORT_UNIX_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* At a path, or under an abstract name. */
static inline int unix_listener(const char *name, bool is_abstract)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    size_t size = offsetof(struct sockaddr_un, sun_path) + strlen(name) + is_abstract;

    assert_true(strlen(name) + 1 < sizeof address.sun_path);
    memcpy(address.sun_path + is_abstract, name, strlen(name));
    assert_int_equal(bind(listener, (struct sockaddr *)&address, (socklen_t)size), 0);
    assert_int_equal(listen(listener, 16), 0);
    return listener;
}

#endif
