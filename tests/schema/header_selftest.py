# SPDX-License-Identifier: Apache-2.0
"""Checks that header_compare.py reports each mistake in lib/wire/otlp.h.

    header_selftest.py --header otlp.h

Makes the header wrong in one place at a time, at every name, and expects the
comparison to report that name; then runs the whole command on a wrong file.
"""

from __future__ import annotations

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

import header_compare
from schema_compare import official_schema


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--header", type=pathlib.Path, required=True)
    text = parser.parse_args().header.read_text()

    missed = check_names(text) + check_forms(text) + check_command(text)
    for line in missed:
        print(f"not detected: {line}", file=sys.stderr)
    print(f"{len(missed)} mistakes not detected")
    return 1 if missed else 0


def check_names(text: str) -> list[str]:
    """Each name with a wrong number, under a wrong name, and left out."""
    schema = official_schema()
    names, _ = header_compare.read_header(text)
    missed = []
    if not names:
        missed.append("a header without names")
    for name, number in names.items():
        for entry, reported in ((f"{name} = 777", f"{name}: is 777, should be {number}"),
                            (f"{name}_WRONG = {number}", f"{name}: is missing"),
                            (f"{name}_WRONG = {number}", f"{name}_WRONG: the schema has no"),
                            ("", f"{name}: is missing")):
            changed = replace_entry(text, name, entry)
            if changed == text:
                missed.append(f"{name} (it cannot be replaced)")
                continue
            differences, _ = header_compare.compare(changed, schema)
            if not any(line.startswith(reported) for line in differences):
                missed.append(f"{name} as {entry!r}")
    return missed


def replace_entry(text: str, name: str, entry: str) -> str:
    return re.sub(rf"\b{name} = \w+,?", entry + "," if entry else "", text)


def check_forms(text: str) -> list[str]:
    """Forms in which a number could hide from the comparison."""
    schema = official_schema()
    extra = {"a macro": "#define HAE_OTLP_SPAN_EXTRA 5\n",
             "an enum value without number": "enum { HAE_OTLP_SPAN_EXTRA };\n",
             "an enum value by another name": "enum { SPAN_EXTRA = HAE_OTLP_SPAN_NAME };\n",
             "a name twice": "enum { HAE_OTLP_SPAN_NAME = 5 };\n"}
    return [what for what, line in extra.items()
            if not header_compare.compare(text.replace("#endif", line + "#endif"), schema)[0]]


def check_command(text: str) -> list[str]:
    """The whole chain, from the text of the file to the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "otlp.h"
        copy.write_text(replace_entry(text, "HAE_OTLP_SPAN_TRACE_STATE",
                                      "HAE_OTLP_SPAN_TRACE_STATE = 17"))
        run = subprocess.run([sys.executable, header_compare.__file__, "--header", str(copy)],
                             capture_output=True, text=True)
    if run.returncode != 1 or "HAE_OTLP_SPAN_TRACE_STATE: is 17, should be 3" not in run.stderr:
        return [f"a wrong number in the file (exit code {run.returncode}, {run.stderr!r})"]
    return []


if __name__ == "__main__":
    sys.exit(main())
