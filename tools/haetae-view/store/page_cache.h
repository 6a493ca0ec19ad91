/* SPDX-License-Identifier: Apache-2.0 */
/* The cache of pages that SQLite has, without a search through all of it after each request. */
#ifndef HAETAE_VIEW_STORE_PAGE_CACHE_H
#define HAETAE_VIEW_STORE_PAGE_CACHE_H

#include <stdbool.h>

/* For all databases that are opened from now on. Once in a process, before SQLite is used. False:
 * SQLite goes on with its own, which does the same in more time. */
bool hae_view_page_cache_install(void);

#endif
