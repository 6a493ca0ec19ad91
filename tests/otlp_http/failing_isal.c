/* SPDX-License-Identifier: Apache-2.0 */
/* ISA-L that fails on demand. It allocates nothing, so there is nothing to balance. */
#include <isa-l/igzip_lib.h>

#include "otlp_http/failing_wrap.h"

WRAP(void, isal_deflate_init, struct isal_zstream *stream)
{
    __real_isal_deflate_init(stream);
}

WRAP(int, isal_deflate, struct isal_zstream *stream)
{
    if (calls_fail(CALL_isal_deflate)) {
        return NEXT_OF(isal_deflate, ISAL_INVALID_STATE, ISAL_INVALID_LEVEL_BUF);
    }
    return __real_isal_deflate(stream);
}
