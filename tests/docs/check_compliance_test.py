#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""That check_compliance.py finds what it is for, and passes what is right."""
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import check_compliance

HEADER = """/* A comment that names haetae_imagined(). */
HAETAE_API void haetae_span_start(int kind);
#define HAETAE_SCOPE(name) name
typedef void (*haetae_setter)(void);
typedef struct haetae_options {
    size_t struct_size; /* not haetae_options.imagined */
    const int *links;
    void (*send)(void *self, int x);
} haetae_options;
enum { HAETAE_FLAG = 1 };
"""
CONFIG = "| Key | Value |\n|---|---|\n| `OTEL_SIZE` | count |\n| `OTEL_BSP_DELAY` | ms |\n\nNot `OTEL_NOT_READ`.\n"
TEST = "static void root_has_no_parent(void **state)\n{\n}\n"
CTEST = {"CTestTestfile.cmake": 'subdirs("tests")\n',
         "tests/CTestTestfile.cmake": 'add_test(trace/span "/x")\nadd_test([=[trace/other]=] "/y" "z")\n',
         "stale/CTestTestfile.cmake": 'add_test(trace/stale "/x")\n'}
RAN = """1/2 Testing: trace/span
1/2 Test: trace/span
Command: "/x"
"trace/span" start time: Nov 26
Output:
----------------------------------------------------------
[ RUN      ] root_has_no_parent
[       OK ] root_has_no_parent
<end of output>
Test time =   0.01 sec
----------------------------------------------------------
Test Passed.
"trace/span" end time: Nov 26

"""

HEAD = "| Feature | State | Call or key | Test |\n|---|---|---|---|\n"
YES = "| Start | yes | `haetae_span_start()` | `trace/span: root_has_no_parent` |\n"
NO = "| Stop | no: nobody asked | | |\n"


def page(rows=YES + NO, summary=None):
    lines = summary or "| Spans | 2 | 1 | 1 | 0 |\n| All | 2 | 1 | 1 | 0 |\n"
    return f"## Summary\n\n| Section | Rows | Yes | No | Not applicable |\n|---|---|---|---|---|\n{lines}\n## Spans\n\n{HEAD}{rows}"


