#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks one model with spin: it holds, and spin finds each of its seeded bugs.

Usage: run.py <model> <folder to build in>
Exits with 0 when the model holds and each seeded bug is found, with 1 otherwise, and
with 77 ("skipped") when spin or a C compiler is missing; with REQUIRE_ALL_TESTS=1 in
the environment that is 1 as well.
"""
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SECONDS_MAX = 240
# A model with fewer states does not do what it is meant to.
STATES_MIN = 50

# For each model: the runs that hold, each with its kind and definitions, and the seeded
# bugs, each the definitions of a run that must fail.
MODELS = {
    "lane_ring": {
        "holds": [("safety", ""), ("liveness", "-DOFFERED=3")],
        "bugs": ["-DBUG_PUBLISH_BEFORE_COPY", "-DBUG_TAIL_NOT_RELEASED",
                 "-DBUG_TAIL_NOT_ACQUIRED", "-DBUG_HEAD_BEFORE_READ", "-DBUG_NO_FILLER",
                 "-DBUG_ONE_UNIT_TOO_MANY", "-DBUG_REFUSED_IS_SKIPPED"],
    },
    "wake": {
        "holds": [("safety", ""), ("safety", "-DNO_TIMEOUT -DNO_STORE_BUFFER"),
                  ("liveness", "-DRECORDS=2")],
        "bugs": ["-DBUG_STORE_FOR_EXCHANGE",
                 # Shows why the consumer has a timeout: producers have no fence.
                 "-DNO_TIMEOUT",
                 "-DNO_TIMEOUT -DNO_STORE_BUFFER -DBUG_LOOK_BEFORE_FLAG",
                 "-DNO_TIMEOUT -DNO_STORE_BUFFER -DBUG_NO_LOOK",
                 "-DNO_TIMEOUT -DNO_STORE_BUFFER -DBUG_NO_WRITE"],
    },
    "lane_claim": {
        "holds": [("safety", ""), ("liveness", "-DROUNDS=1")],
        "bugs": ["-DBUG_CLAIM_BY_STORE", "-DBUG_CLAIM_NOT_ACQUIRED",
                 "-DBUG_HAND_BACK_BY_STORE", "-DBUG_HAND_BACK_NOT_RELEASED",
                 "-DBUG_HANDED_BACK_EARLY", "liveness -DROUNDS=1 -DBUG_TOUCHED_BY_STORE"],
    },
    "lane_borrow": {
        "holds": [("safety", ""), ("liveness", "")],
        "bugs": ["-DBUG_BORROW_BY_STORE", "-DBUG_BORROW_NOT_ACQUIRED",
                 "-DBUG_RETURN_NOT_RELEASED", "-DBUG_RETURNED_EARLY"],
    },
    "slot_list": {
        "holds": [("safety", "-DOPERATIONS=4"), ("liveness", "")],
        "bugs": ["-DBUG_NO_TAG", "-DBUG_POP_NOT_ACQUIRED", "-DBUG_PUSH_NOT_RELEASED",
                 "-DBUG_PUSH_BY_STORE", "-DBUG_LINKED_AFTER_PUSH", "-DBUG_FRESH_BY_STORE",
                 "-DBUG_FRESH_NOT_CHECKED"],
    },
    "hand_over": {
        "holds": [("safety", ""), ("liveness", "")],
        "bugs": ["-DBUG_TAKE_BY_STORE", "-DBUG_PUSH_BY_STORE", "-DBUG_PUSH_NOT_RELEASED",
                 "-DBUG_TAKE_NOT_ACQUIRED", "-DBUG_NOT_REVERSED", "-DBUG_LINKED_AFTER_PUSH",
                 "-DBUG_GIVEN_BEFORE_NEXT", "-DBUG_PENDING_OVERWRITTEN",
                 "-DBUG_COUNTED_AFTER_PUSH"],
    },
    "span_state": {
        "holds": [("safety", "")],
        "bugs": ["-DBUG_ACQUIRE_RELAXED", "-DBUG_RELEASE_RELAXED", "-DBUG_OPENED_RELAXED",
                 "-DBUG_RELEASE_BY_STORE", "-DBUG_BUSY_IGNORED", "-DBUG_GENERATION_STAYS",
                 "-DBUG_GIVEN_BEFORE_CLOSED",
                 "-DBUG_ASKED_RELAXED", "-DBUG_TIMED_BEFORE_TIME", "-DBUG_TIME_BEFORE_PINNED"],
    },
    "identity": {
        "holds": [("safety", "")],
        "bugs": ["-DBUG_NO_LOOK", "-DBUG_OTHER_BY_STORE", "-DBUG_OTHER_OPENS"],
    },
    "unused": {
        "holds": [("safety", ""), ("safety", "-DPLACES_ARE_FREE -DONE_SET -DCALLS=1 -DROUNDS=1")],
        "bugs": ["-DBUG_NOT_SET_BACK", "-DBUG_SET_BACK_BY_STORE", "-DBUG_ENTERED_BY_STORE",
                 "-DBUG_CACHE_NOT_LOOKED_AT", "-DBUG_NOT_ENTERED", "-DBUG_LEFT_EARLY",
                 "-DBUG_NOT_UNLINKED", "-DBUG_ENDED_BY_STORE", "-DBUG_FREE_AT_ONCE",
                 "-DBUG_NO_GRACE", "-DBUG_NOT_COLLECTED",
                 "-DPLACES_ARE_FREE -DONE_SET -DROUNDS=1 -DBUG_NEW_IS_USED"],
    },
    "identify": {
        "holds": [("safety", "")],
        "bugs": ["-DBUG_IDS_RELAXED", "-DBUG_NO_SECOND_LOOK", "-DBUG_BYTES_OVER_IDS"],
    },
}


class Failed(Exception):
    """A tool failed, so there is no result for the model."""


def call(command, folder):
    done = subprocess.run(command, cwd=folder, timeout=SECONDS_MAX, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


def build(model, kind, defines, folder, optimize):
    """Makes folder/pan, the checker of this variant."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    claim = ["-DNFAIR=3"] if kind == "liveness" else ["-DSAFETY", "-DNOCLAIM"]
    compiler = os.environ.get("CC", "cc")
    for command in (["spin", "-a", *defines, str(HERE / f"{model}.pml")],
                    [compiler, "-O1" if optimize else "-O0", "-w", *claim,
                     "-o", "pan", "pan.c"]):
        code, output = call(command, folder)
        if code != 0:
            raise Failed(f"{' '.join(command)}:\n{output}")


