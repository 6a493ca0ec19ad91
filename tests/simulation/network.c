/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

#include "support/core_cmocka.h"
#include "wire/envelope.h"
#include "wire/reader.h"

static uint64_t draw(struct sim_link *link, uint64_t below)
{
    return hae_splitmix(&link->random->a) % below;
}

/* ---- What arrives ------------------------------------------------------------------------- */

/* Calls `visit` with each length-delimited field of this number. */
static void each(const uint8_t *data, size_t size, uint32_t number,
                 void (*visit)(struct sim_link *link, const uint8_t *data, size_t size),
                 struct sim_link *link)
{
    struct hae_reader reader = hae_reader_over(data, size);
    struct hae_field field;

    while (reader.at < reader.end) {
        if (!hae_read_field(&reader, &field)) {
            fail_msg("a request is malformed");
        }
        if (field.number == number && field.type == HAE_WIRE_LENGTH) {
            visit(link, field.data, field.size_bytes);
        }
    }
}

/* An item begins with its number; so does the point of a metric. */
static void number_arrives(struct sim_link *link, const uint8_t *data, size_t size)
{
    uint32_t number;

    assert_true(size >= sizeof number);
    memcpy(&number, data, sizeof number);
    assert_true(number < SIM_ITEMS_MAX);
    if (link->arrived[number] != UINT8_MAX) {
        link->arrived[number]++;
    }
}

static void sum_arrives(struct sim_link *link, const uint8_t *data, size_t size)
{
    each(data, size, HAE_OTLP_SUM_DATA_POINTS, number_arrives, link);
}

static void item_arrives(struct sim_link *link, const uint8_t *data, size_t size)
{
    if (link->arriving == HAETAE_SIGNAL_METRICS) {
        each(data, size, HAE_OTLP_METRIC_SUM, sum_arrives, link);
    } else {
        number_arrives(link, data, size);
    }
}

static void scope_arrives(struct sim_link *link, const uint8_t *data, size_t size)
{
    each(data, size, HAE_ENVELOPE_ITEMS, item_arrives, link);
}

static void resource_arrives(struct sim_link *link, const uint8_t *data, size_t size)
{
    each(data, size, HAE_ENVELOPE_SCOPES, scope_arrives, link);
}

static void arrive(struct sim_link *link, const haetae_delivery *delivery)
{
    link->arriving = haetae_delivery_signal(delivery);
    each(haetae_delivery_data(delivery), haetae_delivery_size(delivery), HAE_ENVELOPE_RESOURCES,
         resource_arrives, link);
}

/* ---- Tries -------------------------------------------------------------------------------- */

/* What becomes of a try, by the weather. */
static struct sim_try foresee(struct sim_link *link, haetae_delivery *delivery)
{
    struct sim_try try = {
        .delivery = delivery,
        .due_ms = *link->now_ms + link->latency_ms,
        .result = HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_RETRY),
    };
    enum sim_weather weather = link->weather;

    if (weather == SIM_CHANCE) {
        weather = (enum sim_weather)draw(link, SIM_CHANCE);
    }
    switch (weather) {
    case SIM_DOWN:
        break;
    case SIM_LOST:
        arrive(link, delivery);
        /* fall through */
    case SIM_SILENT:
        try.due_ms = *link->now_ms + SIM_OWN_TIMEOUT_MS;
        break;
    case SIM_BUSY:
        try.result.retry_after_ms = (int64_t)draw(link, 4000);
        break;
    case SIM_REFUSES:
        try.result.verdict = HAETAE_VERDICT_DROP;
        break;
    case SIM_INVALID:
        try.result.verdict = HAETAE_VERDICT_INVALID;
        break;
    case SIM_SMALL:
        if (haetae_delivery_item_count(delivery) > link->most_items) {
            try.result.verdict = HAETAE_VERDICT_TOO_LARGE;
            break;
        }
        /* fall through */
    default:
        try.result.verdict = HAETAE_VERDICT_OK;
        try.arrives = true;
        break;
    }
    if (weather == SIM_SLOW) {
        try.due_ms += 1 + draw(link, 2 * SIM_OWN_TIMEOUT_MS);
    }
    return try;
}

static void end(struct sim_link *link, const struct sim_try *try)
{
    if (try->arrives) {
        arrive(link, try->delivery);
    }
    haetae_delivery_complete(try->delivery, &try->result);
}

static void send(void *self, haetae_delivery *delivery)
{
    struct sim_link *link = self;
    struct sim_try try = foresee(link, delivery);

    if (link->at_once && try.due_ms <= *link->now_ms) {
        end(link, &try);
        return;
    }
    assert_true(link->try_count < link->in_flight_max);
    link->tries[link->try_count++] = try;
}

static void take_out(struct sim_link *link, uint32_t at)
{
    link->tries[at] = link->tries[--link->try_count];
}

static void step(void *self)
{
    struct sim_link *link = self;
    uint32_t at = 0;

    while (at < link->try_count) {
        struct sim_try try = link->tries[at];

        if (try.due_ms <= *link->now_ms) {
            take_out(link, at);
            end(link, &try);
        } else {
            at++;
        }
    }
}

static int64_t wait_ms(void *self)
{
    const struct sim_link *link = self;
    int64_t wait = -1;

    for (uint32_t i = 0; i < link->try_count; i++) {
        uint64_t due = link->tries[i].due_ms;
        int64_t left = due > *link->now_ms ? (int64_t)(due - *link->now_ms) : 0;

        wait = wait < 0 || left < wait ? left : wait;
    }
    return wait;
}

/* What was cancelled may have arrived. */
static void cancel(void *self, haetae_delivery *delivery)
{
    struct sim_link *link = self;

    for (uint32_t i = 0; i < link->try_count; i++) {
        if (link->tries[i].delivery == delivery) {
            if (link->tries[i].arrives && draw(link, 2) == 0) {
                arrive(link, delivery);
            }
            take_out(link, i);
            return;
        }
    }
    if (!link->is_cut) {
        fail_msg("a delivery is cancelled that is not under way");
    }
}

void sim_link_cut(struct sim_link *link)
{
    for (uint32_t i = 0; i < link->try_count; i++) {
        if (link->tries[i].arrives && draw(link, 2) == 0) {
            arrive(link, link->tries[i].delivery);
        }
    }
    link->try_count = 0;
    link->is_cut = true;
}

void sim_link_begin(struct sim_link *link, const char *name)
{
    haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = name, .send = send, .step = step,
                       .wait_ms = wait_ms, .cancel = link->can_cancel ? cancel : NULL,
                       .max_in_flight = link->in_flight_max, .signals = link->signals);

    link->try_count = 0;
    link->is_cut = false;
    assert_int_equal(haetae_exporter_new(&ops, link, &link->exporter), HAETAE_OK);
}
