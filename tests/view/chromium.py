# SPDX-License-Identifier: Apache-2.0
"""Headless Chromium, driven over its DevTools protocol by a pipe: messages of JSON that end
with a zero byte."""
import base64
import fcntl
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time

NAMES = ("chromium", "chromium-headless-shell", "chromium-browser", "google-chrome")
PATIENCE = 60  # seconds after which a test is taken to hang
POLL = 0.02
KEYS = {"Enter": (13, "\r"), "Escape": (27, None), "Tab": (9, None), " ": (32, " ")}

# Each thing that the browser refuses by the content security policy.
COLLECT = """
window.refused = [];
document.addEventListener('securitypolicyviolation', e => refused.push(e.violatedDirective + ' ' + e.blockedURI));
"""


def find():
    """The path of a Chromium; None where there is none."""
    named = os.environ.get("CHROMIUM")
    return named if named else next(filter(None, map(shutil.which, NAMES)), None)


class Failed(Exception):
    pass


class Chromium:
    def __init__(self, path):
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        their_in, self.write_fd = os.pipe()
        self.read_fd, their_out = os.pipe()
        # Chromium reads from 3 and writes to 4; until then neither is one of these.
        theirs = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10) for fd in (their_in, their_out)]
        os.close(their_in)
        os.close(their_out)

        def connect():
            os.dup2(theirs[0], 3)
            os.dup2(theirs[1], 4)

        # The sandbox needs what a root of a container lacks; the only site is the program under test.
        arguments = [path, "--headless", "--no-sandbox", "--remote-debugging-pipe", "--disable-gpu",
                     "--disable-dev-shm-usage", "--no-first-run", "--no-default-browser-check",
                     "--disable-background-networking", "--disable-component-update", "--disable-sync",
                     "--disable-extensions", "--mute-audio", "--hide-scrollbars",
                     f"--user-data-dir={self.folder.name}", "about:blank"]
        self.log = open(pathlib.Path(self.folder.name) / "log", "w+", encoding="utf-8", errors="replace")
        self.process = subprocess.Popen(
            arguments, preexec_fn=connect, close_fds=False, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env={**os.environ, "TZ": "UTC", "LANG": "C.UTF-8"}, start_new_session=True)
        for fd in theirs:
            os.close(fd)
        self.last_id = 0
        self.buffer = b""
        self.answers = {}
        self.events = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close")
            self.process.wait(10)
        except (Failed, OSError, subprocess.TimeoutExpired):
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)  # the group is its own
        except ProcessLookupError:
            pass
        self.process.wait()
        os.close(self.read_fd)
        os.close(self.write_fd)
        self.log.close()
        self.folder.cleanup()

    def read(self, seconds):
        if not select.select([self.read_fd], [], [], seconds)[0]:
            return
        piece = os.read(self.read_fd, 1 << 20)
        if not piece:
            self.log.seek(0)
            raise Failed("chromium ended: " + self.log.read()[-2000:])
        *messages, self.buffer = (self.buffer + piece).split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self.answers[message["id"]] = message
            else:
                self.events.append(message)

    def call(self, method, session=None, **params):
        self.last_id += 1
        message = {"id": self.last_id, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.write_fd, data):]
        end = time.monotonic() + PATIENCE
        while self.last_id not in self.answers:
            if time.monotonic() > end:
                raise Failed(f"no answer to {method}")
            self.read(1)
        answer = self.answers.pop(self.last_id)
        if "error" in answer:
            raise Failed(f"{method}: {answer['error']}")
        return answer["result"]

    def page(self, width=1440, height=900, dark=False):
        return Page(self, width, height, dark)


class Page:
    def __init__(self, browser, width, height, dark):
        self.browser = browser
        self.target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")
        self.call("Page.addScriptToEvaluateOnNewDocument", source=COLLECT)
        self.resize(width, height)
        self.scheme("dark" if dark else "light")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.browser.call("Target.closeTarget", targetId=self.target)

    def call(self, method, **params):
        return self.browser.call(method, self.session, **params)

    def resize(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def scheme(self, value):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": value}])

    def open(self, url):
        self.call("Page.navigate", url=url)

    def run(self, script):
        """The value of an expression; a promise is waited for."""
        result = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise Failed(f"{script}: {json.dumps(result['exceptionDetails'])[:2000]}")
        return result["result"].get("value")

    def wait(self, script, seconds=PATIENCE):
        """Waits until an expression is true, and returns its value."""
        end = time.monotonic() + seconds
        while True:
            try:
                value = self.run(f"(value => value instanceof Node || value)({script})")
            except Failed:  # between two documents
                value = None
            if value:
                return value
            if time.monotonic() > end:
                raise Failed(f"never came: {script}\n{self.text()[:3000]}\n{self.problems()}")
            time.sleep(POLL)

    def text(self):
        return self.run("document.body.innerText")

    def key(self, *names):
        for name in names:
            code, text = KEYS.get(name, (ord(name[0].upper()), name))
            common = {"key": name, "windowsVirtualKeyCode": code}
            self.call("Input.dispatchKeyEvent", type="keyDown", **common, **({"text": text} if text else {}))
            self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def mouse(self, kind, x, y, buttons=0):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, buttons=buttons,
                  button="left" if kind != "mouseMoved" else "none", clickCount=1)

    def place(self, selector):
        return self.run(f"(b => [b.left, b.top, b.width, b.height])(document.querySelector({json.dumps(selector)}).getBoundingClientRect())")

    def click(self, selector):
        self.run(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center'}})")
        left, top, width, height = self.place(selector)
        for kind, buttons in (("mouseMoved", 0), ("mousePressed", 1), ("mouseReleased", 0)):
            self.mouse(kind, left + width / 2, top + height / 2, buttons)

    def choose_file(self, selector, path):
        document = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=document, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(path)])

    def choose(self, label, value):
        """Chooses of a <select> with an aria-label."""
        self.run(f"(s => {{ s.value = {json.dumps(value)}; s.dispatchEvent(new Event('change', {{bubbles: true}})); }})"
                 f"(document.querySelector('select[aria-label={json.dumps(label)}]'))")

    def problems(self):
        """Exceptions, errors of the console and refusals by the policy since it was asked last."""
        found = []
        refused = self.run("window.refused ? refused.splice(0) : []")  # events come before its answer
        events, self.browser.events = self.browser.events, []
        for event in events:
            if event.get("sessionId") != self.session:
                continue
            method, params = event["method"], event["params"]
            if method == "Runtime.exceptionThrown":
                found.append(json.dumps(params["exceptionDetails"])[:1000])
            elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "assert"):
                found.append(json.dumps(params["args"])[:1000])
            elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
                found.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
        return found + refused

    def picture(self, path, whole=False):
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        pathlib.Path(path).write_bytes(base64.b64decode(shot["data"]))
