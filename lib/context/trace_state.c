/* SPDX-License-Identifier: Apache-2.0 */
#include "context/trace_state.h"

#include "base/bytes.h"

/* Limits of the grammar. A member above LARGE_BYTES goes first when there is too much. */
enum { KEY_MAX = 256, VALUE_MAX = 256, LARGE_BYTES = 128 };

/* Longer input cannot be a tracestate whose members are all valid, but for blanks. */
enum { INPUT_MAX = 64 * 1024 };

/* ---- The grammar ------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool key_begins(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool key_goes_on(char c)
{
    return key_begins(c) || c == '_' || c == '-' || c == '*' || c == '/' || c == '@';
}

static bool key_valid(const char *key, size_t length)
{
    if (key == NULL || length == 0 || length > KEY_MAX || !key_begins(key[0])) {
        return false;
    }
    for (size_t i = 1; i < length; i++) {
        if (!key_goes_on(key[i])) {
            return false;
        }
    }
    return true;
}

static bool value_valid(const char *value, size_t length)
{
    if (value == NULL || length == 0 || length > VALUE_MAX || value[length - 1] == ' ') {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (value[i] < 0x20 || value[i] > 0x7E || value[i] == ',' || value[i] == '=') {
            return false;
        }
    }
    return true;
}

/* The length of a member's key: up to its first equals sign, or all of it. */
static size_t key_length(haetae_string member)
{
    const char *equals = memchr(member.data, '=', member.length);

    return equals != NULL ? (size_t)(equals - member.data) : member.length;
}

static bool member_valid(haetae_string member)
{
    size_t key = key_length(member);

    return key < member.length && key_valid(member.data, key) &&
           value_valid(member.data + key + 1, member.length - key - 1);
}

static bool has_key(haetae_string member, const char *key, size_t length)
{
    return member.length > length && member.data[length] == '=' &&
           memcmp(member.data, key, length) == 0;
}

/* ---- Lists of members ---------------------------------------------------------------------- */

struct members {
    haetae_string items[HAETAE_TRACE_STATE_MEMBERS_MAX]; /* whole members, in their texts */
    uint32_t count;
};

static haetae_string trimmed(const char *text, size_t length)
{
    while (length != 0 && is_blank(text[0])) {
        text++;
        length--;
    }
    while (length != 0 && is_blank(text[length - 1])) {
        length--;
    }
    return (haetae_string){text, length};
}

/* The index of the member with a key; members->count: there is none. */
static uint32_t find(const struct members *members, const char *key, size_t length)
{
    uint32_t i = 0;

    while (i < members->count && !has_key(members->items[i], key, length)) {
        i++;
    }
    return i;
}

static void remove_at(struct members *members, uint32_t index)
{
    members->count--;
    memmove(&members->items[index], &members->items[index + 1],
            (members->count - index) * sizeof members->items[0]);
}

/* An empty member is left out, and so is a later one with the same key. False: the member is
 * malformed, or there are too many. */
static bool add_member(struct members *members, haetae_string member)
{
    if (member.length == 0) {
        return true;
    }
    if (!member_valid(member)) {
        return false;
    }
    if (find(members, member.data, key_length(member)) != members->count) {
        return true;
    }
    if (members->count == HAETAE_TRACE_STATE_MEMBERS_MAX) {
        return false;
    }
    members->items[members->count++] = member;
    return true;
}

/* False: a member is malformed, or there are too many. */
static bool add_members(struct members *members, const char *text, size_t length)
{
    if (length > INPUT_MAX) {
        return false;
    }
    while (length != 0) {
        const char *comma = memchr(text, ',', length);
        size_t whole = comma != NULL ? (size_t)(comma - text) : length;

        if (!add_member(members, trimmed(text, whole))) {
            return false;
        }
        whole += comma != NULL;
        text += whole;
        length -= whole;
    }
    return true;
}

static size_t joined_length(const struct members *members)
{
    size_t sum = members->count != 0 ? members->count - 1 : 0;

    for (uint32_t i = 0; i < members->count; i++) {
        sum += members->items[i].length;
    }
    return sum;
}

/* Leaves members out until the rest fits: large ones first, then from the end. The first `kept`
 * members stay. */
