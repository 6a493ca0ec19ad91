/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/view_streams.h"

#include "base/alloc.h"
#include "metrics/aggregations.h"
#include "metrics/view_match.h"
#include "metrics/view_options.h"

/* A stream under way. */
struct draft {
    struct hae_stream_options stream;
    bool dropped;
};

/* The streams of an instrument, while they are chosen. */
struct choice {
    struct hae_views *views;
    const struct hae_view_subject *subject;
    struct hae_stream_options own; /* what they are without a view */
    struct hae_stream_options *streams;
    uint32_t count;
};

/* Whether the aggregation of a view has a meaning for the instrument. */
static bool suits(const struct hae_view *view, const struct choice *choice)
{
    return hae_aggregation_suits(view->aggregation, choice->own.kind);
}

/* All that a view says but for attributes and the name. */
static void apply(const struct choice *choice, const struct hae_view *view, struct draft *draft)
{
    struct hae_stream_options *stream = &draft->stream;

    if (view->description.field != NULL) {
        stream->texts[HAE_TEXT_DESCRIPTION] = view->description;
    }
    if (view->series_limit != 0) {
        stream->series_limit = view->series_limit;
    }
    if (view->reservoir.kind != HAETAE_EXEMPLAR_RESERVOIR_DEFAULT) {
        stream->reservoir = view->reservoir;
    }
    if (view->aggregation == HAETAE_AGGREGATION_DEFAULT) {
        stream->omits_extremes = stream->omits_extremes || view->omits_extremes;
    } else if (suits(view, choice)) {
        draft->dropped = view->aggregation == HAETAE_AGGREGATION_DROP;
        stream->aggregation = hae_aggregation_chosen(view->aggregation, stream->kind);
        stream->boundaries = view->boundaries;
        stream->boundary_count = view->boundary_count;
        stream->omits_extremes = view->omits_extremes;
        stream->max_size = view->max_size;
        stream->max_scale = view->max_scale;
    }
}

static bool is_same_text(struct hae_metric_text a, struct hae_metric_text b)
{
    return a.size_bytes == b.size_bytes &&
           (a.size_bytes == 0 || memcmp(a.field, b.field, a.size_bytes) == 0);
}

static bool is_same_stream(const struct hae_stream_options *a, const struct hae_stream_options *b)
{
    return a->aggregation == b->aggregation && hae_filter_same(a->filter, b->filter) &&
           a->boundary_count == b->boundary_count &&
           (a->boundaries == NULL) == (b->boundaries == NULL) &&
           (a->boundary_count == 0 ||
            memcmp(a->boundaries, b->boundaries, a->boundary_count * sizeof *a->boundaries) == 0) &&
           a->series_limit == b->series_limit && a->omits_extremes == b->omits_extremes &&
           a->reservoir.kind == b->reservoir.kind &&
           a->reservoir.place_count == b->reservoir.place_count &&
           a->reservoir.ops == b->reservoir.ops && a->max_size == b->max_size &&
           a->max_scale == b->max_scale &&
           is_same_text(a->texts[HAE_TEXT_NAME], b->texts[HAE_TEXT_NAME]) &&
           is_same_text(a->texts[HAE_TEXT_DESCRIPTION], b->texts[HAE_TEXT_DESCRIPTION]);
}

static void add(struct choice *choice, const struct draft *draft)
{
    if (draft->dropped) {
        return;
    }
    for (uint32_t i = 0; i < choice->count; i++) {
        if (is_same_stream(&choice->streams[i], &draft->stream)) {
            return;
        }
    }
    if (choice->count == HAE_STREAMS_PER_INSTRUMENT_MAX) {
        atomic_fetch_add_explicit(&choice->views->left_out_count, 1, memory_order_relaxed);
        return;
    }
    choice->streams[choice->count++] = draft->stream;
}

/* ---- Each view by itself -------------------------------------------------------------------- */

/* Returns whether any view is for the instrument. */
static bool apply_independent(struct choice *choice)
{
    bool any = false;

    for (struct hae_view *view = choice->views->first; view != NULL; view = view->next) {
        struct draft draft = {choice->own, false};

        if (!hae_view_matches(view, choice->subject)) {
            continue;
        }
        atomic_store_explicit(&view->matched, true, memory_order_relaxed);
        if (!suits(view, choice)) {
            continue; /* as if it did not exist */
        }
        if (view->name.field != NULL) {
            draft.stream.texts[HAE_TEXT_NAME] = view->name;
        }
        if (view->filter != NULL) {
            draft.stream.filter = view->filter;
        }
        apply(choice, view, &draft);
        add(choice, &draft);
        any = true;
    }
    return any;
}

