/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/message.h"
#include "alert/run_command.h"
#include "base/clock.h"
#include "base/thread.h"
#include "util/json.h"

#define SECOND_NS     INT64_C(1000000000)
#define TRIES_MAX     12
#define BACKOFF_NS    SECOND_NS /* doubles with each try */
#define BACKOFF_MAX   (60 * SECOND_NS)
#define IDLE_NS       (5 * SECOND_NS)
#define PAGE_SIZE_MAX 2048
/* An alert is sent so often to Alertmanager before that resolves it by itself. */
#define RESENDS_KEPT 4

enum kind { ALERTMANAGER, WEBHOOK, COMMAND };
#define KINDS 3

static const char *const names[KINDS] = {"alertmanager", "webhook", "command"};

struct channel {
    struct hae_view_notifier *notifier;
    enum kind kind;
    bool used;
    pthread_t thread;
    struct hae_buffer body;             /* only for its thread, as what follows */
    int64_t batch[HAE_VIEW_ALERTS_MAX]; /* numbers of the alerts in the body */
    bool batch_resolved[HAE_VIEW_ALERTS_MAX];
    size_t batch_count;
    unsigned tries;
    uint64_t sent_ns; /* monotonic, to Alertmanager */
    /* Guarded by the board's lock. */
    uint64_t sent;
    uint64_t failed;
    uint64_t given_up;
    char problem[160]; /* "": the last try was good */
};

struct hae_view_notifier {
    struct hae_view_board *board;
    const struct hae_view_targets *targets;
    char page[PAGE_SIZE_MAX];
    char alertmanager_url[PAGE_SIZE_MAX + 32];
    struct channel channels[KINDS];
};

/* ---- Which notifications are due; the caller has the lock ----------------------------- */

static unsigned firing_bit(enum kind kind)
{
    return 1U << (2 * kind);
}

static unsigned resolved_bit(enum kind kind)
{
    return 2U << (2 * kind);
}

static void mark_notified(struct hae_view_alert *alert, unsigned bits)
{
    alert->changed |= (alert->notified & bits) != bits;
    alert->notified |= bits;
}

/* Whether a notification of the alert is due. An alert that was silenced while it fired, and is
 * resolved, needs none. */
static bool is_due(struct hae_view_notifier *notifier, enum kind kind, struct hae_view_alert *alert,
                   int64_t now_ns)
{
    bool silenced = hae_view_silences_cover(&notifier->board->silences, alert, now_ns);
    bool notified = (alert->notified & firing_bit(kind)) != 0;
    if (alert->state == HAE_VIEW_FIRING) {
        return !notified && !silenced;
    }
    if (alert->state != HAE_VIEW_RESOLVED || (alert->notified & resolved_bit(kind)) != 0) {
        return false;
    }
    if (!notified && silenced) {
        mark_notified(alert, firing_bit(kind) | resolved_bit(kind));
        return false;
    }
    return true;
}

static void add_to_batch(struct channel *channel, const struct hae_view_alert *alert)
{
    channel->batch[channel->batch_count] = alert->id;
    channel->batch_resolved[channel->batch_count++] = alert->state == HAE_VIEW_RESOLVED;
}

/* The oldest one. False: there is none. */
static bool make_event(struct channel *channel, int64_t now_ns)
{
    struct hae_view_notifier *notifier = channel->notifier;
    const struct hae_view_states *states = &notifier->board->states;
    for (size_t i = 0; i < states->count; i++) {
        if (is_due(notifier, channel->kind, states->items[i], now_ns)) {
            add_to_batch(channel, states->items[i]);
            hae_view_message_event(states->items[i], notifier->page, &channel->body);
            return true;
        }
    }
    return false;
}

static bool is_sent_again(const struct channel *channel, const struct hae_view_alert *alert,
                          int64_t now_ns)
{
    return alert->state == HAE_VIEW_FIRING &&
           !hae_view_silences_cover(&channel->notifier->board->silences, alert, now_ns);
}

/* All that fire, and those that are resolved and were not notified. False: nothing has changed, and
 * it is not time to send all again. */
