/* SPDX-License-Identifier: Apache-2.0 */
/* The default propagator, as OTEL_PROPAGATORS has it. */
#ifndef HAETAE_SDK_PROPAGATORS_H
#define HAETAE_SDK_PROPAGATORS_H

#include "haetae/propagation.h"
#include "sdk/config_internal.h"

/* Makes the propagator that the key names; NULL where it is not set, or has no name that is known,
 * which is warned of. The caller has a reference. Errors: HAETAE_ENOMEM. */
haetae_status hae_propagators_of(haetae_config *config, haetae_propagator **ret_propagator);

#endif
