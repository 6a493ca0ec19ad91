/* SPDX-License-Identifier: Apache-2.0 */
#include "file_exporter.h"

#include <errno.h>
#include <string.h>

#include "otlp.pb-c.h"
#include "otlp_json.h"

static const ProtobufCMessageDescriptor *request_of(haetae_signal signal)
{
    switch (signal) {
    case HAETAE_SIGNAL_TRACES:
        return &hae_otlp__export_trace_service_request__descriptor;
    case HAETAE_SIGNAL_METRICS:
        return &hae_otlp__export_metrics_service_request__descriptor;
    case HAETAE_SIGNAL_LOGS:
        return &hae_otlp__export_logs_service_request__descriptor;
    }
    return NULL;
}

static void send_to_file(void *self, haetae_delivery *delivery)
{
    haetae_result result = {.struct_size = sizeof result, .retry_after_ms = -1};
    FILE *stream = self;
    ProtobufCMessage *message =
        protobuf_c_message_unpack(request_of(haetae_delivery_signal(delivery)), NULL,
                                  haetae_delivery_size(delivery), haetae_delivery_data(delivery));

    if (message == NULL) {
        result.verdict = HAETAE_VERDICT_RETRY;
        result.message = "it could not be decoded";
    } else {
        hae_rec_json(stream, message);
        putc('\n', stream);
        protobuf_c_message_free_unpacked(message, NULL);
        /* Only what is on its way to the disk may leave the recorder directory. */
        if (fflush(stream) != 0 || ferror(stream)) {
            result.verdict = HAETAE_VERDICT_RETRY;
            result.message = strerror(errno);
            clearerr(stream);
        }
    }
    haetae_delivery_complete(delivery, &result);
}

haetae_status hae_rec_file_exporter_new(FILE *stream, haetae_exporter **ret_exporter)
{
    const haetae_exporter_ops ops = {
        .struct_size = sizeof ops, .name = "file", .send = send_to_file};

    return haetae_exporter_new(&ops, stream, ret_exporter);
}
