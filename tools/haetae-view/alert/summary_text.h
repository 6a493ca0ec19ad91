/* SPDX-License-Identifier: Apache-2.0 */
/* The text of an alert for people. */
#ifndef HAETAE_VIEW_ALERT_SUMMARY_TEXT_H
#define HAETAE_VIEW_ALERT_SUMMARY_TEXT_H

#include "alert/alert.h"

/* The rule's summary, with {{value}} and {{name of a label}} filled in; or one that says what is
 * known. It is one line that can be shown. NULL: out of memory. The caller frees it. */
char *hae_view_alert_summary(const struct hae_view_alert *alert);

#endif