/* ---- Views put together --------------------------------------------------------------------- */

/* Whether a view counts for the stream of a name; NULL: that of the instrument. */
static bool is_of_group(const struct hae_view *view, const struct hae_view *named)
{
    return view->name.field == NULL || (named != NULL && is_same_text(view->name, named->name));
}

static size_t filter_length(const struct hae_key_filter *filter)
{
    size_t length = 0;

    for (; filter != NULL; filter = filter->also) {
        length++;
    }
    return length;
}

/* Puts a filter in front of what `at` leads to. Returns where the next one goes. */
static struct hae_key_filter *prepend(struct hae_key_filter *at,
                                      const struct hae_key_filter *filter,
                                      const struct hae_key_filter **first)
{
    for (; filter != NULL; filter = filter->also, at++) {
        *at = *filter;
        at->also = *first;
        *first = at;
    }
    return at;
}

/* Goes over the views of a group: with `at` NULL it counts their filters, else it joins them. */
static size_t join(const struct choice *choice, const struct hae_view *named,
                   struct hae_key_filter *at, const struct hae_key_filter **ret_first)
{
    size_t count = 0;

    for (const struct hae_view *view = choice->views->first; view != NULL; view = view->next) {
        if (hae_view_matches(view, choice->subject) && is_of_group(view, named)) {
            if (at != NULL) {
                at = prepend(at, view->filter, ret_first);
            }
            count += filter_length(view->filter);
        }
    }
    return count;
}

/* Gives a stream the filters of all views of its group. False: there is no memory. */
static bool compose_filter(struct choice *choice, const struct hae_view *named,
                           struct hae_stream_options *stream)
{
    const struct hae_key_filter *first = NULL;
    size_t count = join(choice, named, NULL, &first);
    struct hae_composed_filter *composed;

    if (count == 0) {
        return true;
    }
    composed = hae_malloc(sizeof *composed + count * sizeof composed->filters[0]);
    if (composed == NULL) {
        return false;
    }
    (void)join(choice, named, composed->filters, &first);
    composed->next = choice->views->composed;
    choice->views->composed = composed;
    stream->filter = first;
    return true;
}

/* Makes the stream of a name. False: there is no memory. */
static bool compose(struct choice *choice, const struct hae_view *named)
{
    struct draft draft = {choice->own, false};

    if (named != NULL) {
        draft.stream.texts[HAE_TEXT_NAME] = named->name;
    }
    for (struct hae_view *view = choice->views->first; view != NULL; view = view->next) {
        if (hae_view_matches(view, choice->subject) && is_of_group(view, named)) {
            atomic_store_explicit(&view->matched, true, memory_order_relaxed);
            apply(choice, view, &draft);
        }
    }
    if (!draft.dropped && !compose_filter(choice, named, &draft.stream)) {
        return false;
    }
    add(choice, &draft);
    return true;
}

/* Whether a view before this one that matches has its name. */
static bool is_named_before(const struct choice *choice, const struct hae_view *named)
{
    const struct hae_view *view = choice->views->first;

    while (view != named && !(view->name.field != NULL && is_same_text(view->name, named->name) &&
                              hae_view_matches(view, choice->subject))) {
        view = view->next;
    }
    return view != named;
}

/* Returns whether any view is for the instrument; *ret_composed is false when there is no memory.
 * Specification: "Measurement processing". */
static bool apply_composable(struct choice *choice, bool *ret_composed)
{
    bool any = false;
    bool any_named = false;
    bool composed = true;

    for (const struct hae_view *view = choice->views->first; view != NULL && composed;
         view = view->next) {
        if (!hae_view_matches(view, choice->subject)) {
            continue;
        }
        any = true;
        if (view->name.field != NULL && !is_named_before(choice, view)) {
            any_named = true;
            composed = compose(choice, view);
        }
    }
    if (any && !any_named && composed) {
        composed = compose(choice, NULL);
    }
    *ret_composed = composed;
    return any;
}

uint32_t hae_views_apply(struct hae_views *views, const struct hae_heap *scopes,
                         const struct hae_instrument_request *request,
                         struct hae_stream_options *streams)
{
    struct hae_view_subject subject;
    struct choice choice = {views, &subject, streams[0], streams, 0};
    bool composed = true;
    bool any;

    hae_view_subject_read(&subject, scopes, request);
    any = views->composable ? apply_composable(&choice, &composed) : apply_independent(&choice);
    if (!composed) {
        return HAE_VIEWS_NO_MEMORY;
    }
    return any ? choice.count : 1;
}
