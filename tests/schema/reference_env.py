# SPDX-License-Identifier: Apache-2.0
"""Runs a script with the reference protobuf classes installed.

    reference_env.py --venv DIR [--requirements FILE] -- SCRIPT [ARGUMENT...]

Makes a virtual environment in DIR with the packages of FILE (requirements.txt beside
this script), or uses the one that is there, and runs SCRIPT in it. Exits with SCRIPT's code.
When the environment cannot be made (no venv module, no package registry) the
test cannot run: exit 77, "skipped", or 1 when REQUIRE_ALL_TESTS is 1.
"""

import argparse
import fcntl
import os
import pathlib
import shutil
import subprocess
import sys

EXIT_SKIPPED = 77
INSTALL_TIMEOUT_S = 240
REQUIREMENTS = pathlib.Path(__file__).resolve().parent / "requirements.txt"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--venv", type=pathlib.Path, required=True)
    parser.add_argument("--requirements", type=pathlib.Path, default=REQUIREMENTS)
    parser.add_argument("script", nargs="+")
    arguments = parser.parse_args()

    try:
        python = ensure_venv(arguments.venv, arguments.requirements)
    except (OSError, subprocess.SubprocessError) as error:
        return cannot_run(arguments.venv, error)
    return subprocess.run([python, *arguments.script], env=script_environment()).returncode


def ensure_venv(venv: pathlib.Path, requirements: pathlib.Path) -> str:
    """The venv's interpreter. Several tests may call this at the same time: the first
    makes the venv, the others wait for it."""
    venv.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{venv}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        python = venv / "bin" / "python"
        stamp = venv / "installed.txt"
        wanted = f"{sys.version}\n{requirements.read_text()}"
        if python.exists() and stamp.exists() and stamp.read_text() == wanted:
            return str(python)
        shutil.rmtree(venv, ignore_errors=True)
        run_quietly([sys.executable, "-m", "venv", str(venv)])
        run_quietly([str(python), "-m", "pip", "install", "--quiet", "--retries", "1",
                     "--disable-pip-version-check", "--requirement", str(requirements)])
        # Written last: a venv without this file is incomplete.
        stamp.write_text(wanted)
        return str(python)


def run_quietly(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True,
                   timeout=INSTALL_TIMEOUT_S, env=script_environment())


def script_environment() -> dict[str, str]:
    """The caller's environment, without variables that add other packages."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    return environment


def cannot_run(venv: pathlib.Path, error: Exception) -> int:
    output = getattr(error, "stderr", None) or getattr(error, "stdout", None) or ""
    required = os.environ.get("REQUIRE_ALL_TESTS") == "1"
    print(f"{'FAILED' if required else 'SKIPPED'}: the Python packages cannot be "
          f"installed into {venv}: {error}\n{output}"
          "Needed: Python's venv module (Debian package python3-venv) and the Python package "
          "registry.", file=sys.stderr)
    return 1 if required else EXIT_SKIPPED


if __name__ == "__main__":
    sys.exit(main())
