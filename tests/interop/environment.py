# SPDX-License-Identifier: Apache-2.0
"""What the tests of peers take from the environment, and what they leave out of it."""

import os

SKIPPED = 77


def clean():
    """The environment without settings of OpenTelemetry and haetae, and without proxies."""
    return {name: value for name, value in os.environ.items()
            if not name.startswith(("OTEL_", "HAETAE_")) and "proxy" not in name.lower()}


def unavailable(reason):
    """Says why a test cannot run here. Returns its exit status: 77, or 1 when REQUIRE_ALL_TESTS is 1."""
    needed = os.environ.get("REQUIRE_ALL_TESTS") == "1"
    print(f"{'failed' if needed else 'skipped'}: {reason}")
    return 1 if needed else SKIPPED