def check(model, kind, defines, folder, optimize):
    """Returns (errors, states, what was found) of one variant."""
    defines = defines.split()
    build(model, kind, defines, folder, optimize)
    # -a -f: acceptance cycles, under weak fairness.
    options = ["-a", "-f"] if kind == "liveness" else []
    _, output = call(["./pan", "-m1000000", *options], folder)
    errors = re.search(r"errors: (\d+)", output)
    states = re.search(r"(\d\S*) states, stored", output)
    # A truncated search has not checked the model.
    if not errors or not states or re.search(r"max search depth too small|out of memory|"
                                             r"Search not completed", output) \
            and errors.group(1) == "0":
        raise Failed(f"{model} {defines}: pan did not finish:\n{output}")
    found = re.search(r"^pan:\d+: (.*)$", output, re.MULTILINE)
    return int(errors.group(1)), int(float(states.group(1))), found.group(1) if found else ""


def trace(model, defines, folder):
    """The last steps of the counterexample."""
    _, output = call(["spin", "-t", "-p", "-g", "-k", f"{model}.pml.trail", *defines.split(),
                      str(HERE / f"{model}.pml")], folder)
    return "\n".join(output.splitlines()[-60:])


class Variant:
    def __init__(self, number, model, kind, defines, must_hold, note):
        self.model, self.kind, self.defines = model, kind, defines
        self.must_hold, self.note = must_hold, note
        self.folder_name = f"{model}.{number}"

    def run(self, build_folder):
        folder = build_folder / self.folder_name
        errors, states, found = check(self.model, self.kind, self.defines, folder,
                                      optimize=self.must_hold)
        good = (errors == 0) == self.must_hold and (not self.must_hold or states >= STATES_MIN)
        verdict = found if errors else "no error"
        text = (f"{'ok  ' if good else 'FAIL'} {self.note:9} {self.kind:8} "
                f"{self.defines or '(as it is)'}: {states} states, {verdict}")
        if not good and errors:
            text += "\n" + trace(self.model, self.defines, folder)
        if good:
            shutil.rmtree(folder)
        return good, text


def variants_of(model):
    table = MODELS[model]
    rows = [(kind, defines, True, "holds") for kind, defines in table["holds"]]
    for bug in table["bugs"]:
        kind, defines = ("liveness", bug[len("liveness "):]) if bug.startswith("liveness ") \
            else ("safety", bug)
        rows.append((kind, defines, False, "bug"))
    return [Variant(number, model, *row) for number, row in enumerate(rows)]


def main(arguments):
    if len(arguments) != 2 or arguments[0] not in MODELS:
        print(__doc__, f"Models: {' '.join(MODELS)}", sep="\n", file=sys.stderr)
        return 2
    for tool in ("spin", os.environ.get("CC", "cc")):
        if shutil.which(tool) is None:
            print(f"SKIPPED: model: {tool} is not installed (Debian packages: spin gcc)")
            return 1 if os.environ.get("REQUIRE_ALL_TESTS") == "1" else 77
    model, build_folder = arguments[0], Path(arguments[1]).resolve()
    all_good = True
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for good, text in pool.map(lambda variant: variant.run(build_folder),
                                   variants_of(model)):
            print(f"{model}: {text}", flush=True)
            all_good = all_good and good
    return 0 if all_good else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (Failed, subprocess.TimeoutExpired) as error:
        print(error, file=sys.stderr)
        sys.exit(1)
