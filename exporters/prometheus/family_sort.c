/* SPDX-License-Identifier: Apache-2.0 */
#include "family_sort.h"

#include <stdlib.h>
#include <string.h>

/* ---- Grouping ---------------------------------------------------------------------------- */

static int compare_families(haetae_string a, haetae_string b)
{
    size_t shorter = a.length < b.length ? a.length : b.length;
    int order = memcmp(a.data, b.data, shorter);

    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static int compare(const void *a, const void *b)
{
    const struct hae_prom_metric *first = a;
    const struct hae_prom_metric *second = b;
    int order = compare_families(first->family, second->family);

    return order != 0 ? order : (first->order > second->order) - (first->order < second->order);
}

/* Whether it may stand behind `first`, the first of its family. */
static bool fits(const struct hae_prom_index *index, const struct hae_prom_metric *first,
                 const struct hae_prom_metric *metric)
{
    const char *target = hae_prom_target_family(index->style);

    if (index->style->options->target_info &&
        compare_families(metric->family, (haetae_string){target, strlen(target)}) == 0) {
        hae_prom_index_report(index, metric->family, "its name is that of the resource's metric");
        return false;
    }
    if (metric->type != first->type) {
        hae_prom_index_report(index, metric->family,
                              "another metric of this name has another type");
        return false;
    }
    return true;
}

/* ---- Names of samples --------------------------------------------------------------------- */

/* What stands behind the names of families in those of samples, and for which. */
static const struct {
    const char *text;
    bool is_of_histogram;
    bool is_of_summary;
    bool is_of_counter;
    bool is_openmetrics; /* in that format alone */
} suffixes[] = {
    {"_bucket", true, false, false, false}, {"_count", true, true, false, false},
    {"_sum", true, true, false, false},     {"_total", false, false, true, true},
    {"_created", true, true, true, true},
};

static int compare_family(const void *key, const void *element)
{
    const haetae_string *family = key;
    const struct hae_prom_metric *metric = element;

    return compare_families(*family, metric->family);
}

/* Whether there is a family of this name with samples that have the suffix. */
static bool has_sample(const struct hae_prom_index *index, haetae_string family, size_t suffix)
{
    const struct hae_prom_metric *found =
        bsearch(&family, index->list, index->count, sizeof *index->list, compare_family);

    return found != NULL &&
           ((suffixes[suffix].is_of_histogram && found->type == HAE_PROM_HISTOGRAM) ||
            (suffixes[suffix].is_of_summary && found->type == HAE_PROM_SUMMARY) ||
            (suffixes[suffix].is_of_counter && found->type == HAE_PROM_COUNTER));
}

/* Whether a family has the name that samples of another one have. */
static bool clashes(const struct hae_prom_index *index, haetae_string family)
{
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        size_t length = strlen(suffixes[i].text);

        if (family.length > length &&
            memcmp(family.data + family.length - length, suffixes[i].text, length) == 0 &&
            (!suffixes[i].is_openmetrics || index->style->format == HAE_PROM_OPENMETRICS) &&
            has_sample(index, (haetae_string){family.data, family.length - length}, i)) {
            return true;
        }
    }
    return false;
}

/* Leaves out families of which a scraper could not tell whose samples they have. All are looked at
 * first: the search needs them all. */
static void leave_out_clashing(struct hae_prom_index *index)
{
    size_t kept = 0;

    for (size_t i = 0; i < index->count; i++) {
        index->list[i].clashes = clashes(index, index->list[i].family);
    }
    for (size_t i = 0; i < index->count; i++) {
        if (index->list[i].clashes) {
            hae_prom_index_report(index, index->list[i].family,
                                  "samples of another metric have its name");
        } else {
            index->list[kept++] = index->list[i];
        }
    }
    index->count = kept;
}

bool hae_prom_index_sort(struct hae_prom_index *index)
{
    size_t kept = 0;
    size_t first = 0;

    if (index->failed || index->names.failed) {
        return false;
    }
    for (size_t i = 0; i < index->count; i++) {
        index->list[i].family.data = index->names.data + index->list[i].family_at;
    }
    if (index->count > 1) {
        qsort(index->list, index->count, sizeof *index->list, compare);
    }
    for (size_t i = 0; i < index->count; i++) {
        struct hae_prom_metric metric = index->list[i];

        if (kept == 0 || compare_families(metric.family, index->list[first].family) != 0) {
            first = kept;
        }
        /* The first of a family is compared with itself. */
        if (fits(index, first == kept ? &metric : &index->list[first], &metric)) {
            index->list[kept++] = metric;
        }
    }
    index->count = kept;
    leave_out_clashing(index);
    return true;
}
