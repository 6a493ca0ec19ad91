/* SPDX-License-Identifier: Apache-2.0 */
/* The propagator that is in use where a call names none. */
#ifndef HAETAE_PROPAGATION_DEFAULT_H
#define HAETAE_PROPAGATION_DEFAULT_H

#include "propagation/propagator.h"

/* Sets the default, which is kept for good, unless the program has set one itself. */
void hae_propagator_suggest(haetae_propagator *propagator);

#endif
