#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the names that a library exports.

Usage: check_symbols.py [--need NAME]... [--version NODE] <library>...
A shared library defines only haetae_*, of the version NODE; an archive's global
symbols begin with haetae_ or hae_. --need: at least one library defines this name (the
check must not pass because nm printed nothing).
"""
import argparse
import re
import subprocess
import sys

# Profilers look for a variable of the specification's name.
SHARED = re.compile(r"^(haetae_|otel_thread_ctx_v1$)")
ARCHIVE = re.compile(r"^((haetae|hae)_|otel_thread_ctx_v1$)")


def defined_symbols(library):
    """Yields each name, and the version after it where there is one."""
    command = ["nm", "--defined-only", "--extern-only", "--format=posix", library]
    if ".so" in library:
        command.insert(1, "--dynamic")
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for line in output.splitlines():
        words = line.split()
        # An absolute one is a version's own name.
        if len(words) >= 2 and not line.endswith(":") and words[1] != "A":
            name, _, version = words[0].partition("@")
            yield name, version.lstrip("@")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--need", action="append", default=[])
    parser.add_argument("--version")
    parser.add_argument("libraries", nargs="+")
    arguments = parser.parse_args()
    needed = set(arguments.need)
    failed = False
    for library in arguments.libraries:
        symbols = list(defined_symbols(library))
        names = [name for name, _ in symbols]
        allowed = SHARED if ".so" in library else ARCHIVE
        strange = [name for name in names if not allowed.match(name)]
        print(f"{library}: {len(names)} symbols, {len(strange)} that are not ours to define")
        for name in strange:
            print(f"    {name}")
        failed = failed or bool(strange) or not names
        for name, version in symbols:
            if arguments.version and version != arguments.version:
                print(f"    {name} has the version '{version}', not '{arguments.version}'")
                failed = True
        needed -= set(names)
    for name in sorted(needed):
        print(f"not defined anywhere: {name}")
    return 1 if failed or needed else 0


if __name__ == "__main__":
    sys.exit(main())
