#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Alerts of haetae-view as a whole: rules from a file, what the API says, silences, restarts.

Usage: alerts_test.py PATH-TO-HAETAE-VIEW [unittest arguments]"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

import view_process
from view_process import PATIENCE, View
from otlp_bodies import request, span

MS = 1_000_000
TRACE = bytes(range(1, 17))
RULES = """\
every: 1s
labels: {team: maps}
rules:
- name: errors
  kind: error_rate
  service: shop
  window: 1h
  above: 0.5
  severity: critical
  summary: "{{value}} of {{service}} fail"
"""


def failed(count):
    now = time.time_ns()
    return request([span(TRACE, i.to_bytes(8, "big"), "work", start=now - MS, end=now, kind=2,
                         error="no map") for i in range(1, count + 1)])


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.rules = self.folder / "rules.yaml"
        self.rules.write_text(RULES)

    def view(self, *arguments):
        return View("--rules", str(self.rules), *arguments)

    def until(self, view, condition):
        """Asks for the alerts until they are as they shall be."""
        end = time.monotonic() + PATIENCE
        while True:
            answer = view.question("alerts")
            if condition(answer):
                return answer
            self.assertLess(time.monotonic(), end, answer)
            time.sleep(0.05)

    def firing(self, view, count=1):
        return self.until(view, lambda answer: sum(
            alert["state"] == "firing" for alert in answer["alerts"]) == count)

    def change(self, view, path, code=200, headers=None, /, **arguments):
        path = "/api/" + path + "?" + urllib.parse.urlencode(arguments)
        status, _, body = view.ask("POST", path, b"", {"X-Haetae": "1"} if headers is None else headers)
        self.assertEqual(status, code, body)
        return json.loads(body) if status == 200 else None


class Api(Case):
    def test_an_alert_fires_while_data_comes(self):
        with self.view() as view:
            answer = self.until(view, lambda answer: answer["rules"][0]["state"] == "ok")
            self.assertEqual(answer["alerts"], [])
            self.assertEqual(answer["silences"], [])
            self.assertEqual(answer["rules"], [
                {"name": "errors", "kind": "error_rate", "state": "ok", "every_s": 1, "problem": None,
                 "text": "error_share of shop above 0.5 in 3600s"}])
            view.post("/v1/traces", failed(3))
            alert, = self.firing(view)["alerts"]
            self.assertEqual({k: alert[k] for k in ("id", "rule", "severity", "summary", "labels",
                                                    "value", "resolved_ns", "silenced")},
                             {"id": "1", "rule": "errors", "severity": "critical", "value": 1,
                              "summary": "100% of shop fail", "resolved_ns": None,
                              "labels": {"team": "maps", "service": "shop"}, "silenced": False})
            self.assertLess(abs(int(alert["since_ns"]) - time.time_ns()), PATIENCE * 10**9)
            self.assertEqual([a["id"] for a in view.question("overview")["alerts"]], ["1"])

    def test_without_rules_there_are_no_alerts(self):
        with View() as view:
            answer = view.question("alerts")
            self.assertEqual([answer[n] for n in ("alerts", "rules", "silences")], [[], [], []])
            self.change(view, "silence", 404, **{"for": "1h", "match.rule": "x"})
            self.change(view, "unsilence", 404, id=1)

    def test_silences_come_and_go(self):
        with self.view() as view:
            view.post("/v1/traces", failed(1))
            self.firing(view)
            made = self.change(view, "silence", **{"for": "2h", "match.service": "shop", "by": "me"})
            answer = view.question("alerts")
            silence, = answer["silences"]
            self.assertEqual((silence["id"], silence["match"], silence["by"]),
                             (made["id"], {"service": "shop"}, "me"))
            self.assertTrue(answer["alerts"][0]["silenced"])
            self.change(view, "unsilence", id=made["id"])
            self.change(view, "unsilence", 404, id=made["id"])
            self.assertFalse(view.question("alerts")["alerts"][0]["silenced"])

    def test_only_pages_of_this_server_change_anything(self):
        right = {"for": "1h", "match.rule": "errors"}
        with self.view() as view:
            own = f"127.0.0.1:{view.port}"
            self.change(view, "silence", 403, {}, **right)
            self.change(view, "silence", 403, {"X-Haetae": "0"}, **right)
            self.change(view, "silence", 403, {"X-Haetae": "1", "Origin": "http://evil.example"}, **right)
            self.change(view, "silence", 403, {"X-Haetae": "1", "Origin": "null"}, **right)
            self.change(view, "silence", 403, {"X-Haetae": "1", "Host": "evil.example"}, **right)
            self.assertEqual(view.question("alerts")["silences"], [])
            self.change(view, "silence", 200, {"X-Haetae": "1", "Origin": "http://" + own}, **right)
            self.assertEqual(view.ask("GET", "/api/silence?for=1h&match.rule=errors")[0], 405)
            self.assertEqual(view.ask("OPTIONS", "/api/silence")[0], 405)
            for wrong in ({"for": "1h"}, {"match.rule": "x"}, {"for": "1", "match.rule": "x"},
                          {"for": "32d", "match.rule": "x"}, {"for": "1h", "match.a b": "x"},
                          {"for": "1h", "match.a": "x" * 257}):
                self.change(view, "silence", 400, **wrong)
            self.change(view, "unsilence", 400, id="x")
            self.assertEqual(len(view.question("alerts")["silences"]), 1)


