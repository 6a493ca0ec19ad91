/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/view_match.h"

#include "base/wildcard.h"
#include "metrics/view_options.h"
#include "recorder/scope_rules.h"
#include "wire/text.h"

void hae_view_subject_read(struct hae_view_subject *subject, const struct hae_heap *scopes,
                           const struct hae_instrument_request *request)
{
    haetae_string name = hae_metric_text_of(request->fields, 0, request->texts.name_end);
    struct hae_scope_view scope = hae_scope_at(scopes, request->scope);

    subject->name_length = name.length;
    for (size_t i = 0; i < name.length; i++) {
        char c = name.data[i];

        subject->name[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    subject->kind = request->kind;
    subject->unit = hae_metric_text_of(request->fields, request->texts.description_end,
                                       request->texts.unit_end);
    hae_scope_read(&scope, &subject->meter, NULL, 0);
}

static bool is_same(haetae_string wanted, haetae_string text)
{
    return wanted.data == NULL || hae_text_same(wanted, text);
}

bool hae_view_matches(const struct hae_view *view, const struct hae_view_subject *subject)
{
    return (view->kind == 0 || view->kind == subject->kind) &&
           (view->instrument_name.data == NULL ||
            hae_wildcard_match(view->instrument_name.data, view->instrument_name.length,
                               subject->name, subject->name_length)) &&
           is_same(view->unit, subject->unit) && is_same(view->meter_name, subject->meter.name) &&
           is_same(view->meter_version, subject->meter.version) &&
           is_same(view->meter_schema_url, subject->meter.schema_url);
}
