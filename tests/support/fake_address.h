/* SPDX-License-Identifier: Apache-2.0 */
/* The result for a test's replacement of getaddrinfo(). */
#ifndef HAETAE_TESTS_SUPPORT_FAKE_ADDRESS_H
#define HAETAE_TESTS_SUPPORT_FAKE_ADDRESS_H

#include <netdb.h>

/* An IPv4 or IPv6 address with a port. The system's freeaddrinfo() frees it. */
struct addrinfo *fake_address(const char *text, const char *port);

#endif
