/* SPDX-License-Identifier: Apache-2.0 */
/* The web page: its files as bytes of the program, written by embed.cmake. */
#ifndef HAETAE_VIEW_PAGE_PAGE_H
#define HAETAE_VIEW_PAGE_PAGE_H

#include "receive/asset.h"

extern const struct hae_view_asset hae_view_page[];
extern const size_t hae_view_page_count;

#endif
