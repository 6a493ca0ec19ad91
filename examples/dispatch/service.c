/* SPDX-License-Identifier: Apache-2.0 */
#include "service.h"

#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool parse_port(const char *text, uint16_t *ret_port)
{
    char *end = NULL;
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value < 0 || value > UINT16_MAX) {
        fprintf(stderr, "--port: \"%s\" is not a port\n", text);
        return false;
    }
    *ret_port = (uint16_t)value;
    return true;
}

bool service_parse(int argc, char **argv, struct service_options *ret_options)
{
    static const struct option known[] = {
        {"port", required_argument, NULL, 'p'},
        {"port-file", required_argument, NULL, 'f'},
        {"stats-file", required_argument, NULL, 's'},
        {"maps", required_argument, NULL, 'm'},
        {NULL, 0, NULL, 0},
    };
    struct service_options options = {.maps_url = "http://127.0.0.1:8081"};
    for (int c = 0; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (c) {
        case 'p':
            if (!parse_port(optarg, &options.port)) {
                return false;
            }
            break;
        case 'f':
            options.port_file = optarg;
            break;
        case 's':
            options.stats_file = optarg;
            break;
        case 'm':
            options.maps_url = optarg;
            break;
        default:
            return false;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "%s: unknown argument \"%s\"\n", argv[0], argv[optind]);
        return false;
    }
    *ret_options = options;
    return true;
}

static sigset_t end_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

void service_block_signals(void)
{
    sigset_t set = end_signals();
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* Writes under another name first, so that a reader never reads half a number. */
static bool write_port(const char *path, uint16_t port)
{
    char draft[4096];
    snprintf(draft, sizeof draft, "%s.new", path);
    FILE *out = fopen(draft, "w");
    if (out == NULL) {
        return false;
    }
    fprintf(out, "%u\n", (unsigned)port);
    return fclose(out) == 0 && rename(draft, path) == 0;
}

bool service_wait(const char *name, const struct service_options *options, uint16_t port)
{
    if (options->port_file != NULL && !write_port(options->port_file, port)) {
        fprintf(stderr, "%s: can't write %s: %s\n", name, options->port_file, strerror(errno));
        return false;
    }
    fprintf(stderr, "%s: listening on http://127.0.0.1:%u\n", name, (unsigned)port);
    sigset_t set = end_signals();
    int got = 0;
    while (sigwait(&set, &got) != 0) {
    }
    return true;
}
