/* SPDX-License-Identifier: Apache-2.0 */
/* One process with two libraries, each linked to another version of haetae. */
#include <stdio.h>
#include <string.h>

const char *caller_one_header(void);
const char *caller_one_library(void);
int caller_one_record(void);
const char *caller_two_header(void);
const char *caller_two_library(void);
int caller_two_record(void);

int main(void)
{
    int failed = caller_one_record() + caller_two_record();

    printf("one: header %s, library %s\n", caller_one_header(), caller_one_library());
    printf("two: header %s, library %s\n", caller_two_header(), caller_two_library());
    failed += strcmp(caller_one_header(), caller_one_library()) != 0;
    failed += strcmp(caller_two_header(), caller_two_library()) != 0;
    failed += strcmp(caller_one_library(), caller_two_library()) == 0;
    return failed;
}
