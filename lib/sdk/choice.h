/* SPDX-License-Identifier: Apache-2.0 */
/* Which exporters a configuration asks for: the names of its lists, and the factories that have
 * them. */
#ifndef HAETAE_SDK_CHOICE_H
#define HAETAE_SDK_CHOICE_H

#include "sdk/config_named.h"

/* The factories that a configuration asks for, and for which signals. */
struct hae_choices {
    struct {
        const haetae_exporter_factory *factory;
        haetae_string label; /* of the list that names it */
        uint32_t signals;
    } rows[HAE_CONFIG_EXPORTERS_MAX];
    size_t count;
};

/* A name that a signal has: of its key, or the default. */
struct hae_chosen_name {
    haetae_signal signal;
    bool is_default;
    bool is_of_failover; /* the first name of HAETAE_FAILOVER, in the place of a list */
    haetae_string whole; /* name or name/label */
    haetae_string name;
    haetae_string label;
};

/* Chooses the factories of all signals, but for the exporters that were added. Adds to the errors
 * of the configuration. Errors: HAETAE_EVALUE, HAETAE_ELIMIT, HAETAE_ENOMEM. */
haetae_status hae_choose_exporters(haetae_config *config, struct hae_choices *choices);

/* Sets a chosen name's parts from the whole of it. */
void hae_chosen_split(struct hae_chosen_name *chosen);

/* The factory of a name that was split. NULL: none has it; `missing` says so. Errors:
 * HAETAE_EVALUE, HAETAE_ENOMEM. */
enum { HAE_MISSING_BYTES = 640 };
haetae_status hae_chosen_factory(haetae_config *config, const struct hae_chosen_name *chosen,
                                 char missing[HAE_MISSING_BYTES],
                                 const haetae_exporter_factory **ret_factory);

#endif
