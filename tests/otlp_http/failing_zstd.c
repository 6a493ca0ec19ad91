/* SPDX-License-Identifier: Apache-2.0 */
/* libzstd that fails on demand. */
#include <stddef.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "otlp_http/failing_wrap.h"

/* As libzstd returns an error in the place of a size. */
static size_t error_of(int code)
{
    return (size_t)0 - (size_t)code;
}

WRAP(ZSTD_CCtx *, ZSTD_createCCtx, void)
{
    ZSTD_CCtx *context = calls_fail(CALL_ZSTD_createCCtx) ? NULL : __real_ZSTD_createCCtx();

    calls_note_made(ZSTD_CONTEXT, context != NULL);
    return context;
}

WRAP(size_t, ZSTD_freeCCtx, ZSTD_CCtx *context)
{
    calls_note_freed(ZSTD_CONTEXT, context);
    return __real_ZSTD_freeCCtx(context);
}

WRAP(size_t, ZSTD_CCtx_setParameter, ZSTD_CCtx *context, ZSTD_cParameter parameter, int value)
{
    if (calls_fail(CALL_ZSTD_CCtx_setParameter)) {
        return error_of(ZSTD_error_parameter_unsupported);
    }
    return __real_ZSTD_CCtx_setParameter(context, parameter, value);
}

WRAP(size_t, ZSTD_compress2, ZSTD_CCtx *context, void *to, size_t room, const void *data,
     size_t size)
{
    if (calls_fail(CALL_ZSTD_compress2)) {
        return error_of(NEXT_OF(ZSTD_compress2, ZSTD_error_memory_allocation, ZSTD_error_GENERIC,
                                ZSTD_error_dstSize_tooSmall));
    }
    return __real_ZSTD_compress2(context, to, room, data, size);
}

WRAP(size_t, ZSTD_compressBound, size_t size)
{
    return __real_ZSTD_compressBound(size);
}

WRAP(unsigned, ZSTD_isError, size_t code)
{
    return __real_ZSTD_isError(code);
}

WRAP(ZSTD_ErrorCode, ZSTD_getErrorCode, size_t code)
{
    return __real_ZSTD_getErrorCode(code);
}
