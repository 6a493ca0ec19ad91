#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The web page of haetae-view as it is served: its size, headers and bytes. No browser.

Usage: page_test.py PATH-TO-HAETAE-VIEW FOLDER-OF-THE-PAGE [unittest arguments]"""
import gzip
import pathlib
import re
import sys
import unittest

import view_process
from view_process import View

PAGE = None
MOST_BYTES = 45_000
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FILES = {}
def source_of(path):
    return PAGE / (path[1:] or "index.html")


class Serving(unittest.TestCase):
    def test_a_browser_gets_the_page_and_others_get_text(self):
        with View() as view:
            for accept in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}):
                status, headers, body = view.ask("GET", "/", headers=accept)
                self.assertEqual((status, headers["Content-Type"]), (200, "text/plain; charset=utf-8"))
                self.assertIn(b"/v1/traces", body)
                self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            for path, kind in FILES.items():
                status, headers, body = view.ask("GET", path, headers=HTML)
                self.assertEqual((status, headers["Content-Type"]), (200, kind))
                self.assertEqual(int(headers["Content-Length"]), len(body))
                status, headers, nothing = view.ask("HEAD", path, headers=HTML)
                self.assertEqual((status, int(headers["Content-Length"]), nothing), (200, len(body), b""))
                self.assertNotEqual(view.ask("POST", path, b"", HTML)[0], 200)

    def test_the_page_may_run_nothing_but_its_own_script(self):
        with View() as view:
            for path in FILES:
                _, headers, body = view.ask("GET", path, headers=HTML)
                policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
                self.assertEqual(policy["default-src"], "'none'")
                self.assertEqual(policy["script-src"], "'self'")
                self.assertEqual(policy["style-src"], "'self'")
                self.assertEqual(policy["connect-src"], "'self'")
                self.assertEqual(policy["img-src"], "'self' data:")
                for nothing in ("frame-ancestors", "base-uri", "form-action", "trusted-types"):
                    self.assertEqual(policy[nothing], "'none'")
                self.assertEqual(policy["require-trusted-types-for"], "'script'")
                self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
                self.assertEqual(headers["X-Frame-Options"], "DENY")
                self.assertEqual(headers["Referrer-Policy"], "no-referrer")
                self.assertIsNone(headers["Access-Control-Allow-Origin"])
                self.assertNotRegex(body.decode(), r"https?://(?!www\.w3\.org/2000/svg)")

    def test_a_browser_asks_again_by_the_tag(self):
        with View() as view:
            tags = set()
            for path in FILES:
                _, headers, _ = view.ask("GET", path, headers=HTML)
                self.assertEqual((headers["Cache-Control"], headers["Vary"]), ("no-cache", "Accept, Accept-Encoding"))
                tag = headers["ETag"]
                tags.add(tag)
                for known in (tag, f'"other", {tag}'):
                    status, headers, body = view.ask("GET", path, headers={**HTML, "If-None-Match": known})
                    self.assertEqual((status, body, headers["ETag"]), (304, b"", tag))
                self.assertEqual(view.ask("GET", path, headers={**HTML, "If-None-Match": '"other"'})[0], 200)
            self.assertEqual(len(tags), len(FILES))

    def test_only_names_of_this_machine_get_the_page(self):
        with View() as view:
            self.assertEqual(view.ask("GET", "/", headers={**HTML, "Host": "evil.example"})[0], 403)

    def test_what_is_served_are_the_files_as_they_are(self):
        with View() as view:
            for path in FILES:
                self.assertEqual(view.ask("GET", path, headers=HTML)[2], source_of(path).read_bytes(), path)

    def test_a_browser_gets_it_compressed_and_small(self):
        with View() as view:
            total = 0
            for path in FILES:
                status, headers, body = view.ask("GET", path, headers={**HTML, "Accept-Encoding": "br, gzip;q=0.9"})
                self.assertEqual((status, headers["Content-Encoding"]), (200, "gzip"))
                self.assertEqual(gzip.decompress(body), source_of(path).read_bytes(), path)
                total += len(body)
            self.assertLessEqual(total, MOST_BYTES)

    def test_who_does_not_take_gzip_gets_none(self):
        with View() as view:
            for refused in ("", "br", "gzip;q=0", "gzip; q=0.000, br", "x-gzip2", "identity"):
                _, headers, body = view.ask("GET", "/app.js", headers={**HTML, "Accept-Encoding": refused})
                self.assertIsNone(headers["Content-Encoding"], refused)
                self.assertEqual(body, source_of("/app.js").read_bytes())
            for taken in ("gzip", "deflate,GZIP", "gzip;q=0.001", "br;q=1, gzip"):
                _, headers, _ = view.ask("GET", "/app.js", headers={**HTML, "Accept-Encoding": taken})
                self.assertEqual(headers["Content-Encoding"], "gzip", taken)


class Sources(unittest.TestCase):
    def modules(self):
        return {path.stem: path.read_text() for path in sorted(PAGE.glob("*.js"))}

    def test_each_module_imports_what_it_uses_and_no_names_clash(self):
        declared = {}
        for name, text in self.modules().items():
            for word in re.findall(r"^(?:export )?(?:async )?(?:const|let|function|class) (\w+)", text, re.M):
                self.assertFalse(word in declared, f"{name} and {declared.get(word)} declare {word}")
                declared[word] = name
        for name, text in self.modules().items():
            imports = {word: module for words, module in re.findall(r"^import \{ (.*) \} from './(\w+)\.js';$", text, re.M)
                       for word in words.split(", ")}
            self.assertEqual(len(re.findall(r"^import ", text, re.M)), len(set(imports.values())), name)
            code = re.sub(r"^import .*$|//.*$", "", text, flags=re.M)
            for word, module in imports.items():
                self.assertEqual(declared.get(word), module, f"{name} imports {word}")
                self.assertRegex(code, rf"\b{word}\b", f"{name} does not use {word}")
            bare = re.sub(r"'(?:[^'\\\n]|\\.)*'", "''", code)
            bare = re.sub(r"`([^`]*)`", lambda t: " ".join(re.findall(r"\$\{([^}]*)\}", t[1])), bare)
            for word, module in declared.items():
                if module != name and word not in imports:
                    # A call of it, that is no method, property or parameter of the same name.
                    used = re.search(rf"(?<![\w.$]){word}\(", bare)
                    local = re.search(rf"\b(?:const|let)\b[^;=]*\b{word}\b|\(?[^()]*\b{word}\b[^()]*\)? =>|\b{word}\(.*\) \{{$", bare, re.M)
                    self.assertFalse(used and not local, f"{name} uses {word} of {module} without importing it")

    def test_nothing_makes_html_of_text(self):
        for name, text in self.modules().items():
            self.assertNotRegex(text, r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc\s*=", name)


if __name__ == "__main__":
    view_process.PROGRAM = sys.argv.pop(1)
    PAGE = pathlib.Path(sys.argv.pop(1))
    FILES = {"/": "text/html; charset=utf-8", "/style.css": "text/css; charset=utf-8"}
    FILES.update({f"/{module.name}": "text/javascript; charset=utf-8" for module in PAGE.glob("*.js")})
    unittest.main()
