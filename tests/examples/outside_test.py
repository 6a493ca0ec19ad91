#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""examples/outside in Chromium, between a real dispatch and a real haetae-view: what a visit records of
the user and the site, in one trace with the inside, and what it does when the site is broken.

Usage: outside_test.py HAETAE_VIEW DISPATCH DISPATCH_MAPS EXAMPLE_FOLDER WORK_FOLDER [unittest arguments]"""
import http.client
import http.server
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "view"))
import chromium
import view_process
from view_process import PATIENCE, View

STEPS = ["open", "order", "see the driver", "pay"]
# Sent by the page to the proxy, which knows nothing else of what the browser says to scripts.
SPY = """<script>navigator.geolocation.getCurrentPosition(({coords}) => fetch('/seen?' + new URLSearchParams({
zone: Intl.DateTimeFormat().resolvedOptions().timeZone, language: navigator.language,
latitude: coords.latitude, longitude: coords.longitude})))</script>"""

# All moves down when it has been painted; only then the page can be used.
MOVE = """<script>new PerformanceObserver(list => list.getEntriesByName('first-contentful-paint').forEach(() => setTimeout(() => {
document.querySelector('h1').before(Object.assign(document.createElement('div'), {style: 'height: 40vh'}));
setTimeout(() => document.getElementById('order').disabled = false, 300);
}, 100))).observe({type: 'paint', buffered: true})</script>"""


class Proxy(http.server.ThreadingHTTPServer):
    """Between the browser and dispatch: remembers what comes, and breaks what it shall."""
    daemon_threads = True

    def __init__(self, port):
        super().__init__(("127.0.0.1", 0), Handler)
        self.dispatch = port
        self.seen = []      # method, path, headers
        self.change = None  # what becomes of the page
        self.answers = {}   # method and beginning of the path: a status, or None: no answer
        self.ended = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # the browser has gone
            super().handle_error(request, client_address)

    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def close(self):
        self.ended.set()
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def forward(self):
        server = self.server
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        server.seen.append((self.command, self.path, self.headers))
        for beginning, status in server.answers.items():
            if f"{self.command} {self.path}".startswith(beginning):
                if status is None:
                    server.ended.wait(PATIENCE)
                    self.close_connection = True
                    return
                self.answer(status, "application/json", b"{}")
                return
        if self.path.startswith("/seen"):
            self.answer(200, "application/json", b"{}")
            return
        connection = http.client.HTTPConnection("127.0.0.1", server.dispatch, timeout=PATIENCE)
        try:
            connection.request(self.command, self.path, headers={
                k: v for k, v in self.headers.items() if k.lower() in ("traceparent", "user-agent")})
            got = connection.getresponse()
            body = got.read()
            if self.path == "/" and server.change:
                body = server.change(body.decode()).encode()
            self.answer(got.status, got.headers["Content-Type"], body)
        finally:
            connection.close()

    do_GET = do_POST = forward


class Service:
    """dispatch, or its map service."""

    def __init__(self, program, endpoint, *arguments):
        self.folder = tempfile.TemporaryDirectory()
        port_file = pathlib.Path(self.folder.name) / "port"
        self.process = subprocess.Popen(
            [program, "--port-file", str(port_file), "--stats-file", os.devnull, *arguments], stderr=subprocess.DEVNULL,
            env={**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_BSP_SCHEDULE_DELAY": "100"})
        end = time.monotonic() + PATIENCE
        while not port_file.exists():
            assert self.process.poll() is None and time.monotonic() < end, f"{program} did not start"
            time.sleep(0.01)
        self.port = int(port_file.read_text())

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(PATIENCE)
        self.folder.cleanup()
        assert status == 0, status


class Case(unittest.TestCase):
    def setUp(self):
        self.view = View("--rules", str(EXAMPLE / "rules.yaml"))
        self.addCleanup(lambda: self.view.__exit__(None))
        self.endpoint = f"http://127.0.0.1:{self.view.port}"
        self.maps = self.service(MAPS)
        self.dispatch = self.service(DISPATCH, "--maps", f"http://127.0.0.1:{self.maps.port}")
        self.proxy = Proxy(self.dispatch.port)
        self.addCleanup(self.proxy.close)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.pictures = self.folder / "pictures"

    def service(self, program, *arguments):
        service = Service(program, self.endpoint, *arguments)
        self.addCleanup(service.close)
        return service

    def start(self, *arguments, endpoint=None):
        return subprocess.Popen(
            ["sh", str(EXAMPLE / "run.sh"), str(INSTALLED), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, env={**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint or self.endpoint})

    def outside(self, *arguments, code=0, endpoint=None):
        """Standard output and standard error of a run."""
        if "--step-limit" not in arguments:  # how slow this machine is shall not matter
            arguments += ("--step-limit", "30000")
        with self.start("--url", self.proxy.url(), *arguments, endpoint=endpoint) as process:
            try:
                out, err = process.communicate(timeout=PATIENCE)
            finally:
                process.kill()
        self.assertEqual(process.returncode, code, out + err)
        return out, err

    def trace(self, out, enough=lambda spans: True):
        """The spans of the visit in a run's output, once those of the inside have come too."""
        trace = [line.rsplit(" ", 1)[1] for line in out.splitlines() if "; trace " in line][0]
        end = time.monotonic() + PATIENCE
        while True:
            spans = self.view.question("trace", id=trace)["spans"]
            if enough(spans):
                return trace, spans
            self.assertLess(time.monotonic(), end, [(span["service"], span["name"]) for span in spans])
            time.sleep(0.05)

    def vitals(self, trace):
        rows = self.view.question("sql", q="SELECT lower(hex(span_id)), attributes FROM log WHERE event_name = 'browser.web_vital'"
                                           f" AND trace_id = x'{trace}' ORDER BY id")["rows"]
        return [(span, json.loads(attributes)) for span, attributes in rows]


