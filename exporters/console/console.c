/* SPDX-License-Identifier: Apache-2.0 */
#include "haetae/console.h"

#include <errno.h>
#include <locale.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

#include "base/sigpipe.h"
#include "console.h"
#include "log.h"
#include "metric.h"
#include "otlp_requests.h"
#include "otlp_unpack/unpack.h"
#include "span.h"
#include "value.h"

struct console {
    FILE *stream;
    locale_t c_locale; /* so that numbers do not depend on the host's locale */
};

/* ---- Writing ---------------------------------------------------------------- */

static void put_request(struct hae_con_out *out, const ProtobufCMessage *request)
{
    const void *message = request;
    if (request->descriptor == &hae_otlp__export_trace_service_request__descriptor) {
        hae_con_traces(out, message);
    } else if (request->descriptor == &hae_otlp__export_metrics_service_request__descriptor) {
        hae_con_metrics(out, message);
    } else {
        hae_con_logs(out, message);
    }
}

/* Returns 0, or the errno of a write that failed. */
static int write_request(FILE *stream, const ProtobufCMessage *request)
{
    struct hae_con_out out;
    struct hae_sigpipe saved;
    hae_con_init(&out, stream);
    hae_sigpipe_block(&saved);
    flockfile(stream); /* keeps the host's own lines whole */
    put_request(&out, request);
    hae_con_flush(&out);
    funlockfile(stream);
    hae_sigpipe_restore(&saved);
    return out.error;
}

struct hae_con_outcome hae_con_export(FILE *stream, haetae_signal signal, const uint8_t *data,
                                      size_t size)
{
    if ((unsigned)signal >= HAE_OTLP_REQUEST_COUNT) {
        return (struct hae_con_outcome){HAETAE_VERDICT_DROP, 0, "console: unknown signal"};
    }
    ProtobufCMessage *request = NULL;
    switch (hae_unpack(hae_otlp_requests[signal], data, size, &request)) {
    case HAE_UNPACKED:
        break;
    case HAE_UNPACK_TOO_LARGE:
        return (struct hae_con_outcome){HAETAE_VERDICT_TOO_LARGE, 0,
                                        "console: too much memory to decode"};
    case HAE_UNPACK_NO_MEMORY:
        return (struct hae_con_outcome){HAETAE_VERDICT_RETRY, 0, "console: out of memory"};
    case HAE_UNPACK_TOO_DEEP:
        return (struct hae_con_outcome){HAETAE_VERDICT_DROP, 0, "console: values nest too deep"};
    default:
        return (struct hae_con_outcome){HAETAE_VERDICT_DROP, 0, "console: undecodable request"};
    }
    int error = write_request(stream, request);
    hae_unpack_free(request);
    if (error != 0) {
        return (struct hae_con_outcome){HAETAE_VERDICT_DROP, error, "console: write failed"};
    }
    return (struct hae_con_outcome){HAETAE_VERDICT_OK, 0, NULL};
}

/* ---- The exporter interface ------------------------------------------------- */

static void console_send(void *self, haetae_delivery *delivery)
{
    const struct console *console = self;
    locale_t before = uselocale(console->c_locale);
    struct hae_con_outcome outcome =
        hae_con_export(console->stream, haetae_delivery_signal(delivery),
                       haetae_delivery_data(delivery), haetae_delivery_size(delivery));
    char message[160] = "";
    if (outcome.error != 0) {
        snprintf(message, sizeof message, "%s: %s", outcome.message,
                 strerror_l(outcome.error, console->c_locale));
    } else if (outcome.message != NULL) {
        snprintf(message, sizeof message, "%s", outcome.message);
    }
    uselocale(before);
    haetae_result result = HAETAE_OPTIONS(haetae_result, .verdict = (int32_t)outcome.verdict,
                                          .retry_after_ms = -1, .message = message);
    haetae_delivery_complete(delivery, &result);
}

/* The parent goes on writing the request that it was writing. In the child the stream still
 * holds a part of it, which must not be written twice. */
static void console_after_fork(void *self, bool idle)
{
    const struct console *console = self;
    if (!idle) {
        __fpurge(console->stream);
    }
}

static void console_free(void *self)
{
    struct console *console = self;
    freelocale(console->c_locale);
    free(console);
}

haetae_status haetae_console_new(FILE *stream, haetae_exporter **ret_exporter)
{
    if (ret_exporter == NULL) {
        return HAETAE_EINVAL;
    }
    struct console *console = calloc(1, sizeof *console);
    if (console == NULL) {
        return HAETAE_ENOMEM;
    }
    console->stream = stream != NULL ? stream : stdout;
    console->c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    haetae_status status = HAETAE_ENOMEM;
    if (console->c_locale == (locale_t)0) {
        goto free_console;
    }
    haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = "console", .send = console_send,
                       .free = console_free, .after_fork = console_after_fork, .blocks = 1);
    status = haetae_exporter_new(&ops, console, ret_exporter);
    if (status == HAETAE_OK) {
        return HAETAE_OK;
    }
    freelocale(console->c_locale);
free_console:
    free(console);
    return status;
}
