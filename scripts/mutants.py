#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Changes the library in one small place after the other, and says which changes the tests notice.

Usage: mutants.py [--seed N] [--count N] [--only PART] [--list] [--first N] [--pick N,N...]

Works on a copy of the sources in build/mutants/source, built in build/mutants/build. The seed
decides the places: files of lib/, exporters/otlp*/, a line, and one change
of it. For each mutant the tests of the folder that owns the file run first, and then, until one
fails, those of other folders that take at most two seconds, the quickest first. --pick judges the
mutants of these numbers again, by unit tests of any length. Verdicts:

killed     a test failed twice
timeout    a test did not end, twice
survived   no test noticed
same       the compiler makes the same code of it
broken     it does not compile

The last line counts killed and timed-out mutants among all but same and broken ones.
"""
import argparse
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "mutants"
SOURCE, BUILD, TIMES = WORK / "source", WORK / "build", WORK / "seconds.json"
FOLDERS = ("lib", "exporters/otlp", "exporters/otlp_grpc", "exporters/otlp_http")
# Tests of other programs, and of the sources' text.
LEFT_OUT = {"slow", "interop", "consumers", "model", "layering", "symbols"}
FLAGS = ["-DCMAKE_BUILD_TYPE=None", "-DCMAKE_C_FLAGS=-O1 -g0", "-DHAETAE_BUILD_TESTS=ON", "-DHAETAE_BUILD_EXAMPLES=OFF",
         "-DHAETAE_BUILD_BENCH=OFF"]
# The exporter's tests are those of what exporters share; the names of OTLP's numbers lie in wire.
ALSO_OWN = {"otlp": {"otlp_grpc", "otlp_http"}, "wire": {"schema"}}
# Few, because most mutants fail in one of the first.
TESTS_BUILT_AT_ONCE = 8
# Comments, literals and preprocessor lines are not changed.
SKIPPED = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*'
                     r'|_Static_assert\s*\([^;]*;|\batomic_signal_fence[^;]*;', re.DOTALL | re.MULTILINE)


# ---- Places ------------------------------------------------------------------------------------

def blanked(text):
    """The text with what is not changed replaced by blanks, of the same length."""
    return SKIPPED.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def closing(code, opening):
    """The place of the parenthesis that closes the one at `opening`; -1: there is none."""
    depth = 0
    for at in range(opening, len(code)):
        depth += (code[at] == "(") - (code[at] == ")")
        if depth == 0:
            return at
    return -1


SWAPS = {"==": "!=", "!=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">", "&&": "||", "||": "&&", "+": "-", "-": "+",
         "+=": "-=", "-=": "+=", "true": "false", "false": "true"}
# A binary operator, as the formatter sets it, and what a function returns.
SWAPPED = re.compile(r"(?<=[\w)\]] )(==|!=|<=|>=|<|>|&&|\|\||\+=|-=|\+|-)(?= [\w(*&!~-]|\n)|(?<=return )(true|false)(?=;)")
NUMBER = re.compile(r"(?<![\w.])(\d+)(?![\w.])")
CONDITION = re.compile(r"\b(?:if|while) (\()")
# A call, an assignment or a step that stands alone on its lines.
STATEMENT = re.compile(r"^ +((?:\w[\w>.\[\]-]*\([^;{}]*\)|[\w*(][\w>.\[\]()* -]*? [-+|&^]?= [^;{}]*|"
                       r"\w[\w>.\[\]-]*(?:\+\+|--));)[ \t]*$", re.MULTILINE)
# These are declarations, or change the way through the function.
NOT_REMOVED = re.compile(r"(?:return|goto|struct|enum|union|const|static|unsigned|bool|char|int|size_t|double|void|else|do|"
                         r"u?int\d+_t|haetae_\w+|hae_\w+_\w+|_Atomic|[A-Z]\w*)\b(?! *\()")


def changes(text):
    """All (begin, end, new text) of a file."""
    code = blanked(text)
    found = []
    for match in CONDITION.finditer(code):
        end = closing(code, match.start(1))
        if end >= 0:
            found.append((match.start(1), end + 1, "(!" + text[match.start(1):end + 1] + ")"))
    for match in SWAPPED.finditer(code):
        found.append((match.start(), match.end(), SWAPS[match[0]]))
    for match in NUMBER.finditer(code):
        found.append((match.start(), match.end(), str(int(match[0], 8 if match[0][0] == "0" else 10) + 1)))
    for match in STATEMENT.finditer(code):
        if not NOT_REMOVED.match(match[1]):
            lines = text.count("\n", match.start(1), match.end(1))
            found.append((match.start(1), match.end(1), ";" + "\n" * lines))
    return found


def places(only):
    """(file, line, text, its changes) of all lines that can be changed."""
    lines = []
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.[ch]")):
            name = path.relative_to(ROOT).as_posix()
            if only and only not in name:
                continue
            text = path.read_text()
            by_line = {}
            for change in changes(text):
                by_line.setdefault(text.count("\n", 0, change[0]) + 1, []).append(change)
            lines += [(name, line, text, group) for line, group in sorted(by_line.items())]
    return lines


def mutants(seed, only):
    """All mutants with their numbers, in the order of the seed: each line once."""
    chance = random.Random(seed)
    lines = places(only)
    chance.shuffle(lines)
    for number, (name, line, text, group) in enumerate(lines):
        begin, end, new = chance.choice(group)
        yield number, name, line, text, begin, end, new


def shown(text, begin, end, new):
    """The change, on one line."""
    def short(part):
        part = " ".join(part.split())
        return part if len(part) <= 48 else part[:45] + "..."
    old = text[begin:end]
    if new.strip() == ";":
        return f"{short(old)}  removed"
    if new.startswith("(!"):
        return f"{short(old)}  negated"
    line = text[text.rfind("\n", 0, begin) + 1:begin].strip()[-24:]
    return f"{line}[{short(old)} -> {short(new)}]{text[end:text.find(chr(10), end)][:24]}"


# ---- Building and testing ----------------------------------------------------------------------

def run(command, seconds, folder=BUILD, environment=None):
    """The exit status, None when it did not end in time; its group of processes ends with it."""
    process = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, process_group=0)
    try:
        status = process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        status = None
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    if status is None:
        process.wait()
    return status


def copy_sources():
    """Brings the copy up to date; what did not change keeps its time, so that little is built."""
    listed = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()
    for name in listed:
        new, old = ROOT / name, SOURCE / name
        if new.is_file() and not (old.is_file() and old.read_bytes() == new.read_bytes()):
            old.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(new, old)


def built(*targets):
    return run(["cmake", "--build", ".", "--parallel", str(os.cpu_count()), "--target", *targets], 7200) == 0


def archives():
    """What the libraries consist of: equal for equal code."""
    digest = hashlib.sha256()
    for folder in ("lib", "exporters"):
        for path in sorted((BUILD / folder).rglob("*.o")):
            digest.update(path.read_bytes())
    return digest.digest()


class Test:
    def __init__(self, entry):
        properties = {p["name"]: p["value"] for p in entry["properties"]}
        self.name = entry["name"]
        self.command = entry["command"]
        self.folder = properties.get("WORKING_DIRECTORY", str(BUILD))
        self.labels = set(properties.get("LABELS", []))
        self.skip = properties.get("SKIP_RETURN_CODE")
        self.reads_output = bool({"PASS_REGULAR_EXPRESSION", "FAIL_REGULAR_EXPRESSION", "WILL_FAIL"} & set(properties))
        self.environment = dict(os.environ, **dict(e.split("=", 1) for e in properties.get("ENVIRONMENT", [])))
        self.seconds = 60.0

    def measure(self):
        """The seconds that it takes; None: it fails."""
        begin = time.monotonic()
        if self.failure():
            return None
        return time.monotonic() - begin

    def failure(self):
        """None, "killed" or "timeout". A test that fails once in a while, or does not end because
        the machine is busy, has not noticed."""
        for _ in range(2):
            status = run(self.command, 20 + 5 * self.seconds, self.folder, self.environment)
            if status in (0, self.skip):
                return None
        return "timeout" if status is None else "killed"


def unit_tests():
    """Those that pass when nothing is changed, with the time that each took the first time."""
    listed = json.loads(subprocess.check_output(["ctest", "--show-only=json-v1"], cwd=BUILD))
    tests = [Test(entry) for entry in listed["tests"] if entry.get("command")]
    tests = [t for t in tests if not t.labels & LEFT_OUT and not t.reads_output
             and (targets(t) or "schema" in t.labels)]
    seconds = json.loads(TIMES.read_text()) if TIMES.exists() else {}
    for test in tests:
        if seconds.get(test.name) is None:
            seconds[test.name] = test.measure()
            TIMES.write_text(json.dumps(seconds, indent=1))
        if seconds[test.name] is None:
            print(f"fails without a change, and is left out: {test.name}", flush=True)
        test.seconds = seconds[test.name]
    return [t for t in tests if t.seconds is not None]


def plan(tests, name, seconds):
    """The quick tests of the file's own folder, all other quick ones, and its slow ones. Quick: at
    most so long."""
    folder = name.split("/")[1]
    folders = {folder, *ALSO_OWN.get(folder, ())}
    own = [t for t in tests if t.name.split("/")[0] in folders]
    quick = [t for t in tests if t.seconds <= seconds]

    def by_time(chosen):
        return sorted(chosen, key=lambda t: t.seconds)
    return by_time(t for t in quick if t in own) + by_time(t for t in quick if t not in own) + by_time(
        t for t in own if t not in quick)


def targets(test):
    """What of the build a test's command names."""
    return [os.path.relpath(word, BUILD) for word in test.command
            if word.startswith(f"{BUILD}/") and os.path.isfile(word)]


