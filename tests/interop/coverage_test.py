#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that the program `everything` makes every recording call of the API."""

import pathlib
import re
import unittest

HERE = pathlib.Path(__file__).resolve().parent
HEADERS = HERE.parent.parent / "include" / "haetae"
# config.h, exporter.h and status.h record nothing.
RECORDING = ("trace.h", "context.h", "logs.h", "metrics.h", "sdk.h", "stats.h")
DECLARED = re.compile(r"\bHAETAE_API\b[^;{]*?\b(haetae_\w+)\s*\(")
CALLED = re.compile(r"\b(haetae_\w+)\s*\(")


def declared():
    return {name for header in RECORDING
            for name in DECLARED.findall((HEADERS / header).read_text())}


def called():
    return {name for source in HERE.glob("everything*.c")
            for name in CALLED.findall(source.read_text())}


class Coverage(unittest.TestCase):
    def test_headers_are_understood(self):
        self.assertIn("haetae_span_start_with", declared())
        self.assertIn("haetae_bound_histogram_record_double", declared())
        self.assertGreater(len(declared()), 70)

    def test_every_recording_call_is_made(self):
        # Names are for people; the counts are checked by number. The program makes its exporter by hand,
        # as haetae_start() does.
        left_out = {"haetae_destination_stat_name", "haetae_drop_reason_name", "haetae_start"}
        self.assertEqual(declared() - called() - left_out, set())


if __name__ == "__main__":
    unittest.main()
