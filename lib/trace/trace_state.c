/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/trace_state.h"

#include "recorder/registry.h"
#include "trace/span_scan.h"
#include "wire/otlp.h"
#include "wire/wire.h"

bool hae_trace_state_valid(haetae_string text)
{
    if (text.data == NULL || text.length == 0 || text.length > HAETAE_TRACE_STATE_MAX) {
        return false;
    }
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] < 0x20 || text.data[i] > 0x7E) {
            return false;
        }
    }
    return true;
}

size_t hae_span_trace_state(haetae_span span, char *buffer)
{
    struct hae_recorder *recorder = hae_handle_recorder(span);
    uint64_t words[HAE_IDENTITY_WORDS];
    struct hae_span_field field;
    size_t length = 0;
    bool contended;

    if (recorder == NULL || !hae_open_identify(span, words) ||
        (words[HAE_IDENTITY_FLAGS] & HAE_SPAN_HAS_TRACE_STATE) == 0 ||
        hae_open_acquire(recorder, span, &contended) == 0) {
        return 0;
    }
    if (hae_span_find_field(recorder, hae_handle_slot(span),
                            HAE_TAG(HAE_OTLP_SPAN_TRACE_STATE, HAE_WIRE_LENGTH), NULL, &field) &&
        field.content_size <= HAETAE_TRACE_STATE_MAX) {
        length = field.content_size;
        hae_chain_copy(field.content, (uint8_t *)buffer, length);
    }
    hae_open_release(recorder, span);
    return length;
}
