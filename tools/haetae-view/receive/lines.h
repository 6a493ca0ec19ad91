/* SPDX-License-Identifier: Apache-2.0 */
/* Reads files of OTLP in JSON, a request on each line, as file exporters and /api/export write
 * them, and hands out what is in them. */
#ifndef HAETAE_VIEW_RECEIVE_LINES_H
#define HAETAE_VIEW_RECEIVE_LINES_H

#include "decode/check.h"
#include "store/incidents.h"
#include "store/model.h"

#define HAE_VIEW_LINE_PROBLEM 200

/* Called for the contents of the lines. Each callback returns false when it does not accept them;
 * then `problem` has a line about why. */
struct hae_view_line_callbacks {
    void *user;
    bool (*on_request)(void *user, enum hae_view_signal signal, struct hae_view_bytes request,
                       char problem[HAE_VIEW_LINE_PROBLEM]);
    bool (*on_incident)(void *user, const struct hae_view_incident *incident, int64_t *ret_id,
                        char problem[HAE_VIEW_LINE_PROBLEM]);
    bool (*on_note)(void *user, const struct hae_view_note *note,
                    char problem[HAE_VIEW_LINE_PROBLEM]);
};

struct hae_view_lines_read {
    uint64_t taken;   /* lines */
    uint64_t refused; /* lines, of which the first one is: */
    uint64_t refused_line;
    char problem[HAE_VIEW_LINE_PROBLEM];
};

/* Reads a file to its end; "-" is standard input. Lines that are not accepted are counted, and
 * reading goes on. False: the file cannot be read; `problem` says why. */
bool hae_view_lines_read(const char *path, const struct hae_view_line_callbacks *callbacks,
                         struct hae_view_lines_read *ret_read);

/* Puts what is in a file into a store that nobody else writes to. */
struct hae_view_store;
bool hae_view_lines_load(const char *path, struct hae_view_store *store,
                         struct hae_view_lines_read *ret_read);

#endif
