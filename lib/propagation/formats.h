/* SPDX-License-Identifier: Apache-2.0 */
/* Propagators by name: each format of the library, and those that a program registers. */
#ifndef HAETAE_PROPAGATION_FORMATS_H
#define HAETAE_PROPAGATION_FORMATS_H

#include "propagation/propagator.h"

/* The propagator of a name, whatever its case; NULL: there is none. */
const haetae_propagator *hae_propagator_named(haetae_string name);

/* The default where nobody chose: W3C Trace Context and W3C Baggage. */
const haetae_propagator *hae_propagator_usual(void);

#endif
