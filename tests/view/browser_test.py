#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The web page of haetae-view in a headless Chromium: data sent as OTLP to the program must show.

Usage: browser_test.py PATH-TO-HAETAE-VIEW FOLDER-OF-THE-PAGE [unittest arguments]
Exits with 77, "skipped", where there is no Chromium: scripts/setup.sh browser installs it. With
PICTURES=FOLDER it leaves a picture of each screen there."""
import json
import os
import pathlib
import re
import sys
import tempfile
import time
import unittest
import urllib.parse

import chromium
import view_process
from view_process import View
from otlp_bodies import (data, double, fixed64, histogram_point, log, metric, number_point, request, span)

PAGE = None
BROWSER = None
S = 1_000_000_000
MS = 1_000_000
HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
BIDI = "safe\u202egpj.exe\u0007"
LONG = "long" * 25_000
BIG = 9_223_372_036_854_775_807
ORDER = bytes.fromhex("0af7651916cd43dd8448eb211c80319c")
EVIL = bytes.fromhex("deadbeef00000000deadbeef00000001")
LOOP = bytes.fromhex("c0ffee0000000000c0ffee0000000001")
SCREENS = ("overview", "services", "service?name=shop", "traces", f"trace?id={ORDER.hex()}", f"trace?id={EVIL.hex()}", "logs", "errors",
           "error?id=1", "metrics", "metric?id=1", "alerts", "compare", "compare?by=version&service=shop&a=1.4.2&b=1.5.0", "incidents")


def ident(n):
    return n.to_bytes(8, "big")


def exemplar(value, at, trace, span_id):
    return data(8, fixed64(2, at) + double(3, value) + data(4, span_id) + data(5, trace))


def orders(now):
    """The trace that most tests look at: an order that fails, in two services."""
    begin = now - 20 * S
    shop = [
        span(ORDER, ident(1), "GET /orders", start=begin, end=begin + 300 * MS, kind=2, attrs={"http.route": "/orders", "big": BIG, "list": ["a", 1, True]}),
        span(ORDER, ident(2), "choose", ident(1), begin + MS, begin + 299 * MS),
        span(ORDER, ident(3), "GET /stock", ident(2), begin + 2 * MS, begin + 250 * MS, kind=3, error="HTTP 503", attrs={"server.address": "stock.local"}),
    ]
    stock = [span(ORDER, ident(4), "GET /stock", ident(3), begin + 5 * MS, begin + 240 * MS, kind=2, error="no stock of item 4711",
                  events=[("exception", {"exception.message": "no stock"})])]
    return shop, stock


def plain(now, count, first):
    """Requests that go well, the i-th of them 10 + i ms long."""
    return [span(bytes([7]) * 8 + ident(first + i), ident(first + i), "GET /items", start=now - (i + 1) * S, end=now - (i + 1) * S + (10 + i) * MS, kind=2)
            for i in range(count)]


def feed(view, now):
    def send(kind, items, service, **more):
        assert view.post("/v1/" + kind, request(items, service, resource_attributes=more))[0] == 200

    shop, stock = orders(now)
    send("traces", shop + plain(now, 30, 100), "shop", **{"service.version": "1.4.2", "service.instance.id": "shop-1"})
    send("traces", plain(now, 5, 200), "shop", **{"service.version": "1.5.0", "service.instance.id": "shop-2"})
    send("traces", stock, "stock", **{"service.version": "3.0"})
    send("traces", [span(EVIL, ident(1), HOSTILE, start=now - 9 * S, end=now - 8 * S, kind=2, error=HOSTILE, attrs={HOSTILE: HOSTILE, "long": LONG, "bidi": BIDI}),
                    span(EVIL, ident(2), LONG, ident(1), now - 9 * S, now - 8 * S)], HOSTILE)
    send("traces", [span(LOOP, ident(1), "a", ident(2), now - 9 * S, now - 8 * S), span(LOOP, ident(2), "b", ident(1), now - 9 * S, now - 8 * S)], "shop")
    send("logs", [log("order refused", 17, now - 19 * S, ORDER, ident(1), {"order.id": BIG}), log("asked for stock", 9, now - 20 * S + 3 * MS, ORDER, ident(3)),
                  log("cache is cold", 13, now - 18 * S), log("first line\nsecond line", 5, now - 17 * S)], "shop")
    send("logs", [log(HOSTILE, 17, now - 16 * S, attrs={HOSTILE: HOSTILE}), log(BIDI, 9, now - 15 * S), log(LONG, 9, now - 14 * S)], HOSTILE)
    for back in (60, 45, 30, 15):  # cumulative, so there are rates
        at, n = now - back * S, 70 - back
        send("metrics", [
            metric("http.server.request.duration", "s", 9, [histogram_point([n, n, n], [0.01, 0.1], 3.5 * n, at, start=now - 100 * S, attrs={"http.route": "/orders"})
                                                            + exemplar(0.3, at, ORDER, ident(1))]),
            metric("orders", "{order}", 7, [number_point(n * 10, at, now - 100 * S, {"kind": "gift"})], 2, True),
            metric("memory", "By", 5, [number_point(1_500_000 + back, at)]),
            metric(HOSTILE, "1", 5, [number_point(0.5, at, attrs={HOSTILE: HOSTILE})])], "shop")


# The stream that the page opened last.
NOTE_STREAM = "window.stream = null; window.EventSource = class extends EventSource { constructor(url) { super(url); window.stream = this; } };"


class Frame(unittest.TestCase):
    @classmethod
    def start(cls):
        return View()

    @classmethod
    def setUpClass(cls):
        cls.view = cls.start().__enter__()
        cls.now = time.time_ns()
        feed(cls.view, cls.now)
        cls.page = BROWSER.page()
        cls.page.call("Page.addScriptToEvaluateOnNewDocument", source=NOTE_STREAM)

    @classmethod
    def tearDownClass(cls):
        cls.page.__exit__()
        cls.view.__exit__(None)

    def shot(self, name):
        """Where a picture goes: it is kept when PICTURES says so."""
        return pathlib.Path(os.environ.get("PICTURES") or self.folder.name) / f"{name}-1440-light.png"

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.page.resize(1440, 900)
        self.page.scheme("light")

    def tearDown(self):
        """No test may leave an exception, an error of the console or what the policy refused."""
        self.assertEqual(self.page.problems(), [])
        self.assertNotIn("owned", self.page.run("document.title"))

    def url(self, where):
        return f"http://127.0.0.1:{self.view.port}/#/{where}"

    def open(self, where):
        self.page.open("about:blank")
        self.page.open(self.url(where))
        self.ready()

    def ready(self):
        self.page.wait("document.body.dataset.ready === location.hash")

    def at(self, screen):
        """Waits until a screen is there, and returns its address."""
        self.page.wait(f"location.hash.split('?')[0] === '#/{screen}' && document.body.dataset.ready === location.hash")
        return self.page.run("location.hash")

    def rows(self, label):
        """The cells of each row of the table that is so labelled."""
        return self.page.run(f"[...document.querySelectorAll('table[aria-label={json.dumps(label)}] tbody tr')].map(r => [...r.cells].map(c => c.innerText.trim()))")

    def column(self, label, i=0):
        return [row[i] for row in self.rows(label)]

    def wait_text(self, text, selector="main"):
        self.page.wait(f"document.querySelector({json.dumps(selector)})?.innerText.includes({json.dumps(text)})")

    def press(self, text):
        """A button of the screen."""
        self.page.run(f"[...document.querySelectorAll('main button, main a.button')].find(b => b.innerText === {json.dumps(text)}).click()")

    def saved(self, text):
        """What is in the file that a button saves."""
        with tempfile.TemporaryDirectory() as folder:
            BROWSER.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=folder)
            self.press(text)
            end = time.monotonic() + chromium.PATIENCE
            while not (found := [path for path in pathlib.Path(folder).iterdir() if path.suffix in (".json", ".jsonl")]) and time.monotonic() < end:
                time.sleep(chromium.POLL)
            return found[0].read_text()


class Screens(Frame):
    def test_overview_shows_services_routes_and_errors(self):
        self.open("overview")
        self.assertEqual(set(self.column("Services")), {"shop", "stock", HOSTILE})
        shop = next(row for row in self.rows("Services") if row[0] == "shop")
        self.assertEqual(shop[1], "36")  # requests
        self.assertIn("GET /items", self.column("Routes", 1))
        self.assertTrue(any("no stock of item" in text for text in self.column("Errors")))
        self.assertEqual(self.page.run("document.querySelectorAll('.chart').length"), 3)
        self.assertGreaterEqual(self.page.run("document.querySelectorAll('.chart path.line').length"), 9)
        self.assertTrue(self.page.run("[...document.querySelectorAll('.chart path.line')].some(p => p.getAttribute('d').length > 20)"))
        self.assertGreater(self.page.run("document.querySelectorAll('.spark').length"), 5)

    def test_a_service_shows_its_routes_calls_instances_and_traces(self):
        self.open("services")
        self.page.click("table[aria-label=Services] tbody tr td:nth-child(3)")
        self.assertIn("name=", self.at("service"))
        self.open("service?name=shop")
        self.assertEqual(set(self.column("Routes")), {"GET /orders", "GET /items"})
        self.assertEqual(self.column("Calls"), ["GET /stock"])
        call = self.rows("Calls")[0]
        self.assertIn("100 %", call)  # of its calls failed
        self.assertEqual(call[1], "stock")  # where it goes
        self.assertLessEqual({"shop-1", "shop-2"}, set(self.column("Instances")))
        self.assertIn("GET /orders", self.column("Traces")[0])
        self.assertIn("300 ms", self.rows("Traces")[0])

    def test_traces_are_dots_and_rows_and_can_be_filtered(self):
        self.open("traces")
        dots = self.page.run("document.querySelectorAll('.dot').length")
        self.assertGreater(len(self.rows("Traces")), 30)
        self.assertGreaterEqual(dots, len(self.rows("Traces")) - 1)  # one has no entry span
        self.page.choose("Status", "error")
        self.page.wait("document.querySelectorAll('.dot').length < 5")
        self.assertIn("status=error", self.page.run("location.hash"))
        self.ready()
        self.assertTrue(all("items" not in text for text in self.column("Traces")))
        shared = self.page.run("location.href")
        self.page.choose("Status", "")
        self.page.choose("Instance", "shop-2")
        self.page.wait("document.querySelectorAll('.dot').length === 5")
        self.ready()
        self.assertEqual(self.column("Traces"), ["shop GET /items"] * 5)
        self.page.choose("Longest", "10")
        self.page.wait("document.querySelectorAll('.dot').length === 1")
        self.page.picture(self.shot("traces-filtered"))
        self.page.choose("Instance", "")
        self.page.choose("Longest", "")
        self.page.wait("document.querySelectorAll('.dot').length > 30")
        self.page.run("document.querySelector('[data-filter]').focus()")
        self.page.type("/orders")
        self.page.wait("document.querySelectorAll('.dot').length === 1")
        self.assertIn("q=%2Forders", self.page.run("location.hash"))
        self.page.open("about:blank")
        self.page.open(shared)  # as another person opens it
        self.ready()
        self.assertEqual(self.page.run("document.querySelector('select[aria-label=Status]').value"), "error")
        self.assertLess(len(self.rows("Traces")), 5)

    def test_a_trace_is_a_waterfall_with_logs_and_exact_values(self):
        self.open(f"trace?id={ORDER.hex()}")
        self.assertEqual(self.page.run("[...document.querySelectorAll('.span .go')].map(e => e.innerText)"), ["GET /orders", "choose", "GET /stock", "GET /stock"])
        left = self.page.run("[...document.querySelectorAll('.span')].map(e => parseInt(e.querySelector('.name').style.paddingLeft.match(/\\d+/)))")
        self.assertEqual(left, sorted(set(left)))
        bars = self.page.run("[...document.querySelectorAll('.span .time s')].map(e => parseFloat(e.style.width))")
        for found, expected in zip(bars, (100, 298 / 3, 248 / 3, 235 / 3)):
            self.assertAlmostEqual(found, expected, delta=0.01)
        self.assertEqual(self.page.run("document.querySelectorAll('.span .time u').length"), 3)  # two logs, an event
        self.assertGreater(self.page.run("document.querySelectorAll('.span.critical').length"), 0)
        self.assertEqual(self.page.run("[...document.querySelectorAll('.log .body')].map(e => e.innerText.split('order.id')[0].trim())"), ["asked for stock", "order refused"])
        self.page.click(".span .go")
        self.wait_text(str(BIG), ".side")
        self.wait_text("300\u202f000\u202f000 ns", ".side")
        self.wait_text('["a",1,true]', ".side")
        nanoseconds = str(self.now - 20 * S)[-9:]
        self.wait_text("." + nanoseconds, ".side")
        self.assertIn("span=" + ident(1).hex(), self.page.run("location.hash"))
        self.page.click(".span:last-child .go")
        self.wait_text("exception.message", ".side")
        self.page.click(".fold[aria-label]")
        self.page.wait("document.querySelectorAll('.span').length === 1")

    def test_a_trace_can_be_taken_along(self):
        self.open(f"trace?id={ORDER.hex()}")
        saved = json.loads(self.saved("Open in Perfetto"))
        self.assertEqual(saved["otherData"]["trace_id"], ORDER.hex())
        spans = [e for e in saved["traceEvents"] if e["ph"] == "X"]
        self.assertEqual([(e["name"], e["ts"], e["dur"]) for e in spans],
                         [("GET /orders", 0, 300e3), ("choose", 1e3, 298e3), ("GET /stock", 2e3, 248e3), ("GET /stock", 5e3, 235e3)])
        self.assertEqual([e["args"]["name"] for e in saved["traceEvents"] if e["ph"] == "M"], ["shop", "stock"])
        self.assertEqual(spans[0]["args"]["big"], str(BIG))
        lines = [json.loads(line) for line in self.saved("Export").splitlines()]
        names = [s["name"] for line in lines for r in line.get("resourceSpans", []) for c in r["scopeSpans"] for s in c["spans"]]
        self.assertEqual(sorted(names), ["GET /orders", "GET /stock", "GET /stock", "choose"])

    def test_spans_that_are_each_others_parents_show(self):
        self.open(f"trace?id={LOOP.hex()}")
        self.assertEqual(sorted(self.page.run("[...document.querySelectorAll('.span .go')].map(e => e.innerText)")), ["a", "b"])

    def test_logs_come_as_they_are_sent(self):
        self.open("logs?service=shop")
        self.wait_text("second line")
        self.page.wait("document.querySelector('.live')")
        shown = self.page.run("document.querySelectorAll('.log').length")
        self.assertEqual(self.view.post("/v1/logs", request([log("just now", 9, time.time_ns())], "shop"))[0], 200)
        self.wait_text("just now")
        self.assertEqual(self.page.run("document.querySelector('.log .body').innerText"), "just now")
        self.assertEqual(self.page.run("document.querySelectorAll('.log').length"), shown + 1)
        self.page.choose("Level", "error")
        self.page.wait("document.querySelectorAll('.log').length === 1")
        self.wait_text("order refused")
        self.page.choose("Level", "")
        self.wait_text("just now")
        self.page.key(" ")  # pauses
        self.page.wait("document.querySelector('#tools [aria-pressed=true]')")
        self.view.post("/v1/logs", request([log("while it paused", 9, time.time_ns())], "shop"))
        self.page.key(" ")
        self.wait_text("while it paused")
        self.page.click(".log .go")
        self.page.wait("document.querySelector('.log .more')")

    def test_errors_are_groups_with_their_traces(self):
        self.open("errors")
        texts = self.column("Errors")
        self.assertTrue(any("no stock of item" in t for t in texts), texts)
        self.page.run("[...document.querySelectorAll('tbody tr')].find(r => r.innerText.includes('no stock')).querySelector('.go').click()")
        self.at("error")
        self.wait_text("no stock of item 4711")
        self.assertEqual(len(self.rows("Occurrences")), 1)
        self.page.wait("document.querySelector('.chart path.line').getAttribute('d').includes('L')")
        self.page.click("table[aria-label=Occurrences] tbody .go")
        self.assertIn(ORDER.hex(), self.at("trace"))

    def test_metrics_have_rates_percentiles_and_exemplars(self):
        self.open("metrics")
        self.assertEqual(set(self.column("Metrics")), {"http.server.request.duration", "orders", "memory", HOSTILE})
        self.page.run("[...document.querySelectorAll('tbody tr')].find(r => r.innerText.includes('duration')).querySelector('.go').click()")
        self.at("metric")
        self.assertEqual(self.page.run("[...document.querySelectorAll('.panel h2')].map(e => e.firstChild.data)"), ["p99", "p90", "p50", "Rate", "Series"])
        self.assertEqual(self.column("Series"), ["http.route=/orders"])
        self.page.wait("document.querySelectorAll('.dot').length > 0")
        self.page.click(".dot")
        self.assertIn(ORDER.hex(), self.at("trace"))

    def test_two_versions_stand_side_by_side(self):
        self.open("compare?by=version&service=shop&a=1.4.2&b=1.5.0")
        self.assertEqual(self.rows("Totals")[0][:3], ["Requests", "31", "5"])
        routes = {row[0]: row for row in self.rows("Routes of both")}
        self.assertEqual(routes["GET /items"][1:3], ["30", "5"])
        self.assertEqual(routes["GET /orders"][1:3], ["1", "–"])
        self.assertEqual(self.rows("Errors"), [])
        self.open("compare?by=version&service=shop&a=1.5.0&b=1.4.2")
        self.assertEqual(sorted(self.column("Errors")), ["GET /stock: HTTP 503"])  # nothing failed in 1.5.0
        self.assertTrue(self.page.run("!!document.querySelector('table[aria-label=Errors] .spark')"))
        self.page.picture(self.shot("compare-errors"))
        self.page.choose("By", "")
        self.page.wait("document.querySelector('table[aria-label=Totals] th:nth-child(2)')?.innerText.includes(' – ')")
        self.assertEqual(self.rows("Totals")[0][1:3], ["–", "36"])
        self.ready()

    def test_an_incident_keeps_notes(self):
        self.open("incidents")
        self.page.run("document.querySelector('main form input').focus()")
        self.page.type("stock is empty " + HOSTILE)
        self.page.key("Enter")
        self.at("incident")
        self.wait_text("stock is empty <img")
        self.page.run("document.querySelector('main form input').focus()")
        self.page.type("ordered more")
        self.page.key("Enter")
        self.wait_text("ordered more", ".timeline")
        self.wait_text("no stock of item 4711", ".timeline")
        self.wait_text("stock 3.0 began", ".timeline")
        self.wait_text("shop: service.version 1.4.2 → 1.5.0", ".timeline")
        noted = self.view.question("incidents")["incidents"]
        self.assertEqual([(i["title"], i["notes"]) for i in noted], [("stock is empty " + HOSTILE, 1)])
        self.page.picture(self.shot("incident"))
        file = pathlib.Path(self.folder.name) / "incident.jsonl"
        file.write_text(self.saved("Export"))
        with View() as other:  # which opens it
            self.page.open(f"http://127.0.0.1:{other.port}/#/incidents")
            self.ready()
            self.page.choose_file("input[type=file]", file)
            self.at("incident")
            self.wait_text("ordered more", ".timeline")
            self.wait_text("stock is empty <img")
            self.wait_text("no stock of item 4711", ".timeline")
            self.page.open("about:blank")
        self.open("incidents")
        self.assertEqual(len(self.rows("Incidents")), 1)  # it is still there
        self.page.click("table[aria-label=Incidents] .go")
        self.at("incident")
        self.press("Delete")
        self.at("incidents")
        self.assertEqual(self.rows("Incidents"), [])

    # ---- The frame ----

    def test_keys_lead_everywhere(self):
        self.open("overview")
        for key, screen in zip("stlemacio", ("services", "traces", "logs", "errors", "metrics", "alerts", "compare", "incidents", "overview")):
            self.page.key("g", key)
            self.at(screen)
            self.assertEqual(self.page.run("document.querySelector('nav [aria-current=page]').firstChild.data.toLowerCase()"), screen)
        self.page.key("g", "t")
        self.at("traces")
        self.page.key("/")
        self.assertTrue(self.page.run("document.activeElement.matches('[data-filter]')"))
        self.page.key("Escape")
        self.page.key("j", "j", "j", "k")
        self.assertEqual(self.page.run("[...document.querySelectorAll('tbody tr')].findIndex(r => r.contains(document.activeElement))"), 1)
        self.page.key("Enter")
        self.at("trace")
        self.page.key("Escape")
        self.at("traces")
        self.page.key("?")
        self.assertTrue(self.page.run("document.getElementById('help').open"))
        self.page.key("Escape")
        self.page.wait("!document.getElementById('help').open")

    def test_what_comes_shows_without_a_key(self):
        self.open("traces?service=late")
        self.assertEqual(self.rows("Traces"), [])
        now = time.time_ns()
        self.view.post("/v1/traces", request([span(b"late" * 4, ident(1), "just ended", start=now - MS, end=now, kind=2)], "late"))
        begun = time.monotonic()
        self.wait_text("just ended")
        print(f"a span showed after {(time.monotonic() - begun) * 1e3:.0f} ms", file=sys.stderr)

    def test_a_stream_tells_what_came(self):
        self.open("logs?service=stock&level=warn")
        totals = "performance.getEntriesByType('resource').filter(e => e.name.includes('/totals.json')).length"
        self.page.wait("stream.readyState === 1")
        before = self.page.run(totals)
        self.assertEqual(self.page.run("document.querySelectorAll('.log').length"), 0)
        self.view.post("/v1/logs", request([log("it came", 13, time.time_ns()), log("but not this", 9)], "stock"))
        self.wait_text("it came")
        self.page.wait("new URL(stream.url).search === '?logs=1&service=stock&level=warn'")
        counts = self.page.run("document.querySelector('.counts').innerText")
        self.view.post("/v1/logs", request([log("nor this", 9, time.time_ns())], "shop"))
        self.page.wait(f"document.querySelector('.counts').innerText !== {json.dumps(counts)}")
        self.assertNotIn("but not this", self.page.text())
        self.page.key("g", "t")
        self.at("traces")
        self.page.wait("stream.readyState === 1 && new URL(stream.url).search === ''")
        self.assertLessEqual(self.page.run(totals), before + 1)  # the one from before the stream
        hide = "Object.defineProperty(document, 'hidden', {get: () => %s, configurable: true}); document.dispatchEvent(new Event('visibilitychange'))"
        self.page.run(hide % "true")
        self.page.wait("stream.readyState === 2")
        self.page.run(hide % "false")
        self.page.wait("stream.readyState === 1")

    def test_without_a_stream_it_asks_again_and_again(self):
        connections, answers = [], []
        try:
            self.page.open("about:blank")
            while len(connections) < 8:  # as many as there may be
                connection = self.view.connect()
                connection.request("GET", "/api/stream")
                answer = connection.getresponse()
                if answer.status == 200:
                    connections.append(connection)
                    answers.append(answer)
                else:
                    connection.close()
            self.open("overview")
            self.page.wait("stream.readyState === 2")
            before = self.page.run("document.querySelector('.counts').innerText")
            self.view.post("/v1/logs", request([log("asked for", 9, time.time_ns())], "shop"))
            self.page.wait(f"![{json.dumps(before)}, ''].includes(document.querySelector('.counts').innerText)")
            self.assertTrue(self.page.run("!!document.querySelector('.live')"))
        finally:
            for open_one in answers + connections:
                open_one.close()
        self.page.wait("stream.readyState === 1")
        # The browser reports each refusal in its console.
        self.assertTrue(all("503" in problem for problem in self.page.problems()))

    def test_it_goes_on_when_the_program_begins_anew(self):
        with View() as first:
            self.page.open(f"http://127.0.0.1:{first.port}/#/overview")
            self.page.wait("stream?.readyState === 1")
        self.page.wait("document.querySelector('.lost')")
        with View("--listen", f"127.0.0.1:{first.port}") as second:
            self.page.wait("document.querySelector('.live') && stream.readyState === 1")
            second.post("/v1/logs", request([log("anew", 9, time.time_ns())], "shop"))
            self.page.wait("document.querySelector('.counts').innerText.includes('1 logs')")
            self.page.open("about:blank")
        self.page.wait("document.readyState === 'complete'")
        self.page.problems()

    def test_nothing_is_asked_while_nobody_looks(self):
        self.open("overview")
        asked = "performance.getEntriesByType('resource').filter(e => e.name.includes('/api/')).length"
        hide = "Object.defineProperty(document, 'hidden', {get: () => %s, configurable: true}); document.dispatchEvent(new Event('visibilitychange'))"
        before = self.page.run(asked)
        self.page.wait(f"{asked} > {before} + 1")  # it asks again and again
        self.page.run(hide % "true")
        before = None
        while before != self.page.run(asked):  # what is under way ends
            before = self.page.run(asked)
            time.sleep(1)
        time.sleep(4.5)
        self.assertEqual(self.page.run(asked), before)
        self.page.run(hide % "false")
        self.page.wait(f"{asked} > {before}")

    def test_dragging_over_a_chart_chooses_its_window(self):
        self.open("overview")
        left, top, width, height = self.page.place(".plot")
        y = top + height / 2
        self.page.mouse("mouseMoved", left + width * 0.5, y)
        self.page.mouse("mousePressed", left + width * 0.5, y, 1)
        self.page.mouse("mouseMoved", left + width * 0.7, y, 1)
        self.assertNotEqual(self.page.run("document.querySelector('.when').textContent"), "")
        self.page.mouse("mouseMoved", left + width * 0.9, y, 1)
        self.page.mouse("mouseReleased", left + width * 0.9, y)
        self.page.wait("location.hash.includes('from=')")
        query = urllib.parse.parse_qs(self.page.run("location.hash").split("?")[1])
        self.assertAlmostEqual((int(query["to"][0]) - int(query["from"][0])) / S, 900 * 0.4, delta=20)
        self.ready()
        self.assertIn("from=", self.page.run("document.querySelector('nav a').hash"))
        self.page.choose("Window of time", "300")
        self.page.wait("location.hash.includes('window=300')")
        self.ready()

    def test_what_is_not_there_is_said(self):
        self.open("trace?id=" + "1" * 32)
        self.wait_text("Not kept")
        # The browser reports an answer 404 in its console.
        self.assertTrue(all("404" in problem for problem in self.page.problems()))

    # ---- Hostile data ----

    def test_hostile_names_are_text(self):
        for screen in SCREENS:
            self.open(screen)
            self.assertEqual(self.page.run("document.querySelectorAll('main img, main script, main iframe, main [onerror]').length"), 0, screen)
        self.open(f"trace?id={EVIL.hex()}")
        self.wait_text(HOSTILE)
        self.wait_text("safe\\u202egpj.exe\\u0007", ".side")
        self.assertNotIn("\u202e", self.page.text())
        self.assertLess(len(self.page.text()), 20_000)
        self.open("logs?service=" + urllib.parse.quote(HOSTILE))
        self.assertEqual(self.page.run("document.querySelectorAll('.log').length"), 3)
        self.assertNotIn("\u202e", self.page.text())
        self.assertLess(len(self.page.text()), 5_000)
        self.page.run("[...document.querySelectorAll('.log')].find(l => l.innerText.includes('longlong')).querySelector('.go').click()")
        self.page.wait("document.querySelector('.log .more')")
        self.assertLess(len(self.page.text()), 30_000)
        self.assertLessEqual(self.page.run("document.documentElement.scrollWidth"), 1440)

    def test_hostile_addresses_are_text(self):
        evil = urllib.parse.quote(HOSTILE)
        for where in (evil, f"traces?service={evil}&q={evil}&op=1&name={evil}", f"logs?q={evil}", f"errors?q={evil}", "constructor", "__proto__", f"traces?service={evil}&op={evil}",
                      "traces?service=" + urllib.parse.quote("' OR 1=1 --"), f"service?name={evil}", f"compare?by=version&a={evil}&b={evil}"):
            self.page.open("about:blank")
            self.page.open(self.url(where))
            self.page.wait("document.body.dataset.ready")
            self.assertEqual(self.page.run("document.querySelectorAll('main img, main script').length"), 0, where)
            if "OR 1=1" in urllib.parse.unquote(where):
                self.assertEqual(self.page.run("document.querySelectorAll('.dot').length"), 0, where)

    def test_the_policy_is_in_force(self):
        self.open("overview")
        self.page.run("document.body.append(Object.assign(document.createElement('p'), {id: 'p'}))")
        self.assertTrue(self.page.run("(() => { try { p.innerHTML = '<b>x</b>'; } catch (e) { return e instanceof TypeError; } })()"))
        self.page.run("p.setAttribute('style', 'color: red')")
        refused = self.page.wait("refused.length >= 2 && refused")
        self.assertTrue(any("style-src" in r for r in refused) and any("trusted-types" in r for r in refused), refused)
        self.page.problems()

    # ---- Looks ----

    def test_a_phone_needs_no_scrolling_aside(self):
        self.page.resize(360, 740)
        for screen in SCREENS:
            self.open(screen)
            self.assertLessEqual(self.page.run("document.documentElement.scrollWidth"), 360, screen)

    def test_light_and_dark_can_be_read(self):
        contrast = """(() => {
            const light = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => x / 255).map(x => x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
                return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
            const back = e => { for (; e; e = e.parentElement) { const b = getComputedStyle(e).backgroundColor; if (!/, 0\\)|transparent/.test(b)) return b; } };
            const poor = [];
            for (const e of document.querySelectorAll('body *')) {
                if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || e.closest('svg') || !e.offsetParent || e.closest('.span, option')) continue;
                const [a, b] = [light(getComputedStyle(e).color), light(back(e))].sort((x, y) => y - x);
                if ((a + 0.05) / (b + 0.05) < 4.5) poor.push(e.className + ' ' + e.innerText.slice(0, 30) + ' ' + getComputedStyle(e).color);
            }
            return poor;
        })()"""
        background = "getComputedStyle(document.body).backgroundColor"
        for screen in SCREENS:
            self.open(screen)
            self.assertEqual(self.page.run(contrast), [], screen)
            self.page.scheme("dark")
            self.assertEqual(self.page.run(background), "rgb(20, 23, 27)")
            self.assertEqual(self.page.run(contrast), [], screen)
            self.page.scheme("light")
        self.page.click("[aria-label^=Theme]")
        self.page.click("[aria-label^=Theme]")  # auto, light, dark
        self.page.wait(f"{background} === 'rgb(20, 23, 27)'")
        self.open("overview")
        self.assertEqual(self.page.run(background), "rgb(20, 23, 27)")  # it is remembered
        self.page.click("[aria-label^=Theme]")
        self.page.wait(f"{background} === 'rgb(250, 250, 249)'")

    def test_all_can_be_named(self):
        """By a screen reader: landmarks, controls, columns and pictures."""
        for screen in SCREENS:
            self.open(screen)
            self.assertEqual(self.page.run("['header', 'nav[aria-label]', 'main', '[role=status]'].filter(s => document.querySelectorAll(s).length !== 1)"), [], screen)
            self.assertEqual(self.page.run("""[...document.querySelectorAll('a[href], button, select, input, svg')]
                .filter(e => !(e.getAttribute('aria-label') || e.textContent.trim())).map(e => e.outerHTML)"""), [], screen)
            self.assertEqual(self.page.run("[...document.querySelectorAll('table')].filter(t => !t.querySelector('th[scope]')).length"), 0, screen)
        self.open("overview")
        self.page.key("Tab")
        self.assertEqual(self.page.run("document.activeElement.id"), "skip")
        self.assertGreaterEqual(self.page.run("document.activeElement.getBoundingClientRect().left"), 0)
        self.page.key("Tab", "Tab")
        self.assertNotEqual(self.page.run("getComputedStyle(document.activeElement).outlineStyle"), "none")

    def test_pictures_are_taken(self):
        folder = os.environ.get("PICTURES")
        if not folder:
            self.skipTest("PICTURES is not set")
        for width, look in ((1440, "light"), (1440, "dark"), (360, "light")):
            self.page.resize(width, 900)
            self.page.scheme(look)
            for screen in SCREENS:
                self.open(screen)
                self.page.picture(pathlib.Path(folder) / f"{screen.split('=')[0].replace('?', '-')}-{width}-{look}.png")


class Alerts(Frame):
    """Rules that fire, seen and silenced."""

    RULES = """every: 1s
