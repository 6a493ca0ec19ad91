/* SPDX-License-Identifier: Apache-2.0 */
#include "file_exporter.h"

#include <stdio.h>
#include <stdlib.h>

#include "otlp_json.h"
#include "otlp_requests.h"

/* A line of JSON behind one byte of room, the caller's to free(). NULL: no memory. */
static char *make_line(const ProtobufCMessage *message, size_t *ret_size_bytes)
{
    char *line = NULL;
    FILE *stream = open_memstream(&line, ret_size_bytes);
    bool failed;

    if (stream == NULL) {
        return NULL;
    }
    putc('\n', stream);
    hae_rec_json(stream, message);
    putc('\n', stream);
    failed = ferror(stream) != 0;
    if (fclose(stream) != 0 || failed) {
        free(line);
        return NULL;
    }
    return line;
}

/* NULL, or why it could not be written. */
static const char *write_request(struct hae_rec_line_file *file, const haetae_delivery *delivery)
{
    const char *why_not = NULL;
    size_t size_bytes;
    char *line;
    ProtobufCMessage *message =
        protobuf_c_message_unpack(hae_otlp_requests[haetae_delivery_signal(delivery)], NULL,
                                  haetae_delivery_size(delivery), haetae_delivery_data(delivery));

    if (message == NULL) {
        return "it could not be decoded";
    }
    line = make_line(message, &size_bytes);
    if (line == NULL) {
        why_not = "out of memory";
    } else if (!hae_rec_line_file_append(file, line, size_bytes)) {
        why_not = file->error;
    }
    free(line);
    protobuf_c_message_free_unpacked(message, NULL);
    return why_not;
}

/* Only what is on its way to the disk may leave the recorder directory. */
static void send_to_file(void *self, haetae_delivery *delivery)
{
    haetae_result result = HAETAE_OPTIONS(haetae_result, .retry_after_ms = -1);

    result.message = write_request(self, delivery);
    result.verdict = result.message == NULL ? HAETAE_VERDICT_OK : HAETAE_VERDICT_RETRY;
    haetae_delivery_complete(delivery, &result);
}

haetae_status hae_rec_file_exporter_new(struct hae_rec_line_file *file,
                                        haetae_exporter **ret_exporter)
{
    const haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = "file", .send = send_to_file);

    return haetae_exporter_new(&ops, file, ret_exporter);
}
