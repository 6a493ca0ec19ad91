# SPDX-License-Identifier: Apache-2.0
"""A haetae-view that runs, for tests that feed it over HTTP."""
import contextlib
import http.client
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import urllib.parse

PROGRAM = None  # the path of haetae-view
PATIENCE = 60   # seconds after which a test is taken to hang
PROTOBUF = {"Content-Type": "application/x-protobuf"}


class View:
    """A running haetae-view."""

    def __init__(self, *arguments, env=None, stdin=None, stdout=subprocess.PIPE,
                 before=None):
        self.directory = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.directory.name)
        port_file = self.folder / "port"
        self.process = subprocess.Popen(
            [PROGRAM, "--listen", "127.0.0.1:0", "--port-file", str(port_file), *arguments],
            stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, text=stdout == subprocess.PIPE,
            preexec_fn=before, env={**os.environ, "TZ": "UTC", **(env or {})})
        self.first_line = self.process.stderr.readline()
        end = time.monotonic() + PATIENCE
        while not port_file.exists():
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError("haetae-view did not start: " + self.first_line)
            time.sleep(0.01)
        self.port, self.grpc_port, *_ = [*map(int, port_file.read_text().split()), None]

    def __enter__(self):
        return self

    def __exit__(self, failure, *_):
        """Every test is one of an orderly end, too; a sanitizer speaks up there."""
        code, err = 0, ""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                _, err = self.process.communicate(timeout=PATIENCE)
                code = self.process.returncode
            except subprocess.TimeoutExpired:
                self.process.kill()
                code = self.process.wait()
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()
        self.directory.cleanup()
        if failure is None and (code, err or "") != (0, ""):
            raise AssertionError(f"haetae-view ended with {code}: {err}")

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def ask(self, method, path, body=None, headers=None):
        """Returns status, headers and body of the answer."""
        connection = self.connect()
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def post(self, path, body, **headers):
        headers = {**PROTOBUF, **{k.replace("_", "-"): v for k, v in headers.items()}}
        return self.ask("POST", path, body, headers)

    def totals(self):
        status, headers, body = self.ask("GET", "/totals.json")
        assert status == 200 and headers["Content-Type"] == "application/json"
        return json.loads(body)

    def question(self, path, code=200, /, **arguments):
        """The answer to a question of the API, read."""
        path = "/api/" + path + ("?" + urllib.parse.urlencode(arguments) if arguments else "")
        status, headers, body = self.ask("GET", path)
        assert status == code, (status, body)
        assert headers["Content-Type"] == "application/json", headers["Content-Type"]
        return json.loads(body)

    def stop(self, number=signal.SIGTERM):
        """Ends it and returns exit status, standard output and standard error."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, self.first_line + (err or "")


@contextlib.contextmanager
def view_with_rules(test, text):
    """A haetae-view with these rules of alerts; the test is skipped where it was built without them."""
    with tempfile.TemporaryDirectory() as folder:
        rules = pathlib.Path(folder) / "rules.yaml"
        rules.write_text(text)
        try:
            view = View("--rules", str(rules))
        except AssertionError as error:
            if "libyaml" in str(error):
                test.skipTest("haetae-view was built without libyaml")
            raise
        with view:
            yield view