def of(spans, service, kind):
    return [span for span in spans if span["service"] == service and span["kind"] == kind]


class Visit(Case):
    def test_outside_and_inside_are_one_trace(self):
        out, err = self.outside("--screenshots", str(self.pictures))
        self.assertEqual(err, "")
        self.assertIn("outside: visits=1 failed=0 spans=5 ", out)
        trace, spans = self.trace(out, lambda spans: len(of(spans, "dispatch", "server")) >= 4 and of(spans, "dispatch-maps", "server"))
        root, = of(spans, "outside", "internal")
        self.assertEqual((root["name"], root["parent_id"], root["status"]), ("ride", None, "unset"))
        self.assertEqual({k: root["attributes"][k] for k in ("outside.user", "browser.language", "geo.country.iso_code", "user_agent.synthetic.type")},
                         {"outside.user": "seoul-4g", "browser.language": "ko-KR", "geo.country.iso_code": "KR", "user_agent.synthetic.type": "test"})
        steps = of(spans, "outside", "client")
        self.assertEqual([step["name"] for step in steps], STEPS)
        self.assertEqual({step["parent_id"] for step in steps}, {root["span_id"]})
        # Each step's requests have it as their parent.
        inside = {(span["parent_id"], span["name"]) for span in of(spans, "dispatch", "server")}
        self.assertEqual(inside, set(zip([step["span_id"] for step in steps],
                                         ["GET /", "POST /rides", "GET /rides/{id}", "POST /payments/{id}"])))
        for number, step in enumerate(steps, 1):
            self.assertEqual(step["attributes"]["url.full"], self.proxy.url())
            self.assertEqual(step["attributes"]["server.address"], "127.0.0.1")
            picture = step["attributes"]["outside.screenshot"]
            self.assertEqual(picture, f"{trace}-{number}-{step['name'].replace(' ', '-')}.png")
            self.assertEqual((self.pictures / picture).read_bytes()[:8], b"\x89PNG\r\n\x1a\n")

    def test_web_vitals_are_events_of_the_steps(self):
        out, _ = self.outside()
        trace, spans = self.trace(out)
        steps = {step["span_id"]: step["name"] for step in of(spans, "outside", "client")}
        found = self.vitals(trace)
        first = {a["browser.web_vital.name"]: a for span, a in found if steps[span] == "open"}
        self.assertEqual(set(first), {"ttfb", "fcp", "lcp", "cls"})
        self.assertGreaterEqual(first["lcp"]["browser.web_vital.value"], first["fcp"]["browser.web_vital.value"])
        for vital in first.values():
            self.assertEqual(vital["browser.web_vital.delta"], vital["browser.web_vital.value"])
            self.assertIn(vital["browser.web_vital.rating"], ("good", "needs-improvement", "poor"))
        # There was nothing to click in the first step.
        inp = [(steps[span], a) for span, a in found if a["browser.web_vital.name"] == "inp"]
        self.assertEqual(inp[0][0], "order")
        values = [a["browser.web_vital.value"] for _, a in inp]
        self.assertEqual(values, sorted(values))
        self.assertAlmostEqual(sum(a["browser.web_vital.delta"] for _, a in inp), values[-1])
        self.assertEqual(len({a["browser.web_vital.id"] for _, a in inp}), 1)

    def test_a_page_that_moves_is_measured(self):
        self.proxy.change = lambda page: page.replace("</body>", MOVE + "</body>").replace("$('order').disabled = false;\n}\n\nasync", "}\n\nasync")
        out, _ = self.outside()
        trace, _ = self.trace(out)
        cls, = [a for _, a in self.vitals(trace) if a["browser.web_vital.name"] == "cls"]
        self.assertGreater(cls["browser.web_vital.value"], 0.1)
        self.assertIn(cls["browser.web_vital.rating"], ("needs-improvement", "poor"))

    def test_the_site_meets_the_user(self):
        self.proxy.change = lambda page: page.replace("</body>", SPY + "</body>")
        self.outside("--user", "seoul-4g", "--user", "nairobi-3g")
        pages = [headers for method, path, headers in self.proxy.seen if path == "/"]
        self.assertEqual([headers["Accept-Language"].split(",")[0] for headers in pages], ["ko-KR", "en-KE"])
        seen = [dict(urllib.parse.parse_qsl(path.partition("?")[2])) for _, path, _ in self.proxy.seen if path.startswith("/seen")]
        self.assertEqual(seen, [{"zone": "Asia/Seoul", "language": "ko-KR", "latitude": "37.5665", "longitude": "126.978"},
                                {"zone": "Africa/Nairobi", "language": "en-KE", "latitude": "-1.2864", "longitude": "36.8172"}])
        orders = [path for method, path, _ in self.proxy.seen if (method, path[:6]) == ("POST", "/rides")]
        self.assertEqual(orders[0].split("&")[0], "/rides?x=5121")   # where the user is
        self.assertEqual(orders[-1], "/rides?x=5000&y=5000")         # in another city

    def test_the_network_is_the_users(self):
        users = self.folder / "users.json"
        user = json.loads((EXAMPLE / "users.json").read_text())["seoul-4g"]
        users.write_text(json.dumps({"far": {**user, "latency_ms": 700}, "thin": {**user, "latency_ms": 0, "download_kbps": 40}}))
        out, _ = self.outside("--users", str(users), "--user", "far")
        _, spans = self.trace(out)
        for step in of(spans, "outside", "client"):
            self.assertGreaterEqual(int(step["duration_ns"]), 650e6, step["name"])
        out, _ = self.outside("--users", str(users), "--user", "thin")
        _, spans = self.trace(out)
        bits = 8 * (EXAMPLE.parent / "dispatch" / "page.html").stat().st_size
        self.assertGreaterEqual(int(of(spans, "outside", "client")[0]["duration_ns"]), bits / 40e3 * 0.9 * 1e9)

    def test_other_sites_get_no_context(self):
        other = Proxy(self.dispatch.port)
        self.addCleanup(other.close)
        other.answers["GET /elsewhere"] = 204
        self.proxy.change = lambda page: page.replace("</body>", f"<img src='{other.url()}elsewhere'></body>")
        self.outside()
        (_, _, headers), = other.seen
        self.assertNotIn("traceparent", headers)
        self.assertTrue(all("traceparent" in headers for _, _, headers in self.proxy.seen))