@mock.patch.object(check_compliance, "ROWS", {"Spans": {"": 2}})
class Compliance(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.log = self.root / "Testing/LastTest.log"
        files = {"include/haetae/trace.h": HEADER, "docs/config.md": CONFIG, "tests/trace/span_test.c": TEST,
                 "exporters/console/include/console.h": "HAETAE_API int haetae_console_new(void);\n"}
        for name, text in {**files, **{f"build/{name}": text for name, text in CTEST.items()}}.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def found(self, text, log=None):
        self.write("docs/compliance.md", text)
        if log is not None:
            self.write("Testing/LastTest.log", log)
            log = check_compliance.Log(self.log)
        return check_compliance.check(self.root, self.root / "build", log)[1]

    def with_call(self, call):
        return self.found(page(YES.replace("haetae_span_start()", call) + NO))

    def with_test(self, test):
        return self.found(page(YES.replace("trace/span: root_has_no_parent", test) + NO))

    def passes(self, found):
        self.assertEqual(found, [])

    def finds(self, found, why):
        self.assertEqual(len(found), 1, found)
        self.assertIn(why, found[0])

    def test_a_page_that_is_right_passes(self):
        self.passes(self.found(page()))

    def test_an_unknown_state_is_found(self):
        found = self.found(page(YES + NO.replace("no: nobody asked", "partly")))
        self.assertTrue(any("unknown state 'partly'" in line for line in found))
        self.assertTrue(any("1 rows instead of 2" in line for line in found))

    def test_a_no_without_a_reason_is_found(self):
        for state in ("no", "no:", "not applicable"):
            found = self.found(page(YES + NO.replace("no: nobody asked", state)))
            self.assertTrue(any("says no reason" in line for line in found), found)

    def test_a_yes_takes_no_reason(self):
        self.finds(self.found(page(YES.replace("yes", "yes: in part") + NO)), "yes takes no reason")

    def test_a_yes_without_a_call_or_a_test_is_found(self):
        self.finds(self.found(page(YES.replace("`haetae_span_start()`", "") + NO)), "yes without a call")
        self.finds(self.found(page(YES.replace("`trace/span: root_has_no_parent`", "all of them") + NO)),
                   "yes without a test")

    def test_a_no_with_a_test_is_found(self):
        self.finds(self.found(page(YES + NO.replace("| |\n", "| `trace/span` |\n"))), "no, but names")

    def test_what_the_headers_declare_may_be_named(self):
        for call in ("haetae_console_new()", "HAETAE_SCOPE()", "haetae_options.links", "haetae_options.send",
                     "haetae_setter", "HAETAE_FLAG", "OTEL_SIZE", "OTEL_BSP_*"):
            self.passes(self.with_call(call))

    def test_what_they_do_not_declare_is_found(self):
        for call in ("haetae_imagined()", "haetae_span()", "haetae_options.imagined", "haetae_options.self",
                     "haetae_other.links", "HAETAE_OTHER", "OTEL_NOT_READ", "OTEL_BLRP_*", "links", "size_t"):
            self.finds(self.with_call(call), f"{call} does not exist")

    def test_what_a_file_says_may_be_cited(self):
        self.passes(self.with_call('include/haetae/trace.h: "A comment that names"'))
        self.finds(self.with_call('include/haetae/trace.h: "A comment that lies"'), "does not say")
        self.finds(self.with_call('include/haetae/gone.h: "A comment"'), "does not say")

    def test_a_test_that_does_not_exist_is_found(self):
        self.passes(self.with_test("trace/other"))
        for test in ("trace/gone", "trace/stale", "span"):
            self.finds(self.with_test(test), f"test {test} does not exist")

    def test_a_test_function_that_does_not_exist_is_found(self):
        self.finds(self.with_test("trace/span: root_has_a_parent"), "has no root_has_a_parent")
        self.finds(self.with_test("trace/span: root_has"), "has no root_has")

    def test_a_row_too_few_or_twice_is_found(self):
        found = self.found(page(YES + YES))
        self.assertTrue(any("'Start' stands there 2 times" in line for line in found), found)
        found = self.found(page(YES))
        self.assertTrue(any("Spans: 1 rows instead of 2" in line for line in found), found)
        found = self.found(page().replace("## Spans", "## Spins"))
        self.assertTrue(any("Spins: 2 rows instead of 0" in line for line in found), found)

    def test_a_summary_that_is_wrong_is_found(self):
        self.finds(self.found(page(summary="| Spans | 2 | 2 | 0 | 0 |\n| All | 2 | 1 | 1 | 0 |\n")), "Summary: Spans")
        self.finds(self.found(page(summary="| Spans | 2 | 1 | 1 | 0 |\n")), "Summary: All")

    def test_a_row_of_other_columns_is_found(self):
        found = self.found(page(YES + NO + "| Else | yes |\n"))
        self.finds(found, "2 columns instead of 4")

    def test_a_test_that_ran_passes(self):
        self.passes(self.found(page(), RAN))

    def test_a_test_that_did_not_run_is_found(self):
        for log in ("", RAN.replace("trace/span", "trace/other"), RAN.replace("Passed.", "Failed."),
                    RAN.replace("[ RUN", "skipped: no room\n[ RUN")):
            self.finds(self.found(page(), log), "test trace/span has not run")

    def test_a_test_function_that_did_not_run_is_found(self):
        for log in (RAN.replace("[       OK ]", "[  SKIPPED ]"), RAN.replace("OK ] root", "OK ] a_root")):
            self.finds(self.found(page(), log), "has not run root_has_no_parent")

    def test_a_test_that_was_skipped_is_found_in_the_list_of_its_run_only(self):
        self.write("Testing/LastTestsDisabled.log", "1:trace/span\n")
        self.finds(self.found(page(), RAN), "test trace/span has not run")
        os.utime(self.root / "Testing/LastTestsDisabled.log", (1, 1))
        self.passes(self.found(page(), RAN))

    def test_a_row_may_say_where_its_test_runs(self):
        there = YES.replace("root_has_no_parent`", "root_has_no_parent` (where the kernel has it)")
        self.passes(self.found(page(there + NO), ""))

    def test_mistakes_fail_the_command(self):
        arguments = [str(self.root), str(self.root / "build")]
        with mock.patch("builtins.print"):
            self.write("docs/compliance.md", page())
            self.assertEqual(check_compliance.main(arguments), 0)
            self.write("docs/compliance.md", page(YES))
            self.assertEqual(check_compliance.main(arguments), 1)

    def test_a_test_that_did_not_run_fails_the_command_where_all_is_built(self):
        arguments = [str(self.root), str(self.root / "build"), "--log", str(self.log)]
        self.write("docs/compliance.md", page())
        self.write("Testing/LastTest.log", "")
        with mock.patch("builtins.print"):
            self.assertEqual(check_compliance.main(arguments), 0)
            self.write("build/tests/CTestTestfile.cmake",
                       CTEST["tests/CTestTestfile.cmake"] + 'add_test(docs/compliance "/x")\n')
            self.assertEqual(check_compliance.main(arguments), 1)


class Rows(unittest.TestCase):
    def test_the_matrix_has_326_rows(self):
        self.assertEqual(sum(sum(groups.values()) for groups in check_compliance.ROWS.values()), 326)


if __name__ == "__main__":
    unittest.main()
