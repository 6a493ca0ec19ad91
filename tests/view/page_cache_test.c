/* SPDX-License-Identifier: Apache-2.0 */
#include "view_test.h"

#include "store/page_cache.h"

/* SQLite's own cache, with a count of what it is asked to forget. */
static sqlite3_pcache_methods2 real;
static size_t searches;

static void counting_truncate(sqlite3_pcache *cache, unsigned from)
{
    searches++;
    real.xTruncate(cache, from);
}

static int install(void **state)
{
    (void)state;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &real), SQLITE_OK);
    sqlite3_pcache_methods2 counting = real;
    counting.xTruncate = counting_truncate;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_PCACHE2, &counting), SQLITE_OK);
    assert_true(hae_view_page_cache_install());
    return 0;
}

static void run(sqlite3 *db, const char *statements)
{
    assert_int_equal(sqlite3_exec(db, statements, NULL, NULL, NULL), SQLITE_OK);
}

static sqlite3 *open_table(void)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    run(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, a BLOB, b TEXT); CREATE INDEX i ON t(a)");
    return db;
}

/* 200 rows whose index grows everywhere, so that its pages are balanced again and again. */
static void add_rows(sqlite3 *db)
{
    for (int i = 0; i < 200; i++) {
        run(db, "INSERT INTO t(a, b) VALUES(randomblob(24), hex(zeroblob(100)))");
    }
}

static int64_t number(sqlite3 *db, const char *query)
{
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(db, query, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

static void a_database_that_grows_is_not_searched(void **state)
{
    (void)state;
    sqlite3 *db = open_table();
    searches = 0;
    for (int i = 0; i < 100; i++) {
        run(db, "BEGIN");
        add_rows(db);
        run(db, "COMMIT");
    }
    assert_int_equal(searches, 0);
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 20000);
    sqlite3_close(db);
}

/* What is taken back, and what is deleted for good, is gone from the cache. */
static void a_database_that_shrinks_is(void **state)
{
    (void)state;
    sqlite3 *db = open_table();
    add_rows(db);
    int64_t pages = number(db, "PRAGMA page_count");
    for (int i = 0; i < 20; i++) {
        searches = 0;
        run(db, "BEGIN");
        for (int j = 0; j < 10; j++) {
            add_rows(db);
        }
        run(db, "ROLLBACK");
        assert_true(searches > 0);
        assert_int_equal(number(db, "PRAGMA page_count"), pages);
        assert_int_equal(number(db, "SELECT count(*) FROM t"), 200);
    }
    for (int i = 0; i < 20; i++) {
        add_rows(db);
    }
    run(db, "DELETE FROM t WHERE id > 100; VACUUM");
    assert_true(number(db, "PRAGMA page_count") < pages);
    for (int i = 0; i < 20; i++) {
        add_rows(db);
    }
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 4100);
    assert_int_equal(number(db, "SELECT count(*) FROM pragma_integrity_check WHERE"
                                " integrity_check = 'ok'"),
                     1);
    sqlite3_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_database_that_grows_is_not_searched),
        cmocka_unit_test(a_database_that_shrinks_is),
    };
    return cmocka_run_group_tests(tests, install, NULL);
}
