/* SPDX-License-Identifier: Apache-2.0 */
/* The web page: its files as bytes of the program, written by embed.cmake. */
#ifndef HAETAE_VIEW_PAGE_PAGE_H
#define HAETAE_VIEW_PAGE_PAGE_H

#include "receive/asset.h"

#define HAE_VIEW_PAGE_ASSETS 3

extern const struct hae_view_asset hae_view_page[HAE_VIEW_PAGE_ASSETS];

#endif
