/* SPDX-License-Identifier: Apache-2.0 */
/* Views: what is reported of the measurements of an instrument. The program that uses a library
 * chooses that, not the library. A view names the instruments it is for, and describes their
 * stream: its name, description, attributes, aggregation, exemplars, and how many series it may
 * have.
 *
 * - An instrument that no view matches has the streams that the readers ask for.
 * - Each matching view makes its own stream. Two streams of one meter with one name are two metrics
 *   that a receiver cannot tell apart: they are exported, and a diagnostic names both. Views that
 *   ask for the same stream make one.
 * - With HAETAE_VIEW_MATCHING=composable the matching views are combined into one stream, or one
 *   for each name that they set. For each setting the last view that has it counts, and an
 *   attribute is kept if all of them keep it.
 * - A view with HAETAE_AGGREGATION_DROP makes no stream. An instrument without any stream costs a
 *   check when it is recorded into, and no memory for series; haetae_counter_enabled() and the like
 *   return false. A view for "*" that drops, before or after other views, leaves the streams of the
 *   others.
 * - An instrument has at most 16 streams; a diagnostic reports the view that would make more.
 * - A view that matches nothing is not an error: the library that it is for may not be there. The
 *   shutdown reports it with a diagnostic of level INFO.
 * - Leaving attributes out merges the series that differ only in them: sums add up, and of last
 *   values the latest counts. Exemplars may still have these attributes: see exemplar.h.
 *
 * Example: seconds in custom buckets, without the address of the client.
 *     haetae_view_options view = HAETAE_OPTIONS(haetae_view_options);
 *     const haetae_string left_out[] = {haetae_string_of("client.address")};
 *     const double seconds[] = {0.01, 0.1, 1, 10};
 *     view.instrument_name = haetae_string_of("http.server.request.duration");
 *     view.excluded_keys = left_out;
 *     view.excluded_key_count = 1;
 *     view.aggregation = HAETAE_AGGREGATION_EXPLICIT_BUCKET_HISTOGRAM;
 *     view.boundaries = seconds;
 *     view.boundary_count = 4;
 *     status = haetae_config_add_view(config, &view);
 *
 * Specification: "View", "Measurement processing". */
#ifndef HAETAE_VIEW_H
#define HAETAE_VIEW_H

#include "config.h"
#include "exemplar.h"
#include "metrics.h"
#include "reader.h"
#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

/* HAETAE_OPTIONS sets struct_size. A text with the pointer NULL, and a zero, are not given. */
typedef struct haetae_view_options {
    size_t struct_size;

    /* Which instruments. All that is given has to match, and something has to be given.
     * The name ignores case, as names of instruments do; `*` in it stands for any number of
     * letters and `?` for one: "*" is every instrument. The others match exactly; "" is the unit
     * of instruments without one, and likewise for meters. */
    haetae_string instrument_name; /* at most 255 bytes */
    haetae_string unit;
    haetae_string meter_name;
    haetae_string meter_version;
    haetae_string meter_schema_url;
    int32_t instrument_kind; /* a haetae_instrument_kind */

    /* How measurements are put together: a haetae_aggregation. HAETAE_AGGREGATION_DEFAULT: as the
     * readers ask for. One that has no meaning for an instrument (a last value of increments or of
     * a histogram, a histogram of an observable instrument) is reported, and the instrument is
     * treated as if this view did not match it; with HAETAE_VIEW_MATCHING=composable only the
     * aggregation is left out. A histogram of an instrument that may measure less than 0 has no
     * sum. */
    int32_t aggregation;

    /* The stream's name, which need not be one that an instrument could have, at most 1023 bytes;
     * "" or not given: the instrument's. Only for a view that names one instrument: not without
     * instrument_name, nor with a wildcard. */
    haetae_string name;
    haetae_string description; /* cut after 2048 characters; "" or not given: the instrument's */

    /* Patterns of the keys of attributes that are kept, and of those that are left out; `*` and `?`
     * as above, but case matters. A key that is in both lists is left out. `included_keys` NULL:
     * all are kept. A list without keys that is not NULL keeps none. At most 256 in a list, of 1 to
     * 1023 bytes. */
    const haetae_string *included_keys;
    size_t included_key_count;
    const haetae_string *excluded_keys;
    size_t excluded_key_count;

    /* HAETAE_AGGREGATION_EXPLICIT_BUCKET_HISTOGRAM: the upper bounds, as in
     * haetae_instrument_options. NULL and 0: the defaults, whatever the instrument advises. A list
     * without bounds that is not NULL: one bucket. */
    const double *boundaries;
    size_t boundary_count; /* at most HAETAE_BOUNDARIES_MAX */

    /* The most series of the stream, without the overflow series; at most 16777216. 0: that of the
     * readers. */
    uint32_t cardinality_limit;

    /* Histograms of both sorts: not 0: points have no minimum and maximum. */
    int32_t no_min_max;

    /* HAETAE_AGGREGATION_BASE2_EXPONENTIAL_BUCKET_HISTOGRAM: the most buckets of each sign, 2 to
     * 320; 0: 160. The largest scale, -10 to 20, where max_scale_given is not 0, else 20. */
    uint32_t max_size;
    int32_t max_scale;
    int32_t max_scale_given;
    int32_t reserved; /* zero */

    /* Which measurements become exemplars (exemplar.h): a haetae_exemplar_reservoir.
     * HAETAE_EXEMPLAR_RESERVOIR_ALIGNED_HISTOGRAM_BUCKET is for histograms with explicit buckets. A
     * stream of another aggregation, or with one bucket, has the default reservoir instead. */
    int32_t exemplar_reservoir;
    /* How many exemplars a series keeps, at most HAETAE_EXEMPLARS_MAX, with
     * HAETAE_EXEMPLAR_RESERVOIR_FIXED_SIZE or HAETAE_EXEMPLAR_RESERVOIR_CUSTOM. 0: up to 20 for an
     * exponential histogram, 1 for all others. With the other reservoirs it has to be 0. */
    uint32_t exemplar_size;
    /* The reservoir for HAETAE_EXEMPLAR_RESERVOIR_CUSTOM; copied. NULL for the others. */
    const haetae_exemplar_reservoir_ops *exemplar_ops;
} haetae_view_options;

/* Adds a view for the SDK that is started next with this configuration. Views count in the order in
 * which they were added. All that `options` points to is copied. haetae_config_error() says what is
 * wrong. Texts should be UTF-8: a name and a description are recorded with U+FFFD in place of bytes
 * that are not, keys are compared byte by byte.
 * Errors: HAETAE_EINVAL (a NULL, an invalid struct_size, or something in the options that a comment
 * above excludes), HAETAE_ENOMEM, HAETAE_ELIMIT (more than 256 views). */
HAETAE_API haetae_status haetae_config_add_view(haetae_config *config,
                                                const haetae_view_options *options);

HAETAE_END_DECLS

#endif
