/* SPDX-License-Identifier: Apache-2.0 */
/* Formats of a program's own, by callback. */
#ifndef HAETAE_PROPAGATION_OWN_FORMAT_H
#define HAETAE_PROPAGATION_OWN_FORMAT_H

#include "propagation/propagator.h"

/* Whether a propagator is one of haetae_propagator_new(). */
bool hae_format_is_own(const haetae_propagator *propagator);

#endif
