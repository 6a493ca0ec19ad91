/* SPDX-License-Identifier: Apache-2.0 */
/* The exporter: reads each request, checks each item of it, and answers as the input says. */
#include <inttypes.h>
#include <string.h>

#include "calls/calls.h"
#include "support/otlp_read.h"

/* ---- Records -------------------------------------------------------------------------------- */

struct calls_record *calls_record_add(struct calls_records *records, struct note *expected,
                                      const struct calls_scope *scope)
{
    struct calls_record *record;

    if (records->count == records->room) {
        records->room = 2 * records->room + 64;
        records->list = realloc(records->list, records->room * sizeof records->list[0]);
        FUZZ_CHECK(records->list != NULL, "out of memory");
    }
    record = &records->list[records->count++];
    *record = (struct calls_record){.expected = expected->text, .scope = scope->note};
    return record;
}

void calls_records_done(struct calls_records *records)
{
    for (size_t i = 0; i < records->count; i++) {
        free(records->list[i].expected);
    }
    free(records->list);
    *records = (struct calls_records){NULL, 0, 0};
}

static struct calls_record *find_span(struct calls_sdk *sdk, const char *note)
{
    char id[64];

    otlp_field(note, "span_id", id, sizeof id);
    for (size_t i = 0; i < sdk->spans.count; i++) {
        struct note own = {NULL, 0, 0};
        bool same;

        note_add_bytes(&own, sdk->spans.list[i].span_id, sizeof sdk->spans.list[i].span_id);
        same = strcmp(note_text(&own), id) == 0;
        note_done(&own);
        if (same) {
            return &sdk->spans.list[i];
        }
    }
    return NULL;
}

/* By its number: see logs.c. */
static struct calls_record *find_log(struct calls_sdk *sdk, const char *note)
{
    char text[64];
    uint64_t number;

    otlp_field(note, "time", text, sizeof text);
    number = strtoull(text, NULL, 10) - 1;
    if (number > UINT32_MAX) {
        const char *body = strstr(note, "body={ string=");

        number = body != NULL ? strtoull(body + strlen("body={ string="), NULL, 10) : SIZE_MAX;
    }
    return number < sdk->logs.count ? &sdk->logs.list[number] : NULL;
}

/* ---- Requests -------------------------------------------------------------------------------- */

struct visit {
    struct calls_sdk *sdk;
    int from; /* the state that the records have */
    int to;   /* and get                          */
    bool check;
};

static void visit_item(void *user, const struct otlp_item *item)
{
    const struct visit *visit = user;
    struct calls_record *record;

    if (item->signal == HAETAE_SIGNAL_METRICS) {
        if (visit->check) {
            calls_check_point(visit->sdk, item->scope, item->metric, item->record);
        }
        return;
    }
    record = item->signal == HAETAE_SIGNAL_TRACES ? find_span(visit->sdk, item->record)
                                                  : find_log(visit->sdk, item->record);
    FUZZ_CHECK(record != NULL, "nothing like this was recorded:%s", item->record);
    FUZZ_CHECK((int)record->state == visit->from, "state %d:%s", (int)record->state, item->record);
    record->state = visit->to == CALLS_WAITING ? CALLS_WAITING
                    : visit->to == CALLS_SENT  ? CALLS_SENT
                                               : CALLS_SETTLED;
    if (visit->check) {
        FUZZ_CHECK(note_matches(record->expected, item->record), "expected:%s\ngot:%s",
                   record->expected, item->record);
        FUZZ_CHECK(strcmp(record->scope, item->scope) == 0, "scope:%s got:%s", record->scope,
                   item->scope);
    }
}

static void visit(const struct visit *visit, haetae_delivery *delivery)
{
    struct visit copy = *visit;
    uint64_t count = otlp_read(haetae_delivery_signal(delivery), haetae_delivery_data(delivery),
                               haetae_delivery_size(delivery), visit_item, &copy);

    FUZZ_CHECK(count == haetae_delivery_item_count(delivery) && count > 0,
               "%" PRIu64 " items, not %" PRIu64, count, haetae_delivery_item_count(delivery));
}

