/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/view_fixture.h"

struct fixture f;
struct collection all;
char warnings[WARNINGS_BYTES];
int warning_count;
static struct hae_diagnostics diagnostics;

static void note(void *user, haetae_diagnostic_level level, const char *text)
{
    (void)user;
    if (level == HAETAE_DIAGNOSTIC_WARN && strlen(warnings) + strlen(text) + 2 < sizeof warnings) {
        warning_count++;
        strcat(strcat(warnings, text), "\n");
    }
}

void begin(void)
{
    fixture_init(&f, 0);
    f.provider.defaults.cardinality_limit = 10; /* nothing of memory is reported */
    assert_int_equal(hae_diagnostics_init(&diagnostics, note, NULL), HAETAE_OK);
    f.provider.diagnostics = &diagnostics;
    warnings[0] = '\0';
    warning_count = 0;
}

void end(void)
{
    hae_diagnostics_done(&diagnostics);
    fixture_done(&f);
}

void end_collected(void)
{
    collection_free(&all);
    end();
}

haetae_view_options for_name(const char *name)
{
    return (haetae_view_options)HAETAE_OPTIONS(haetae_view_options,
                                               .instrument_name = {name, strlen(name)});
}

void add(const haetae_view_options *options)
{
    const char *why;

    assert_int_equal(hae_views_add(&f.provider.views, options, &why), HAETAE_OK);
    hae_meter_provider_use_views(&f.provider, &f.provider.views, f.provider.views.composable);
}

void compose(void)
{
    f.provider.views.composable = true;
}

void collect_all(void)
{
    collect(&f, &all);
}

haetae_counter *described(const char *name, const char *description)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_counter *counter = NULL;

    options.name = haetae_string_of(name);
    options.description = haetae_string_of(description);
    options.unit = haetae_string_of("{call}");
    assert_int_equal(haetae_counter_create(f.meter, &options, &counter), HAETAE_OK);
    return counter;
}

void add_requests(haetae_counter *counter)
{
    for (int i = 0; i < 3; i++) { /* often enough that the lane's cache answers, too */
        haetae_counter_add(counter, 1,
                           HAETAE_ATTRS(HAETAE_ATTR("http.method", "GET"),
                                        HAETAE_ATTR("path", "/a"), HAETAE_ATTR("user", 1)));
        haetae_counter_add(counter, 2,
                           HAETAE_ATTRS(HAETAE_ATTR("user", 2), HAETAE_ATTR("http.method", "GET"),
                                        HAETAE_ATTR("path", "/b")));
    }
}
