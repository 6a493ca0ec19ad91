/* SPDX-License-Identifier: Apache-2.0 */
#include "http_server/server.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http_server/sockets.h"
#include "support/check.h"
#include "support/otlp_read.h"

enum { BUFFER = 1 << 16, ANSWER_MAX = 1024 };

struct connection {
    int fd; /* -1: free */
    char in[BUFFER];
    size_t in_size;
    char out[ANSWER_MAX];
    size_t out_size;
    size_t out_at;
    size_t pace; /* bytes of an answer at a time; 0: all */
    bool close_after;
    bool deaf; /* does not read any more */
};

struct server server;
static struct connection connections[SERVER_CONNECTIONS];

void server_reset(void)
{
    memset(&server, 0, sizeof server);
    server.connected = true;
    for (int i = 0; i < SERVER_CONNECTIONS; i++) {
        connections[i].fd = -1;
    }
}

static void hang_up(struct connection *connection)
{
    close(connection->fd);
    connection->fd = -1;
}

void server_close_all(void)
{
    int fd;

    while ((fd = sockets_take()) >= 0) {
        close(fd);
    }
    for (int i = 0; i < SERVER_CONNECTIONS; i++) {
        if (connections[i].fd >= 0) {
            hang_up(&connections[i]);
        }
    }
}

/* ---- Items ---------------------------------------------------------------------------------- */

struct visit {
    enum server_fate fate; /* of the items from now on */
    haetae_signal signal;
};

/* Each log record's body is its number. */
static void visit_item(void *user, const struct otlp_item *item)
{
    const struct visit *visit = user;
    const char *body = strstr(item->record, "body={ string=");
    unsigned long number =
        body != NULL ? strtoul(body + strlen("body={ string="), NULL, 10) : SERVER_ITEMS_MAX;
    uint8_t *fate = &server.fate[number];

    FUZZ_CHECK(number < SERVER_ITEMS_MAX, "an unknown item:%s", item->record);
    FUZZ_CHECK(*fate != SERVER_TAKEN && *fate != SERVER_REFUSED,
               "item %lu is sent again, though it was %s", number,
               *fate == SERVER_TAKEN ? "taken" : "refused");
    *fate = (uint8_t)visit->fate;
}

/* Reads a body; all its items get this fate. */
static uint64_t settle(const char *body, size_t size, enum server_fate fate)
{
    struct visit visit = {fate, HAETAE_SIGNAL_LOGS};
    uint64_t count = otlp_read(HAETAE_SIGNAL_LOGS, (const uint8_t *)body, size, visit_item, &visit);

    FUZZ_CHECK(count > 0, "a request without items");
    return count;
}

/* ---- Answers --------------------------------------------------------------------------------- */

enum answer {
    TAKE,
    TAKE_SOME,
    STATUS,
    STATUS_LATER,
    RESET,
    HANG,
    GARBAGE,
    CUT,
    SLOW,
    LAST,
    UNREADABLE,
    INTERIM,
    ANSWERS
};

static void say(struct connection *connection, const char *head, const void *body, size_t size)
{
    connection->out_at = 0;
    connection->out_size = (size_t)snprintf(connection->out, sizeof connection->out,
                                            "%sContent-Length: %zu\r\n\r\n", head, size);
    memcpy(connection->out + connection->out_size, body, size);
    connection->out_size += size;
}

static void say_ok(struct connection *connection, const void *body, size_t size)
{
    say(connection, "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\n", body, size);
}

/* Takes all but `rejected` items, or says so. */
static void take(struct connection *connection, const char *body, size_t size, unsigned rejected)
{
    uint64_t count = settle(body, size, SERVER_TAKEN);
    /* ExportLogsServiceResponse.partial_success.rejected_log_records */
    const unsigned char partial[] = {0x0A, 0x02, 0x08, (unsigned char)(rejected & 0x7F)};

    server.taken += count;
    server.rejected += (rejected & 0x7F) < count ? (rejected & 0x7F) : count;
    say_ok(connection, partial, rejected != 0 ? sizeof partial : 0);
}

static bool is_retried(int status)
{
    return status == 429 || (status >= 502 && status <= 504);
}

static void say_status(struct connection *connection, const char *body, size_t size, unsigned which,
                       bool later)
{
    static const int statuses[] = {400, 401, 403, 404, 413, 429, 500, 501,
                                   502, 503, 504, 301, 307, 418, 599, 429};
    static const char *const after[] = {
        "0", "1", "120", "-5", "soon", "99999999999999999999", "Wed, 21 Oct 2015 07:28:00 GMT", ""};
    int status = statuses[which % 16];
    char head[256];
    bool lasting = !is_retried(status) && status != 413;
    uint64_t count = settle(body, size, SERVER_UNDECIDED);

    if (lasting || (status == 413 && count == 1)) {
        (void)settle(body, size, SERVER_REFUSED);
    }
    snprintf(head, sizeof head, "HTTP/1.1 %d Because\r\n%s%s%sContent-Type: text/plain\r\n", status,
             later ? "Retry-After: " : "", later ? after[which / 16 % 8] : "", later ? "\r\n" : "");
    say(connection, head, "why", 3);
}

/* Answers of which nobody can say what the exporter makes of them. */
static void say_unclear(struct connection *connection, const char *body, size_t size,
                        enum answer answer, unsigned which)
{
    uint64_t count = settle(body, size, SERVER_UNDECIDED);

