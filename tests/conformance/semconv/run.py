#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks all telemetry that the dispatch services send, and what the detectors say of other places, against the
semantic conventions.

    run.py --programs DIR       DIR has examples/dispatch/ and examples/quickstart
    run.py --self-test          checks that each rule can fail

Exits with 77, "skipped", when the conventions can't be fetched, or with 1 when REQUIRE_ALL_TESTS is 1."""
import argparse
import http.client
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "ffi"))

import conventions  # noqa: E402
import own_names  # noqa: E402
import receiver  # noqa: E402
import rules  # noqa: E402
import self_test  # noqa: E402

EXIT_SKIPPED = 77
START_SECONDS = 30
LOAD_SECONDS = "4"
POD = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "K8S_CLUSTER_NAME": "c", "K8S_NODE_NAME": "n", "K8S_NAMESPACE_NAME": "ns",
       "K8S_POD_NAME": "p", "K8S_POD_UID": "275ecb36-5aa8-4c2a-9c47-d8bb681b9aff", "K8S_DEPLOYMENT_NAME": "d",
       "K8S_STATEFULSET_NAME": "s", "K8S_DAEMONSET_NAME": "ds", "K8S_CONTAINER_NAME": "co"}
# What platforms set in the environment: the cloud.platform that it means, or None, and the variables.
PLACES = [
    (None, POD),
    ("aws_lambda", {"AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_REGION": "eu-central-1", "AWS_LAMBDA_FUNCTION_VERSION": "1",
                    "AWS_LAMBDA_LOG_STREAM_NAME": "s", "AWS_LAMBDA_LOG_GROUP_NAME": "g",
                    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128"}),
    ("aws_ecs", {"ECS_CONTAINER_METADATA_URI_V4": "http://127.0.0.1:1/", "AWS_REGION": "r"}),
    ("gcp_cloud_functions", {"FUNCTION_TARGET": "t", "K_SERVICE": "f", "K_REVISION": "1", "GOOGLE_CLOUD_PROJECT": "p",
                             "GOOGLE_CLOUD_REGION": "r"}),
    ("gcp_cloud_run", {"K_SERVICE": "f", "K_REVISION": "1", "K_CONFIGURATION": "c"}),
    ("gcp_app_engine", {"GAE_SERVICE": "s", "GAE_VERSION": "1", "GAE_INSTANCE": "i"}),
    ("azure.functions", {"FUNCTIONS_EXTENSION_VERSION": "~4", "WEBSITE_SITE_NAME": "s", "REGION_NAME": "r",
                         "WEBSITE_INSTANCE_ID": "i"}),
    ("azure.container_apps", {"CONTAINER_APP_NAME": "a", "CONTAINER_APP_REVISION": "1",
                              "CONTAINER_APP_REPLICA_NAME": "r"}),
    ("azure.app_service", {"WEBSITE_SITE_NAME": "s", "REGION_NAME": "r", "WEBSITE_SLOT_NAME": "staging",
                           "WEBSITE_INSTANCE_ID": "i"}),
    (None, {"HEROKU_APP_ID": "a", "HEROKU_SLUG_COMMIT": "c", "HEROKU_RELEASE_CREATED_AT": "2026-01-01T00:00:00Z",
            "HEROKU_RELEASE_VERSION": "v1", "HEROKU_DYNO_ID": "d"}),
]


def environment(endpoint, **more):
    """No setting of this machine's, all detectors, the SDK's own metrics, and those of process and host."""
    left = {name: value for name, value in os.environ.items()
            if not name.startswith(("OTEL_", "HAETAE_")) and "proxy" not in name.lower()}
    return left | {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "HAETAE_SDK_METRICS": "true",
                   "HAETAE_HOST_METRICS": "all",
                   "HAETAE_RESOURCE_DETECTORS": "all,process_arguments",
                   "OTEL_METRIC_EXPORT_INTERVAL": "1000"} | more


class Service:
    """A service that runs while the `with` block does."""

    def __init__(self, program, work, env, *arguments):
        self.name = pathlib.Path(program).name
        self.port_file = work / f"{self.name}.port"
        self.process = subprocess.Popen([program, "--port-file", self.port_file, "--stats-file",
                                         work / f"{self.name}.json", *arguments], env=env)

    def __enter__(self):
        deadline = time.monotonic() + START_SECONDS
        while not (self.port_file.exists() and self.port_file.read_text().strip()):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise RuntimeError(f"{self.name} does not listen")
            time.sleep(0.02)
        self.port = int(self.port_file.read_text())
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.code = self.process.wait(60)


def ask(port, method, path, headers):
    """A request that the load generator does not make."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.getresponse().read()
    connection.close()


def run_dispatch(programs, endpoint, work):
    env = environment(endpoint)
    folder = programs / "examples" / "dispatch"
    with Service(folder / "dispatch-maps", work, env) as maps:
        with Service(folder / "dispatch", work, env, "--maps", maps.url) as dispatch:
            for method, path, headers in (("BREW", "/coffee", {}), ("QUERY", "/rides", {}), ("GET", "/nowhere", {}),
                                          ("GET", "/rides/0", {"User-Agent": "x"}), ("HEAD", "/healthz", {}),
                                          ("GET", "/healthz", {"Host": "[::1]:8080"})):
                ask(dispatch.port, method, path, headers)
            subprocess.run([folder / "dispatch-load", "--url", dispatch.url, "--maps", maps.url, "--seconds",
                            LOAD_SECONDS, "--rate", "40"], check=True, stdout=subprocess.DEVNULL)
    return dispatch.code == 0 and maps.code == 0


def run_places(programs, received):
    """The detectors in each place: what they say must be in the conventions, and must be that place."""
    for platform, variables in PLACES:
        with receiver.Receiver() as place:
            subprocess.run([programs / "examples" / "quickstart"], check=True, stdout=subprocess.DEVNULL,
                           env=environment(place.endpoint, OTEL_SERVICE_NAME="place", **variables))
        for path, requests in place.received.items():
            received[path] += requests
        found = rules.as_dict(place.received["/v1/traces"][0].resource_spans[0].resource.attributes)
        if found.get("cloud.platform") != platform:
            raise RuntimeError(f"cloud.platform is {found.get('cloud.platform')}, not {platform}")


def live(programs, known):
    with tempfile.TemporaryDirectory() as work, receiver.Receiver() as running:
        ended_well = run_dispatch(programs, running.endpoint, pathlib.Path(work))
        received = running.received
        run_places(programs, received)
    checker = rules.Checker(known, own_names)
    checker.check(received)
    checker.check_own()
    for rule, what in sorted(checker.faults):
        print(f"{rule}: {what}")
    print(", ".join(f"{count} {what}" for what, count in checker.counts.items()), "checked against version",
          conventions.VERSION.lstrip("v"), "of the semantic conventions:", len(checker.faults), "faults")
    missing = [what for what, count in checker.counts.items() if count == 0]
    return 0 if ended_well and not checker.faults and not missing else 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", type=pathlib.Path)
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    try:
        known = conventions.load()
    except conventions.collector.Unavailable as reason:
        needed = os.environ.get("REQUIRE_ALL_TESTS") == "1"
        print(f"{'failed' if needed else 'skipped'}: {reason}")
        return 1 if needed else EXIT_SKIPPED
    return self_test.run(known) if arguments.self_test else live(arguments.programs.resolve(), known)


if __name__ == "__main__":
    sys.exit(main())
