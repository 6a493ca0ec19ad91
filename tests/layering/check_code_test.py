#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""That check_declarations.py and check_comments.py find what they are for, and pass what is right."""
import tempfile
import unittest
from pathlib import Path

import check_comments
import check_declarations


def complaints_of(checker, files):
    with tempfile.TemporaryDirectory() as root:
        for name, text in files.items():
            path = Path(root) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return checker.check(root)[1]


class CheckDeclarations(unittest.TestCase):
    def complaints(self, source, header="", public=""):
        return complaints_of(check_declarations, {"lib/base/a.c": source, "lib/base/a.h": header,
                                                  "include/haetae/a.h": public})

    def test_a_function_in_its_own_header_passes(self):
        self.assertEqual(self.complaints("int hae_a(int x)\n{\n    return x;\n}\n", "int hae_a(int x);\n"), [])

    def test_a_static_function_needs_no_declaration(self):
        self.assertEqual(self.complaints("static int a(void)\n{\n    return 1;\n}\n"), [])

    def test_a_function_in_another_header_is_found(self):
        found = complaints_of(check_declarations, {"lib/base/a.c": "int hae_a(void)\n{\n    return 1;\n}\n",
                                                   "lib/base/b.h": "int hae_a(void);\n"})
        self.assertEqual(found, ["lib/base/a.c:1: hae_a() is not declared in a.h"])

    def test_one_of_several_implementations_passes(self):
        files = {"lib/base/a_one.c": "int hae_a(void)\n{\n    return 1;\n}\n",
                 "lib/base/a_two.c": "int hae_a(void)\n{\n    return 2;\n}\n", "lib/base/a.h": "int hae_a(void);\n"}
        self.assertEqual(complaints_of(check_declarations, files), [])
        files["lib/base/a.c"] = "int hae_b;\n"
        self.assertEqual(len(complaints_of(check_declarations, files)), 2)

    def test_a_function_that_a_header_only_mentions_is_found(self):
        found = self.complaints("int hae_a(void)\n{\n    return 1;\n}\n", "/* See hae_a(); */\n")
        self.assertEqual(found, ["lib/base/a.c:1: hae_a() is not declared in a.h"])

    def test_a_public_function_belongs_in_a_public_header(self):
        source = "int haetae_a(void)\n{\n    return 1;\n}\n"
        self.assertEqual(self.complaints(source, public="HAETAE_API int haetae_a(void);\n"), [])
        self.assertEqual(self.complaints(source, header="int haetae_a(void);\n"),
                         ["lib/base/a.c:1: haetae_a() is not declared in a public header"])

    def test_a_declaration_over_several_lines_passes(self):
        self.assertEqual(self.complaints("int hae_a(int x,\n          int y)\n{\n    return x;\n}\n",
                                         "int hae_a(int x,\n          int y);\n"), [])

    def test_an_empty_tree_is_no_success(self):
        with tempfile.TemporaryDirectory() as root:
            self.assertEqual(check_declarations.main([root]), 1)


RELEASES = ("static void give(void)\n{\n    atomic_store_explicit(&x, 1, memory_order_release);\n}\n"
            "static void look(void)\n{\n    atomic_load_explicit(&x, memory_order_relaxed);\n}\n")


class CheckComments(unittest.TestCase):
    def complaints(self, text):
        return complaints_of(check_comments, {"lib/base/a.c": text})

    def test_functions_that_exist_may_be_named(self):
        self.assertEqual(self.complaints("/* As give() and write(). */\nint y = write(1);\n" + RELEASES), [])

    def test_a_function_that_is_gone_is_found(self):
        self.assertEqual(self.complaints("\n/* As gone()\n * does. */\n"), ["lib/base/a.c:2: gone() does not exist"])

    def test_a_partner_with_the_order_passes(self):
        self.assertEqual(self.complaints("/* Acquire pairs with the release in\n * give(). */\n" + RELEASES), [])

    def test_a_partner_without_the_order_is_found(self):
        self.assertEqual(self.complaints("/* Acquire pairs with the release in\n * look(). */\n" + RELEASES),
                         ["lib/base/a.c:1: look() has no release"])
        self.assertEqual(self.complaints("/* Release pairs with the acquire loads in give(). */\n" + RELEASES),
                         ["lib/base/a.c:1: give() has no acquire"])

    def test_an_empty_tree_is_no_success(self):
        with tempfile.TemporaryDirectory() as root:
            self.assertEqual(check_comments.main([root]), 1)


if __name__ == "__main__":
    unittest.main()
