/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target once with each input of a folder. So what a fuzzer found
 * stays a test in every build, without libFuzzer.
 * Usage: fuzz_replay_<subject> <folder>. No input is a failure. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX ((size_t)1 << 20)

/* Reads a file into memory of exactly its size, so that AddressSanitizer detects a
 * read beyond its end. NULL on failure. */
static uint8_t *read_input(const char *path, size_t *ret_size)
{
    static uint8_t buffer[INPUT_MAX];
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    size_t size = fread(buffer, 1, sizeof buffer, file);
    int failed = ferror(file);
    fclose(file);
    uint8_t *input = failed ? NULL : malloc(size > 0 ? size : 1);
    if (input == NULL)
        return NULL;
    for (size_t i = 0; i < size; i++)
        input[i] = buffer[i];
    *ret_size = size;
    return input;
}

static int replay_file(const char *folder, const char *name)
{
    char path[4096];
    size_t size = 0;
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return -1;
    uint8_t *input = read_input(path, &size);
    if (input == NULL) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return -1;
    }
    printf("%s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(input, size);
    free(input);
    return 0;
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (folder == NULL) {
        fprintf(stderr, "usage: %s <folder of inputs>\n", argv[0]);
        return 2;
    }
    unsigned count = 0;
    int failed = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        failed |= replay_file(argv[1], entry->d_name);
        count++;
    }
    closedir(folder);
    printf("%u inputs\n", count);
    return failed != 0 || count == 0;
}
