/* SPDX-License-Identifier: Apache-2.0 */
/* What a getaddrinfo() of a test's own answers. */
#ifndef HAETAE_TESTS_SUPPORT_FAKE_ADDRESS_H
#define HAETAE_TESTS_SUPPORT_FAKE_ADDRESS_H

#include <netdb.h>

/* An address, IPv4 or IPv6, with a port. For the system's freeaddrinfo(). */
struct addrinfo *fake_address(const char *text, const char *port);

#endif