rules:
  - name: requests fail
    kind: error_rate
    above: 0.05
    severity: critical
    summary: "{{value}} of the requests of {{service}} fail"
  - name: never
    kind: error_rate
    service: nobody
    above: 0.99
"""

    @classmethod
    def start(cls):
        cls.folder = tempfile.TemporaryDirectory()
        rules = pathlib.Path(cls.folder.name) / "rules.yaml"
        rules.write_text(cls.RULES)
        try:
            return View("--rules", str(rules))
        except AssertionError as error:
            if "libyaml" in str(error):
                raise unittest.SkipTest("haetae-view was built without libyaml")
            raise

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.folder.cleanup()

    def test_alerts_show_and_can_be_silenced(self):
        self.open("alerts")
        self.wait_text("of the requests of stock fail")
        self.wait_text("of the requests of <img")
        self.assertEqual(self.column("Rules"), ["requests fail", "never"])
        self.assertEqual(self.column("Rules", 1), ["firing", "ok"])
        self.page.wait("document.querySelector('nav .pill')?.innerText === '2'")
        self.page.run("[...document.querySelectorAll('.card')].find(c => c.innerText.includes('requests of stock fail')).querySelector('button').click()")
        self.page.wait("document.querySelector('table[aria-label=Silences]')")
        silence = self.rows("Silences")[0]
        self.assertIn("service=stock", silence[0])
        self.assertIn("rule=requests fail", silence[0])
        self.page.wait("document.querySelector('nav .pill')?.innerText === '1'")
        self.wait_text("silenced")
        self.press("End")
        self.page.wait("!document.querySelector('table[aria-label=Silences]')")
        self.page.key("g", "o")
        self.at("overview")
        self.wait_text("of the requests of stock fail")
        self.page.run("[...document.querySelectorAll('.card')].find(c => c.innerText.includes('requests of stock fail')).querySelector('a').click()")
        self.assertIn("name=stock", self.at("service"))


def module(name):
    """An expression whose value has all that a module of the page exports."""
    text = (PAGE / f"{name}.js").read_text()
    names = re.findall(r"^export (?:async )?(?:const|let|function|class) (\w+)", text, re.M)
    body = "\n".join(line.removeprefix("export ") for line in text.splitlines() if not line.startswith("import "))
    return f"(() => {{ {body}\nreturn {{ {', '.join(names)} }}; }})()"


class Pure(unittest.TestCase):
    """What needs no server: texts, scales, percentiles, trees."""

    @classmethod
    def setUpClass(cls):
        cls.page = BROWSER.page()
        cls.page.run(f"window.f = {module('format')}; 0")
        cls.page.run(f"window.t = (() => {{ const {{ minus }} = f; return {module('trace')}; }})(); 0")
        cls.page.run(f"window.r = (() => {{ const route = {{ range: {{ window: '900' }} }}; return {module('requests')}; }})(); 0")
        cls.page.run(f"window.p = (() => {{ const {{ minus }} = f, {{ indexOf }} = r; return {module('points')}; }})(); 0")

    @classmethod
    def tearDownClass(cls):
        cls.page.__exit__()

    def check(self, expression, expected):
        self.assertEqual(self.page.run(expression), expected, expression)

    def test_durations_have_three_digits(self):
        for ns, text in ((0, "0 ns"), (999, "999 ns"), ("1000", "1.00 µs"), (12_345, "12.3 µs"), (999_499, "999 µs"), (999_500, "1.00 ms"), (1_500_000, "1.50 ms"),
                         ("999999999", "1.00 s"), (59_900_000_000, "59.9 s"), (61_000_000_000, "1 min 1 s"), (3_660_000_000_000, "1 h 1 min"), (-5_000_000, "−5.00 ms")):
            self.check(f"f.durationOf({json.dumps(ns)})", text)
        self.check("f.durationOf(null)", "–")

    def test_nanoseconds_are_never_rounded(self):
        self.check("f.exact('1700000000123456789')", "1\u202f700\u202f000\u202f000\u202f123\u202f456\u202f789 ns")
        self.check("f.minus('1700000000123456789', '1700000000123456788')", 1)
        self.check("f.plus('1700000000123456789', 1)", "1700000000123456790")
        self.check("f.fullTime('1700000000123456789')", "2023-11-14 22:13:20.123456789")
        self.check("f.clock('1700000000123456789')", "2023-11-14 22:13:20.123")
        self.check("f.parse('{\"a\":9223372036854775807,\"b\":[-9223372036854775808,1],\"c\":\"1234567890123456789\"}')",
                   {"a": "9223372036854775807", "b": ["-9223372036854775808", 1], "c": "1234567890123456789"})

    def test_figures_are_short(self):
        for call, text in (("countOf(0)", "0"), ("countOf(9999)", "9,999"), ("countOf(12345)", "12.3 k"), ("countOf(1234567)", "1.23 M"), ("countOf(0.5)", "0.5"), ("bytes(1500000)", "1.50 MB"),
                           ("rate(0)", "0/s"), ("rate(0.25)", "0.25/s"), ("percent(0)", "0 %"), ("percent(0.00001)", "<0.1 %"), ("percent(0.053)", "5.3 %"), ("percent(1)", "100 %"),
                           ("quantity(0.25, 's')", "250 ms"), ("quantity(2048, 'By')", "2.05 kB"), ("quantity(3, '{order}')", "3"), ("quantity(3, 'Cel')", "3 Cel")):
            self.check(f"f.{call}", text)

    def test_scales_reach_the_highest(self):
        self.check("f.ticks(0)", [0, 1])
        self.check("f.ticks(1)", [0, 0.25, 0.5, 0.75, 1])
        self.check("f.ticks(7)", [0, 2, 4, 6, 8])
        for high in (3e-9, 0.04, 1, 99, 12345, 7.7e15):
            marks = self.page.run(f"f.ticks({high})")
            self.assertGreaterEqual(marks[-1], high * 0.999)
            self.assertLess(len(marks), 7)
        self.check("f.logTicks(150, 20000)", [100, 1000, 10000, 100000])
        self.check("f.logTicks(1, 1)", [1, 10])

    def test_percentiles_are_values(self):
        self.check("f.percentile([], 0.5)", None)
        self.check("f.percentile([3, null, 1, 2], 0.5)", 2)
        self.check("f.percentile(Array.from({length: 100}, (_, i) => i + 1), 0.99)", 99)

    def test_what_cannot_be_seen_is_spelled(self):
        self.check("f.visible('a\\u202eb\\u0000c')", "a\\u202eb\\u0000c")
        self.check("f.visible('\\ud800x')", "\\ud800x")
        self.check("f.visible('tab\\tline\\n')", "tab\tline\n")
        self.check("f.visible('x'.repeat(400)).length", 301)
        self.check("f.visible('😀'.repeat(200), 3)", "😀…")

    def test_steps_are_even_and_reach_the_end(self):
        self.check("(({ begin, end, step, first, n, from, to }) => [begin, end, step, first, n, from, to])(r.gridOf({ from: '1000005000000000', to: '1000095000000000' }))",
                   [1000005, 1000095, 10, 1000000, 10, "1000000000000000", "1000090000000000"])
        self.check("(g => [g.step, g.n])(r.gridOf({ window: '86400' }))[0]", 960)
        self.check("(s => [s.requests, s.errors, s.p99_ns, s.rate])(r.spread({ first: 100, step: 10, n: 3, end: 124 }, "
                   "[{ time_s: 110, requests: 20, errors: 1, p99_ns: '5' }, { time_s: 120, requests: 8, errors: 0, p99_ns: '7' }]))",
                   [[0, 20, 8], [0, 1, 0], [None, 5, 7], [0, 2, 2]])

    def points(self, kind, temporality, *points):
        """Steps of 10 s from second 100, of points in the order of their coming."""
        given = json.dumps([{"time_ns": f"{at}000000000", "start_ns": f"{start}000000000", **more} for at, start, more in reversed(points)])
        return self.page.run(f"p.stepsOf({{ kind: '{kind}', temporality: '{temporality}' }}, {given}, {{ first: 100, step: 10, n: 4 }})")

    def test_counters_become_rates(self):
        values = self.points("counter", "cumulative", (95, 90, {"value": 5}), (105, 90, {"value": 25}), (115, 90, {"value": 25}),
                             (125, 120, {"value": 40}), (135, 120, {"integer": "9007199254740993", "value": 9e15}))["values"]
        self.assertEqual(values[:3], [2, 0, None])  # it began anew at 120, and what came since nobody knows
        self.assertGreater(values[3], 9e14)
        self.assertEqual(self.points("counter", "delta", (105, 100, {"value": 10}), (115, 105, {"value": 30}))["values"], [2, 3, None, None])
        self.assertEqual(self.points("gauge", "unspecified", (101, 0, {"value": 1}), (109, 0, {"value": 7}))["values"], [7, None, None, None])

    def test_percentiles_are_of_what_came_in_between(self):
        slow, fast = {"bounds": [1, 2], "counts": [0, 100, 0]}, {"bounds": [1, 2], "counts": [100, 100, 0]}
        steps = self.points("histogram", "cumulative", (95, 90, {"count": 0, "buckets": {"bounds": [1, 2], "counts": [0, 0, 0]}}), (105, 90, {"count": 100, "buckets": slow}),
                            (115, 90, {"count": 200, "buckets": fast}))
        self.assertEqual(steps["values"], [10, 10, None, None])
        self.assertEqual(steps["p50"], [1.5, 0.5, None, None])
        self.assertAlmostEqual(steps["p99"][1], 0.99)
        exponential = {"scale": 0, "zero_count": 0, "positive": {"offset": 0, "counts": [0, 4]}}
        self.assertEqual(self.points("exponential_histogram", "delta", (105, 100, {"count": 4, "buckets": exponential}))["p50"][0], 3)
        self.check("p.quantileOf([[1, 0], [Infinity, 5]], 0.5)", 1)
        self.check("p.quantileOf([], 0.5)", None)

    def test_the_critical_path_is_what_the_end_waited_for(self):
        spans = [("root", None, 0, 100), ("first", "root", 0, 40), ("beside", "root", 10, 20), ("last", "root", 50, 100), ("inside", "last", 60, 70), ("late", "root", 95, 200)]
        given = json.dumps([{"span_id": i, "parent_id": p, "start_ns": str(a), "duration_ns": str(b - a), "service": "s", "name": i} for i, p, a, b in spans])
        names = self.page.run(f"(spans => [...t.criticalOf(spans, t.treeOf(spans))].map(i => spans[i].span_id))({given})")
        self.assertEqual(set(names), {"root", "first", "late"})

    def test_trees_hold_each_span_once(self):
        def tree(*spans):
            given = json.dumps([{"span_id": i, "parent_id": p, "start_ns": str(s)} for i, p, s in spans])
            return self.page.run(f"t.treeOf({given}).map(r => r.span.span_id + r.depth)")

        self.assertEqual(tree(("b", "a", 2), ("a", None, 1), ("c", "a", 1)), ["a0", "c1", "b1"])
        self.assertEqual(tree(("a", "gone", 1), ("b", "a", 2)), ["a0", "b1"])
        self.assertEqual(tree(("a", "b", 1), ("b", "a", 2), ("c", "b", 3)), ["a0", "b1", "c2"])
        self.assertEqual(tree(("a", "a", 1)), ["a0"])
        self.assertEqual(tree(("a", None, 1), ("a", None, 1)), ["a0", "a0"])
        deep = self.page.run("t.treeOf(Array.from({length: 50000}, (_, i) => ({span_id: 's' + i, parent_id: i ? 's' + (i - 1) : null, start_ns: '1'}))).length")
        self.assertEqual(deep, 50000)


if __name__ == "__main__":
    view_process.PROGRAM = sys.argv.pop(1)
    PAGE = pathlib.Path(sys.argv.pop(1))
    found = chromium.find()
    if found is None:
        print("skipped: no Chromium: scripts/setup.sh browser installs it")
        sys.exit(77)
    with chromium.Chromium(found) as BROWSER:
        program = unittest.main(exit=False)
    sys.exit(not program.result.wasSuccessful())
