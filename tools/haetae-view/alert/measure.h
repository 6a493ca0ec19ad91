/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule is about, measured in the database now. */
#ifndef HAETAE_VIEW_ALERT_MEASURE_H
#define HAETAE_VIEW_ALERT_MEASURE_H

#include "alert/measuring.h"

/* Fills the samples, which are empty. What is not known, since there is too little data, is not
 * among them. Returns SQLITE_OK, or what went wrong; then nothing is to be concluded. */
int hae_view_measure(const struct hae_view_measuring *measuring);

#endif