def judge(tests, name, unchanged, seconds):
    """The verdict on what lies in the copy, and the test that noticed."""
    if not built("lib/all", "exporters/all"):
        return "broken", ""
    if archives() == unchanged:
        return "same", ""
    ordered = plan(tests, name, seconds)
    for at in range(0, len(ordered), TESTS_BUILT_AT_ONCE):
        group = ordered[at:at + TESTS_BUILT_AT_ONCE]
        if not built(*{target for test in group for target in targets(test)}):
            return "broken", ""
        for test in group:
            verdict = test.failure()
            if verdict:
                return verdict, test.name
    return "survived", ""


def prepare():
    copy_sources()
    BUILD.mkdir(parents=True, exist_ok=True)
    quick = ["-G", "Ninja"] if shutil.which("ninja") else []
    if shutil.which("ccache"):
        quick.append("-DCMAKE_C_COMPILER_LAUNCHER=ccache")
    if shutil.which("mold"):
        quick += [f"-DCMAKE_{kind}_LINKER_FLAGS=-fuse-ld=mold" for kind in ("EXE", "SHARED")]
    if run(["cmake", "-S", str(SOURCE), "-B", str(BUILD), *quick, *FLAGS], 300) != 0 or not built("all"):
        sys.exit("mutants: the unchanged sources do not build")
    return unit_tests(), archives()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=60, help="mutants to judge, besides same and broken ones")
    parser.add_argument("--first", type=int, default=0, help="skip so many mutants of the seed")
    parser.add_argument("--only", default="", help="files whose name contains this")
    parser.add_argument("--pick", default="", help="only the mutants of these numbers")
    parser.add_argument("--list", action="store_true", help="only show the mutants")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))

    chosen = list(mutants(options.seed, options.only))[options.first:]
    if options.pick:
        numbers = [int(number) for number in options.pick.split(",")]
        chosen = [mutant for mutant in chosen if mutant[0] in numbers]
    if options.list:
        for number, name, line, text, begin, end, new in chosen[:options.count]:
            print(f"{number} {name}:{line}: {shown(text, begin, end, new)}")
        return 0
    tests, unchanged = prepare()
    verdicts = []
    for number, name, line, text, begin, end, new in chosen:
        noticed = sum(v in ("killed", "timeout") for v in verdicts)
        if noticed + verdicts.count("survived") == options.count:
            break
        try:
            (SOURCE / name).write_text(text[:begin] + new + text[end:])
            verdict, test = judge(tests, name, unchanged, 60 if options.pick else 2)
        finally:
            (SOURCE / name).write_text(text)
        verdicts.append(verdict)
        print(f"{verdict:8} {number} {name}:{line}: {shown(text, begin, end, new)}  {test}", flush=True)
    noticed = sum(v in ("killed", "timeout") for v in verdicts)
    counted = noticed + verdicts.count("survived")
    print(f"mutants: seed {options.seed}: {noticed} of {counted} noticed, "
          f"{verdicts.count('same')} same, {verdicts.count('broken')} broken")
    return 0


if __name__ == "__main__":
    sys.exit(main())
