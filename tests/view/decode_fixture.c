/* SPDX-License-Identifier: Apache-2.0 */
#include "decode_fixture.h"

int decoder_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->store = make_store(1000);
    fixture->decoder = hae_view_decoder_new(fixture->store);
    assert_non_null(fixture->decoder);
    *state = fixture;
    return 0;
}

int decoder_teardown(void **state)
{
    struct fixture *fixture = *state;
    hae_view_summary_done(&fixture->summary);
    hae_view_decoder_free(fixture->decoder);
    hae_view_store_free(fixture->store);
    free(fixture->packed);
    free(fixture);
    return 0;
}

enum hae_view_decode_result decode(struct fixture *fixture, enum hae_view_signal signal,
                                   const void *data, size_t length)
{
    /* A copy of the exact size, so that a sanitizer sees a read beyond it. */
    uint8_t *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    if (length > 0) {
        memcpy(copy, data, length);
    }
    struct hae_view_arrival arrival = {1000 * S, EPOCH_NS};
    struct hae_view_bytes body = {copy, length};
    enum hae_view_decode_result result = hae_view_decode(fixture->decoder, signal, body, arrival);
    free(copy);
    return result;
}

enum hae_view_decode_result decode_message(struct fixture *fixture, enum hae_view_signal signal,
                                           const ProtobufCMessage *message)
{
    free(fixture->packed);
    fixture->packed_length = protobuf_c_message_get_packed_size(message);
    fixture->packed = malloc(fixture->packed_length + 1);
    assert_non_null(fixture->packed);
    protobuf_c_message_pack(message, fixture->packed);
    return decode(fixture, signal, fixture->packed, fixture->packed_length);
}

const struct hae_view_summary *look(struct fixture *fixture)
{
    struct hae_view_summary_options options = {
        .now_ns = 1000 * S, .now_unix_ns = EPOCH_NS, .traces = 10, .errors = 10, .series = 100};
    hae_view_summary_done(&fixture->summary);
    assert_true(hae_view_summary_take(fixture->store, &options, &fixture->summary));
    return &fixture->summary;
}
