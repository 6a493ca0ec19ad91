/* SPDX-License-Identifier: Apache-2.0 */
/* gzip by zlib. */
#ifndef HAETAE_PROMETHEUS_COMPRESS_H
#define HAETAE_PROMETHEUS_COMPRESS_H

#include "base/buffer.h"

/* Compresses the content. False: it is as it was, for want of memory or because it is short. */
bool hae_prom_compress(struct hae_buffer *content);

#endif
