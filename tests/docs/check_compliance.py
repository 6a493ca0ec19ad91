#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks docs/compliance.md: that each claim names what exists, and a test that runs.

- Each section and group has as many rows as the specification's compliance matrix, none of them twice, and the
  summary counts them as they are.
- A row is `yes`, `no: why` or `not applicable: why`.
- A yes names what a program calls or sets, and a test; no other row does. Calls, types, fields, constants and macros
  are declared in the public headers, keys are described in docs/config.md, and a phrase that is cited as
  path: "phrase" stands in that file.
- A test is one that the build folder knows. What stands behind a colon, as in trace/span: root_has_no_parent, is a test
  function in its source.
- With a log: each of these tests has run, each of these functions too, and neither was skipped. A test that says
  "(where …)" behind its name may have been.

Usage: check_compliance.py <root of the source tree> <build folder> [--log <LastTest.log of ctest>]
Prints a line for each row that is wrong; exits 1 if there was one.
"""
import argparse
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

# Rows of the specification's spec-compliance-matrix.md, by section and group.
ROWS = {
    "Traces": {"TracerProvider": 8, "Trace and context interaction": 2, "Tracer": 5, "SpanContext": 4, "Span": 17,
               "Span attributes": 8, "Span linking": 3, "Span events": 3, "Span exceptions": 2, "Sampling": 12},
    "Baggage": {"": 2},
    "Metrics": {"": 88},
    "Logs": {"": 18},
    "Resource": {"": 7},
    "Context Propagation": {"": 19},
    "Environment Variables": {"": 30},
    "Declarative configuration": {"": 13},
    "Exporters": {"All exporters": 4, "OTLP": 19, "Zipkin": 14, "Prometheus": 22},
    "SDK Self-Observability": {"Span metrics": 7, "Log metrics": 6, "Metric metrics": 2, "Shared metrics": 2},
    "OpenCensus Compatibility": {"": 2},
    "OpenTracing Compatibility": {"": 7},
}
SUMMARY = "Summary"
STATES = ("yes", "no", "not applicable")
COLUMNS = ["Feature", "State", "Call or key", "Test"]

# `code`, and what stands in brackets behind it.
ITEM = re.compile(r"`([^`]+)`(?: \((where [^)]+)\))?")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
ADD_TEST = re.compile(r"^add_test\((?:\[(?P<level>=*)\[(?P<quoted>.*?)\](?P=level)\]|\"?(?P<plain>[^\s\"]+)\"?) ",
                      re.MULTILINE)
SUBFOLDER = re.compile(r"^subdirs\(\"([^\"]+)\"\)", re.MULTILINE)


@dataclass
class Row:
    line: int
    section: str
    group: str
    feature: str
    state: str
    why: str
    calls: list
    tests: list


@dataclass
class Page:
    rows: list = field(default_factory=list)
    summary: dict = field(default_factory=dict)
    complaints: list = field(default_factory=list)


def cells_of(line):
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def read_page(text):
    """The rows of each table of the page, and what is wrong with their form."""
    page = Page()
    section = group = ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("## "):
            section, group = line[3:].strip(), ""
        elif line.startswith("### "):
            group = line[4:].strip()
        if not line.startswith("|"):
            continue
        cells = cells_of(line)
        if re.fullmatch(r":?-+:?", cells[0]):
            continue
        if section == SUMMARY:
            if cells[0] != "Section":
                page.summary[cells[0]] = cells[1:]
        elif cells != COLUMNS:
            read_row(page, number, section, group, cells)
    return page


def read_row(page, number, section, group, cells):
    if len(cells) != len(COLUMNS):
        page.complaints.append(f"{number}: {len(cells)} columns instead of {len(COLUMNS)}")
        return
    state, colon, why = (part.strip() for part in cells[1].partition(":"))
    if state not in STATES:
        page.complaints.append(f"{number}: unknown state {cells[1]!r}")
        return
    if (state == "yes") == bool(why) or (state == "yes" and colon):
        page.complaints.append(f"{number}: {state} {'takes no' if why else 'says no'} reason")
    page.rows.append(Row(number, section, group, cells[0], state, why, ITEM.findall(cells[2]), ITEM.findall(cells[3])))


class Headers:
    """What the public headers declare."""

    def __init__(self, root):
        folders = [root / "include", *sorted(root.glob("exporters/*/include"))]
        paths = [path for folder in folders for path in sorted(folder.rglob("*.h"))]
        self.text = "\n".join(COMMENT.sub(" ", path.read_text(encoding="utf-8")) for path in paths)
        self.calls = set(re.findall(r"\b(haetae_\w+)\(", self.text))
        self.macros = set(re.findall(r"^\s*#\s*define\s+(\w+)", self.text, re.MULTILINE))
        self.words = set(re.findall(r"\b\w+\b", self.text))

    def has_field(self, name, member):
        body = re.search(rf"typedef struct {name} \{{(.*?)\n\}} {name};", self.text, re.DOTALL)
        return body is not None and re.search(rf"\b{member}\b\)?\s*(?:\([^;]*\))?\s*[;\[]", body[1]) is not None


def keys_of(text):
    """The keys that docs/config.md describes: the first column of its tables."""
    return set(re.findall(r"^\| `([A-Z][A-Z0-9_]+)` \|", text, re.MULTILINE))


def wrong_call(root, headers, keys, item):
    cited = re.fullmatch(r"([\w./-]+): \"(.+)\"", item)
    if cited:
        path = root / cited[1]
        text = re.sub(r"\s+(?:\*\s+)?", " ", path.read_text(encoding="utf-8")) if path.is_file() else ""
        return None if cited[2] in text else f"{cited[1]} does not say {cited[2]!r}"
    if item.endswith("()"):
        known = item[:-2] in headers.calls or item[:-2] in headers.macros
    elif item.endswith("*"):
        known = any(key.startswith(item[:-1]) for key in keys)
    elif "." in item:
        name, _, member = item.partition(".")
        known = headers.has_field(name, member)
    else:
        known = item in keys or (item in headers.words and item.lower().startswith("haetae_"))
    return None if known else f"{item} does not exist"


def tests_of(build):
    """The names of the tests of a build folder, as ctest finds them."""
    path = build / "CTestTestfile.cmake"
    if not path.is_file():
        return set()
    text = path.read_text(encoding="utf-8")
    names = {match["quoted"] or match["plain"] for match in ADD_TEST.finditer(text)}
    for folder in SUBFOLDER.findall(text):
        names |= tests_of(build / folder)
    return names


def has_behaviour(root, test, behaviour):
    """Whether the sources of a test have a test function of this name."""
    source = root / "tests" / f"{test}_test.c"
    folder = root / "tests" / test.partition("/")[0]
    paths = [source] if source.is_file() else [*folder.glob("*.c"), *folder.glob("*.py")]
    wanted = re.compile(rf"\bvoid {behaviour}\(void \*\*|\bdef {behaviour}\(")
    return any(wanted.search(path.read_text(encoding="utf-8")) for path in paths)


def wrong_test(root, tests, item):
    test, _, behaviour = item.partition(": ")
    if test not in tests:
        return f"test {test} does not exist"
    if behaviour and not has_behaviour(root, test, behaviour):
        return f"test {test} has no {behaviour}"
    return None


def check_row(root, headers, keys, tests, row):
    if row.state != "yes":
        if row.calls or row.tests:
            yield f"{row.state}, but names a call or a test"
        return
    if not row.calls:
        yield "yes without a call or key"
    if not row.tests:
        yield "yes without a test"
    for item, _ in row.calls:
        yield wrong_call(root, headers, keys, item)
    for item, _ in row.tests:
        yield wrong_test(root, tests, item)


def check_counts(page):
    counted = Counter((row.section, row.group) for row in page.rows)
    wanted = {(section, group): count for section, groups in ROWS.items() for group, count in groups.items()}
    for place in sorted(counted.keys() | wanted.keys()):
        if counted[place] != wanted.get(place, 0):
            name = " / ".join(part for part in place if part)
            yield f"{name}: {counted[place]} rows instead of {wanted.get(place, 0)}"
    for (section, group, feature), count in Counter((row.section, row.group, row.feature) for row in page.rows).items():
        if count > 1:
            yield f"{section}: {feature!r} stands there {count} times"


def summary_of(rows):
    """Rows, and those of each state, by section and for all."""
    lines = {}
    for section in [*ROWS, "All"]:
        states = [row.state for row in rows if section in (row.section, "All")]
        lines[section] = [str(count) for count in [len(states), *(states.count(state) for state in STATES)]]
    return lines


def check_summary(page):
    wanted = summary_of(page.rows)
    for section in wanted.keys() | page.summary.keys():
        if page.summary.get(section) != wanted.get(section):
            yield f"{SUMMARY}: {section} is {page.summary.get(section)}, should be {wanted.get(section)}"


class Log:
    """What a run of ctest wrote: the tests that passed, and the test functions in them."""

    TEST = re.compile(r"^\d+/\d+ Test: (?P<name>.+?)\n(?P<output>.*?)^<end of output>\n(?P<end>.*?)^\"", re.M | re.S)

    def __init__(self, path):
        text = path.read_text(encoding="utf-8", errors="replace")
        self.outputs = {}
        for match in self.TEST.finditer(text):
            if "Test Passed." in match["end"] and not re.search(r"^skipped: ", match["output"], re.M | re.I):
                self.outputs[match["name"]] = match["output"]
        for name in self.skipped(path):
            self.outputs.pop(name, None)

    @staticmethod
    def skipped(path):
        """The tests that this run skipped. The file of an earlier run stays where this one skipped none."""
        listed = path.with_name("LastTestsDisabled.log")
        if not listed.is_file() or listed.stat().st_mtime < path.stat().st_mtime - 10:
            return []
        return [line.partition(":")[2] for line in listed.read_text(encoding="utf-8").splitlines()]

    def did_not_run(self, item):
        test, _, behaviour = item.partition(": ")
        if test not in self.outputs:
            return f"test {test} has not run"
        output = self.outputs[test]
        # What has no such lines is no program of cmocka.
        if behaviour and "[ RUN      ]" in output and not re.search(rf"^\[       OK \] {behaviour}$", output, re.M):
            return f"test {test} has not run {behaviour}"
        return None


def check(root, build, log=None):
    """Returns how many rows there are, and the complaints."""
    name = "docs/compliance.md"
    page = read_page((root / name).read_text(encoding="utf-8"))
    headers = Headers(root)
    keys = keys_of((root / "docs/config.md").read_text(encoding="utf-8"))
    tests = tests_of(build)
    complaints = [f"{name}:{line}" for line in page.complaints]
    for row in page.rows:
        found = [why for why in check_row(root, headers, keys, tests, row) if why]
        if log is not None:
            found += [why for item, where in row.tests if not where and (why := log.did_not_run(item))]
        complaints += [f"{name}:{row.line}: {row.feature}: {why}" for why in found]
    complaints += [f"{name}: {line}" for line in [*check_counts(page), *check_summary(page)]]
    return page, complaints


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("build", type=Path)
    parser.add_argument("--log", type=Path)
    options = parser.parse_args(arguments)
    if options.log and "docs/compliance" not in tests_of(options.build):
        print("skipped: what docs/compliance.md names has not all been built")
        return 0
    log = Log(options.log) if options.log else None
    page, complaints = check(options.root.resolve(), options.build, log)
    for line in complaints:
        print(line)
    if complaints or log is None:
        print(f"{len(page.rows)} rows, {sum(row.state == 'yes' for row in page.rows)} of them yes; "
              f"{len(complaints)} mistakes")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
