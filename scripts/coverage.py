#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints how many lines of each source file the tests of a build with HAETAE_COVERAGE ran.

Usage: coverage.py <build folder> [--lines PART]

With --lines, also the numbers of the lines that did not run, of files whose name contains PART.
A line counts as run if any of the objects made of its file ran it. The last lines are the sums of
lib/ and of exporters/.
"""
import argparse
import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("lib", "exporters")


def output_of(build, data):
    """What gcov says of these files of counters. A process that is killed while it writes leaves
    one that is damaged, and gcov refuses it."""
    result = subprocess.run(["gcov", "--json-format", "--stdout", *data], cwd=build, capture_output=True, text=True)
    if result.returncode == 0:
        return result.stdout
    if len(data) == 1:
        print(f"coverage: left out, for it is damaged: {data[0]}", file=sys.stderr)
        return ""
    return "".join(output_of(build, [one]) for one in data)


def counts_of(build):
    """How often each line of each file ran."""
    lines = defaultdict(lambda: defaultdict(int))
    data = [str(path.resolve()) for folder in FOLDERS for path in sorted((build / folder).rglob("*.gcda"))]
    for at in range(0, len(data), 50):
        for text in output_of(build, data[at:at + 50]).splitlines():
            document = json.loads(text)
            for file in document["files"]:
                path = (Path(document["current_working_directory"]) / file["file"]).resolve()
                if not path.is_relative_to(ROOT):
                    continue
                name = path.relative_to(ROOT).as_posix()
                if name.startswith(tuple(folder + "/" for folder in FOLDERS)):
                    for line in file["lines"]:
                        lines[name][line["line_number"]] += line["count"]
    return lines


def ranges(numbers):
    """1, 2, 3, 7 as 1-3 7."""
    parts = []
    for number in sorted(numbers):
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("--lines", metavar="PART")
    options = parser.parse_args()
    rows, sums = [], {folder: [0, 0] for folder in FOLDERS}
    for name, counts in counts_of(options.build).items():
        missing = [number for number, count in counts.items() if count == 0]
        ran = len(counts) - len(missing)
        rows.append((ran / len(counts), name, ran, len(counts), missing))
        sums[name.split("/")[0]][0] += ran
        sums[name.split("/")[0]][1] += len(counts)
    if not rows:
        print(f"coverage: no counters in {options.build}", file=sys.stderr)
        return 1
    for share, name, ran, count, missing in sorted(rows):
        print(f"{100 * share:6.1f} % {ran:5} of {count:5}  {name}")
        if options.lines is not None and options.lines in name and missing:
            print(f"          not run: {ranges(missing)}")
    for folder, (ran, count) in sums.items():
        if count:
            print(f"{100 * ran / count:6.1f} % {ran:5} of {count:5}  {folder}/ in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
