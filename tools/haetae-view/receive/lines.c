/* SPDX-License-Identifier: Apache-2.0 */
#include "receive/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "decode/decode.h"
#include "decode/json_text.h"
#include "query/incident_line.h"
#include "store/store.h"

#define LINE_MAX_BYTES ((size_t)64 * 1024 * 1024)
#define PIECE_BYTES    ((size_t)64 * 1024)
/* A database that is full deletes something for the next request. */
#define TRIES_MAX 4

struct reading {
    int fd;
    struct hae_buffer line;
    bool too_long; /* the line, whose rest is thrown away */
    uint64_t number;
    const struct hae_view_line_callbacks *callbacks;
    sqlite3 *json; /* an empty database, with which lines of incidents are read */
    struct hae_view_lines_read *read;
};

/* ---- Incidents ----------------------------------------------------------------------------- */

/* A file may have been written by anyone: what is kept of it is what can be marked over HTTP. */
static const char *wrong_text(const char *text)
{
    return text[0] == '\0'                             ? "a text is empty"
           : strlen(text) > HAE_VIEW_INCIDENT_TEXT_MAX ? "a text has more than 4000 bytes"
                                                       : NULL;
}

static bool is_good(const char *wrong, char *problem)
{
    if (wrong != NULL) {
        snprintf(problem, HAE_VIEW_LINE_PROBLEM, "the incident cannot be kept: %s", wrong);
    }
    return wrong == NULL;
}

static bool incident_is_good(const struct hae_view_incident *incident, char *problem)
{
    bool in_order = incident->from_ns >= 0 && incident->from_ns <= incident->to_ns;
    return is_good(wrong_text(incident->title), problem) &&
           is_good(in_order && incident->created_ns >= 0 ? NULL : "its times are not in order",
                   problem);
}

/* Before any of them is kept. */
static bool notes_are_good(struct reading *reading, const char *line, char *problem)
{
    struct hae_view_note note;
    struct hae_view_rows rows = hae_view_ask_notes_in(reading->json, line);
    bool good = true;
    while (good && hae_view_next_note_in(&rows, &note)) {
        good = is_good(wrong_text(note.text), problem) &&
               is_good(note.time_ns >= 0 ? NULL : "a note has no time", problem);
    }
    return hae_view_rows_done(&rows) == SQLITE_OK && good;
}

static bool take_notes(struct reading *reading, int64_t incident, const char *line, char *problem)
{
    struct hae_view_note note;
    struct hae_view_rows rows = hae_view_ask_notes_in(reading->json, line);
    bool good = true;
    while (good && hae_view_next_note_in(&rows, &note)) {
        note.incident = incident;
        good = reading->callbacks->on_note(reading->callbacks->user, &note, problem);
    }
    return hae_view_rows_done(&rows) == SQLITE_OK && good;
}

static bool take_incident(struct reading *reading, const char *line, char *problem)
{
    int64_t id = 0;
    struct hae_view_incident incident;
    struct hae_view_rows rows = hae_view_ask_incident_in(reading->json, line);
    snprintf(problem, HAE_VIEW_LINE_PROBLEM, "it has no incident");
    bool good = hae_view_next_incident_in(&rows, &incident) &&
                incident_is_good(&incident, problem) && notes_are_good(reading, line, problem) &&
                reading->callbacks->on_incident(reading->callbacks->user, &incident, &id, problem);
    return hae_view_rows_done(&rows) == SQLITE_OK && good && take_notes(reading, id, line, problem);
}

/* ---- Lines --------------------------------------------------------------------------------- */

static void refuse(struct reading *reading, const char *problem)
{
    struct hae_view_lines_read *read = reading->read;
    if (read->refused++ == 0) {
        read->refused_line = reading->number;
        snprintf(read->problem, sizeof read->problem, "%s", problem);
    }
}

/* The name of a line's first member, which says what it is. False: it has none. */
static bool name_of(const struct hae_buffer *line, struct hae_buffer *name)
{
    struct hae_view_json_text text = {line->data, line->data + line->length};
    return hae_view_json_take(&text, '{') && hae_view_json_string(&text, name) && name->length > 0;
}

static void take_line(struct reading *reading)
{
    char problem[HAE_VIEW_LINE_PROBLEM] = "it is no OTLP in JSON";
    struct hae_buffer name = HAE_BUFFER_INIT;
    bool good = false;
    if (name_of(&reading->line, &name)) {
        struct hae_view_bytes request = {(const uint8_t *)reading->line.data, reading->line.length};
        for (int i = 0; i < HAE_VIEW_SIGNALS; i++) {
            if (strcmp(name.data, hae_view_signal_resources((enum hae_view_signal)i)) == 0) {
                good = reading->callbacks->on_request(reading->callbacks->user,
                                                      (enum hae_view_signal)i, request, problem);
            }
        }
        if (strcmp(name.data, "haetaeView") == 0) {
            good = take_incident(reading, reading->line.data, problem);
        }
    }
    hae_buffer_done(&name);
    if (good) {
        reading->read->taken++;
    } else {
        refuse(reading, problem);
    }
}

