/* SPDX-License-Identifier: Apache-2.0 */
/* Measures what a rule is about, from the database. */
#ifndef HAETAE_VIEW_ALERT_MEASURE_H
#define HAETAE_VIEW_ALERT_MEASURE_H

#include "alert/measuring.h"

/* Fills the samples, which are empty. A value for which there is too little data is left out.
 * Returns SQLITE_OK, or what went wrong: then the samples mean nothing. */
int hae_view_measure(const struct hae_view_measuring *measuring);

#endif
