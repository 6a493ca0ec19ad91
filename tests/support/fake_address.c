/* SPDX-License-Identifier: Apache-2.0 */
#include "support/fake_address.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "support/core_cmocka.h"

/* Allocates one block, since the system's freeaddrinfo() frees one. */
struct addrinfo *fake_address(const char *text, const char *port)
{
    struct addrinfo *address = calloc(1, sizeof *address + sizeof(struct sockaddr_in6));
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)(address + 1);
    struct sockaddr_in *four = (struct sockaddr_in *)(address + 1);
    in_port_t number = htons((uint16_t)atoi(port));

    address->ai_socktype = SOCK_STREAM;
    address->ai_protocol = IPPROTO_TCP;
    address->ai_addr = (struct sockaddr *)six;
    if (inet_pton(AF_INET6, text, &six->sin6_addr) == 1) {
        address->ai_family = six->sin6_family = AF_INET6;
        six->sin6_port = number;
        address->ai_addrlen = sizeof *six;
    } else {
        assert_int_equal(inet_pton(AF_INET, text, &four->sin_addr), 1);
        address->ai_family = four->sin_family = AF_INET;
        four->sin_port = number;
        address->ai_addrlen = sizeof *four;
    }
    return address;
}
