/* SPDX-License-Identifier: Apache-2.0 */
#include "journal_bridge.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <syslog.h>
#include <wchar.h>

/* ---- Fields -------------------------------------------------------------------------------- */

struct entry {
    struct bridge_line line;
    haetae_attribute attributes[JOURNAL_BRIDGE_FIELDS];
};

enum kind { TEXT, NUMBER, FACILITY };

static const struct {
    const char *name;
    const char *key;
    enum kind kind;
} known[] = {{"CODE_FILE", "code.file.path", TEXT},
             {"CODE_LINE", "code.line.number", NUMBER},
             {"CODE_FUNC", "code.function.name", TEXT},
             {"SYSLOG_IDENTIFIER", "syslog.ident", TEXT},
             {"SYSLOG_FACILITY", "syslog.facility", FACILITY},
             {"SYSLOG_PID", "syslog.procid", NUMBER},
             {"TID", "thread.id", NUMBER},
             {"ERRNO", "errno", NUMBER}};

static bool same(haetae_string text, const char *other)
{
    return text.length == strlen(other) && memcmp(text.data, other, text.length) == 0;
}

static bool name_is_valid(haetae_string name)
{
    if (name.length == 0 || name.length > 64 || name.data[0] == '_' ||
        (name.data[0] >= '0' && name.data[0] <= '9')) {
        return false;
    }
    for (size_t i = 0; i < name.length; i++) {
        char c = name.data[i];

        if (c != '_' && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9')) {
            return false;
        }
    }
    return true;
}

/* Reads a decimal number below 10^9. False: the text is none. */
static bool read_number(haetae_string text, int *ret_number)
{
    int number = 0;

    if (text.length == 0 || text.length > 9) {
        return false;
    }
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        number = number * 10 + (text.data[i] - '0');
    }
    *ret_number = number;
    return true;
}

static haetae_value value_of(haetae_string text, enum kind kind)
{
    int number = 0;

    if (kind == TEXT || !read_number(text, &number)) {
        return haetae_value_of(text);
    }
    if (kind == NUMBER) {
        return haetae_value_int64(number);
    }
    /* As a number it stands in PRIORITY without the lowest three bits. */
    return number < 24 ? haetae_value_string(bridge_facility_name(number << 3))
                       : haetae_value_int64(number);
}

static haetae_attribute attribute_of(haetae_string name, haetae_string text)
{
    haetae_attribute attribute = {name, haetae_value_of(text)};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (same(name, known[i].name)) {
            attribute = haetae_attribute_of(known[i].key, value_of(text, known[i].kind));
        }
    }
    return attribute;
}

static void entry_begin(struct entry *entry, haetae_logger *logger)
{
    struct bridge_level unknown = {HAETAE_SEVERITY_UNSPECIFIED, NULL};

    bridge_begin(&entry->line, logger, unknown);
    entry->line.record.attributes = entry->attributes;
}

/* Takes a field, whose memory stays until the end. Returns 0 or an error. */
static int entry_add(struct entry *entry, haetae_string name, haetae_string text)
{
    haetae_log_record *record = &entry->line.record;
    struct bridge_level level;
    int priority;

    if (!name_is_valid(name)) {
        return -EINVAL;
    }
    if (same(name, "MESSAGE")) {
        record->body = haetae_value_of(text);
        return 0;
    }
    if (same(name, "PRIORITY") && read_number(text, &priority) && priority <= LOG_DEBUG) {
        level = bridge_syslog_level(priority);
        record->severity = level.severity;
        record->severity_text = haetae_string_of(level.name);
        return 0;
    }
    if (record->attribute_count == JOURNAL_BRIDGE_FIELDS) {
        return -E2BIG;
    }
    entry->attributes[record->attribute_count++] = attribute_of(name, text);
    return 0;
}

/* Records the entry, unless something was wrong. */
static int entry_end(struct entry *entry, int error)
{
    if (error == 0) {
        bridge_emit(&entry->line);
    } else {
        bridge_cancel(&entry->line);
    }
    return error;
}

