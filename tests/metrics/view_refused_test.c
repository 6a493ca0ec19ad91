/* SPDX-License-Identifier: Apache-2.0 */
/* What views cannot be. */
#include <math.h>
#include <stdio.h>

#include "base/alloc.h"
#include "metrics/view_fixture.h"

/* ---- What is refused ------------------------------------------------------------------------ */

/* Expects options to be refused, for a reason that has `why` in it. */
static void refused(const haetae_view_options *options, const char *why)
{
    struct hae_views views = {.first = NULL};
    const char *reason = NULL;

    assert_int_equal(hae_views_add(&views, options, &reason), HAETAE_EINVAL);
    assert_non_null(reason);
    assert_non_null(strstr(reason, why));
    assert_null(views.first);
}

static void criteria_and_names_are_checked(void **state)
{
    static char text[2000];
    haetae_view_options view = HAETAE_OPTIONS(haetae_view_options);

    (void)state;
    memset(text, 'x', sizeof text);
    refused(&view, "for which instruments");
    view.instrument_name = haetae_string_of("");
    refused(&view, "for which instruments");
    view.instrument_name = (haetae_string){text, 256};
    refused(&view, "255");
    view.instrument_name = (haetae_string){text, SIZE_MAX};
    refused(&view, "255");
    view = for_name("c");
    view.unit = (haetae_string){text, 1024};
    refused(&view, "1023");
    view.unit = (haetae_string){NULL, 0};
    view.meter_schema_url = (haetae_string){text, SIZE_MAX};
    refused(&view, "1023");
    view = for_name("c");
    view.instrument_kind = 8;
    refused(&view, "instrument_kind");
    view.instrument_kind = -1;
    refused(&view, "instrument_kind");
    view = for_name("c");
    view.name = (haetae_string){text, 1024};
    refused(&view, "name has at most");
    view.name = haetae_string_of("x");
    view.instrument_name = haetae_string_of("c*");
    refused(&view, "one instrument");
    view.instrument_name = haetae_string_of("?");
    refused(&view, "one instrument");
    view.instrument_name = (haetae_string){NULL, 0};
    view.instrument_kind = HAETAE_INSTRUMENT_COUNTER;
    refused(&view, "one instrument");
    view = for_name("c");
    view.description = (haetae_string){text, SIZE_MAX};
    refused(&view, "description");
    view = for_name("c");
    view.reserved = 1;
    refused(&view, "reserved");
}

static void keys_are_checked(void **state)
{
    static char text[1024];
    static haetae_string keys[257];
    haetae_view_options view = for_name("c");

    (void)state;
    for (size_t i = 0; i < 257; i++) {
        keys[i] = haetae_string_of("key");
    }
    view.included_key_count = 1;
    refused(&view, "NULL");
    view.included_keys = keys;
    view.included_key_count = 257;
    refused(&view, "256");
    view.included_key_count = 256;
    view.excluded_keys = keys;
    view.excluded_key_count = SIZE_MAX;
    refused(&view, "256");
    view.excluded_key_count = 2;
    keys[1] = (haetae_string){text, sizeof text};
    refused(&view, "1023");
    keys[1] = haetae_string_of("");
    refused(&view, "1023");
    keys[1] = (haetae_string){NULL, 3};
    refused(&view, "1023");
}

static void aggregations_are_checked(void **state)
{
    static double bounds[201];
    haetae_view_options view = for_name("c");

    (void)state;
    view.aggregation = 6;
    refused(&view, "aggregation");
    view.aggregation = -1;
    refused(&view, "aggregation");
    view.aggregation = HAETAE_AGGREGATION_DEFAULT;
    view.boundaries = bounds;
    view.boundary_count = 1;
    refused(&view, "boundaries are for");
    view.aggregation = HAETAE_AGGREGATION_EXPLICIT_BUCKET_HISTOGRAM;
    for (int i = 0; i < 201; i++) {
        bounds[i] = i;
    }
    view.boundary_count = 201;
    refused(&view, "at most 200");
    view.boundary_count = SIZE_MAX;
    refused(&view, "at most 200");
    view.boundary_count = 3;
    bounds[1] = NAN;
    refused(&view, "finite");
    bounds[1] = 2;
    refused(&view, "above");
    bounds[2] = INFINITY;
    refused(&view, "finite");
    view.boundaries = NULL;
    refused(&view, "boundaries");
    view = for_name("c");
    view.max_size = 1;
    refused(&view, "max_size");
    view.max_size = 0;
    view.max_scale_given = 1;
    view.max_scale = 21;
    refused(&view, "max_scale");
    view = for_name("c");
    view.cardinality_limit = (1U << 24) + 1;
    refused(&view, "cardinality_limit");
}

static void a_provider_has_at_most_256_views(void **state)
{
    haetae_view_options view = for_name("c");
    struct hae_views views = {.first = NULL};
    const char *why = NULL;

    (void)state;
    for (int i = 0; i < 256; i++) {
        assert_int_equal(hae_views_add(&views, &view, &why), HAETAE_OK);
    }
    assert_int_equal(hae_views_add(&views, &view, &why), HAETAE_ELIMIT);
    hae_views_done(&views);
}

static void every_failed_allocation_of_a_view_is_reported_and_undone(void **state)
{
    static const haetae_string user[] = {{"user", 4}};
    haetae_view_options view = for_name("c");
    haetae_status status = HAETAE_ENOMEM;
    long allocations = 0;

    (void)state;
    view.excluded_keys = user;
    view.excluded_key_count = 1;
    view.name = haetae_string_of("x");
    for (; status != HAETAE_OK; allocations++) {
        haetae_instrument_options options =
            HAETAE_OPTIONS(haetae_instrument_options, .name = {"c", 1});
        haetae_counter *counter = NULL;
        const char *why;

        begin();
        compose();
        hae_alloc_fail_after(allocations);
        status = hae_views_add(&f.provider.views, &view, &why);
        if (status == HAETAE_OK) {
            hae_meter_provider_use_views(&f.provider, &f.provider.views, true);
            status = haetae_counter_create(f.meter, &options, &counter);
        }
        hae_alloc_fail_after(-1);
        assert_true(status == HAETAE_OK || status == HAETAE_ENOMEM);
        assert_int_equal(haetae_counter_create(f.meter, &options, &counter), HAETAE_OK);
        end();
    }
    assert_true(allocations >= 6); /* fields, view; fields, filter, instrument, reserve; success */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(criteria_and_names_are_checked),
        cmocka_unit_test(keys_are_checked),
        cmocka_unit_test(aggregations_are_checked),
        cmocka_unit_test(a_provider_has_at_most_256_views),
        cmocka_unit_test(every_failed_allocation_of_a_view_is_reported_and_undone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
