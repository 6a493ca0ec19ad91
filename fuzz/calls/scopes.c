/* SPDX-License-Identifier: Apache-2.0 */
/* The scopes of an SDK: a tracer, a logger and a meter each, made at their first use. */
#include <string.h>

#include "calls/calls.h"

static void note_scope(const haetae_scope_options *options, struct note *note)
{
    const struct calls_limits limits = {SIZE_MAX, SIZE_MAX};

    note_add(note, " scope={");
    expect_text_field(note, "name", options->name);
    expect_text_field(note, "version", options->version);
    expect_attributes(note, options->attributes, options->attribute_count, limits);
    note_add(note, "}");
    expect_text_field(note, "schema_url", options->schema_url);
}

static void make_scope(struct calls *calls, struct calls_sdk *sdk, struct calls_scope *scope)
{
    haetae_scope_options options = HAETAE_OPTIONS(haetae_scope_options);
    struct note note = {NULL, 0, 0};

    options.name = calls_text(calls);
    options.version = calls_text(calls);
    options.schema_url = calls_text(calls);
    options.attributes = calls_attributes(calls, false, &options.attribute_count);
    note_scope(&options, &note);
    scope->note = note.text;
    FUZZ_CHECK(haetae_tracer_get(sdk->sdk, &options, &scope->tracer) == HAETAE_OK &&
                   haetae_logger_get(sdk->sdk, &options, &scope->logger) == HAETAE_OK &&
                   haetae_meter_get(sdk->sdk, &options, &scope->meter) == HAETAE_OK,
               "no tracer, logger or meter");
    FUZZ_CHECK((scope->tracer != NULL) == (sdk->sdk != NULL), "a tracer or none");
    for (int i = 0; i < CALLS_SCOPES; i++) {
        const struct calls_scope *other = &sdk->scopes[i];

        if (other != scope && other->tracer != NULL && other->tracer == scope->tracer) {
            FUZZ_CHECK(strcmp(other->note, scope->note) == 0, "two scopes have one tracer");
            sdk->min_severity[scope - sdk->scopes] = sdk->min_severity[i];
        }
    }
}

struct calls_scope *calls_scope(struct calls *calls, struct calls_sdk *sdk)
{
    struct calls_scope *scope = &sdk->scopes[fuzz_below(&calls->input, CALLS_SCOPES)];

    if (scope->note == NULL && !sdk->shut_down) {
        make_scope(calls, sdk, scope);
    }
    return scope;
}
