/* SPDX-License-Identifier: Apache-2.0 */
/* The tab Errors; the occurrences of the error that was opened; and the latest errors, for other
 * tabs. */
#ifndef HAETAE_VIEW_SHOW_TAB_ERRORS_H
#define HAETAE_VIEW_SHOW_TAB_ERRORS_H

#include "show/reading.h"

int hae_view_load_errors(struct hae_view_reading *reading);
int hae_view_load_error(struct hae_view_reading *reading);

#define HAE_VIEW_ERROR_COLUMNS 6
extern const struct hae_view_column hae_view_error_columns[HAE_VIEW_ERROR_COLUMNS];
int hae_view_list_errors(struct hae_view_reading *reading, struct hae_view_list *list,
                         size_t limit);

#endif
