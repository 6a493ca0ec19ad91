#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The web page of haetae-view as it is served: its size, headers and bytes. No browser.

Usage: page_test.py PATH-TO-HAETAE-VIEW FOLDER-OF-THE-PAGE [unittest arguments]"""
import pathlib
import re
import sys
import unittest

import view_process
from view_process import View

PAGE = None
MOST_BYTES = 60_000
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FILES = {"/": "text/html; charset=utf-8", "/page.js": "text/javascript; charset=utf-8",
         "/style.css": "text/css; charset=utf-8"}
# Quoted text, and what is between.
TOKENS = re.compile(r"'(?:[^'\\\n]|\\.)*'|`(?:[^`\\\n]|\\.)*`|[^'`]+")
HOLES = re.compile(r"(\$\{(?:[^{}]|\{[^{}]*\})*\})")
WORD = re.compile(r"(?<![\w$])[A-Za-z_$][\w$]*")
REGEX = re.compile(r"(?<=[(=,:&|?!] )/(?![/*])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/|(?<=[(=,:&|?!])/(?![/*])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/")


def pieces(script):
    """Its code and its quoted texts in their order, as (is code, text)."""
    for piece in TOKENS.findall(script):
        if piece[0] == "`":
            for part in HOLES.split(piece):
                if part.startswith("${"):
                    yield False, "${"
                    yield from pieces(part[2:-1])
                    yield False, "}"
                elif part:
                    yield False, part
        else:
            yield piece[0] != "'", piece


def words(script, short=None):
    """Its quoted texts as they are, and the rest without what means nothing; names become short ones."""
    found = []
    for is_code, piece in pieces(script):
        if is_code:
            if short is not None:
                piece = re.sub(r"/\*.*?\*/", "", piece)
                piece = WORD.sub(lambda word: short.get(word[0], word[0]), piece)
                piece = re.sub(r"(?<![\w$.])0\.(?=\d)", ".", piece)
                piece = re.sub(r"(?<![\w$.])(true|false)(?![\w$])", lambda word: "!0" if word[0] == "true" else "!1", piece)
            found += re.sub(r"(?<=[\w$])\s+(?=[\w$])", "\0", piece).split()
        else:
            found.append(piece)
    text = re.sub(r"[;,](?=[\]})])", "", "".join(found))
    return re.sub(r";(?:const|let)(?:\0|(?=[{\[$]))", ",", text).replace("\0", " ")


def without_comments(script):
    """Also without imports and the word export."""
    lines = [line for line in script.splitlines() if not re.match(r"\s*//|import ", line)]
    return "\n".join(re.sub(r"(?<=[^'`]) // [^'`]*$", "", re.sub(r"^export ", "", line)) for line in lines)


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
                self.assertEqual((headers["Cache-Control"], headers["Vary"]), ("no-cache", "Accept"))
                tag = headers["ETag"]
                tags.add(tag)
                for known in (tag, f'"other", W/{tag}'):
                    status, headers, body = view.ask("GET", path, headers={**HTML, "If-None-Match": known})
                    self.assertEqual((status, body, headers["ETag"]), (304, b"", tag))
                self.assertEqual(view.ask("GET", path, headers={**HTML, "If-None-Match": '"other"'})[0], 200)
            self.assertEqual(len(tags), len(FILES))

    def test_only_names_of_this_machine_get_the_page(self):
        with View() as view:
            self.assertEqual(view.ask("GET", "/", headers={**HTML, "Host": "evil.example"})[0], 403)

    def test_the_page_is_small(self):
        with View() as view:
            sizes = {path: len(view.ask("GET", path, headers=HTML)[2]) for path in FILES}
            self.assertLessEqual(sum(sizes.values()), MOST_BYTES, sizes)
            self.assertTrue(all(sizes.values()))


class Sources(unittest.TestCase):
    def modules(self):
        order = re.search(r"set\(modules ([^)]*)\)", (PAGE / "embed.cmake").read_text())[1].split()
        self.assertEqual(sorted(order), sorted(path.stem for path in PAGE.glob("*.js")))
        return {name: (PAGE / f"{name}.js").read_text() for name in order}

    def names(self):
        """Short names by the long ones that are not served, and what is declared before all else."""
        text = (PAGE / "names.cmake").read_text()
        browser, own = (re.search(rf"set\({name}\s([^)]*)\)", text)[1].split() for name in ("browser_names", "names"))
        self.assertEqual(len(set(browser + own)), len(browser + own))
        letters = [chr(65 + i) for i in range(26)]
        short = dict(zip(browser + own, letters + [chr(97 + i) + letter for i in range(26) for letter in letters], strict=False))
        self.assertEqual(len(short), len(browser + own))
        return short, "const " + ",".join(f"{short[name]}={name}" for name in browser) + ";\n"

    def test_what_is_served_is_the_modules_without_spaces_and_with_short_names(self):
        sources = "\n".join(map(without_comments, self.modules().values()))
        short, declared = self.names()
        with View() as view:
            served = view.ask("GET", "/page.js")[2].decode()
        self.assertTrue(served.startswith(declared))
        self.maxDiff = 2000
        self.assertEqual(words(served[len(declared):]), words(sources, short))
        for template in re.findall(r"`(?:[^`\\\n]|\\.)*`", sources):
            self.assertEqual(template.count("{"), template.count("}"), "a template inside of " + template)

    def test_short_names_are_of_names_that_only_the_page_knows(self):
        sources = "\n".join(map(without_comments, self.modules().values()))
        short, declared = self.names()
        code = "\n".join(piece for is_code, piece in pieces(sources) if is_code)
        used = set(WORD.findall(REGEX.sub("", code)))
        self.assertEqual(used & set(short.values()), set(), "a short name is used")
        self.assertEqual(set(short) - used, set(), "nobody uses it")
        in_patterns = {word for pattern in REGEX.findall(code) for word in re.findall(r"\w+", pattern)}
        self.assertEqual(in_patterns & set(short), set(), "it is part of a pattern")
        docs = "".join((PAGE / "../../../docs" / name).read_text() for name in ("view.md", "alerts.md"))
        members = set(re.findall(r'"([A-Za-z_]\w*)"\s*:', docs))
        self.assertIn("error_share", members)
        self.assertEqual(members & set(short), set(), "it is a member of an answer")
        # A name is what somebody declares, is given, or makes a property of.
        made = set(re.findall(r"[{(,[]\s*(?:\.\.\.)?(\w+)(?=\s*[,})\]=:])|\b(?:const|let|function|class)\s+(\w+)|(\w+)\s*=>", code))
        known = {name for found in made for name in found if name} | set(re.findall(r"(\w+) =", code))
        self.assertEqual(set(short) - known - set(re.findall(r"=(\w+)", declared)), set(), "nobody declares it")

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
    unittest.main()
