/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of files, words and numbers of lines, names of files in lists. */
#include <sys/stat.h>

#include "host/escape.h"
#include "host/lines.h"
#include "host/words.h"
#include "host_test.h"

static void lines_are_what_newlines_end(void **state)
{
    struct hae_lines lines;

    put(state, "/f", "one\n\n two \nthree");
    assert_true(hae_lines_open(&lines, root_of(state), "/f"));
    assert_string_equal(hae_lines_next(&lines), "one");
    assert_string_equal(hae_lines_next(&lines), "");
    assert_string_equal(hae_lines_next(&lines), " two ");
    assert_null(hae_lines_next(&lines)); /* "thirteen" may have been meant */
    assert_null(hae_lines_next(&lines));
    hae_lines_close(&lines);
}

static void long_line_is_cut_at_a_space_and_the_next_one_is_whole(void **state)
{
    static const size_t lengths[] = {HAE_LINE_BYTES - 3, HAE_LINE_BYTES - 2, HAE_LINE_BYTES - 1,
                                     HAE_LINE_BYTES,     HAE_LINE_BYTES + 1, 2 * HAE_LINE_BYTES - 2,
                                     5 * HAE_LINE_BYTES};
    static char text[6 * HAE_LINE_BYTES];

    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct hae_lines lines;
        char *line;

        memset(text, 'x', lengths[i]);
        memcpy(text, "first second ", 13);
        memcpy(text + lengths[i], "\nnext\n", 7);
        put(state, "/f", text);
        assert_true(hae_lines_open(&lines, root_of(state), "/f"));
        line = hae_lines_next(&lines);
        if (lengths[i] < HAE_LINE_BYTES - 1) {
            assert_int_equal(strlen(line), lengths[i]);
        } else {
            assert_string_equal(line, "first second");
        }
        assert_string_equal(hae_lines_next(&lines), "next");
        assert_null(hae_lines_next(&lines));
        hae_lines_close(&lines);
    }
}

static void long_line_without_a_space_is_empty(void **state)
{
    static char text[2 * HAE_LINE_BYTES];
    struct hae_lines lines;

    memset(text, 'x', sizeof text - 1);
    put(state, "/f", text);
    assert_true(hae_lines_open(&lines, root_of(state), "/f"));
    assert_string_equal(hae_lines_next(&lines), "");
    assert_null(hae_lines_next(&lines));
    hae_lines_close(&lines);
}

static void no_more_of_a_file_is_read_than_the_limit(void **state)
{
    enum { LINE = 64, LINES = HAE_LINES_BYTES_MAX / LINE };
    char *text = malloc((LINES + 100) * LINE + 1);
    struct hae_lines lines;
    size_t count = 0;

    assert_non_null(text);
    for (size_t i = 0; i < LINES + 100; i++) {
        memset(text + i * LINE, 'x', LINE - 1);
        text[i * LINE + LINE - 1] = '\n';
    }
    text[(LINES + 100) * LINE] = '\0';
    put(state, "/f", text);
    assert_true(hae_lines_open(&lines, root_of(state), "/f"));
    while (hae_lines_next(&lines) != NULL) {
        count++;
    }
    assert_int_equal(count, LINES);
    hae_lines_close(&lines);
    free(text);
}

static void nul_ends_the_text_of_its_line(void **state)
{
    struct hae_lines lines;

    assert_true(fake_root_write(*state, "/f", "a\0b\nc\n", 6));
    assert_true(hae_lines_open(&lines, root_of(state), "/f"));
    assert_string_equal(hae_lines_next(&lines), "a");
    assert_string_equal(hae_lines_next(&lines), "c");
    hae_lines_close(&lines);
}

static void what_is_no_regular_file_is_not_opened(void **state)
{
    struct hae_lines lines;
    char *name = malloc(2 * HAE_LINE_BYTES);
    char *line = NULL;

    assert_non_null(name);
    assert_int_equal(mkfifo(fake_root_path(*state, "/fifo"), 0600), 0);
    assert_false(hae_lines_open(&lines, root_of(state), "/fifo")); /* and nobody waits */
    assert_false(hae_lines_open(&lines, root_of(state), "/"));
    assert_false(hae_lines_open(&lines, root_of(state), "/none"));
    memset(name, '/', 2 * HAE_LINE_BYTES - 1);
    name[2 * HAE_LINE_BYTES - 1] = '\0';
    assert_false(hae_lines_open(&lines, root_of(state), name));
    put(state, "/f", "");
    assert_false(hae_lines_first(&lines, root_of(state), "/f", &line));
    assert_null(line);
    free(name);
}

static void numbers_are_digits_that_an_int64_holds(void **state)
{
    static const struct {
        const char *text;
        int64_t number; /* negative: none */
    } rows[] = {{"0", 0},
                {"007", 7},
                {"9223372036854775807", INT64_MAX},
                {"9223372036854775808", -1},
                {"18446744073709551616", -1},
                {"99999999999999999999999999", -1},
                {"", -1},
                {"-1", -1},
                {"+1", -1},
                {"1.5", -1},
                {"1e3", -1},
                {"0x10", -1},
                {" 1", -1},
                {"1 ", -1}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t number = -1;

        assert_int_equal(hae_number_of(rows[i].text, &number), rows[i].number >= 0);
        assert_int_equal(number, rows[i].number);
    }
}

static void numbers_are_taken_up_to_the_first_word_that_is_none(void **state)
{
    char text[] = "  12\t34 x 56";
    int64_t numbers[4] = {-1, -1, -1, -1};
    char *line = text;
    char *word;

    (void)state;
    assert_int_equal(hae_numbers_take(&line, numbers, 4), 2);
    assert_int_equal(numbers[0], 12);
    assert_int_equal(numbers[1], 34);
    assert_int_equal(numbers[2], -1);
    assert_true(hae_word_take(&line, &word));
    assert_string_equal(word, "56");
    assert_false(hae_word_take(&line, &word));
}

static void octal_digits_stand_for_bytes(void **state)
{
    static const char *const rows[][2] = {{"/mnt/a\\040b", "/mnt/a b"},
                                          {"\\011\\012\\134", "\t\n\\"},
                                          {"\\", "\\"},
                                          {"\\04", "\\04"},
                                          {"\\048", "\\048"},
                                          {"\\000x", "\\000x"},
                                          {"\\777", "\\777"},
                                          {"\\303\\266", "\xC3\xB6"},
                                          {"", ""}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[32];

        snprintf(text, sizeof text, "%s", rows[i][0]);
        hae_unescape(text);
        assert_string_equal(text, rows[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ROOT(lines_are_what_newlines_end),
        WITH_ROOT(long_line_is_cut_at_a_space_and_the_next_one_is_whole),
        WITH_ROOT(long_line_without_a_space_is_empty),
        WITH_ROOT(no_more_of_a_file_is_read_than_the_limit),
        WITH_ROOT(nul_ends_the_text_of_its_line),
        WITH_ROOT(what_is_no_regular_file_is_not_opened),
        cmocka_unit_test(numbers_are_digits_that_an_int64_holds),
        cmocka_unit_test(numbers_are_taken_up_to_the_first_word_that_is_none),
        cmocka_unit_test(octal_digits_stand_for_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