static void cut(struct members *members, uint32_t kept)
{
    for (uint32_t i = members->count; i > kept && joined_length(members) > HAETAE_TRACE_STATE_MAX;
         i--) {
        if (members->items[i - 1].length > LARGE_BYTES) {
            remove_at(members, i - 1);
        }
    }
    while (members->count > kept && joined_length(members) > HAETAE_TRACE_STATE_MAX) {
        members->count--;
    }
}

static void join(struct members members, uint32_t kept, haetae_trace_state *ret_trace_state)
{
    haetae_trace_state joined = {.length = 0};

    cut(&members, kept);
    for (uint32_t i = 0; i < members.count; i++) {
        if (i != 0) {
            joined.text[joined.length++] = ',';
        }
        memcpy(joined.text + joined.length, members.items[i].data, members.items[i].length);
        joined.length += (uint32_t)members.items[i].length;
    }
    *ret_trace_state = joined;
}

/* The members of a tracestate of the API, in its text. One that the caller has damaged has none. */
static struct members members_of(const haetae_trace_state *trace_state)
{
    struct members members = {.count = 0};

    if (trace_state->length > HAETAE_TRACE_STATE_MAX ||
        !add_members(&members, trace_state->text, trace_state->length)) {
        members.count = 0;
    }
    return members;
}

bool hae_trace_state_append(haetae_trace_state *trace_state, const char *text, size_t length)
{
    struct members members = members_of(trace_state);

    if (!add_members(&members, text, length)) {
        return false;
    }
    join(members, 0, trace_state);
    return true;
}

/* ---- The calls ------------------------------------------------------------------------------- */

haetae_status haetae_trace_state_parse(const char *text, size_t length,
                                       haetae_trace_state *ret_trace_state)
{
    haetae_trace_state parsed = {.length = 0};

    if (ret_trace_state == NULL) {
        return HAETAE_EINVAL;
    }
    if (!hae_trace_state_append(&parsed, text, text != NULL ? length : 0)) {
        return HAETAE_EFORMAT;
    }
    *ret_trace_state = parsed;
    return HAETAE_OK;
}

bool haetae_trace_state_get(const haetae_trace_state *trace_state, const char *key, size_t key_size,
                            haetae_string *ret_value)
{
    haetae_string value = {NULL, 0};

    if (trace_state != NULL && key_valid(key, key_size)) {
        struct members members = members_of(trace_state);
        uint32_t index = find(&members, key, key_size);

        if (index < members.count) {
            value.data = members.items[index].data + key_size + 1;
            value.length = members.items[index].length - key_size - 1;
        }
    }
    if (ret_value != NULL) {
        *ret_value = value;
    }
    return value.data != NULL;
}

haetae_status haetae_trace_state_set(haetae_trace_state *trace_state, const char *key,
                                     size_t key_size, const char *value, size_t value_size)
{
    char member[HAETAE_TRACE_STATE_MAX];
    struct members members;
    uint32_t index;

    if (trace_state == NULL || !key_valid(key, key_size) || !value_valid(value, value_size)) {
        return HAETAE_EINVAL;
    }
    if (key_size + 1 + value_size > sizeof member) {
        return HAETAE_ELIMIT;
    }
    memcpy(member, key, key_size);
    member[key_size] = '=';
    memcpy(member + key_size + 1, value, value_size);
    members = members_of(trace_state);
    index = find(&members, key, key_size);
    if (index < members.count) {
        remove_at(&members, index);
    } else if (members.count == HAETAE_TRACE_STATE_MEMBERS_MAX) {
        members.count--;
    }
    memmove(&members.items[1], &members.items[0], members.count * sizeof members.items[0]);
    members.items[0] = (haetae_string){member, key_size + 1 + value_size};
    members.count++;
    join(members, 1, trace_state);
    return HAETAE_OK;
}

bool haetae_trace_state_delete(haetae_trace_state *trace_state, const char *key, size_t key_size)
{
    struct members members;
    uint32_t index;

    if (trace_state == NULL || !key_valid(key, key_size)) {
        return false;
    }
    members = members_of(trace_state);
    index = find(&members, key, key_size);
    if (index == members.count) {
        return false;
    }
    remove_at(&members, index);
    join(members, 0, trace_state);
    return true;
}
