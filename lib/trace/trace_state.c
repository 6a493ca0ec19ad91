/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/trace_state.h"

#include "context/span_identity.h"
#include "context/trace_state_store.h"
#include "recorder/registry.h"
#include "trace/span_scan.h"
#include "wire/otlp.h"
#include "wire/wire.h"

size_t hae_trace_state_of_span(haetae_span span, char *buffer)
{
    struct hae_recorder *recorder = hae_handle_recorder(span);
    struct hae_span_field field;
    size_t length = 0;
    bool contended;

    if (recorder == NULL || hae_open_acquire(recorder, span, &contended) == 0) {
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

uint64_t hae_trace_state_for_child(const struct hae_current *parent, haetae_string given,
                                   haetae_trace_state *ret_trace_state)
{
    if (given.length != 0 &&
        haetae_trace_state_parse(given.data, given.length, ret_trace_state) == HAETAE_OK &&
        ret_trace_state->length != 0) {
        return hae_trace_state_store(ret_trace_state->text, ret_trace_state->length);
    }
    if (!hae_current_trace_state(parent, ret_trace_state)) {
        return 0;
    }
    return hae_trace_state_is_kept(hae_current_number(parent))
               ? hae_current_number(parent)
               : hae_trace_state_store(ret_trace_state->text, ret_trace_state->length);
}
