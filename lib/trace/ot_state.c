/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/ot_state.h"

#include "base/hex.h"

enum { DIGITS = 14, MEMBER_MAX = 256 };

/* Takes the next sub-key with its value off the front of *rest. False: there is none. */
static bool next(haetae_string *rest, haetae_string *ret_item)
{
    const char *end;

    if (rest->length == 0) {
        return false;
    }
    end = memchr(rest->data, ';', rest->length);
    ret_item->data = rest->data;
    ret_item->length = end != NULL ? (size_t)(end - rest->data) : rest->length;
    rest->data += ret_item->length + (end != NULL);
    rest->length -= ret_item->length + (end != NULL);
    return true;
}

static bool has_key(haetae_string item, const char *key)
{
    return item.length >= 3 && memcmp(item.data, key, 2) == 0 && item.data[2] == ':';
}

/* Reads `least` to DIGITS digits in lower case, as those of the highest bits. */
static bool read_digits(haetae_string item, size_t least, uint64_t *ret_value)
{
    uint64_t value = 0;
    size_t count = item.length - 3;

    if (count < least || count > DIGITS) {
        return false;
    }
    for (size_t i = 0; i < DIGITS; i++) {
        char c = i < count ? item.data[3 + i] : '0';
        int digit = c >= 'A' && c <= 'F' ? -1 : hae_hex_value(c);

        if (digit < 0) {
            return false;
        }
        value = value << 4 | (uint64_t)digit;
    }
    *ret_value = value;
    return true;
}

static haetae_string member_of(const haetae_trace_state *trace_state)
{
    haetae_string member = {NULL, 0};

    (void)haetae_trace_state_get(trace_state, "ot", 2, &member);
    return member;
}

struct hae_ot_state hae_ot_read(const haetae_trace_state *trace_state)
{
    struct hae_ot_state state = {.has_threshold = false};
    haetae_string rest = member_of(trace_state);
    haetae_string item;

    while (next(&rest, &item)) {
        if (has_key(item, "th")) {
            state.has_threshold = read_digits(item, 1, &state.threshold);
        } else if (has_key(item, "rv")) {
            state.has_randomness = read_digits(item, DIGITS, &state.randomness);
        }
    }
    return state;
}

/* Puts the member together again without `th`, and returns its length. */
static size_t without_threshold(const haetae_trace_state *trace_state, char member[MEMBER_MAX])
{
    haetae_string rest = member_of(trace_state);
    haetae_string item;
    size_t length = 0;

    while (next(&rest, &item)) {
        if (!has_key(item, "th") && item.length != 0 && length + 1 + item.length <= MEMBER_MAX) {
            if (length != 0) {
                member[length++] = ';';
            }
            memcpy(member + length, item.data, item.length);
            length += item.length;
        }
    }
    return length;
}

static void set_member(haetae_trace_state *trace_state, const char *member, size_t length)
{
    if (length == 0 || haetae_trace_state_set(trace_state, "ot", 2, member, length) != HAETAE_OK) {
        (void)haetae_trace_state_delete(trace_state, "ot", 2);
    }
}

void hae_ot_set_threshold(haetae_trace_state *trace_state, uint64_t threshold)
{
    char member[MEMBER_MAX + 1 + 3 + DIGITS];
    size_t length = without_threshold(trace_state, member);
    size_t kept = length;

    if (length != 0) {
        member[length++] = ';';
    }
    member[length++] = 't';
    member[length++] = 'h';
    member[length++] = ':';
    do {
        member[length++] = hae_hex_digit(threshold >> 52);
        threshold = threshold << 4 & ((UINT64_C(1) << 56) - 1);
    } while (threshold != 0);
    set_member(trace_state, member, length <= MEMBER_MAX ? length : kept);
}

void hae_ot_remove_threshold(haetae_trace_state *trace_state)
{
    char member[MEMBER_MAX];
    haetae_string before = member_of(trace_state);
    size_t length = without_threshold(trace_state, member);

    if (length != before.length) {
        set_member(trace_state, member, length);
    }
}

uint64_t hae_trace_randomness(const uint8_t trace_id[16], const haetae_trace_state *trace_state)
{
    struct hae_ot_state ot = hae_ot_read(trace_state);

    return ot.has_randomness ? ot.randomness : hae_randomness(hae_load64(trace_id + 8));
}

void hae_ot_keep_threshold_of(haetae_trace_state *trace_state, const uint8_t trace_id[16],
                              bool sampled)
{
    struct hae_ot_state ot = hae_ot_read(trace_state);

    if (ot.has_threshold &&
        sampled != (hae_trace_randomness(trace_id, trace_state) >= ot.threshold)) {
        hae_ot_remove_threshold(trace_state);
    }
}
