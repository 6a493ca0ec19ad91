#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""haetae-view in a terminal: what keys do, what each tab shows in 80 columns and 24 lines, and how the
terminal is given back.

Usage: terminal_keys_test.py PATH-TO-HAETAE-VIEW [unittest arguments]"""
import json
import re
import signal
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unittest

import view_process
from view_process import PATIENCE
from otlp_bodies import histogram_point, log, metric, number_point, request, span
from terminal_process import Terminal

MS = 1_000_000
S = 1000 * MS
UP, DOWN, RIGHT, LEFT, ESC, ENTER = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b", "\r"
HOME, END, PAGE_UP, PAGE_DOWN, BACK_TAB = "\x1b[H", "\x1b[F", "\x1b[5~", "\x1b[6~", "\x1b[Z"
TABS = ("Overview", "Routes", "Calls", "Traces", "Errors", "Logs", "Metrics", "Alerts")
# What each tab shows of what feed() sends.
CONTENT = (
    (r"^SERVICES  last 15m", r"dispatch +20 +20.0%", r"shop +0 +- .* 30 +100%", r"^LATEST ERRORS",
     r"GET /eta: no answer"),
    (r"^ROUTES", r"dispatch +GET /rides +10 ", r"dispatch +POST /rides +10 .*[▁▂▃▄▅▆▇█]"),
    (r"^CALLS", r"shop +GET /eta +30 +30 +100% "),
    (r"^TRACES  .*the newest", r"14141414 +dispatch +POST /rides +200 ms +1 +0$"),
    (r"^ERRORS", r" 30 +shop +span +GET /eta: no answer +a1a1a1a1"),
    (r"^LOGS", r"INFO +dispatch +hello 19 ", r"ERROR +dispatch +hello 18 "),
    (r"^METRICS", r"dispatch +http.time +histogram +1 +10× ", r"dispatch +rides +counter +2$",
     r"dispatch +load +gauge +1 +0.5"),
    (r"^ALERTS", r"start haetae-view with --rules FILE"),
)


def trace_id(number):
    return bytes([number] * 4) + bytes(range(1, 13))


def feed(view):
    """Twenty requests to one service, of which four fail; and a service that has no requests, and
    whose calls all fail."""
    now = time.time_ns()
    spans, logs, calls = [], [], []
    for i in range(20):
        start = now - (20 - i) * 2 * S
        spans.append(span(trace_id(i + 1), b"rootroot", ("GET /rides", "POST /rides")[i % 2],
                          start=start, end=start + (i + 1) * 10 * MS, kind=2,
                          error="no map" if i < 4 else None))
        logs.append(log(f"hello {i} \x1b[2Jred", 17 if i % 3 == 0 else 9, time=start + MS,
                        trace=trace_id(i + 1), span_id=b"rootroot", attrs={"number": i}))
    for i in range(1, 31):
        calls.append(span(trace_id(0xa1), i.to_bytes(8, "big"), "GET /eta", parent=b"unknown!",
                          start=now - S, end=now - S + MS, kind=3, error="no answer"))
    view.post("/v1/traces", request(spans, service="dispatch"))
    view.post("/v1/traces", request(calls, service="shop"))
    view.post("/v1/logs", request(logs, service="dispatch"))
    view.post("/v1/metrics", request([
        metric("http.time", "s", 9, [histogram_point([9, 1], [0.1], 0.7, now)]),
        metric("rides", "1", 7, [number_point(5, now, attrs={"geo.city": "Seoul", "zone": 1}),
                                 number_point(7, now, attrs={"geo.city": "Seoul", "zone": 2})],
               2, True),
        metric("load", "1", 5, [number_point(0.5, now)])], service="dispatch"))


class Tabs(unittest.TestCase):
    def test_each_tab_shows_its_section(self):
        with Terminal() as view:
            view.see(r"Nothing received yet", r"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:\d+$")
            feed(view)
            for number, (name, content) in enumerate(zip(TABS, CONTENT), 1):
                view.press(str(number))
                text = view.see(*content)
                rows = text.split("\n")
                self.assertIn(f"http://127.0.0.1:{view.port}/ ", rows[0])
                self.assertTrue(all(f"{i} {n}" in rows[1] for i, n in enumerate(TABS, 1)), name)
                self.assertRegex(rows[2], r"^50 spans · 20 logs · 4 points · 4 requests \(")
                self.assertIn("q quit  ? help", rows[23])

    def test_tabs_are_gone_through_in_their_order(self):
        with Terminal() as view:
            feed(view)
            for keys in ("\t", RIGHT):
                for content in CONTENT[1:] + CONTENT[:1]:
                    view.press(keys)
                    view.see(*content)
            for keys in (BACK_TAB, LEFT):
                for content in CONTENT[::-1]:
                    view.press(keys)
                    view.see(*content)

    def test_failed_calls_are_seen_where_there_are_no_requests(self):
        with Terminal() as view:
            feed(view)
            view.see(r"shop +0 +- +- +30 +100%|shop +0 +- +- +- +30 +100%")
            view.press("3" + ENTER)  # a call opens its errors
            view.see(r"^ERRORS", r"^/GET /eta ", r"> .* 30 +shop +span +GET /eta: no answer")
            self.assertEqual(view.see("^ERRORS").count("no map"), 0)
            view.press("q")
            self.assertEqual(view.process.wait(PATIENCE), 0)
            self.read_end(view, r"shop .* 30 +100%")

    def read_end(self, view, pattern):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            view.read(0.1)
            if re.search(pattern, view.screen.after):
                return
        self.fail(view.screen.after)


class Keys(unittest.TestCase):
    def test_rows_are_chosen_and_scrolled(self):
        with Terminal() as view:
            feed(view)
            view.press("4")
            view.see(r"^TRACES  1–18 of 20")
            first = view.see(r"^> .* 14141414 ") and view.chosen()
            view.press(DOWN)
            view.see(r"^> .* 13131313 ")
            view.press(UP)
            view.see(r"^> .* 14141414 ")
            view.press(END)
            view.see(r"^> .* 01010101 ", r"^TRACES  3–20 of 20")
            view.press(PAGE_UP)
            view.see(r"^> .* 12121212 ", r"^TRACES  3–20 of 20")
            view.press(HOME)
            view.see(r"^TRACES  1–18 of 20", r"^> .* 14141414 ")
            self.assertEqual(view.chosen(), first)
            view.press(PAGE_DOWN + "jk")
            view.see(r"^> .* 03030303 ")
            view.press(DOWN * 50 + UP)
            view.see(r"^> .* 02020202 ")

    def test_a_choice_stays_with_its_row(self):
        with Terminal() as view:
            feed(view)
            view.press("4" + DOWN)
            view.see(r"^> .* 13131313 ")
            now = time.time_ns()
            view.post("/v1/traces", request([span(trace_id(0xbb), b"rootroot", "new", start=now,
                                                  end=now + MS, kind=2)]))
            view.see(r"^  .* bbbbbbbb ", r"^> .* 13131313 ")
            view.press("6")
            view.see(r"^> .* hello 19 ")
            view.post("/v1/logs", request([log("the latest", time=now)]))
            view.see(r"^> .* the latest")  # the newest stays chosen as they come
            view.press(UP)
            view.see(r"^> .* hello 19 ")
            view.post("/v1/logs", request([log("later still", time=now)]))
            view.see(r"^LOGS  4–21 of 22", r"^> .* hello 19 ")

    def test_sorting(self):
        with Terminal() as view:
            feed(view)
            view.press("4")
            view.see(r"TIME▼", r"^> .* 14141414 ")
            view.press("ssss")  # by duration
            view.see(r"DURATION▼", r"the slowest, last 15m", r"^> .* 200 ms ")
            view.press("S")
            view.see(r"DURATION▲", r"^> .* 10.0 ms ")
            view.press("2sS")
            view.see(r"FAILED▲|ERR%▲")
            view.press("7s")
            view.see(r"SERVICE▲", r"^> dispatch +http.time")
            view.press("s" * 2)
            text = view.see(r"KIND▲")
            self.assertLess(text.index(" rides "), text.index(" load "))
            self.assertLess(text.index(" load "), text.index(" http.time "))

    def test_a_filter_is_typed_on_its_own_line(self):
        with Terminal() as view:
            feed(view)
            view.press("2")
            view.see(r"POST /rides")
            view.press("/")
            view.see(r"^/█$")
            view.press("GET")
            text = view.see_no(r"POST /rides")
            self.assertEqual(text.split("\n")[23], "/GET█")
            view.press("\x7f\x7f\x7fq해")
            view.see(r"^/q해█$", r"nothing has this text")
            view.press("\x7f\x7fPOST")
            view.see(r"^/POST█$", r"^> dispatch +POST /rides")
            view.press(ENTER)
            view.see(r"^/POST  Esc drops it")
            view.press(ESC)
            view.see(r"GET /rides", r"^q quit")
            view.press("/GET")
            view.see(r"^/GET█$")
            view.press(ESC)
            view.see(r"POST /rides", r"^q quit")

    def test_what_the_database_looks_for(self):
        with Terminal() as view:
            feed(view)
            view.press("6/hello 7 \r")
            view.see(r"^/hello 7 ", r"^> .* hello 7 ")
            self.assertNotIn("hello 8", view.screen.text())
            view.press(ESC + "l")  # debug and above
            view.see(r"DEBUG and above", "INFO ")
            view.press("lll")
            self.assertNotIn("INFO ", view.see(r"ERROR and above", "ERROR  "))
            view.press("4/POST\r")
            view.see(r"^/POST ")
            self.assertNotIn("GET", view.screen.text())
            view.press("/0a0a0a0a\r")  # an id
            view.see(r"^TRACES\b", r"^> .* 0a0a0a0a ")
            self.assertEqual(view.screen.text().count("dispatch"), 1)

    def test_pausing_keeps_what_is_there(self):
        with Terminal() as view:
            feed(view)
            view.press("6")
            view.see("hello 19 ")
            view.press("4")
            view.see("14141414")
            view.press("p")
            view.see(r"  PAUSED$")
            now = time.time_ns()
            view.post("/v1/logs", request([log("came later", time=now)]))
            view.post("/v1/traces", request([span(trace_id(0xbb), b"rootroot", start=now, end=now,
                                                  kind=2)]))
            for _ in range(3):  # the clock goes on, and so the screen was drawn
                clock = view.screen.rows()[0]
                view.wait(lambda text, clock=clock: text.split("\n")[0] != clock, "the clock moves")
            self.assertNotIn("bbbbbbbb", view.screen.text())
            view.press("6")
            view.see("hello 19 ")
            view.press("3")  # was not looked at yet
            view.see(*CONTENT[2])
            view.press("6")
            self.assertNotIn("came later", view.see("hello 19 "))
            view.press("p")
            view.see("came later")
            self.assertNotIn("PAUSED", view.screen.rows()[0])

    def test_figures_of_another_time(self):
        with Terminal() as view:
            now = time.time_ns()
            view.post("/v1/traces", request([span(trace_id(1), b"rootroot", "old",
                                                  start=now - 1800 * S, end=now, kind=2)]))
            view.press("2")
            view.see(r"^ROUTES  last 15m", "no requests")
            view.press("w")
            view.see(r"^ROUTES  last 1h", r"^> shop +old +1 ")
            view.press("wwww")
            view.see(r"^ROUTES  last 5m", "no requests")

    def test_help(self):
        with Terminal() as view:
            view.press("?")
            view.see(r"^KEYS", r"Ctrl-Z +stop")
            view.press("q")  # only goes back
            view.see(r"^SERVICES")

    def test_keys_that_are_none_do_nothing(self):
        with Terminal() as view:
            feed(view)
            view.press("4")
            before = view.see(r"^> .* 14141414 ").split("\n")[1:]
            view.press(b"\x1b[200~\x1b[1;5A\xff\xc3\x00\x1b[99999999999999999999~\x01")
            view.press("?")
            view.see(r"^KEYS")
            view.press("x")
            self.assertEqual(view.see(r"^> .* 14141414 ").split("\n")[1:], before)


class Load(unittest.TestCase):
    def test_what_takes_long_holds_up_no_requests(self):
        """A text that is in none of many records is looked for again and again."""
        with Terminal() as view:
            now = time.time_ns()
            records = request([log(f"record {i}", time=now) for i in range(5000)])
            for _ in range(20):
                self.assertEqual(view.post("/v1/logs", records)[0], 200)
            view.press("6/is in none\r")
            view.see(r"^/is in none", "nothing has this text")
            answers = []
            sender = threading.Thread(target=lambda: answers.extend(
                view.post("/v1/logs", request([log(f"later {i}", time=now)]))[0]
                for i in range(200)))
            sender.start()
            for key in ("w", "l") * 20:
                view.press(key)
                view.read(0.05)
            sender.join(PATIENCE)
            self.assertEqual(answers, [200] * 200)
            view.press(ESC)
            view.see(r"^> .* later 199", r"100,200 logs")


class Opening(unittest.TestCase):
    def test_a_trace_is_a_tree_with_its_logs(self):
        with Terminal() as view:
            now = time.time_ns()
            ids = [i.to_bytes(8, "big") for i in range(1, 5)]
            view.post("/v1/traces", request([
                span(trace_id(7), ids[0], "GET /rides", start=now, end=now + 90 * MS, kind=2),
                span(trace_id(7), ids[1], "match \x1b[2J", ids[0], now + 10 * MS, now + 50 * MS,
                     error="nobody near", attrs={"drivers": 0, "zone": "해태"},
                     events=[("retry", {"attempt": 2})]),
                span(trace_id(7), ids[2], "SELECT", ids[1], now + 20 * MS, now + 30 * MS, kind=3),
                span(trace_id(7), ids[3], "render", ids[0], now + 60 * MS, now + 80 * MS)]))
            view.post("/v1/logs", request([
                log("looked at 12", time=now + 20 * MS, trace=trace_id(7), span_id=ids[1],
                    attrs={"radius": 3.5}),
                log("of no span", 17, time=now + 95 * MS, trace=trace_id(7))]))
            view.press("4")
            view.see(r"07070707")
            view.press(ENTER)
            rows = view.see(r"^TRACE  " + trace_id(7).hex() + r"  90.0 ms  .* 4 spans",
                            r"of no span").split("\n")
            tree = [row[2:16].rstrip() for row in rows[5:11]]
            self.assertEqual(tree, ["GET /rides", "├─ match \\x1b[", "│  │  · +20.0",
                                    "│  └─ SELECT", "└─ render", "· +95.0 ms  er"])
            self.assertRegex(rows[6], r"^  ├─ match \\x1b\[2J +███████ +40.0 ms .*ERROR nobody n…$")
            self.assertRegex(rows[7], r"^  │  │  · \+20.0 ms  info  looked at 12$")
            view.press(DOWN + ENTER)  # a span
            view.see(r"^SPAN", r"message +nobody near", r"duration +40.0 ms", r"zone +해태",
                     r"event +retry", r"attempt +2$")
            view.press(ESC)
            view.see(r"^TRACE", r"^> ├─ match")
            view.press(DOWN + ENTER)  # a log record
            view.see(r"^LOG RECORD", r"text +looked at 12", r"radius +3.5",
                     "trace +" + trace_id(7).hex())
            view.press("/trace\r" + ENTER)  # from there to its trace
            view.see(r"^TRACE  ")
            view.press("\x7f" * 4)  # filter, and what was opened
            view.see(r"^TRACES ")

    def test_an_id_on_the_screen_can_be_looked_up(self):
        with Terminal() as view:
            feed(view)
            view.press("5/no map\r")
            digits = view.see(r"no map +04040404$") and view.chosen().split()[-1]
            self.assertEqual(digits, "04040404")
            self.assertEqual(self.look_up(view, digits, "--json"), (0, trace_id(4).hex()))
            self.assertEqual(self.look_up(view, "0404040", "--json")[0], 2)
            self.assertEqual(self.look_up(view, "0f0f0f0e", "--json")[0], 1)
            other = trace_id(4)[:15] + b"\xff"
            view.post("/v1/traces", request([span(other, b"rootroot")]))
            self.assertEqual(self.look_up(view, digits)[0], 2)  # two traces begin so
            self.assertEqual(self.look_up(view, other.hex()[:30], "--json")[0], 2)
            self.assertEqual(self.look_up(view, other.hex(), "--json"), (0, other.hex()))

    def look_up(self, view, digits, *arguments):
        result = subprocess.run(
            [view_process.PROGRAM, "trace", digits, "--url", f"http://127.0.0.1:{view.port}",
             *arguments], capture_output=True, text=True, timeout=PATIENCE, check=False)
        answer = json.loads(result.stdout)["trace_id"] if result.returncode == 0 else result.stderr
        return result.returncode, answer

    def test_from_a_service_to_a_trace(self):
        with Terminal() as view:
            feed(view)
            view.see("> dispatch")
            view.press(ENTER)
            self.assertNotIn("shop", view.see(r"^ROUTES  last 15m; only dispatch", r"^> dispatch"))
            view.press(ENTER)
            self.assertNotIn("POST", view.see(r"^TRACES .*; only GET /rides", "GET /rides"))
            view.press(ESC)
            view.see(r"^TRACES ", "POST /rides")

    def test_an_error_has_its_occurrences(self):
        with Terminal() as view:
            feed(view)
            view.press("5/eta\r" + ENTER)
            view.see(r"^ERROR  1–18 of 30  30 times in shop", r"^> .* a1a1a1a1 +GET /eta: no answer")
            view.press(ENTER)
            view.see(r"^TRACE  .*" + trace_id(0xa1).hex())

    def test_a_metric_has_its_series(self):
        with Terminal() as view:
            feed(view)
            view.press("7/rides\r" + ENTER)
            view.see(r"^METRIC  rides {city=Seoul}", r"^> zone=1 +5$", r"^  zone=2 +7$")

    def test_alerts(self):
        rules = ("every: 1s\nrules:\n  - name: Calls\n    kind: error_rate\n    service: dispatch\n"
                 "    window: 5m\n    above: 0.01\n    severity: critical\n")
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            file.write(rules)
            file.flush()
            with Terminal("--rules", file.name) as view:
                feed(view)
                view.see(r"^FIRING ALERTS", r"firing +critical +Calls ")
                view.press("8")
                view.see(r"^ALERTS", r"^> firing +critical +Calls ")
                view.press(ENTER)
                view.see(r"^ALERT\b", r"rule +Calls", r"value +0\.2$")


class TheTerminal(unittest.TestCase):
    def test_typed_keys_are_not_echoed_and_it_is_given_back(self):
        for ending in ("q", "\x03", signal.SIGTERM, signal.SIGHUP, signal.SIGINT, "/typed\x03"):
            with Terminal() as view:
                view.see(r"^SERVICES")
                self.assertTrue(view.is_raw())
                self.assertTrue(view.screen.alternate and not view.screen.cursor)
                view.press("xyz")
                view.press("?")
                self.assertNotIn("xyz", view.see(r"^KEYS"))
                view.press("x")
                view.see(r"^SERVICES")
                if isinstance(ending, str):
                    view.press(ending)
                else:
                    view.process.send_signal(ending)
                view.wait(lambda _: "Nothing received yet" in view.screen.after, "the summary")
                self.assertEqual(view.process.wait(PATIENCE), 0)
                self.assertEqual(termios.tcgetattr(view.slave), view.settings, ending)
                self.assertTrue(view.screen.cursor and not view.screen.alternate)
                self.assertNotIn("xyz", view.screen.after)

    def test_it_stops_and_goes_on(self):
        with Terminal() as view:
            feed(view)
            view.press("4")
            view.see("14141414")
            view.press("\x1a")
            view.wait(lambda _: not view.screen.alternate and self.is_stopped(view), "it stops")
            self.assertEqual(termios.tcgetattr(view.slave), view.settings)
            view.process.send_signal(signal.SIGCONT)
            view.wait(lambda text: view.screen.alternate and "14141414" in text, "it goes on")
            self.assertTrue(view.is_raw())

    def is_stopped(self, view):
        with open(f"/proc/{view.process.pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "T"

    def test_every_size(self):
        with Terminal() as view:
            feed(view)
            for columns, lines in ((20, 5), (132, 43), (1, 1), (40, 10), (3, 2), (80, 12), (80, 24)):
                view.resize(columns, lines)
                for key in "12345678" + ENTER + ESC + "?x/hello\r" + ESC:
                    view.press(key)
                    view.read(0.05)
            view.press("1")
            view.see(*CONTENT[0])
            view.resize(20, 5)
            text = view.see(r"^> dis…")
            self.assertEqual(len(text.split("\n")), 5)

    def test_without_colours_and_in_ascii(self):
        with Terminal("--ascii", env={"NO_COLOR": "1"}) as view:
            feed(view)
            view.press("2")
            text = view.see(r"^.*\[2 Routes\]", r"REQUESTSv", r"dispatch +GET /rides +10 .*#")
            self.assertTrue(text.isascii(), text)

    def test_another_group_of_processes_has_it(self):
        """In the background nothing is drawn over what the shell does."""
        with Terminal(background=True) as view:
            feed(view)
            view.read(2.5)
            self.assertEqual((view.screen.after, view.screen.alternate), ("", False))
            self.assertEqual(termios.tcgetattr(view.slave), view.settings)


if __name__ == "__main__":
    view_process.PROGRAM = sys.argv.pop(1)
    unittest.main()
