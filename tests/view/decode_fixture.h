/* SPDX-License-Identifier: Apache-2.0 */
/* A store with a decoder, for tests that give it bodies. */
#ifndef HAETAE_TESTS_VIEW_DECODE_FIXTURE_H
#define HAETAE_TESTS_VIEW_DECODE_FIXTURE_H

#include "decode/decode.h"
#include "query/summary.h"
#include "view_test.h"

struct fixture {
    struct hae_view_store *store;
    struct hae_view_decoder *decoder;
    struct hae_view_summary summary;
    uint8_t *packed; /* the last message that was decoded */
    size_t packed_length;
};

int decoder_setup(void **state);
int decoder_teardown(void **state);

#define with_decoder(test) cmocka_unit_test_setup_teardown(test, decoder_setup, decoder_teardown)

enum hae_view_decode_result decode(struct fixture *fixture, enum hae_view_signal signal,
                                   const void *data, size_t length);
enum hae_view_decode_result decode_message(struct fixture *fixture, enum hae_view_signal signal,
                                           const ProtobufCMessage *message);

/* What the store shows now; valid until the next call. */
const struct hae_view_summary *look(struct fixture *fixture);

#endif