static int entry_add_pair(struct entry *entry, const char *data, size_t size)
{
    const char *equals = data != NULL ? memchr(data, '=', size) : NULL;
    size_t name = equals != NULL ? (size_t)(equals - data) : 0;

    return equals == NULL ? -EINVAL
                          : entry_add(entry, (haetae_string){data, name},
                                      (haetae_string){equals + 1, size - name - 1});
}

int journal_bridge_sendv(haetae_logger *logger, const struct iovec *fields, int count)
{
    struct entry entry;
    int error = count < 0 || (fields == NULL && count != 0) ? -EINVAL : 0;

    entry_begin(&entry, logger);
    for (int i = 0; i < count && error == 0; i++) {
        error = entry_add_pair(&entry, fields[i].iov_base, fields[i].iov_len);
    }
    return entry_end(&entry, error);
}

/* ---- The native protocol ----------------------------------------------------------------- */

static uint64_t read_length(const char *from)
{
    uint64_t length = 0;

    for (int i = 7; i >= 0; i--) {
        length = length << 8 | (uint8_t)from[i];
    }
    return length;
}

/* Takes the field at *at, which moves behind it. */
static int read_field(struct entry *entry, const char **at, const char *end)
{
    const char *line = *at;
    const char *newline = memchr(line, '\n', (size_t)(end - line));
    const char *equals;
    const char *value;
    uint64_t length;

    if (newline == NULL) {
        return -EBADMSG;
    }
    equals = memchr(line, '=', (size_t)(newline - line));
    if (equals != NULL) {
        *at = newline + 1;
        return entry_add_pair(entry, line, (size_t)(newline - line));
    }
    value = newline + 1;
    if (end - value < 8) {
        return -EBADMSG;
    }
    length = read_length(value);
    value += 8;
    if (length >= (uint64_t)(end - value) || value[length] != '\n') {
        return -EBADMSG;
    }
    *at = value + length + 1;
    return entry_add(entry, (haetae_string){line, (size_t)(newline - line)},
                     (haetae_string){value, (size_t)length});
}

int journal_bridge_read(haetae_logger *logger, const void *data, size_t size_bytes)
{
    const char *at = data;
    const char *end = data != NULL ? at + size_bytes : NULL;
    struct entry entry;
    int error = at == end ? -EBADMSG : 0;

    entry_begin(&entry, logger);
    while (at != end && error == 0) {
        error = read_field(&entry, &at, end);
    }
    return entry_end(&entry, error);
}

/* ---- Formats ----------------------------------------------------------------------------- */

/* In a struct, so that functions can move it forward. */
struct arguments {
    va_list list;
};

/* Steps over an integer of `size` bytes: those of an int and less are passed as one. */
static void skip_integer(struct arguments *arguments, size_t size)
{
    if (size > sizeof(long)) {
        (void)va_arg(arguments->list, long long);
    } else if (size > sizeof(int)) {
        (void)va_arg(arguments->list, long);
    } else {
        (void)va_arg(arguments->list, int);
    }
}

/* The length modifier of an integer: its size in bytes. */
static const char *read_modifier(const char *at, size_t *ret_size)
{
    size_t size = sizeof(int);

    for (; *at != '\0' && strchr("hljztqL", *at) != NULL; at++) {
        switch (*at) {
        case 'l':
            size = size == sizeof(int) && at[1] != 'l' ? sizeof(long) : sizeof(long long);
            break;
        case 'j':
            size = sizeof(intmax_t);
            break;
        case 'z':
            size = sizeof(size_t);
            break;
        case 't':
            size = sizeof(ptrdiff_t);
            break;
        case 'q':
        case 'L':
            size = sizeof(long long);
            break;
        default: /* h: an int */
            break;
        }
    }
    *ret_size = size;
    return at;
}

/* Flags, width and precision. */
static const char *skip_width(const char *at, struct arguments *arguments)
{
    for (; *at != '\0' && strchr("-+ #0'I123456789.*", *at) != NULL; at++) {
        if (*at == '*') {
            (void)va_arg(arguments->list, int);
        }
    }
    return at;
}

/* Steps over the argument of the conversion that begins behind a '%', and returns where it ends.
 * NULL: its argument is not known. */