static bool make_batch(struct channel *channel, int64_t now_ns)
{
    struct hae_view_notifier *notifier = channel->notifier;
    const struct hae_view_states *states = &notifier->board->states;
    int64_t resend_ns = notifier->targets->resend_ns;
    bool due = hae_time_ns(CLOCK_MONOTONIC) - channel->sent_ns >= (uint64_t)resend_ns;
    for (size_t i = 0; i < states->count && !due; i++) {
        due = is_due(notifier, channel->kind, states->items[i], now_ns);
    }
    struct hae_json json = HAE_JSON_INIT(&channel->body);
    hae_json_open(&json, NULL, '[');
    for (size_t i = 0; i < states->count && due; i++) {
        struct hae_view_alert *alert = states->items[i];
        bool over = alert->state == HAE_VIEW_RESOLVED;
        if (is_due(notifier, channel->kind, alert, now_ns) ||
            is_sent_again(channel, alert, now_ns)) {
            add_to_batch(channel, alert);
            hae_view_message_alertmanager(&json, alert, notifier->page,
                                          over ? alert->resolved_ns
                                               : now_ns + RESENDS_KEPT * resend_ns);
        }
    }
    hae_json_close(&json, ']');
    return channel->batch_count > 0;
}

/* What was sent, or given up, counts as notified. */
static void end_batch(struct channel *channel)
{
    const struct hae_view_states *states = &channel->notifier->board->states;
    size_t at = 0; /* the batch is in the order of the alerts */
    for (size_t i = 0; i < states->count && at < channel->batch_count; i++) {
        struct hae_view_alert *alert = states->items[i];
        while (at < channel->batch_count && channel->batch[at] < alert->id) {
            at++; /* it has gone meanwhile */
        }
        if (at < channel->batch_count && channel->batch[at] == alert->id) {
            mark_notified(alert,
                          firing_bit(channel->kind) |
                              (channel->batch_resolved[at] ? resolved_bit(channel->kind) : 0));
            at++;
        }
    }
    channel->tries = 0;
}

/* ---- Threads -------------------------------------------------------------------------------- */

static enum hae_view_delivery deliver(struct channel *channel, char problem[160])
{
    const struct hae_view_notifier *notifier = channel->notifier;
    const struct hae_view_targets *targets = notifier->targets;
    const struct hae_buffer *body = &channel->body;
    const atomic_bool *stopping = &notifier->board->stopping;
    if (body->failed) {
        snprintf(problem, 160, "out of memory");
        return HAE_VIEW_DELIVERY_FAILED;
    }
    switch (channel->kind) {
    case ALERTMANAGER:
        return hae_view_post(notifier->alertmanager_url, body->data, body->length,
                             targets->timeout_ns, stopping, problem);
    case WEBHOOK:
        return hae_view_post(targets->webhook_url, body->data, body->length, targets->timeout_ns,
                             stopping, problem);
    case COMMAND:
    default:
        return hae_view_run_command(targets->command, body->data, body->length, targets->timeout_ns,
                                    stopping, problem);
    }
}

/* Failures are reported once, until a try succeeds. The caller has the lock. */
static void note_failure(struct channel *channel, const char *problem)
{
    channel->failed++;
    if (channel->problem[0] == '\0') {
        fprintf(stderr, "haetae-view: alerts: %s: %s\n", names[channel->kind], problem);
    }
    snprintf(channel->problem, sizeof channel->problem, "%s", problem);
}

/* Returns how long to wait then. The caller has the lock. */
static int64_t take_result(struct channel *channel, enum hae_view_delivery delivery,
                           const char *problem)
{
    if (delivery == HAE_VIEW_DELIVERED) {
        channel->sent++;
        channel->problem[0] = '\0';
        channel->sent_ns = hae_time_ns(CLOCK_MONOTONIC);
        end_batch(channel);
        return 0;
    }
    note_failure(channel, problem);
    if (delivery == HAE_VIEW_DELIVERY_REFUSED || ++channel->tries == TRIES_MAX) {
        channel->given_up += channel->batch_count;
        end_batch(channel);
        channel->sent_ns = hae_time_ns(CLOCK_MONOTONIC);
        return BACKOFF_NS;
    }
    int64_t wait_ns = BACKOFF_NS << (channel->tries - 1);
    return wait_ns < BACKOFF_MAX ? wait_ns : BACKOFF_MAX;
}

static void *run(void *user)
{
    struct channel *channel = user;
    struct hae_view_board *board = channel->notifier->board;
    pthread_mutex_lock(&board->lock);
    while (!hae_view_board_is_stopping(board)) {
        int64_t now_ns = (int64_t)hae_time_ns(CLOCK_REALTIME);
        channel->batch_count = 0;
        hae_buffer_clear(&channel->body);
        bool any = channel->kind == ALERTMANAGER ? make_batch(channel, now_ns)
                                                 : make_event(channel, now_ns);
        if (!any) {
            (void)hae_view_board_wait(board, IDLE_NS);
            continue;
        }
        pthread_mutex_unlock(&board->lock);
        char problem[160] = "";
        enum hae_view_delivery delivery = deliver(channel, problem);
        pthread_mutex_lock(&board->lock);
        if (delivery == HAE_VIEW_DELIVERED || !hae_view_board_is_stopping(board)) {
            hae_view_board_rest(board, take_result(channel, delivery, problem));
        }
    }
    pthread_mutex_unlock(&board->lock);
    return NULL;
}