class Broken(Case):
    def fails(self, step, kind, message, *arguments):
        """A visit that fails in `step`: status error of it and of the whole, nothing after it, exit status 1."""
        out, err = self.outside(*arguments, code=1)
        self.assertIn(message, err)
        _, spans = self.trace(out)
        steps = of(spans, "outside", "client")
        self.assertEqual([s["name"] for s in steps], STEPS[:STEPS.index(step) + 1])
        self.assertEqual({s["status"] for s in steps[:-1]} - {"unset"}, set())
        for span in (steps[-1], *of(spans, "outside", "internal")):
            self.assertEqual((span["status"], span["attributes"]["error.type"]), ("error", kind))
        self.assertIn(message, steps[-1]["message"])
        self.assertEqual(span["message"], f"{step} failed")
        event, = steps[-1]["events"]
        self.assertEqual(event["name"], "exception")
        return steps[-1]

    def test_an_error_inside_fails_the_step(self):
        self.proxy.answers["POST /payments/"] = 503
        step = self.fails("pay", "503", "POST /payments/")
        self.assertEqual(step["attributes"]["http.response.status_code"], 503)

    def test_an_element_that_is_missing_fails_the_step(self):
        self.proxy.change = lambda page: page.replace('id="pay"', 'id="gone"').replace("$('pay').disabled = false;", "") \
            .replace("onClick('pay'", "onClick('gone'")
        self.fails("pay", "element_missing", "did not appear within 1500 ms", "--step-limit", "1500")

    def test_an_answer_that_is_late_fails_the_step(self):
        self.proxy.answers["POST /rides"] = None
        self.fails("order", "timeout", "no answer to POST /rides within 1500 ms", "--step-limit", "1500")

    def test_an_error_of_the_pages_script_fails_the_step(self):
        self.proxy.change = lambda page: page.replace("'use strict';", "'use strict'; throw new RangeError('broken');")
        self.fails("open", "RangeError", "script: broken")

    def test_a_site_that_is_away_fails_the_first_step(self):
        closed = Proxy(self.dispatch.port)
        url = closed.url()
        closed.close()
        with self.start("--url", url) as process:
            out, err = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 1, err)
        _, spans = self.trace(out)
        step, = of(spans, "outside", "client")
        self.assertEqual((step["status"], step["attributes"]["error.type"]), ("error", "net::ERR_CONNECTION_REFUSED"))
        self.assertEqual(step["attributes"]["url.full"], url)

    def test_a_broken_page_raises_the_alerts(self):
        def alerts(until):
            end = time.monotonic() + PATIENCE
            while True:
                answer = self.view.question("alerts")
                firing = {a["summary"]: a for a in answer["alerts"] if a["state"] == "firing"}
                if until(answer, firing):
                    return firing
                self.assertLess(time.monotonic(), end, answer)
                time.sleep(0.1)

        self.outside()
        states = lambda answer: {rule["name"]: rule["state"] for rule in answer["rules"]}
        self.assertEqual(alerts(lambda answer, _: states(answer)["a visit fails"] == "ok"), {})
        self.proxy.answers["POST /payments/"] = 503
        self.outside(code=1)
        firing = alerts(lambda _, firing: len(firing) >= 3)
        whole = firing["50% of the visits from outside fail"]
        self.assertEqual((whole["rule"], whole["labels"]), ("a visit fails", {"from": "outside", "service": "outside"}))
        self.assertEqual(firing["from outside: ride: pay failed"]["rule"], "a step fails")
        self.assertTrue(any(text.startswith("from outside: pay: POST /payments/") for text in firing), firing)


