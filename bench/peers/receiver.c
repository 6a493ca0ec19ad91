/* SPDX-License-Identifier: Apache-2.0 */
/* The receiver of all peers that speak OTLP: ../sink.h as a program. It prints its port
 * and serves until its standard input ends.
 * Usage: peer_receiver DELAY_MS */
#include <stdio.h>
#include <stdlib.h>

#include "../sink.h"

int main(int argc, char **argv)
{
    struct sink sink;

    if (argc != 2) {
        fprintf(stderr, "usage: peer_receiver DELAY_MS\n");
        return 2;
    }
    if (sink_start(&sink, (unsigned)strtoul(argv[1], NULL, 10)) != 0) {
        return 1;
    }
    printf("%u\n", sink.port);
    fflush(stdout);
    while (getchar() != EOF) {
    }
    sink_stop(&sink);
    return 0;
}
