/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_file/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <unistd.h>

char files_folder[TEMPORARY_PATH_MAX];

int files_set_up(void **state)
{
    (void)state;
    return temporary_directory(files_folder) ? 0 : -1;
}

char *files_path(char path[FILES_PATH_MAX], const char *name)
{
    snprintf(path, FILES_PATH_MAX, "%s/%s", files_folder, name);
    return path;
}

/* The names in the folder with this text in them, sorted. */
static int list(const char *part, struct dirent ***ret_names)
{
    int count = scandir(files_folder, ret_names, NULL, alphasort);
    int kept = 0;

    assert_true(count >= 0);
    for (int i = 0; i < count; i++) {
        if (strcmp((*ret_names)[i]->d_name, ".") != 0 &&
            strcmp((*ret_names)[i]->d_name, "..") != 0 &&
            strstr((*ret_names)[i]->d_name, part) != NULL) {
            (*ret_names)[kept++] = (*ret_names)[i];
        } else {
            free((*ret_names)[i]);
        }
    }
    return kept;
}

int files_tear_down(void **state)
{
    struct dirent **names;
    char path[FILES_PATH_MAX * 2];
    int count = list("", &names);

    (void)state;
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", files_folder, names[i]->d_name);
        (void)unlink(path);
        free(names[i]);
    }
    free(names);
    return rmdir(files_folder);
}

size_t files_count(const char *part)
{
    struct dirent **names;
    int count = list(part, &names);

    for (int i = 0; i < count; i++) {
        free(names[i]);
    }
    free(names);
    return (size_t)count;
}

char *files_read(const char *part)
{
    struct dirent **names;
    char path[FILES_PATH_MAX * 2];
    char *text = NULL;
    size_t size = 0;
    int count = list(part, &names);
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", files_folder, names[i]->d_name);
        FILE *in = fopen(path, "r");
        int c;

        assert_non_null(in);
        while ((c = getc(in)) != EOF) {
            putc(c, out);
        }
        fclose(in);
        free(names[i]);
    }
    free(names);
    assert_int_equal(fclose(out), 0);
    return text;
}

void files_write(const char *name, const char *text)
{
    char path[FILES_PATH_MAX];
    FILE *out = fopen(files_path(path, name), "w");

    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
}
