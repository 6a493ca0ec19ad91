#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Alerts of haetae-view as a whole: rules from a file, what the API says, silences, restarts.

Usage: alerts_test.py PATH-TO-HAETAE-VIEW [PATH-TO-ALERTMANAGER] [PATH-TO-PROMTOOL]
       [unittest arguments]"""
import http.client
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

import view_process
from view_process import PATIENCE, View
from otlp_bodies import metric, number_point, request, span

MS = 1_000_000
EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "alerts.yaml"
PROMTOOL = None      # the path of promtool
ALERTMANAGER = None  # the path of prometheus-alertmanager
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
            self.assertEqual([answer[n] for n in ("alerts", "rules", "silences", "notify")], [[]] * 4)
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


class Server(http.server.ThreadingHTTPServer):
    """Answers each POST with the next of `statuses`, the last one again and again."""

    daemon_threads = True

    def __init__(self, statuses=(200,)):
        self.statuses = list(statuses)
        self.answer = b""
        self.bodies = []
        self.paths = []
        self.hangs = threading.Event()  # set: answers wait for `released`
        self.released = threading.Event()
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if server.hangs.is_set():
                    server.released.wait(PATIENCE)
                assert self.headers["Content-Type"] == "application/json"
                server.paths.append(self.path)
                server.bodies.append(body)
                self.send_response(server.statuses[min(len(server.bodies), len(server.statuses)) - 1])
                self.send_header("Content-Length", str(len(server.answer)))
                self.end_headers()
                try:
                    self.wfile.write(server.answer)
                except OSError:
                    pass  # it is not read to its end

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()

    def stop(self):
        self.released.set()
        self.shutdown()
        self.server_close()
        self.thread.join()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Notifying(Case):
    def setUp(self):
        super().setUp()
        self.second = int(time.time())

    def server(self, *statuses):
        server = Server(statuses or (200,))
        self.addCleanup(server.stop)
        return server

    def notify(self, text, rule=""):
        self.rules.write_text(
            "every: 1s\nnotify: {" + text + "}\nrules:\n- {name: queue, kind: metric, metric: rides, above: 10,"
            " window: 1h, labels: {team: maps}, severity: critical, summary: '{{value}} wait'" + rule + "}\n")

    def value(self, view, value):
        """The metric that the rule is about has a value now."""
        self.second += 1
        status = view.post("/v1/metrics", request([metric("rides", "1", 5, [
            number_point(float(value), self.second * 10**9)])]))[0]
        self.assertEqual(status, 200)

    def wait_for(self, condition):
        end = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)

    def notified(self, view):
        channel, = view.question("alerts")["notify"]
        return channel


class Notify(Notifying):
    def test_a_webhook_hears_of_the_beginning_and_the_end_once(self):
        server = self.server()
        self.notify(f"webhook: '{server.url}/hook?token=secret'")
        with self.view() as view:
            self.value(view, 11)
            self.wait_for(lambda: len(server.bodies) == 1)
            alert, = self.firing(view)["alerts"]
            self.assertEqual(server.paths, ["/hook?token=secret"])
            self.assertEqual(server.bodies[0], {"version": 1, "event": "firing", "alert": alert,
                                                "page": f"http://127.0.0.1:{view.port}"})
            self.value(view, 12)
            self.until(view, lambda answer: answer["alerts"][0]["value"] == 12)
            self.value(view, 3)
            self.wait_for(lambda: len(server.bodies) == 2)
            self.assertEqual([(b["event"], b["alert"]["state"], b["alert"]["id"]) for b in server.bodies],
                             [("firing", "firing", "1"), ("resolved", "resolved", "1")])
            self.assertIsNotNone(server.bodies[1]["alert"]["resolved_ns"])
            self.wait_for(lambda: self.notified(view)["sent"] == 2)
            self.assertEqual(self.notified(view), {"name": "webhook", "sent": 2, "failed": 0,
                                                   "given_up": 0, "problem": None})
            self.assertNotIn("secret", json.dumps(view.question("alerts")))

    def test_failures_are_tried_again_and_said_once(self):
        server = self.server(503, 429, 200)
        self.notify(f"webhook: '{server.url}/?token=secret'")
        view = self.view()
        self.value(view, 11)
        self.wait_for(lambda: self.notified(view)["sent"] == 1)
        self.assertEqual(self.notified(view)["failed"], 2)
        self.assertEqual([b["event"] for b in server.bodies], ["firing"] * 3)
        _, _, err = view.stop()
        self.assertEqual(err.splitlines()[1:],
                         ["haetae-view: alerts: webhook: the answer has status 503"])
        view.directory.cleanup()

    def test_a_long_answer_is_one_all_the_same(self):
        server = self.server(503, 200)
        server.answer = b"x" * 1_000_000
        self.notify(f"webhook: '{server.url}'")
        view = self.view()
        self.value(view, 11)
        self.wait_for(lambda: self.notified(view)["sent"] == 1)
        self.value(view, 1)
        self.wait_for(lambda: self.notified(view)["sent"] == 2)
        self.assertEqual([b["event"] for b in server.bodies], ["firing", "firing", "resolved"])
        self.assertEqual(view.stop()[2].splitlines()[1:], ["haetae-view: alerts: webhook: the answer has status 503"])
        view.directory.cleanup()

    def test_what_is_refused_is_not_tried_again(self):
        server = self.server(400, 200)
        self.notify(f"webhook: '{server.url}'")
        view = self.view()
        self.value(view, 11)
        self.wait_for(lambda: self.notified(view)["given_up"] == 1)
        self.value(view, 1)
        self.wait_for(lambda: len(server.bodies) == 2)
        self.assertEqual([b["event"] for b in server.bodies], ["firing", "resolved"])
        self.assertIn("status 400", view.stop()[2])
        view.directory.cleanup()

    def test_an_address_that_nobody_listens_at_is_not_printed(self):
        server = self.server()
        url = server.url
        server.server_close()
        self.notify(f"webhook: '{url}/?token=secret'")
        view = self.view()
        self.value(view, 11)
        self.wait_for(lambda: self.notified(view)["failed"] > 0)
        self.assertTrue(self.notified(view)["problem"])
        _, _, err = view.stop()
        self.assertIn("alerts: webhook: ", err)
        self.assertNotIn("secret", err)
        self.assertNotIn(url, err)
        view.directory.cleanup()

    def test_a_webhook_that_hangs_delays_nothing(self):
        server = self.server()
        server.hangs.set()
        self.notify(f"webhook: '{server.url}', timeout: 60s")
        with self.view() as view:
            self.value(view, 11)
            self.firing(view)
            self.value(view, 1)
            self.until(view, lambda answer: answer["alerts"][0]["state"] == "resolved")

    def test_a_restart_sends_each_notification_once(self):
        server = self.server()
        database = str(self.folder / "view.db")
        self.notify(f"webhook: '{server.url}'")
        with self.view("--db", database) as view:
            self.value(view, 11)
            self.wait_for(lambda: self.notified(view)["sent"] == 1)
        server.statuses = [200, 503]
        view = self.view("--db", database)
        self.assertEqual(len(self.firing(view)["alerts"]), 1)
        self.value(view, 1)
        self.wait_for(lambda: self.notified(view)["failed"] == 1)
        self.assertEqual([b["event"] for b in server.bodies], ["firing", "resolved"])
        view.stop()
        view.directory.cleanup()
        server.statuses = [200]
        with self.view("--db", database) as view:
            self.wait_for(lambda: self.notified(view)["sent"] == 1)
        self.assertEqual([b["event"] for b in server.bodies], ["firing", "resolved", "resolved"])

    def test_silenced_alerts_are_not_notified(self):
        server = self.server()
        self.notify(f"webhook: '{server.url}'")
        with self.view() as view:
            made = self.change(view, "silence", **{"for": "1h", "match.team": "maps"})
            self.value(view, 11)
            self.firing(view)
            self.value(view, 1)
            self.until(view, lambda answer: answer["alerts"][0]["state"] == "resolved")
            self.value(view, 11)
            self.firing(view)
            self.change(view, "unsilence", id=made["id"])
            self.wait_for(lambda: server.bodies)
            self.assertEqual([(b["event"], b["alert"]["id"]) for b in server.bodies], [("firing", "2")])

    def test_a_command_gets_the_event_on_its_standard_input(self):
        got = self.folder / "got"
        script = self.folder / "notify"
        script.write_text(f"#!/bin/sh\necho \"$1\" >> {got}\ncat >> {got}\n")
        script.chmod(0o755)
        self.notify(f"command: [{script}, '$(id) ; \"a b\"']")
        with self.view() as view:
            self.value(view, 11)
            self.wait_for(lambda: self.notified(view)["sent"] == 1)
            argument, event = got.read_text().splitlines()
            self.assertEqual(argument, '$(id) ; "a b"')
            self.assertEqual(json.loads(event)["alert"]["summary"], "11 wait")

    def check_command(self, script, problem):
        path = self.folder / "notify"
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(0o755)
        self.notify(f"command: [{path}], timeout: 1s")
        view = self.view()
        self.value(view, 11)
        self.wait_for(lambda: self.notified(view)["failed"] > 0)
        self.assertIn(problem, self.notified(view)["problem"])
        self.assertIn("haetae-view: alerts: command: ", view.stop()[2])
        view.directory.cleanup()

    def test_a_command_that_fails_says_why(self):
        self.check_command("echo no power; exit 3\n", "it ended with status 3: no power")

    def test_a_command_that_takes_too_long_is_killed_with_what_it_started(self):
        mark = self.folder / "child"
        self.check_command(f"sleep 600 & echo $! > {mark}\nwait\n", "it took longer than it may")
        child = int(mark.read_text())
        self.wait_for(lambda: not pathlib.Path(f"/proc/{child}").exists() or
                      "Z" in pathlib.Path(f"/proc/{child}/stat").read_text().split()[2])

    def test_a_command_that_talks_without_end_is_killed(self):
        self.check_command("while :; do echo yes; done\n", "it took longer than it may")

    def test_a_command_that_is_not_there_is_said(self):
        self.notify("command: [/nonexistent/notify]")
        view = self.view()
        self.value(view, 11)
        self.wait_for(lambda: self.notified(view)["failed"] > 0)
        self.assertIn("No such file", self.notified(view)["problem"])
        view.stop()
        view.directory.cleanup()


class Alertmanager(Notifying):
    def test_alertmanager_hears_again_and_again_until_the_end(self):
        server = self.server()
        self.notify(f"alertmanager: '{server.url}/am/', resend: 5s")
        with self.view() as view:
            self.value(view, 11)
            self.wait_for(lambda: len(server.bodies) >= 2)
            self.assertEqual(set(server.paths), {"/am/api/v2/alerts"})
            first, = server.bodies[0]
            self.assertEqual(first["labels"], {"alertname": "queue", "severity": "critical",
                                               "team": "maps", "service": "shop"})
            self.assertEqual(first["annotations"], {"summary": "11 wait"})
            self.assertEqual(first["generatorURL"], f"http://127.0.0.1:{view.port}")
            again, = server.bodies[1]
            self.assertEqual(again["startsAt"], first["startsAt"])
            self.assertGreater(again["endsAt"], first["endsAt"])
            self.value(view, 1)
            self.wait_for(lambda: server.bodies[-1] and server.bodies[-1][0]["endsAt"] < again["endsAt"])
            count = len(server.bodies)
            self.value(view, 11)
            self.wait_for(lambda: len(server.bodies) > count)
            last, = server.bodies[-1]
            self.assertGreater(last["startsAt"], first["startsAt"])

    def test_a_real_alertmanager_takes_and_resolves_alerts(self):
        if ALERTMANAGER is None:
            self.skipTest("prometheus-alertmanager was not found")
        probe = Server()
        port = probe.server_address[1]
        probe.stop()
        config = self.folder / "alertmanager.yml"
        config.write_text("route: {receiver: none}\nreceivers: [{name: none}]\n")
        process = subprocess.Popen(
            [ALERTMANAGER, f"--config.file={config}", f"--storage.path={self.folder}/data",
             f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

        def alerts():
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            try:
                connection.request("GET", "/api/v2/alerts")
                return json.loads(connection.getresponse().read())
            except OSError:
                return None
            finally:
                connection.close()
        self.wait_for(lambda: alerts() == [])
        self.notify(f"alertmanager: 'http://127.0.0.1:{port}', resend: 5s")
        with self.view() as view:
            self.value(view, 11)
            self.wait_for(alerts)
            alert, = alerts()
            self.assertEqual(alert["labels"], {"alertname": "queue", "severity": "critical",
                                               "team": "maps", "service": "shop"})
            self.assertEqual(alert["status"]["state"], "active")
            self.assertEqual(alert["generatorURL"], f"http://127.0.0.1:{view.port}")
            self.value(view, 1)
            self.wait_for(lambda: alerts() == [])
            self.assertEqual(self.notified(view)["failed"], 0)


class Options(Case):
    def run_view(self, *arguments):
        done = subprocess.run([view_process.PROGRAM, *arguments], capture_output=True, text=True,
                              timeout=PATIENCE)
        return done.returncode, done.stdout, done.stderr

    def test_rules_are_checked(self):
        path = str(self.rules)
        self.assertEqual(self.run_view("--check-rules", "--rules", path), (0, path + ": 1 rules\n", ""))
        self.rules.write_text(RULES.replace("0.5", "half"))
        problem = f"{path}:8:10: above: 'half': a number from 0 to 1 is expected\n"
        self.assertEqual(self.run_view("--check-rules", "--rules", path), (2, "", problem))
        self.assertEqual(self.run_view("--rules", path, "--exit-after-ms", "1"), (2, "", problem))
        code, _, err = self.run_view("--check-rules")
        self.assertEqual(code, 2)
        self.assertIn("--check-rules needs --rules FILE", err)

    def test_rules_are_printed(self):
        path = str(self.rules)
        self.assertEqual(self.run_view("rules", path),
                         (0, "errors: error_share of shop above 0.5 in 3600s\n", ""))
        self.assertEqual(self.run_view("rules", path + "x")[0], 2)
        for wrong in ((), ("--prometheus",), ("--prom", path), (path, path, path)):
            code, out, err = self.run_view("rules", *wrong)
            self.assertEqual((code, out), (2, ""))
            self.assertIn("Usage: haetae-view rules", err)

    def prometheus(self, path):
        code, out, err = self.run_view("rules", "--prometheus", str(path))
        self.assertEqual((code, err), (0, ""))
        if PROMTOOL is not None:
            file = self.folder / "prometheus.yaml"
            file.write_text(out)
            done = subprocess.run([PROMTOOL, "check", "rules", str(file)], capture_output=True, text=True,
                                  timeout=PATIENCE)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr + out)
        return out

    def test_prometheus_takes_the_rules(self):
        out = self.prometheus(EXAMPLE)
        self.assertIn("# Left out, since Prometheus has nothing like error_groups: new error\n", out)
        self.assertIn("# Left out, since Prometheus has nothing like anomaly: traffic is unusual\n", out)
        self.assertEqual(out.count("- alert:"), 4)
        self.assertIn("keep_firing_for: 300000ms", out)
        self.assertIn("{{ $value }} of the requests of {{ $labels.service_name }} fail", out)
        self.assertIn("ALERTS{alertname=", out)
        self.rules.write_text("rules:\n" + "".join(f"- {{name: r{i}, {rule}}}\n" for i, rule in enumerate((
            "kind: metric, metric: a.b, function: p90, above: 1, resolve: 0.5, attributes: {x.y: 'a\"\\b'}",
            "kind: metric, metric: 1a, function: sum, across: mean, below: 1, service: n/s",
            "kind: metric, metric: a, function: rate, across: sum, above: 1, labels: {severity: x, a: b}",
            "kind: absence, metric: a.b", "kind: absence, service: 'a\"b'", "kind: absence, log: 'a\"b'",
            "kind: red, measure: p50, above: 1s, route: 'GET /{id}', summary: '{{rule}} {{route}} {{severity}}'",
            "kind: red, measure: rate, below: 1, service: s, min_count: 5"))))
        out = self.prometheus(self.rules)
        self.assertEqual(out.count("- alert:"), 7)
        self.rules.write_text("rules: [{name: a, kind: error_groups}]\n")
        self.assertIn("rules: []", self.prometheus(self.rules))

    def test_the_example_is_right(self):
        example = EXAMPLE
        code, out, err = self.run_view("--check-rules", "--rules", str(example))
        self.assertEqual((code, err), (0, ""))
        kinds = {line.split(":")[1].strip() for line in example.read_text().splitlines()
                 if line.strip().startswith("kind:")}
        self.assertEqual(kinds, {"error_rate", "error_groups", "metric", "red", "absence", "anomaly"})


if __name__ == "__main__":
    view_process.PROGRAM = os.path.abspath(sys.argv.pop(1))
    while len(sys.argv) > 1 and sys.argv[1].startswith("/"):
        path = sys.argv.pop(1)
        if path.endswith("promtool"):
            PROMTOOL = path
        else:
            ALERTMANAGER = path
    unittest.main()
