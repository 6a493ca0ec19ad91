/* SPDX-License-Identifier: Apache-2.0 */
#include "events.h"

#include <unistd.h>

#include "base/clock.h"
#include "report.h"

enum { EVENTS_PER_STEP = 64, SYSLOG_WARNING = 4 };

static void take_reports(struct hae_kafka_exporter *exporter, rd_kafka_event_t *event)
{
    const rd_kafka_message_t *report;

    while ((report = rd_kafka_event_message_next(event)) != NULL) {
        rd_kafka_resp_err_t error = report->err;

        /* An answer was lost, but a later one showed that the message is there. */
        if (rd_kafka_message_status(report) == RD_KAFKA_MSG_STATUS_PERSISTED) {
            error = RD_KAFKA_RESP_ERR_NO_ERROR;
        }
        hae_kafka_message_end(report->_private, hae_kafka_state_of(error), error);
    }
    exporter->is_full = false;
}

static void take_error(struct hae_kafka_exporter *exporter, rd_kafka_event_t *event)
{
    char reason[512];

    if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__FATAL) {
        (void)rd_kafka_fatal_error(exporter->client->handle, reason, sizeof reason);
        hae_kafka_note(&exporter->notes, &exporter->settings.secrets, reason, hae_monotonic_ms());
        return;
    }
    hae_kafka_note(&exporter->notes, &exporter->settings.secrets,
                   rd_kafka_event_error_string(event), hae_monotonic_ms());
}

static void take_log(struct hae_kafka_exporter *exporter, rd_kafka_event_t *event)
{
    const char *facility = "";
    const char *text = "";
    int level = SYSLOG_WARNING + 1;

    if (rd_kafka_event_log(event, &facility, &text, &level) == 0 && level <= SYSLOG_WARNING) {
        hae_kafka_note(&exporter->notes, &exporter->settings.secrets, text, hae_monotonic_ms());
    }
}

static void take_event(struct hae_kafka_exporter *exporter, rd_kafka_event_t *event)
{
    switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_DR:
        take_reports(exporter, event);
        break;
    case RD_KAFKA_EVENT_ERROR:
        take_error(exporter, event);
        break;
    case RD_KAFKA_EVENT_LOG:
        take_log(exporter, event);
        break;
    default:
        break;
    }
}

/* The eventfd is written when the queue is no longer empty, so all has to be taken, or asked for.
 */
void hae_kafka_take_events(struct hae_kafka_exporter *exporter)
{
    struct hae_kafka_client *client = exporter->client;
    rd_kafka_event_t *event = NULL;
    uint64_t count;

    if (hae_descriptor_is_ours(&client->wake)) {
        (void)!read(client->wake.number, &count, sizeof count);
    }
    for (int i = 0; i < EVENTS_PER_STEP; i++) {
        event = rd_kafka_queue_poll(client->queue, 0);
        if (event == NULL) {
            break;
        }
        take_event(exporter, event);
        rd_kafka_event_destroy(event);
    }
    exporter->has_more = event != NULL;
}
