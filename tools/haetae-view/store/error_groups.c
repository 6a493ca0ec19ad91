/* SPDX-License-Identifier: Apache-2.0 */
#include "store/error_groups.h"

#include <string.h>

#include "store/bind.h"
#include "store/connection.h"
#include "store/intern.h"

/* Longer texts are compared and kept up to here. */
#define TEXT_MAX 512
/* When there are too many groups, this part of them goes: those that were seen longest ago. */
#define DROPPED_PART 4

/* Cuts at a character. */
static struct hae_view_text cut(struct hae_view_text text)
{
    if (text.length > TEXT_MAX) {
        text.length = TEXT_MAX;
        while (text.length > 0 && ((unsigned char)text.data[text.length] & 0xc0) == 0x80) {
            text.length--;
        }
    }
    return text;
}

/* "ride 17 failed" becomes "ride # failed". Returns its length. */
static size_t mask_digits(struct hae_view_text text, char out[TEXT_MAX])
{
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        bool digit = text.data[i] >= '0' && text.data[i] <= '9';
        if (!digit) {
            out[length++] = text.data[i];
        } else if (length == 0 || out[length - 1] != '#') {
            out[length++] = '#';
        }
    }
    return length;
}

static bool make_room(struct hae_view_database *database)
{
    if (!hae_view_memo_is_full(&database->memos[HAE_VIEW_MEMO_ERROR])) {
        return true;
    }
    database->errors_dropped = true;
    sqlite3_bind_int(database->statements[HAE_VIEW_DROP_ERRORS], 1,
                     HAE_VIEW_ERROR_GROUPS_MAX / DROPPED_PART);
    if (!hae_view_run(database, HAE_VIEW_DROP_ERRORS)) {
        return false;
    }
    if (!hae_view_intern_reload_errors(database)) {
        hae_view_fail(database, SQLITE_NOMEM);
        return false;
    }
    return true;
}

static int64_t add_group(struct hae_view_database *database, struct hae_view_digest digest)
{
    if (!hae_view_run(database, HAE_VIEW_ADD_ERROR)) {
        return 0;
    }
    int64_t id = sqlite3_last_insert_rowid(database->db);
    return hae_view_intern_error(database, digest, id) ? id : 0;
}

int64_t hae_view_error_group(struct hae_view_database *database, struct hae_view_text service,
                             const char *kind, struct hae_view_text text, const uint8_t *trace_id,
                             uint64_t time_ns)
{
    char masked[TEXT_MAX];
    text = cut(text);
    struct hae_view_text kind_text = {kind, strlen(kind)};
    struct hae_view_text fingerprint = {masked, mask_digits(text, masked)};
    struct hae_view_digest digest =
        hae_view_error_digest(database, service, kind_text, fingerprint);
    const struct hae_view_memo_entry *known =
        hae_view_memo_find(&database->memos[HAE_VIEW_MEMO_ERROR], digest);
    if (known != NULL) {
        int64_t id = known->id;
        sqlite3_stmt *count = database->statements[HAE_VIEW_COUNT_ERROR];
        sqlite3_bind_int64(count, 1, id);
        hae_view_bind_text(count, 2, text);
        hae_view_bind_count(count, 3, time_ns);
        sqlite3_bind_int64(count, 4, ++database->errors_seen);
        hae_view_bind_id(count, 5, trace_id != NULL, trace_id, 16);
        return hae_view_run(database, HAE_VIEW_COUNT_ERROR) ? id : 0;
    }
    if (!make_room(database)) {
        return 0;
    }
    sqlite3_stmt *add = database->statements[HAE_VIEW_ADD_ERROR];
    hae_view_bind_text(add, 1, service);
    hae_view_bind_text(add, 2, kind_text);
    hae_view_bind_text(add, 3, fingerprint);
    hae_view_bind_text(add, 4, text);
    hae_view_bind_count(add, 5, time_ns);
    sqlite3_bind_int64(add, 6, ++database->errors_seen);
    hae_view_bind_id(add, 7, trace_id != NULL, trace_id, 16);
    return add_group(database, digest);
}