/* The thread has SIGPIPE blocked: a command that reads nothing must not end the program. */
static bool start_thread(struct channel *channel)
{
    channel->used = hae_thread_start(&channel->thread, run, channel) == HAETAE_OK;
    return channel->used;
}

/* Targets that are not used count as notified of all: they are not flooded when they will be. */
static void skip_unused(struct hae_view_notifier *notifier, const bool wanted[KINDS])
{
    struct hae_view_states *states = &notifier->board->states;
    for (size_t i = 0; i < states->count; i++) {
        for (int kind = 0; kind < KINDS; kind++) {
            if (!wanted[kind] && states->items[i]->state == HAE_VIEW_RESOLVED) {
                mark_notified(states->items[i],
                              firing_bit((enum kind)kind) | resolved_bit((enum kind)kind));
            }
        }
    }
}

static void set_texts(struct hae_view_notifier *notifier, const char *page)
{
    const struct hae_view_targets *targets = notifier->targets;
    snprintf(notifier->page, sizeof notifier->page, "%s",
             targets->page_url != NULL ? targets->page_url : page);
    if (targets->alertmanager_url != NULL) {
        size_t length = strlen(targets->alertmanager_url);
        bool slash = length > 0 && targets->alertmanager_url[length - 1] == '/';
        snprintf(notifier->alertmanager_url, sizeof notifier->alertmanager_url, "%s%sapi/v2/alerts",
                 targets->alertmanager_url, slash ? "" : "/");
    }
}

struct hae_view_notifier *hae_view_notifier_start(struct hae_view_board *board,
                                                  const struct hae_view_targets *targets,
                                                  const char *page, char *problem,
                                                  size_t problem_size)
{
    const bool wanted[KINDS] = {targets->alertmanager_url != NULL, targets->webhook_url != NULL,
                                targets->command != NULL};
    struct hae_view_notifier *notifier = calloc(1, sizeof *notifier);
    if (notifier == NULL) {
        snprintf(problem, problem_size, "out of memory");
        return NULL;
    }
    notifier->board = board;
    notifier->targets = targets;
    set_texts(notifier, page);
    skip_unused(notifier, wanted);
    if ((wanted[ALERTMANAGER] || wanted[WEBHOOK]) && !hae_view_post_init()) {
        snprintf(problem, problem_size,
                 "alertmanager and webhook need libcurl (Debian package: libcurl4-openssl-dev), "
                 "and this haetae-view was built without it");
        free(notifier);
        return NULL;
    }
    bool good = true;
    for (int i = 0; i < KINDS; i++) {
        struct channel *channel = &notifier->channels[i];
        channel->notifier = notifier;
        channel->kind = (enum kind)i;
        good = good && (!wanted[i] || start_thread(channel));
    }
    if (!good) {
        snprintf(problem, problem_size, "a thread of alerts cannot be started");
        hae_view_board_stop(board);
        hae_view_notifier_stop(notifier);
        return NULL;
    }
    return notifier;
}

void hae_view_notifier_stop(struct hae_view_notifier *notifier)
{
    if (notifier == NULL) {
        return;
    }
    for (int i = 0; i < KINDS; i++) {
        if (notifier->channels[i].used) {
            pthread_join(notifier->channels[i].thread, NULL);
        }
        hae_buffer_done(&notifier->channels[i].body);
    }
    free(notifier);
}

void hae_view_notifier_put(struct hae_view_notifier *notifier, struct hae_json *json)
{
    hae_json_open(json, "notify", '[');
    for (int i = 0; notifier != NULL && i < KINDS; i++) {
        const struct channel *channel = &notifier->channels[i];
        if (!channel->used) {
            continue;
        }
        hae_json_open(json, NULL, '{');
        hae_json_text(json, "name", names[i]);
        hae_json_count(json, "sent", channel->sent);
        hae_json_count(json, "failed", channel->failed);
        hae_json_count(json, "given_up", channel->given_up);
        hae_view_put_text(json, "problem", channel->problem[0] != '\0' ? channel->problem : NULL);
        hae_json_close(json, '}');
    }
    hae_json_close(json, ']');
}
