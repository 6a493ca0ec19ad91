# SPDX-License-Identifier: Apache-2.0
"""Runs the example in one language and compares each field that arrives.

    run.py LANGUAGE --prefix PREFIX --libdir LIBDIR --work DIR

PREFIX has haetae installed. Exits with 77, "skipped", when the language's tools or packages are
missing, or with 1 when REQUIRE_ALL_TESTS is 1.
"""
import argparse
import os
import pathlib
import pprint
import shutil
import subprocess
import sys

import languages
import receiver

EXIT_SKIPPED = 77
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
METHOD = {"method": ("string_value", "GET")}


def expected(language):
    def of(items):
        return [{"service": ("string_value", f"ffi-{language}"), "scope": "haetae.ffi",
                 "items": items}]

    span = {
        "name": "GET /rides", "kind": 2, "trace_id": TRACE_ID, "parent": "b7ad6b7169203331",
        "trace_state": "vendor=1", "flags": 0x301, "ends_after_start": True,
        "attributes": {
            "text": ("string_value", "불\0fire"),
            "flag": ("bool_value", True),
            "count": ("int_value", -9007199254740993),
            "ratio": ("double_value", 0.1),
            "list": ("array_value", [("string_value", "one"), ("int_value", 2),
                                     ("double_value", 0.5)]),
            "map": ("kvlist_value", {"inner": ("bool_value", True)}),
            "bytes": ("bytes_value", b"\x00\x01\xff"),
            "nothing": (None, None)},
        "events": [("checked", 1700000000000000000, {"step": ("int_value", 1)})],
        "links": 0, "status": (2, "late"), "dropped": (0, 0)}
    log = {"severity": 9, "body": ("string_value", "recorded"),
           "attributes": {"lines": ("int_value", 2)}, "trace_id": TRACE_ID, "span": "GET /rides",
           "flags": 1, "observed": True}
    histogram = {"name": "ffi.duration", "unit": "s", "kind": "histogram", "temporality": 2,
                 "points": [(METHOD, 1, 0.25, 0.25, 0.25, [0.1, 1.0], [0, 1, 0])]}
    counter = {"name": "ffi.requests", "unit": "{request}", "kind": "sum", "temporality": 2,
               "monotonic": True, "points": [(METHOD, "as_int", 3)]}
    return {"traces": of([span]), "logs": of([log]), "metrics": of([histogram, counter])}


def differences(wanted, found, path=""):
    """Yields a line for each field that differs."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key in sorted(wanted.keys() | found.keys()):
            yield from differences(wanted.get(key), found.get(key), f"{path}/{key}")
    elif isinstance(wanted, (list, tuple)) and isinstance(found, (list, tuple)) \
            and len(wanted) == len(found):
        for i, pair in enumerate(zip(wanted, found)):
            yield from differences(*pair, f"{path}/{i}")
    elif wanted != found or type(wanted) is not type(found):
        yield f"{path}: expected {wanted!r}, received {found!r}"


def self_test():
    """That the comparison notices a change of any field."""
    wanted = expected("any")
    assert not list(differences(wanted, expected("any")))
    changes = [
        lambda found: found["traces"][0]["items"][0]["attributes"].pop("nothing"),
        lambda found: found["traces"][0]["items"][0]["attributes"].update(count=("int_value", -9007199254740992)),
        lambda found: found["traces"][0]["items"][0]["attributes"].update(flag=("int_value", 1)),
        lambda found: found["traces"][0]["items"][0].update(flags=1),
        lambda found: found["logs"][0]["items"][0].update(span=None),
        lambda found: found["metrics"][0]["items"].reverse(),
        lambda found: found["metrics"].append(found["metrics"][0]),
    ]
    for i, change in enumerate(changes):
        found = expected("any")
        change(found)
        assert list(differences(wanted, found)), f"change {i} went unnoticed"


def run(language, command, environment):
    with receiver.Receiver() as sink:
        environment = dict(environment, OTEL_EXPORTER_OTLP_ENDPOINT=sink.endpoint,
                           OTEL_SERVICE_NAME=f"ffi-{language}")
        subprocess.run(command, env=environment, check=True, timeout=60)
        found = sink.everything()
    lines = list(differences(expected(language), found))
    if lines:
        pprint.pprint(found)
        print("\n".join(lines))
        sys.exit(1)
    print(f"ffi: {language}: every field arrived as it was recorded")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("language", choices=sorted(languages.LANGUAGES))
    parser.add_argument("--prefix", type=pathlib.Path, required=True)
    parser.add_argument("--libdir", required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    self_test()
    work = arguments.work / arguments.language
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        command, environment = languages.prepare(arguments.language, arguments.prefix,
                                                 arguments.libdir, work)
    except languages.Missing as missing:
        required = os.environ.get("REQUIRE_ALL_TESTS") == "1"
        print(f"{'FAILED' if required else 'SKIPPED'}: examples/ffi/{arguments.language}: {missing}",
              file=sys.stderr)
        sys.exit(1 if required else EXIT_SKIPPED)
    run(arguments.language, command, environment)


if __name__ == "__main__":
    main()