static void answer(struct calls_sdk *sdk, haetae_delivery *delivery, enum calls_answer with,
                   unsigned extra)
{
    haetae_result result = HAETAE_OPTIONS(haetae_result);
    uint64_t count = haetae_delivery_item_count(delivery);
    bool settled = true;

    switch (with) {
    case CALLS_RETRY:
    case CALLS_RETRY_LATER:
        result.verdict = HAETAE_VERDICT_RETRY;
        result.retry_after_ms = with == CALLS_RETRY_LATER ? (int64_t)extra * 300 : 0;
        settled = false;
        break;
    case CALLS_TOO_LARGE:
        result.verdict = HAETAE_VERDICT_TOO_LARGE;
        settled = count == 1;
        break;
    case CALLS_REFUSE:
        result.verdict = HAETAE_VERDICT_DROP;
        break;
    case CALLS_PARTIAL:
        result.rejected_count = extra % (count + 1);
        break;
    default:
        break;
    }
    if (result.verdict == HAETAE_VERDICT_OK) {
        sdk->accepted[haetae_delivery_signal(delivery)] += count - result.rejected_count;
    }
    visit(&(struct visit){sdk, CALLS_SENT, settled ? CALLS_SETTLED : CALLS_WAITING, false},
          delivery);
    haetae_delivery_complete(delivery, &result);
}

void calls_answer_held(struct calls_sdk *sdk, enum calls_answer with, unsigned extra)
{
    haetae_delivery *delivery;

    if (sdk->held_count > 0) {
        delivery = sdk->held[0];
        sdk->held_count--;
        memmove(sdk->held, sdk->held + 1, sdk->held_count * sizeof sdk->held[0]);
        answer(sdk, delivery, with, extra);
    }
}

static void op_send(void *self, haetae_delivery *delivery)
{
    struct calls_sdk *sdk = self;
    uint8_t byte = sdk->script[sdk->turn++ % sizeof sdk->script];
    enum calls_answer with = (enum calls_answer)(byte % CALLS_ANSWERS);

    visit(&(struct visit){sdk, CALLS_WAITING, CALLS_SENT, haetae_delivery_attempt(delivery) == 0},
          delivery);
    if (with == CALLS_HOLD) {
        FUZZ_CHECK(sdk->held_count < CALLS_HELD, "more in flight than allowed");
        sdk->held[sdk->held_count++] = delivery;
    } else {
        answer(sdk, delivery, with, byte);
    }
}

static void op_cancel(void *self, haetae_delivery *delivery)
{
    struct calls_sdk *sdk = self;
    size_t kept = 0;

    for (size_t i = 0; i < sdk->held_count; i++) {
        if (sdk->held[i] != delivery) {
            sdk->held[kept++] = sdk->held[i];
        }
    }
    FUZZ_CHECK(kept + 1 == sdk->held_count, "what is cancelled was not in flight");
    sdk->held_count = kept;
    visit(&(struct visit){sdk, CALLS_SENT, CALLS_WAITING, false}, delivery);
}

static int64_t op_wait_ms(void *self)
{
    (void)self;
    return -1;
}

static void op_step(void *self)
{
    (void)self;
}

static void op_free(void *self)
{
    struct calls_sdk *sdk = self;

    FUZZ_CHECK(sdk->held_count == 0, "freed with %zu in flight", sdk->held_count);
}

haetae_exporter *calls_exporter(struct calls_sdk *sdk)
{
    haetae_exporter_ops ops = HAETAE_OPTIONS(
        haetae_exporter_ops, .name = "fuzz", .send = op_send, .wait_ms = op_wait_ms,
        .step = op_step, .cancel = op_cancel, .free = op_free, .max_in_flight = CALLS_HELD);
    haetae_exporter *exporter = NULL;

    FUZZ_CHECK(haetae_exporter_new(&ops, sdk, &exporter) == HAETAE_OK, "no exporter");
    return exporter;
}
