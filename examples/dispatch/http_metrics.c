/* SPDX-License-Identifier: Apache-2.0 */
#include "http_metrics.h"

#include <stdio.h>
#include <stdlib.h>

void attributes_add(struct attributes *list, haetae_attribute attribute)
{
    if (list->count < sizeof list->items / sizeof list->items[0]) {
        list->items[list->count++] = attribute;
    }
}

void attributes_add_text(struct attributes *list, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        attributes_add(list, HAETAE_ATTR(key, text));
    }
}

const char *http_method_value(const char *method)
{
    static const char *const known[] = {"CONNECT", "DELETE", "GET", "HEAD",  "OPTIONS",
                                        "PATCH",   "POST",   "PUT", "QUERY", "TRACE"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(method, known[i]) == 0) {
            return known[i];
        }
    }
    return "_OTHER";
}

haetae_histogram *http_duration_histogram(haetae_meter *meter, const char *name,
                                          const char *description)
{
    static const double bounds_s[] = {0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25,
                                      0.5,   0.75, 1,     2.5,  5,     7.5, 10};
    haetae_instrument_options options = HAETAE_OPTIONS(
        haetae_instrument_options, .name = haetae_string_of(name), .unit = haetae_string_of("s"),
        .description = haetae_string_of(description), .number_type = HAETAE_NUMBER_DOUBLE,
        .boundaries = bounds_s, .boundary_count = sizeof bounds_s / sizeof bounds_s[0]);
    haetae_histogram *histogram = NULL;
    haetae_status status = haetae_histogram_create(meter, &options, &histogram);
    if (status != HAETAE_OK) {
        fprintf(stderr, "%s: %s\n", name, haetae_status_text(status));
    }
    return histogram;
}

void http_split_authority(const char *authority, char *ret_host, size_t capacity, int *ret_port)
{
    snprintf(ret_host, capacity, "%s", authority != NULL ? authority : "");
    *ret_port = 80;
    char *colon = strrchr(ret_host, ':');
    /* In [::1] without a port, the last colon belongs to the address. */
    if (colon != NULL && strchr(colon, ']') == NULL) {
        *colon = '\0';
        *ret_port = atoi(colon + 1);
    }
}
