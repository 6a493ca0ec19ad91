# SPDX-License-Identifier: Apache-2.0
"""nginx with the module, or without it where MODULE is none, below a temporary folder, on a free port of 127.0.0.1."""
import getpass
import http.client
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time

NGINX = None
MODULE = None
PATIENCE = 60  # seconds after which a test is taken to hang

CONFIGURATION = """
{load}
user {user};
worker_processes {workers};
pid nginx.pid;
error_log error.log notice;
{main}
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path client;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    {http}
    server {{
        listen 127.0.0.1:{port}{listen};
        server_name first.example;
        root html;
        {server}
    }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Nginx:
    """Starts with `with`, and ends by SIGQUIT, which lets the workers export what they have."""

    def __init__(self, http="", server="", main="", workers=1, listen=""):
        self.directory = tempfile.TemporaryDirectory(prefix="haetae-nginx-")
        self.folder = pathlib.Path(self.directory.name)
        (self.folder / "html").mkdir()
        (self.folder / "html/index.html").write_text("hello\n")
        self.port = free_port()
        self.workers = workers
        self.listen = listen  # what follows address and port
        self.process = None
        self.configure(http, server, main)

    def configure(self, http="", server="", main=""):
        (self.folder / "nginx.conf").write_text(CONFIGURATION.format(
            load="" if MODULE is None else f"load_module {MODULE};", user=getpass.getuser(),
            workers=self.workers, port=self.port, listen=self.listen, main=main, http=http, server=server))

    def command(self, *more):
        return [NGINX, "-p", str(self.folder) + "/", "-c", "nginx.conf", "-e", "error.log", *more]

    def test(self):
        """The messages of `nginx -t`, and whether it takes the configuration."""
        done = subprocess.run(self.command("-t"), stderr=subprocess.PIPE, text=True)
        return done.stderr, done.returncode == 0

    def __enter__(self):
        for _ in range(10):
            self.process = subprocess.Popen(self.command("-g", "daemon off;"),
                                            stderr=subprocess.PIPE)
            if self._serves():
                return self
            # Somebody else was faster to take the port.
            conf = self.folder / "nginx.conf"
            port = free_port()
            conf.write_text(conf.read_text().replace(f"127.0.0.1:{self.port}",
                                                     f"127.0.0.1:{port}"))
            self.port = port
        raise AssertionError(f"nginx does not start: {self.log()}")

    def _serves(self):
        """False: it has ended."""
        self.wait_until(lambda: self.process.poll() is not None or
                        len(self.worker_pids()) == self.workers)
        return self.process.poll() is None

    def __exit__(self, *_):
        self.stop()
        self.directory.cleanup()

    def stop(self, by=signal.SIGQUIT):
        """Ends nginx and returns the exit status of its master."""
        if self.process.poll() is None:
            self.process.send_signal(by)
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.stderr.close()

    def reload(self):
        """Waits until the workers of before have ended, having exported what they had."""
        before = self.worker_pids()
        self.process.send_signal(signal.SIGHUP)
        self.wait_until(lambda: not before & self.worker_pids())

    def worker_pids(self):
        try:
            children = pathlib.Path(
                f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        except OSError:
            return set()
        return {int(pid) for pid in children.split()}

    def kill_worker(self):
        """Kills the only worker as a crash would, and waits for another one."""
        (pid,) = self.worker_pids()
        os.kill(pid, signal.SIGKILL)
        self.wait_until(lambda: len(self.worker_pids() - {pid}) == 1)

    @staticmethod
    def wait_until(condition):
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise AssertionError("nginx hangs")
            time.sleep(0.01)

    def log(self):
        return (self.folder / "error.log").read_text()

    def get(self, path, headers=None, method="GET", body=None):
        """(status, headers, body)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        pairs = list(headers.items() if isinstance(headers, dict) else headers or ())
        connection.putrequest(method, path, skip_accept_encoding=True,
                              skip_host=any(name == "Host" for name, _ in pairs))
        for name, value in pairs:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        result = response.status, response.headers, response.read()
        connection.close()
        return result

    def send(self, raw):
        """Sends bytes and returns all that is answered."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as connection:
            connection.sendall(raw)
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
            return answer
