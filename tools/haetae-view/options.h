/* SPDX-License-Identifier: Apache-2.0 */
/* The command line. */
#ifndef HAETAE_VIEW_OPTIONS_H
#define HAETAE_VIEW_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "show/screen.h"

struct hae_view_options {
    const char *listen;
    const char *grpc_listen; /* NULL: no gRPC */
    const char *port_file;   /* NULL: none */
    bool once;
    bool json;
    const char *json_file;  /* NULL: standard output */
    uint64_t exit_after_ms; /* 0: never */
    struct hae_view_look look;
    const char *db; /* NULL: in memory */
    uint64_t db_size_bytes;
    uint64_t keep_for_s; /* 0: as long as there is room */
    const char *rules;   /* NULL: no alerts */
    bool check_rules;    /* only */
    char **files;        /* of OTLP in JSON, to begin with */
    int file_count;
    size_t max_body_bytes;
    unsigned delay_ms;
    unsigned fail_per_million;
    unsigned fail_status;
    unsigned retry_after_s;
};

enum hae_view_options_result {
    HAE_VIEW_OPTIONS_RUN,
    HAE_VIEW_OPTIONS_DONE, /* help or version was printed */
    HAE_VIEW_OPTIONS_WRONG /* an error was printed */
};

/* Reads the command line; prints help, version and errors. */
enum hae_view_options_result hae_view_options_read(int argc, char **argv,
                                                   struct hae_view_options *options);

#endif
