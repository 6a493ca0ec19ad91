/* SPDX-License-Identifier: Apache-2.0 */
/* Which scopes of a signal are on: the configurators of a file. */
#ifndef HAETAE_CONFIG_FILE_APPLY_SCOPE_H
#define HAETAE_CONFIG_FILE_APPLY_SCOPE_H

#include "apply.h"

/* trace, trace2 ... fatal4: a haetae_severity; 0 for others. */
int hae_severity_of(const char *name);

/* {tracer,meter,logger}_configurator/development */
void hae_apply_configurator(struct hae_apply *apply, const haetae_config_node *node,
                            const struct hae_type *type);

#endif