static void end_line(struct reading *reading)
{
    reading->number++;
    if (reading->too_long || reading->line.failed) {
        refuse(reading, reading->too_long ? "it is longer than 64 MiB" : "out of memory");
        hae_buffer_done(&reading->line);
    } else if (reading->line.length > 0 &&
               strspn(reading->line.data, " \t\r") < reading->line.length) {
        take_line(reading);
    }
    hae_buffer_clear(&reading->line);
    reading->too_long = false;
}

static void add_piece(struct reading *reading, const char *piece, size_t length)
{
    while (length > 0) {
        const char *end = memchr(piece, '\n', length);
        size_t part = end != NULL ? (size_t)(end - piece) : length;
        if (part > LINE_MAX_BYTES - reading->line.length) {
            reading->too_long = true;
            hae_buffer_done(&reading->line);
        }
        if (!reading->too_long) {
            hae_buffer_add(&reading->line, piece, part);
        }
        if (end != NULL) {
            end_line(reading);
            part++;
        }
        piece += part;
        length -= part;
    }
}

static bool read_all(struct reading *reading)
{
    char piece[PIECE_BYTES];
    for (;;) {
        ssize_t count = read(reading->fd, piece, sizeof piece);
        if (count == 0) {
            break;
        }
        if (count < 0 && errno != EINTR) {
            return false;
        }
        add_piece(reading, piece, count > 0 ? (size_t)count : 0);
    }
    if (reading->line.length > 0 || reading->too_long) {
        end_line(reading); /* the last one has no end */
    }
    return true;
}

bool hae_view_lines_read(const char *path, const struct hae_view_line_callbacks *callbacks,
                         struct hae_view_lines_read *ret_read)
{
    struct reading reading = {.callbacks = callbacks, .read = ret_read};
    *ret_read = (struct hae_view_lines_read){.taken = 0};
    bool input = strcmp(path, "-") == 0;
    reading.fd = input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    bool good = reading.fd >= 0;
    if (good &&
        sqlite3_open_v2(":memory:", &reading.json, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        errno = ENOMEM;
        good = false;
    }
    good = good && read_all(&reading);
    if (!good) {
        snprintf(ret_read->problem, sizeof ret_read->problem, "%s", strerror(errno));
    }
    (void)sqlite3_close(reading.json);
    hae_buffer_done(&reading.line);
    if (!input && reading.fd >= 0) {
        close(reading.fd);
    }
    return good;
}

/* ---- Into a store -------------------------------------------------------------------------- */

struct loading {
    struct hae_view_store *store;
    struct hae_view_decoder *decoder;
};

static bool load(void *user, enum hae_view_signal signal, struct hae_view_bytes request,
                 char problem[HAE_VIEW_LINE_PROBLEM])
{
    struct loading *loading = user;
    enum hae_view_decode_result result = HAE_VIEW_DECODE_NO_ROOM;
    for (int i = 0; i < TRIES_MAX && result == HAE_VIEW_DECODE_NO_ROOM; i++) {
        result = hae_view_decode_json(loading->decoder, signal, request, hae_view_arrival_now());
    }
    if (result == HAE_VIEW_DECODED) {
        hae_view_store_request(loading->store, signal, request.length, request.length);
        return true;
    }
    snprintf(problem, HAE_VIEW_LINE_PROBLEM, "%s", hae_view_decode_problem(loading->decoder));
    return false;
}

static bool report_result(enum hae_view_incident_result result, int code, char *problem)
{
    snprintf(problem, HAE_VIEW_LINE_PROBLEM, "the incident cannot be kept: %s",
             result == HAE_VIEW_INCIDENT_TOO_MANY ? "there are too many" : sqlite3_errstr(code));
    return result == HAE_VIEW_INCIDENT_DONE;
}

static bool load_incident(void *user, const struct hae_view_incident *incident, int64_t *ret_id,
                          char problem[HAE_VIEW_LINE_PROBLEM])
{
    struct loading *loading = user;
    struct hae_view_database *database = hae_view_store_database(loading->store);
    int code = SQLITE_OK;
    enum hae_view_incident_result result =
        hae_view_incident_add(database, hae_view_database_read(database), incident, ret_id, &code);
    hae_view_database_read_done(database);
    return report_result(result, code, problem);
}

static bool load_note(void *user, const struct hae_view_note *note,
                      char problem[HAE_VIEW_LINE_PROBLEM])
{
    struct loading *loading = user;
    struct hae_view_database *database = hae_view_store_database(loading->store);
    int code = SQLITE_OK;
    enum hae_view_incident_result result =
        hae_view_note_add(database, hae_view_database_read(database), note, &code);
    hae_view_database_read_done(database);
    return report_result(result, code, problem);
}

bool hae_view_lines_load(const char *path, struct hae_view_store *store,
                         struct hae_view_lines_read *ret_read)
{
    struct loading loading = {store, hae_view_decoder_new(store)};
    struct hae_view_line_callbacks callbacks = {&loading, load, load_incident, load_note};
    *ret_read = (struct hae_view_lines_read){.taken = 0};
    if (loading.decoder == NULL) {
        snprintf(ret_read->problem, sizeof ret_read->problem, "out of memory");
        return false;
    }
    bool read = hae_view_lines_read(path, &callbacks, ret_read);
    hae_view_decoder_free(loading.decoder);
    return read;
}
