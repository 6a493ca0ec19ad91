#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""That check_field_numbers.py catches raw field numbers, and passes names."""
import tempfile
import unittest
from pathlib import Path

from check_field_numbers import check, main

GOOD = {
    "lib/wire/otlp.h": "enum { HAE_OTLP_SPAN_NAME = 5, HAE_OTLP_SPAN_FLAGS = 16 };\n",
    "lib/wire/wire.h": """
#define HAE_TAG(field, type) ((uint8_t)(((field) << 3) | (type)))
static inline uint8_t *hae_put_fixed64_field(uint8_t *at, unsigned field, uint64_t value)
{
    *at++ = HAE_TAG(field, HAE_WIRE_FIXED64);
    return at;
}
""",
    "lib/wire/text.h":
        "bool hae_put_text_field(struct hae_sink *sink, unsigned field, haetae_string text);\n",
    "lib/trace/span.c": """
/* HAE_TAG(7, x) in a comment, and in a string. */
static const char text[] = "HAE_TAG(7, HAE_WIRE_VARINT)";
static unsigned kind_field(int kind)
{
    return kind == SOME_KIND ? HAE_OTLP_SPAN_NAME : HAE_OTLP_SPAN_FLAGS;
}
static void put(uint8_t *at, bool name, struct hae_sink *sink)
{
    *at++ = HAE_TAG(HAE_OTLP_SPAN_NAME, HAE_WIRE_LENGTH);
    at = hae_put_fixed64_field(at, name ? HAE_OTLP_SPAN_NAME : HAE_OTLP_SPAN_FLAGS, 17);
    hae_put_text_field(sink, HAE_OTLP_SPAN_NAME, at[2] == 3 ? a(1, 2) : b);
    if (field->number == HAE_OTLP_SPAN_NAME && field->number != wanted && number == 3) {
        region.number_of_items == 3;
    }
}
""",
    "tools/view/decode.c": "",
    # Of the same name as one that takes a field number, in a file of its own.
    "tools/view/other.c": "static void put(struct x *x, const char *name) {}\n"
                          "void b(void) { put(x, NULL); own(x, 2); }\n",
}


class CheckFieldNumbers(unittest.TestCase):
    def complaints(self, name=None, code=""):
        """Of the good tree, with code added to one file."""
        with tempfile.TemporaryDirectory() as root:
            for path, text in GOOD.items():
                path = Path(root) / path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            if name:
                with open(Path(root) / name, "a", encoding="utf-8") as file:
                    file.write(code)
            return check(root)[1]

    def assert_refused(self, code, name="lib/trace/span.c"):
        complaints = self.complaints(name, "\n" + code + "\n")
        line = (GOOD[name] + "\n").count("\n") + 1
        self.assertTrue(any(c.startswith(f"{name}:{line}: ") for c in complaints),
                        f"{code}: {complaints}")

    def test_names_and_parameters_pass(self):
        self.assertEqual(self.complaints(), [])

    def test_a_number_in_a_tag_is_caught(self):
        self.assert_refused("x = HAE_TAG(1, HAE_WIRE_LENGTH);")
        self.assert_refused("x = HAE_TAG((unsigned)0x1, HAE_WIRE_LENGTH);")
        self.assert_refused("x = HAE_TAG(field + 1, HAE_WIRE_LENGTH);")
        self.assert_refused("x = HAE_TAG(HAE_OTLP_SPAN_NAME + 1, HAE_WIRE_LENGTH);")
        self.assert_refused("x = HAE_TAG_SECOND(16);")

    def test_a_constant_of_another_name_is_caught(self):
        self.assert_refused("x = HAE_TAG(SPAN_NAME, HAE_WIRE_LENGTH);")
        self.assert_refused("x = HAE_TAG(HAE_LOG_BODY, HAE_WIRE_LENGTH);")

    def test_a_number_given_to_a_function_is_caught(self):
        self.assert_refused("at = hae_put_fixed64_field(at, 7, start);")
        self.assert_refused("at = hae_put_fixed64_field(at,\n integer ? 6 : 4, start);")
        self.assert_refused("hae_put_text_field(of(1, 2), 5, name);")
        self.assert_refused("hae_put_text_field(sink, SPAN_NAME, name);")

    def test_a_function_of_the_file_is_known(self):
        self.assert_refused("void own(struct x *x, uint32_t number) {} void b(void) { own(x, 2); }")
        self.assertEqual(self.complaints("lib/trace/span.c", "void own(struct x *x, uint32_t number) {}"),
                         [])

    def test_a_comparison_with_a_number_is_caught(self):
        self.assert_refused("if (field->number == 8) {}")
        self.assert_refused("if (field.number != 0x8) {}")
        self.assert_refused("if (field.number == FIELD_ITEM) {}", "tools/view/decode.c")

    def test_a_function_that_gives_a_number_is_caught(self):
        self.assert_refused("static unsigned data_field(int kind)\n{\n    return kind ? 5 : 7;\n}")

    def test_an_empty_tree_is_no_success(self):
        with tempfile.TemporaryDirectory() as root:
            self.assertEqual(main([root]), 1)


if __name__ == "__main__":
    unittest.main()
