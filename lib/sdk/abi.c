/* SPDX-License-Identifier: Apache-2.0 */
/* What callers of every version rely on, asserted for the platform that this is compiled
 * for. An assertion that fails is a change of the ABI: docs/abi.md has the rules. */
#include "base/option_struct.h"
#include "haetae/haetae.h"
#include "sdk/abi_layout.h"

#define OFFSET_IS(type, field, bits64, bits32, bits32_packed)                                      \
    _Static_assert(offsetof(type, field) == HAE_BY_PLATFORM(bits64, bits32, bits32_packed),        \
                   #type "." #field " has moved");
#define SIZE_IS(type, bits64, bits32, bits32_packed)                                               \
    _Static_assert(sizeof(type) == HAE_BY_PLATFORM(bits64, bits32, bits32_packed),                 \
                   #type " has another size");
#define SIZE_IS_VALID(type, bits64, bits32, bits32_packed)                                         \
    _Static_assert(sizeof(type) >= HAE_BY_PLATFORM(bits64, bits32, bits32_packed) &&               \
                       sizeof(type) <= HAE_OPTION_STRUCT_SIZE_MAX,                                 \
                   #type " has a size that no version has");

HAE_ABI_FROZEN(SIZE_IS, OFFSET_IS)
HAE_OPTION_STRUCTS(SIZE_IS_VALID)
HAE_ABI_OPTION_FIELDS(OFFSET_IS)

/* Calls pass enums as int: -fshort-enums makes another ABI. */
_Static_assert(sizeof(haetae_status) == sizeof(int), "a status is an int");
_Static_assert(sizeof(haetae_signal) == sizeof(int), "an enum is an int");
_Static_assert(sizeof(bool) == 1, "haetae_value.as.boolean is one byte");
