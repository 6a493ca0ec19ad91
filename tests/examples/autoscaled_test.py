#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""That docs/autoscaling.md fits what its example shows.

Usage: autoscaled_test.py figures --program <example> --page <docs/autoscaling.md>
       autoscaled_test.py queries --page <docs/autoscaling.md> [--promtool <program>]
figures: the example is given jobs until its figures are known, and each name in the page's queries must be on the
example's page for Prometheus. queries: each query, evaluated by promtool over two pods with such figures, must give
what it is for; without promtool the test is skipped.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

EXIT_SKIPPED = 77
PATIENCE_S = 60
WORKERS = 4
QUEUE_MAX = 100
SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{([^}]*)\})? (\S+)$", re.MULTILINE)
QUERY = re.compile(r"^ *(?:- )?(seriesQuery|metricsQuery|query): (.+)$", re.MULTILINE)
NAME = re.compile(r"([a-zA-Z_:][\w:]*)\{")
MATCHERS = 'namespace="shop",pod=~"jobs-a|jobs-b"'


class Service:
    def __init__(self, program, job_ms):
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "HAETAE_"))}
        environment |= {"OTEL_EXPORTER_PROMETHEUS_PORT": "0", "OTEL_EXPORTER_PROMETHEUS_HOST": "127.0.0.1"}
        self.process = subprocess.Popen([program, str(job_ms)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env=environment)
        self.url = self.process.stdout.readline().strip().replace("localhost", "127.0.0.1")

    def add(self, jobs):
        self.process.stdin.write(f"{jobs}\n")
        self.process.stdin.flush()

    def figures(self):
        with urllib.request.urlopen(self.url, timeout=PATIENCE_S) as answer:
            return {name: float(value) for name, _, value in SAMPLE.findall(answer.read().decode())}

    def wait_for(self, wanted):
        """Waits until the page has these values."""
        end = time.monotonic() + PATIENCE_S
        while True:
            found = self.figures()
            if all(found.get(name) == value for name, value in wanted.items()):
                return found
            if time.monotonic() > end:
                raise AssertionError(f"the page has {found}, not {wanted}")
            time.sleep(0.02)

    def end(self):
        self.process.stdin.close()
        if self.process.wait(PATIENCE_S) != 0:
            raise AssertionError(f"the example ended with {self.process.returncode}")


def check_figures(program):
    """Returns the page of a service with ten jobs, of which six wait."""
    idle = {"jobs_active": 0, "jobs_queued": 0, "jobs_queue_age_seconds": 0, "workers_utilization_ratio": 0,
            "jobs_finished_total": 0, "jobs_rejected_total": 0}
    service = Service(program, 1000 * PATIENCE_S * 10)
    service.wait_for(idle)
    service.add(WORKERS)
    service.wait_for(idle | {"jobs_active": WORKERS, "workers_utilization_ratio": 1})
    service.add(6)
    found = service.wait_for({"jobs_active": WORKERS, "jobs_queued": 6, "workers_utilization_ratio": 1})
    older = service.figures()["jobs_queue_age_seconds"]
    if not 0 < found["jobs_queue_age_seconds"] < older < PATIENCE_S:
        raise AssertionError(f"the oldest job waits {found['jobs_queue_age_seconds']}, then {older} seconds")
    service.add(QUEUE_MAX)
    service.wait_for({"jobs_queued": QUEUE_MAX, "jobs_rejected_total": 6, "jobs_finished_total": 0})
    service.end()
    service = Service(program, 0)
    service.add(10)
    service.wait_for(idle | {"jobs_finished_total": 10})
    service.end()
    return found


def queries_of(page):
    return [(kind, text.strip("'")) for kind, text in QUERY.findall(page)]


def check_names(page, figures):
    """Names in the queries, and those in the table of names."""
    queries = queries_of(page)
    kinds = [kind for kind, _ in queries]
    if kinds.count("seriesQuery") != 3 or kinds.count("metricsQuery") != 3 or kinds.count("query") != 2:
        raise AssertionError(f"the page has other queries: {kinds}")
    names = {name for _, text in queries for name in NAME.findall(text)}
    table = page[page.index("| instrument | name there |"):page.index("Prometheus adds the labels")]
    rows = [row.split("|") for row in table.splitlines()[2:] if row.startswith("|")]
    names |= {name for row in rows for name in re.findall(r"`(\w+)`", row[2])}
    missing = names - figures.keys()
    if missing or len(names) != 6:
        raise AssertionError(f"of {sorted(names)} the example does not show {sorted(missing)}")


def evaluated(page):
    """Queries as they reach Prometheus, and what they give for two pods: {labels: value}."""
    series = None
    group = "namespace, pod"
    pods = ['{namespace="shop", pod="jobs-a"}', '{namespace="shop", pod="jobs-b"}']
    expected = iter([dict(zip(pods, [10, 20])), dict(zip(pods, [1, 0.5])), dict(zip(pods, [3, 7])), {"{}": 30},
                     {"{}": 7}])
    for kind, text in queries_of(page):
        if kind == "seriesQuery":
            series = NAME.match(text)[1]
            continue
        text = text.replace("<<.Series>>", series).replace("<<.LabelMatchers>>", MATCHERS)
        yield text.replace("<<.GroupBy>>", group), next(expected)


def check_queries(page, promtool):
    """The figures of two pods: half an hour of them, as Prometheus has them."""
    values = {"jobs-a": {"jobs_active": 4, "jobs_queued": 6, "workers_utilization_ratio": 1,
                         "jobs_queue_age_seconds": 3},
              "jobs-b": {"jobs_active": 2, "jobs_queued": 18, "workers_utilization_ratio": 0.5,
                         "jobs_queue_age_seconds": 7}}
    lines = ["rule_files: []", "evaluation_interval: 15s", "tests:", "  - interval: 15s", "    input_series:"]
    for pod, figures in values.items():
        for name, value in figures.items():
            labels = f'namespace="shop",pod="{pod}",otel_scope_name="example.jobs"'
            lines += [f"      - series: '{name}{{{labels}}}'", f"        values: '{value}x120'"]
    lines.append("    promql_expr_test:")
    for text, expected in evaluated(page):
        lines += [f"      - expr: '{text}'", "        eval_time: 20m", "        exp_samples:"]
        for labels, value in expected.items():
            lines += [f"          - labels: '{labels}'", f"            value: {value}"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "test.yml")
        path.write_text("\n".join(lines) + "\n")
        subprocess.run([promtool, "test", "rules", path], check=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["figures", "queries"])
    parser.add_argument("--program")
    parser.add_argument("--page", required=True, type=Path)
    parser.add_argument("--promtool")
    arguments = parser.parse_args()
    page = arguments.page.read_text(encoding="utf-8")
    if arguments.what == "figures":
        check_names(page, check_figures(arguments.program))
    elif arguments.promtool:
        check_queries(page, arguments.promtool)
    else:
        print("SKIPPED: promtool was not found (Debian package: prometheus)", file=sys.stderr)
        return EXIT_SKIPPED
    return 0


if __name__ == "__main__":
    sys.exit(main())
