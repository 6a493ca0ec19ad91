/* SPDX-License-Identifier: Apache-2.0 */
/* zlib that fails on demand. */
#include <stddef.h>
#include <zlib.h>

#include "otlp_http/failing_wrap.h"

WRAP(int, deflateInit2_, z_streamp stream, int level, int method, int window_bits, int memory_level,
     int strategy, const char *version, int size)
{
    int code = calls_fail(CALL_deflateInit2_)
                   ? Z_MEM_ERROR
                   : __real_deflateInit2_(stream, level, method, window_bits, memory_level,
                                          strategy, version, size);

    calls_note_made(DEFLATE, code == Z_OK);
    return code;
}

WRAP(int, deflate, z_streamp stream, int flush)
{
    if (calls_fail(CALL_deflate)) {
        return NEXT_OF(deflate, Z_STREAM_ERROR, Z_BUF_ERROR);
    }
    return __real_deflate(stream, flush);
}

/* Z_DATA_ERROR: something was not fetched; it is freed all the same. */
WRAP(int, deflateEnd, z_streamp stream)
{
    int code = __real_deflateEnd(stream);

    calls_note_freed(DEFLATE, code != Z_STREAM_ERROR ? stream : NULL);
    return calls_fail(CALL_deflateEnd) ? Z_DATA_ERROR : code;
}

/* There is nothing left that could be used on. */
WRAP(int, deflateReset, z_streamp stream)
{
    if (calls_fail(CALL_deflateReset)) {
        (void)__wrap_deflateEnd(stream);
    }
    return __real_deflateReset(stream);
}