    switch (answer) {
    case RESET:
        connection->close_after = true;
        break;
    case GARBAGE:
        connection->out_at = 0;
        connection->out_size = which % 64;
        for (size_t i = 0; i < connection->out_size; i++) {
            connection->out[i] = (char)(which * 7 + i * 13);
        }
        connection->close_after = true;
        break;
    case CUT:
        server.maybe += count;
        say_ok(connection, "0123456789", 10);
        connection->out_size -= 1 + which % 9;
        connection->close_after = true;
        break;
    case SLOW:
        server.maybe += count;
        say_ok(connection, "", 0);
        connection->pace = 1 + which % 32;
        break;
    default:
        break; /* HANG */
    }
}

static void respond(struct connection *connection, const char *body, size_t size)
{
    size_t turn = server.turn++;
    bool by_script = !server.well && 2 * turn + 1 < server.script_length;
    enum answer answer = by_script ? (enum answer)(server.script[2 * turn] % ANSWERS) : TAKE;
    unsigned which = by_script ? server.script[2 * turn + 1] : 0;

    server.request_count++;
    switch (answer) {
    case TAKE:
    case LAST:
        take(connection, body, size, 0);
        connection->close_after = answer == LAST;
        break;
    case TAKE_SOME:
        take(connection, body, size, which);
        break;
    case UNREADABLE:
        server.taken += settle(body, size, SERVER_TAKEN);
        say_ok(connection, "\xFF\xFF\xFF", 3);
        break;
    case INTERIM:
        server.taken += settle(body, size, SERVER_TAKEN);
        say(connection, "HTTP/1.1 103 Early\r\nRetry-After: 5\r\n\r\nHTTP/1.1 202 OK\r\n", "", 0);
        break;
    case STATUS:
    case STATUS_LATER:
        say_status(connection, body, size, which, answer == STATUS_LATER);
        break;
    default:
        say_unclear(connection, body, size, answer, which);
        break;
    }
}

/* ---- Connections ------------------------------------------------------------------------------
 */

/* Takes a whole request out of the buffer. */
static bool read_request(struct connection *connection)
{
    char *end;
    const char *length;
    size_t head, size;

    connection->in[connection->in_size] = '\0';
    end = strstr(connection->in, "\r\n\r\n");
    if (end == NULL) {
        return false;
    }
    head = (size_t)(end + 4 - connection->in);
    FUZZ_CHECK(strncmp(connection->in, "POST /v1/logs HTTP/1.1\r\n", 24) == 0, "%.40s",
               connection->in);
    length = strstr(connection->in, "Content-Length: ");
    FUZZ_CHECK(length != NULL && length < end, "a request without a length");
    FUZZ_CHECK(strstr(connection->in, "Content-Type: application/x-protobuf\r\n") != NULL,
               "a request without a type");
    size = strtoul(length + strlen("Content-Length: "), NULL, 10);
    if (connection->in_size < head + size) {
        return false;
    }
    respond(connection, connection->in + head, size);
    connection->in_size -= head + size;
    memmove(connection->in, connection->in + head + size, connection->in_size);
    return true;
}

static bool receive(struct connection *connection)
{
    ssize_t count = recv(connection->fd, connection->in + connection->in_size,
                         sizeof connection->in - 1 - connection->in_size, MSG_DONTWAIT);

    if (count == 0 || (count < 0 && errno != EAGAIN)) {
        hang_up(connection);
        return true;
    }
    connection->in_size += count > 0 ? (size_t)count : 0;
    FUZZ_CHECK(connection->in_size < sizeof connection->in - 1, "a request of more than 64 KiB");
    return read_request(connection) || count > 0;
}

static bool transmit(struct connection *connection)
{
    size_t left = connection->out_size - connection->out_at;
    size_t size = connection->pace != 0 && connection->pace < left ? connection->pace : left;
    ssize_t sent = size > 0 ? send(connection->fd, connection->out + connection->out_at, size,
                                   MSG_DONTWAIT | MSG_NOSIGNAL)
                            : 0;

    if (sent < 0) {
        hang_up(connection);
        return true;
    }
    connection->out_at += (size_t)sent;
    if (connection->close_after && connection->out_at == connection->out_size) {
        hang_up(connection);
        return true;
    }
    return sent > 0;
}

static void accept_new(void)
{
    int fd;

    while ((fd = sockets_take()) >= 0) {
        struct connection *place = NULL;

        for (int i = 0; i < SERVER_CONNECTIONS; i++) {
            place = connections[i].fd < 0 ? &connections[i] : place;
        }
        FUZZ_CHECK(place != NULL, "more than %d connections", SERVER_CONNECTIONS);
        *place = (struct connection){.fd = fd};
    }
}

bool server_step(void)
{
    bool busy = false;

    accept_new();
    for (int i = 0; i < SERVER_CONNECTIONS; i++) {
        struct connection *connection = &connections[i];

        if (connection->fd >= 0 && connection->out_at < connection->out_size) {
            busy |= transmit(connection);
        } else if (connection->fd >= 0) {
            busy |= receive(connection);
            if (connection->fd >= 0) {
                busy |= transmit(connection);
            }
        }
    }
    return busy;
}
