/* SPDX-License-Identifier: Apache-2.0 */
/* A receiver of OTLP that fails in the way the test wishes, over HTTP or gRPC. It counts each item
 * that it takes; what it refuses it does not count. */
#ifndef HAETAE_TESTS_FAULTS_RECEIVER_H
#define HAETAE_TESTS_FAULTS_RECEIVER_H

#include <stdbool.h>

#include "faults/ledger.h"

struct certificate;

enum behaviour {
    ACCEPT,
    UNAVAILABLE,      /* 503, or the status of gRPC                                       */
    RETRY_AFTER,      /* the same, and asks for a pause of one second                     */
    RETRY_AFTER_DATE, /* the same, by a date; HTTP only                                   */
    LATE,             /* takes the items, and answers after the exporter's timeout        */
    RESET_IN_REQUEST, /* resets the connection in the middle of a request                 */
    RESET_IN_ANSWER,  /* takes the items, and resets the connection within the answer     */
    SILENT,           /* reads the request and never answers; takes nothing               */
    STUCK             /* the same, for ever: what receiver_stick() makes of connections   */
};

enum { LATE_MS = 1500 };

struct receiver;

struct receiver_options {
    bool grpc;
    const struct certificate *certificate; /* NULL: no TLS                        */
    struct ledger *ledger;                 /* of another receiver; NULL: its own  */
};

/* Chooses a port, where nobody listens yet. */
struct receiver *receiver_new(const struct receiver_options *options);
void receiver_free(struct receiver *receiver);

void receiver_up(struct receiver *receiver);
/* Connections are refused, and those that are open break. */
void receiver_down(struct receiver *receiver);
/* As for a host that is gone: nothing answers whoever wants to connect. */
void receiver_deaf(struct receiver *receiver);

/* The connections that there are now never get an answer again, whatever the behaviour, as where
 * something on the way has forgotten them; new ones do. */
void receiver_stick(struct receiver *receiver);

/* With TLS, from the next receiver_up() on. */
void receiver_expire(struct receiver *receiver, bool expired);

void receiver_behave(struct receiver *receiver, enum behaviour behaviour);
void receiver_behave_for(struct receiver *receiver, haetae_signal signal, enum behaviour behaviour);

unsigned receiver_port(const struct receiver *receiver);
struct ledger *receiver_ledger(const struct receiver *receiver);

/* How many requests it took, and how many got another answer than one that accepts, or none. */
uint64_t receiver_taken(const struct receiver *receiver, haetae_signal signal);
uint64_t receiver_failed(const struct receiver *receiver, haetae_signal signal);

#endif