class Files(Case):
    def test_a_restart_neither_forgets_nor_repeats(self):
        database = str(self.folder / "view.db")
        with self.view("--db", database) as view:
            view.post("/v1/traces", failed(3))
            before, = self.firing(view)["alerts"]
            self.change(view, "silence", **{"for": "2h", "match.service": "shop"})
        with self.view("--db", database) as view:
            answer = self.firing(view)
            self.assertEqual([(a["id"], a["since_ns"]) for a in answer["alerts"]],
                             [(before["id"], before["since_ns"])])
            self.assertTrue(answer["alerts"][0]["silenced"])
            rows = view.question("sql", q="SELECT rule, state FROM alert_state")["rows"]
            self.assertEqual(rows, [["errors", "firing"]])

    def test_a_killed_program_leaves_what_fired(self):
        database = str(self.folder / "view.db")
        view = self.view("--db", database)
        view.post("/v1/traces", failed(3))
        before, = self.firing(view)["alerts"]
        end = time.monotonic() + PATIENCE
        while not view.question("sql", q="SELECT 1 FROM alert_state WHERE state = 'firing'")["rows"]:
            self.assertLess(time.monotonic(), end)
        view.process.kill()
        view.process.wait()
        view.__exit__(None)
        with self.view("--db", database) as view:
            self.assertEqual(self.firing(view)["alerts"][0]["since_ns"], before["since_ns"])


class Options(Case):
    def run_view(self, *arguments):
        done = subprocess.run([view_process.PROGRAM, *arguments], capture_output=True, text=True,
                              timeout=PATIENCE)
        return done.returncode, done.stdout, done.stderr

    def test_rules_are_checked(self):
        path = str(self.rules)
        self.assertEqual(self.run_view("--check-rules", "--rules", path), (0, path + ": 1 rules\n", ""))
        self.rules.write_text(RULES.replace("0.5", "half"))
        problem = f"{path}:8:10: above: 'half': a number is expected\n"
        self.assertEqual(self.run_view("--check-rules", "--rules", path), (2, "", problem))
        self.assertEqual(self.run_view("--rules", path, "--exit-after-ms", "1"), (2, "", problem))
        code, _, err = self.run_view("--check-rules")
        self.assertEqual(code, 2)
        self.assertIn("--check-rules needs --rules FILE", err)

    def test_the_example_is_right(self):
        example = pathlib.Path(__file__).resolve().parents[2] / "examples" / "alerts.yaml"
        code, out, err = self.run_view("--check-rules", "--rules", str(example))
        self.assertEqual((code, err), (0, ""))
        kinds = {line.split(":")[1].strip() for line in example.read_text().splitlines()
                 if line.strip().startswith("kind:")}
        self.assertEqual(kinds, {"error_rate", "error_groups", "metric", "red", "absence", "anomaly"})


if __name__ == "__main__":
    view_process.PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
