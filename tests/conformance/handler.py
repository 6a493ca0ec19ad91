#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that docs/comparison.md shows the code of examples/handler.c, and what that records.

    handler.py --program PROGRAM"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "ffi"))

import receiver  # noqa: E402

BLOCK = re.compile(r"^```(?:c|cpp)\n(.*?)^```$", re.M | re.S)


def spans_of(program):
    env = {name: value for name, value in os.environ.items()
           if not name.startswith(("OTEL_", "HAETAE_")) and "proxy" not in name.lower()}
    with receiver.Receiver() as running:
        ended = subprocess.run([program], stdout=subprocess.PIPE, text=True, check=True,
                               env=env | {"OTEL_EXPORTER_OTLP_ENDPOINT": running.endpoint, "OTEL_SERVICE_NAME": "shop"})
        return ended.stdout, [span for group in running.everything()["traces"] for span in group["items"]]


class Handler(unittest.TestCase):
    def test_the_page_shows_the_program(self):
        code = (ROOT / "examples" / "handler.c").read_text()
        code = code.split("/* begin: docs/comparison.md */\n")[1].split("/* end */")[0]
        blocks = BLOCK.findall((ROOT / "docs" / "comparison.md").read_text())
        self.assertEqual(len(blocks), 3)
        self.assertEqual(blocks[0], code)

    def test_the_page_counts_the_lines(self):
        page = (ROOT / "docs" / "comparison.md").read_text()
        counts = " | ".join(str(len(block.splitlines())) for block in BLOCK.findall(page))
        self.assertIn(f"| Lines of the function | {counts} |", page)

    def test_the_program_records_what_the_page_says(self):
        output, spans = spans_of(self.program)
        self.assertEqual(output, "handler: 6 -1\n")
        sold, refused = spans
        common = {"name": "order", "kind": 2, "parent": "", "events": []}
        self.assertEqual({key: sold[key] for key in common}, common)
        self.assertEqual({key: refused[key] for key in common}, common)
        self.assertEqual(sold["attributes"], {"customer.id": ("string_value", "c-17"),
                                              "item.name": ("string_value", "tea"), "item.count": ("int_value", 2)})
        self.assertEqual(sold["status"], (0, ""))
        self.assertEqual(refused["attributes"], {"customer.id": ("string_value", "c-18"),
                                                 "item.name": ("string_value", "coffee"),
                                                 "item.count": ("int_value", 1),
                                                 "error.type": ("string_value", "no_such_item")})
        self.assertEqual(refused["status"], (2, "no such item"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    Handler.program = parser.parse_args().program
    unittest.main(argv=sys.argv[:1])
