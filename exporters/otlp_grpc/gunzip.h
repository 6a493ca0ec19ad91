/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacks gzip, by ISA-L (gunzip_isal.c) where it was built with that, else by zlib
 * (gunzip_zlib.c). */
#ifndef HAETAE_OTLP_GRPC_GUNZIP_H
#define HAETAE_OTLP_GRPC_GUNZIP_H

#include <stdbool.h>

#include "otlp/buffer.h"

/* Unpacks one member of gzip, which is all of `data`, to an empty buffer. Its checksum is compared.
 * False: it is malformed, unpacks to more than `max_bytes`, or there is no memory. */
bool hae_grpc_gunzip(const void *data, size_t size_bytes, size_t max_bytes,
                     struct hae_http_buffer *buffer);

#endif
