/* SPDX-License-Identifier: Apache-2.0 */
/* Allocations of SQLite that fail as those of support/failing_malloc.h do, while `sqlite_fails`. */
#ifndef HAETAE_TESTS_VIEW_FAILING_SQLITE_H
#define HAETAE_TESTS_VIEW_FAILING_SQLITE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>

static sqlite3_mem_methods sqlite_methods;
static bool sqlite_fails;

/* An allocation of one byte fails where SQLite's shall. */
static bool fails(void)
{
    void *probe = sqlite_fails ? malloc(1) : NULL;
    free(probe);
    return sqlite_fails && probe == NULL;
}

static void *sqlite_malloc(int size)
{
    return fails() ? NULL : sqlite_methods.xMalloc(size);
}

static void *sqlite_realloc(void *block, int size)
{
    return fails() ? NULL : sqlite_methods.xRealloc(block, size);
}

/* To be called before SQLite is used. False: it is in use already. */
static bool let_sqlite_fail(void)
{
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_methods) != SQLITE_OK) {
        return false;
    }
    sqlite3_mem_methods methods = sqlite_methods;
    methods.xMalloc = sqlite_malloc;
    methods.xRealloc = sqlite_realloc;
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK;
}

#endif
