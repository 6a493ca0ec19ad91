/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what a rule expects has come. */
#ifndef HAETAE_VIEW_ALERT_MEASURE_ABSENCE_H
#define HAETAE_VIEW_ALERT_MEASURE_ABSENCE_H

#include "alert/measuring.h"

/* Adds one sample, whose score is 1 when nothing came in the window. Until a window has passed
 * since the start this is not known: there is no sample, unless the alert fires already. */
int hae_view_measure_absence(const struct hae_view_measuring *measuring);

#endif
