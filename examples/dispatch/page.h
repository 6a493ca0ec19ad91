/* SPDX-License-Identifier: Apache-2.0 */
/* page.html, which embed.cmake makes an array of. */
#ifndef HAETAE_EXAMPLES_DISPATCH_PAGE_H
#define HAETAE_EXAMPLES_DISPATCH_PAGE_H

#include <stddef.h>

extern const unsigned char dispatch_page[];
extern const size_t dispatch_page_bytes;

#endif
