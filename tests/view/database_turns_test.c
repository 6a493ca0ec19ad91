/* SPDX-License-Identifier: Apache-2.0 */
/* Readers and the writer take turns. */
#include "database_fixture.h"

#include <pthread.h>

#include "store/gate.h"

static void a_reader_of_a_long_question_makes_way(void **state)
{
    (void)state;
    struct hae_view_database *database = open_in_memory();
    sqlite3 *db = hae_view_database_read(database);
    sqlite3_stmt *endless;
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL"
                                        " SELECT x + 1 FROM n) SELECT max(x) FROM n",
                                        -1, &endless, NULL),
                     SQLITE_OK);
    hae_view_database_interrupt(database, true);
    assert_int_equal(sqlite3_step(endless) & 0xff, SQLITE_INTERRUPT);
    hae_view_database_interrupt(database, false);
    sqlite3_finalize(endless);
    hae_view_database_read_done(database);
    assert_int_equal(ask(database, "SELECT 1"), 1);
    hae_view_database_close(database);
}

static void *write_in_a_thread(void *user)
{
    struct hae_view_database *database = user;
    struct hae_view_origin origin = begin(database, "s", 0);
    add_spans(database, &origin, 0, 10);
    keep(database);
    return NULL;
}

/* The endless question ends only because a request waits. */
static void a_request_interrupts_a_long_question(void **state)
{
    (void)state;
    struct hae_view_database *database = open_in_memory();
    sqlite3 *db = hae_view_database_read(database);
    sqlite3_stmt *endless;
    pthread_t writer;
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL"
                                        " SELECT x + 1 FROM n) SELECT max(x) FROM n",
                                        -1, &endless, NULL),
                     SQLITE_OK);
    assert_int_equal(pthread_create(&writer, NULL, write_in_a_thread, database), 0);
    assert_int_equal(sqlite3_step(endless) & 0xff, SQLITE_INTERRUPT);
    sqlite3_finalize(endless);
    hae_view_database_read_done(database);
    pthread_join(writer, NULL);
    assert_int_equal(ask(database, "SELECT count(*) FROM span"), 10);
    hae_view_database_close(database);
}

struct turns {
    struct hae_view_gate gate;
    int order[8];
    size_t count; /* guarded by the gate */
};

static void *take_as_writer(void *user)
{
    struct turns *turns = user;
    hae_view_gate_take(&turns->gate, true);
    turns->order[turns->count++] = 1;
    hae_view_gate_leave(&turns->gate);
    return NULL;
}

static void *take_as_reader(void *user)
{
    struct turns *turns = user;
    hae_view_gate_take(&turns->gate, false);
    turns->order[turns->count++] = 2;
    hae_view_gate_leave(&turns->gate);
    return NULL;
}

static void writers_go_before_readers_that_came_earlier(void **state)
{
    (void)state;
    struct turns turns = {.count = 0};
    pthread_t threads[4];
    hae_view_gate_init(&turns.gate);
    hae_view_gate_take(&turns.gate, false);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, take_as_reader, &turns), 0);
    }
    assert_int_equal(pthread_create(&threads[3], NULL, take_as_writer, &turns), 0);
    while (!hae_view_gate_is_wanted(&turns.gate)) {
    }
    hae_view_gate_leave(&turns.gate);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(turns.order[0], 1);
    assert_int_equal(turns.count, 4);
    hae_view_gate_done(&turns.gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_of_a_long_question_makes_way),
        cmocka_unit_test(a_request_interrupts_a_long_question),
        cmocka_unit_test(writers_go_before_readers_that_came_earlier),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
