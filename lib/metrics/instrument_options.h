/* SPDX-License-Identifier: Apache-2.0 */
/* Checking what a caller wants an instrument to be. */
#ifndef HAETAE_METRICS_INSTRUMENT_OPTIONS_H
#define HAETAE_METRICS_INSTRUMENT_OPTIONS_H

#include "haetae/metrics.h"
#include "metrics/layout.h"
#include "metrics/stream_init.h"
#include "wire/sink.h"

enum {
    HAE_METRIC_NAME_MAX_BYTES = 255,
    HAE_METRIC_STREAM_NAME_MAX_BYTES = 1023, /* one that a view gives */
    HAE_METRIC_UNIT_MAX_BYTES = 63,
    HAE_METRIC_DESCRIPTION_MAX_POINTS = 2048, /* cut there; the specification asks for 1023 */
    /* A code point takes at most 4 bytes, tags and lengths of three fields 12. */
    HAE_METRIC_FIELDS_MAX_BYTES = 3 * HAE_METRIC_STREAM_NAME_MAX_BYTES +
                                  3 * HAE_METRIC_UNIT_MAX_BYTES +
                                  4 * HAE_METRIC_DESCRIPTION_MAX_POINTS + 12
};

/* Where the fields of an instrument's texts end: the name, the description, the unit. */
struct hae_metric_texts {
    uint32_t name_end;
    uint32_t description_end;
    uint32_t unit_end;
};

/* An instrument that is asked for, checked, and with its texts as fields of a Metric message:
 * name, description, unit. */
struct hae_instrument_request {
    uint16_t scope;
    uint8_t kind;
    uint8_t number_type;
    uint32_t boundary_count;
    const double *boundaries;
    bool boundaries_given; /* not the defaults */
    bool keys_given;       /* advice on which attributes are kept */
    const haetae_string *keys;
    size_t key_count;
    const uint8_t *fields;
    struct hae_metric_texts texts; /* where they lie in the fields */
};

/* Whether they are at most HAETAE_BOUNDARIES_MAX, finite, and each is above the one before. */
bool hae_boundaries_valid(const double *boundaries, size_t count);

/* The boundaries of histograms for which no others were asked; *ret_count is how many.
 * Specification: "Explicit bucket histogram aggregation". */
const double *hae_default_boundaries(uint32_t *ret_count);

/* Checks the options and fills `fields`, which has HAE_METRIC_FIELDS_MAX_BYTES. The request
 * borrows both. Errors: HAETAE_EINVAL. */
haetae_status hae_instrument_options_read(const haetae_instrument_options *options, uint8_t kind,
                                          uint8_t *fields,
                                          struct hae_instrument_request *ret_request);

/* One of the texts of such fields, without tag and length; "" where there is none. */
haetae_string hae_metric_text_of(const uint8_t *fields, uint32_t from, uint32_t end);

/* The three of them, each as a field. */
void hae_metric_texts_split(const uint8_t *fields, const struct hae_metric_texts *texts,
                            struct hae_metric_text ret_texts[HAE_TEXT_COUNT]);

/* Writes the three texts into HAE_METRIC_FIELDS_MAX_BYTES. */
struct hae_metric_texts hae_metric_fields_put(uint8_t *fields, haetae_string name,
                                              haetae_string description, haetae_string unit);

#endif
