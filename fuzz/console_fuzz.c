/* SPDX-License-Identifier: Apache-2.0 */
/* The console exporter: for any body, as a request of each signal, it prints whole lines
 * without control characters, or refuses the body and prints nothing. Input: a request body. */
#include <stdlib.h>

#include "console.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void export_as(haetae_signal signal, const uint8_t *data, size_t size)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    check(stream != NULL);
    struct hae_con_outcome outcome = hae_con_export(stream, signal, data, size);
    fclose(stream);

    check(outcome.verdict == HAETAE_VERDICT_OK || outcome.verdict == HAETAE_VERDICT_DROP);
    check(outcome.verdict == HAETAE_VERDICT_OK || (length == 0 && outcome.message != NULL));
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        check(c == '\n' || (c >= 0x20 && c != 0x7F));
    }
    check(length == 0 || text[length - 1] == '\n');
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++)
        export_as((haetae_signal)signal, data, size);
    return 0;
}
