/* SPDX-License-Identifier: Apache-2.0 */
/* docs/abi.md shows the layouts that the library asserts, and the sizes that option structs
 * have today. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/option_struct.h"
#include "haetae/haetae.h"
#include "sdk/abi_layout.h"

enum { PAGE_MAX_BYTES = 1 << 20, LINE_MAX_BYTES = 256 };

/* `docs/abi.md`, with a line's end before its first line. */
static char page[PAGE_MAX_BYTES];
static unsigned row_count;

static int read_page(void **state)
{
    FILE *file = fopen(ABI_PAGE, "r");

    (void)state;
    assert_non_null(file);
    page[0] = '\n';
    assert_true(fread(page + 1, 1, sizeof page - 2, file) > 0);
    fclose(file);
    return 0;
}

static void expect_row(const char *type, const char *what, int bits64, int bits32,
                       int bits32_packed)
{
    char row[LINE_MAX_BYTES];

    snprintf(row, sizeof row, "\n| `%s` | %s | %d | %d | %d |\n", type, what, bits64, bits32,
             bits32_packed);
    if (strstr(page, row) == NULL) {
        fail_msg("docs/abi.md has not the row:%s", row);
    }
    row_count++;
}

#define FIRST_SIZE_ROW(type, bits64, bits32, bits32_packed)                                        \
    expect_row(#type, "size, first version", bits64, bits32, bits32_packed);
#define SIZE_ROW(type, bits64, bits32, bits32_packed)                                              \
    expect_row(#type, "size", bits64, bits32, bits32_packed);
#define FIELD_ROW(type, field, bits64, bits32, bits32_packed)                                      \
    expect_row(#type, "`" #field "`", bits64, bits32, bits32_packed);

static void the_page_has_each_size_and_offset_and_no_other(void **state)
{
    unsigned rows_of_page = 0;

    (void)state;
    row_count = 0;
    HAE_ABI_FROZEN(SIZE_ROW, FIELD_ROW)
    HAE_OPTION_STRUCTS(FIRST_SIZE_ROW)
    HAE_ABI_OPTION_SIZES(SIZE_ROW)
    HAE_ABI_OPTION_FIELDS(FIELD_ROW)
    for (const char *at = page; (at = strstr(at, "\n| `haetae_")) != NULL; at++) {
        rows_of_page++;
    }
    assert_int_equal(rows_of_page, row_count);
}

#define HAS_SIZE(type, bits64, bits32, bits32_packed)                                              \
    assert_int_equal(sizeof(type), HAE_BY_PLATFORM(bits64, bits32, bits32_packed));

static void option_structs_have_the_sizes_of_the_page(void **state)
{
    (void)state;
    HAE_ABI_OPTION_SIZES(HAS_SIZE)
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_has_each_size_and_offset_and_no_other),
        cmocka_unit_test(option_structs_have_the_sizes_of_the_page),
    };

    return cmocka_run_group_tests(tests, read_page, NULL);
}
