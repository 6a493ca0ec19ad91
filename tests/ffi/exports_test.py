# SPDX-License-Identifier: Apache-2.0
"""Compares the functions of haetae_ffi.json with what each shared library exports.

Usage: exports_test.py <haetae_ffi.json> <name of a library>=<its file>...
"""
import json
import subprocess
import sys


def exported(library):
    output = subprocess.run(["nm", "--dynamic", "--defined-only", "--format=posix", library],
                            check=True, capture_output=True, text=True).stdout
    # A version's own name is absolute.
    names = {line.split("@")[0].split()[0] for line in output.splitlines() if line.split()[1] != "A"}
    return names - {"otel_thread_ctx_v1"}  # a variable, which profilers read


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        content = json.load(file)
    functions = content["functions"] + content["c_only"]
    failed = False
    for argument in sys.argv[2:]:
        name, library = argument.split("=", 1)
        described = {function["name"] for function in functions if function["library"] == name}
        found = exported(library)
        for missing in sorted(found - described):
            print(f"{library} exports {missing}, which haetae_ffi.json lacks")
        for strange in sorted(described - found):
            print(f"{library} does not export {strange}")
        print(f"{name}: {len(described)} functions described, {len(found)} exported")
        failed = failed or found != described or not found
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
