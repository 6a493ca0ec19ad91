/* SPDX-License-Identifier: Apache-2.0 */
/* A file of the program that is served as it is, to browsers. */
#ifndef HAETAE_VIEW_RECEIVE_ASSET_H
#define HAETAE_VIEW_RECEIVE_ASSET_H

#include <stddef.h>

struct hae_view_asset {
    const char *path;
    const char *type; /* its Content-Type */
    const char *etag; /* with its quotes: changes with the bytes */
    const unsigned char *data;
    size_t length;
};

#endif