class Loop(Case):
    def test_visits_go_on_until_a_signal(self):
        process = self.start("--url", self.proxy.url(), "--every", "1")
        try:
            lines = [process.stdout.readline() for _ in range(2)]
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
        self.assertEqual((process.returncode, err), (0, ""))
        self.assertRegex(out.splitlines()[-1], r"^outside: visits=\d+ failed=0 ")
        traces = {line.rsplit(" ", 1)[1] for line in lines}
        self.assertEqual(len(traces), 2)

    def test_visits_go_on_after_one_that_failed(self):
        self.proxy.answers["POST /payments/"] = 503
        out, _ = self.outside("--every", "1", "--visits", "2", code=1)
        self.assertIn("outside: visits=2 failed=2 spans=10 ", out)

    def test_old_screenshots_go(self):
        self.pictures.mkdir()
        (self.pictures / "mine.png").write_bytes(b"kept")
        self.outside("--user", "seoul-4g", "--user", "seoul-4g", "--screenshots", str(self.pictures), "--keep", "5")
        left = sorted(path.name for path in self.pictures.iterdir())
        self.assertIn("mine.png", left)
        self.assertEqual(len(left), 6)

    def test_what_is_not_delivered_is_said(self):
        closed = Proxy(self.dispatch.port)
        endpoint = closed.url()
        closed.close()
        _, err = self.outside(code=4, endpoint=endpoint)
        self.assertIn("outside: /v1/traces: ", err)
        self.assertIn("outside: /v1/logs: ", err)

    def test_wrong_arguments_are_named(self):
        for arguments, text in ((("--user", "nobody"), "--user 'nobody': expected one of seoul-4g, "), (("--every", "0"), "--every '0': expected a number"),
                                (("--step-limit", "1s"), "--step-limit '1s': expected a number"), (("--nothing",), "--nothing"),
                                (("--url", "ftp://example.com/"), "--url 'ftp://example.com/': expected"),
                                (("--users", "/nowhere.json"), "/nowhere.json: ")):
            _, err = self.outside(*arguments, code=2)
            self.assertIn(text, err)
        _, err = self.outside("--chromium", "/nowhere/chromium", code=3)
        self.assertIn("no Chromium at /nowhere/chromium", err)


if __name__ == "__main__":
    view_process.PROGRAM, DISPATCH, MAPS = sys.argv[1:4]
    EXAMPLE, INSTALLED = map(pathlib.Path, sys.argv[4:6])
    del sys.argv[1:6]
    if chromium.find() is None:
        print("skipped: no Chromium: scripts/setup.sh browser installs it")
        sys.exit(77)
    for name in [name for name in os.environ if name.startswith(("OTEL_", "HAETAE_"))]:
        del os.environ[name]
    ready = subprocess.run(["sh", str(EXAMPLE / "run.sh"), str(INSTALLED), "--help"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if ready.returncode == 77 and not os.environ.get("REQUIRE_ALL_TESTS"):
        print("skipped: " + ready.stderr.strip())
        sys.exit(77)
    if ready.returncode != 0:
        sys.exit(ready.stderr)
    unittest.main()
