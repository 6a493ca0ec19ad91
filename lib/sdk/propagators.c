/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/propagators.h"

#include "base/printable.h"
#include "propagation/formats.h"
#include "sdk/config_error.h"
#include "sdk/config_read.h"

enum { SHOWN_BYTES = 64, NAMES_MAX = 32 };

static void warn(haetae_config *config, haetae_string name, const char *why)
{
    char shown[SHOWN_BYTES];

    hae_escape(shown, sizeof shown, name.data, name.length);
    hae_config_warn(config, "OTEL_PROPAGATORS: \"%s\" %s; it is ignored", shown, why);
}

/* Names that differ by case mean the same. */
static bool is_among(const haetae_propagator *const *found, size_t count,
                     const haetae_propagator *propagator)
{
    for (size_t i = 0; i < count; i++) {
        if (found[i] == propagator) {
            return true;
        }
    }
    return false;
}

haetae_status hae_propagators_of(haetae_config *config, haetae_propagator **ret_propagator)
{
    const haetae_propagator *found[NAMES_MAX];
    const char *list = hae_config_text(config, HAE_KEY_OTEL_PROPAGATORS);
    haetae_string name;
    size_t count = 0;

    *ret_propagator = NULL;
    if (config == NULL || !hae_config_is_set(config, HAE_KEY_OTEL_PROPAGATORS)) {
        return HAETAE_OK;
    }
    while (hae_config_next_name(&list, &name)) {
        const haetae_propagator *propagator = hae_propagator_named(name);

        if (propagator == NULL || count == NAMES_MAX) {
            warn(config, name,
                 propagator == NULL ? "is no propagator that is known" : "is one too many");
        } else if (!is_among(found, count, propagator)) {
            found[count++] = propagator;
        }
    }
    return count != 0 ? haetae_propagator_composite(found, count, ret_propagator) : HAETAE_OK;
}