static const char *skip_conversion(const char *at, struct arguments *arguments)
{
    size_t size;

    at = skip_width(at, arguments);
    at = read_modifier(at, &size);
    if (*at == '\0') {
        return NULL;
    }
    if (strchr("diouxXb", *at) != NULL) {
        skip_integer(arguments, size);
    } else if (strchr("aAeEfFgG", *at) != NULL) {
        if (at[-1] == 'L') {
            (void)va_arg(arguments->list, long double);
        } else {
            (void)va_arg(arguments->list, double);
        }
    } else if (*at == 'c' || *at == 'C') {
        (void)va_arg(arguments->list, wint_t);
    } else if (strchr("sSp", *at) != NULL) {
        (void)va_arg(arguments->list, void *);
    } else if (*at != '%' && *at != 'm') {
        return NULL;
    }
    return at + 1;
}

static bool skip_arguments(const char *format, struct arguments *arguments)
{
    const char *at = strchr(format, '%');

    while (at != NULL) {
        at = skip_conversion(at + 1, arguments);
        if (at == NULL) {
            return false;
        }
        at = strchr(at, '%');
    }
    return true;
}

/* Fields that are formatted one behind the other. Memory moves as it grows, so they are offsets. */
struct formatted {
    char *data;
    size_t used_bytes;
    size_t ends[JOURNAL_BRIDGE_FIELDS];
    int count;
};

/* Formats one field and steps over its arguments. Returns 0 or an error. */
static int format_field(struct formatted *all, const char *format, struct arguments *arguments,
                        int error)
{
    va_list measured;
    va_list again;
    char *data;
    int length;

    if (all->count == JOURNAL_BRIDGE_FIELDS) {
        return -E2BIG;
    }
    va_copy(again, arguments->list);
    va_copy(measured, arguments->list);
    errno = error;
    length = skip_arguments(format, arguments) ? vsnprintf(NULL, 0, format, measured) : -1;
    va_end(measured);
    data = length >= 0 ? realloc(all->data, all->used_bytes + (size_t)length + 1) : NULL;
    if (data != NULL) {
        errno = error;
        (void)vsnprintf(data + all->used_bytes, (size_t)length + 1, format, again);
    }
    va_end(again);
    if (data == NULL) {
        return length < 0 ? -EINVAL : -ENOMEM;
    }
    all->data = data;
    all->used_bytes += (size_t)length;
    all->ends[all->count++] = all->used_bytes;
    return 0;
}

static int send_formatted(haetae_logger *logger, const struct formatted *all, const char *file,
                          int line, const char *function)
{
    struct entry entry;
    size_t begin = 0;
    int error = 0;

    entry_begin(&entry, logger);
    /* First, so that fields of the caller's go before. */
    bridge_add_place(&entry.line, file, line, function);
    memcpy(entry.attributes, entry.line.attributes,
           entry.line.record.attribute_count * sizeof entry.attributes[0]);
    for (int i = 0; i < all->count && error == 0; i++) {
        error = entry_add_pair(&entry, all->data + begin, all->ends[i] - begin);
        begin = all->ends[i];
    }
    return entry_end(&entry, error);
}

int journal_bridge_send_from(haetae_logger *logger, const char *file, int line,
                             const char *function, ...)
{
    struct formatted all = {NULL, 0, {0}, 0};
    struct arguments arguments;
    const char *format;
    int before = errno;
    int error = 0;

    va_start(arguments.list, function);
    while (error == 0 && (format = va_arg(arguments.list, const char *)) != NULL) {
        error = format_field(&all, format, &arguments, before);
    }
    va_end(arguments.list);
    if (error == 0) {
        error = send_formatted(logger, &all, file, line, function);
    }
    free(all.data);
    errno = before;
    return error;
}

void journal_bridge_print(haetae_logger *logger, int priority, const char *format, ...)
{
    struct bridge_line line;
    va_list arguments;

    bridge_begin(&line, logger, bridge_syslog_level(priority));
    if (bridge_is_wanted(&line)) {
        va_start(arguments, format);
        (void)bridge_vformat(&line, format, arguments);
        va_end(arguments);
    }
    bridge_emit(&line);
}
