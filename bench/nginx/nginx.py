#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the module of examples/nginx costs a request. ../README.md says how it is measured.

Usage: nginx.py NGINX MODULE RECEIVER [--requests N] [--runs N] [--quick] [--profile FOLDER]
RECEIVER is peer_receiver. --profile keeps the files of callgrind there.
"""
import argparse
import contextlib
import getpass
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

VARIANTS = {  # name: (directives of http, whether the module is loaded)
    "without the module": ("", False),
    "off": ("", True),
    "1 % recorded": ("haetae on; haetae_log error; haetae_endpoint {receiver};"
                     " haetae_sample_ratio 0.01;", True),
    "all recorded": ("haetae on; haetae_log error; haetae_endpoint {receiver};", True),
    "all, no collector": ("haetae on; haetae_log error; haetae_endpoint {nobody};"
                          " haetae_shutdown_timeout 100ms;", True),
}
# At most, above nginx without the module: instructions and nanoseconds of the event thread.
TARGETS = {"1 % recorded": (300, 200), "all recorded": (2200, 800)}
TARGET_WORKER_NS = 500

CONFIGURATION = """
{load}
user {user};
daemon off;
master_process {master};
worker_processes 1;
pid nginx.pid;
error_log error.log error;
events {{ worker_connections 64; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path client;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    {directives}
    server {{
        listen 127.0.0.1:{port};
        server_name bench.example;
        root html;
        location /pages/ {{ }}
    }}
}}
"""
PAGE = b"x" * 1024
REQUEST = (b"GET /pages/index.html?page=7 HTTP/1.1\r\nHost: bench.example:8080\r\n"
           b"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101\r\n"
           b"Accept: text/html,application/xhtml+xml\r\nAccept-Language: en\r\n\r\n")
PATIENCE = 120


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Nginx:
    """nginx in one of the variants; `with` starts and ends it."""

    def __init__(self, options, variant, endpoint, master=True, prefix=()):
        directives, loads = VARIANTS[variant]
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="haetae-bench-nginx-"))
        self.port = free_port()
        self.master = master
        self.command = [*prefix, options.nginx, "-p", f"{self.folder}/", "-c", "nginx.conf",
                        "-e", "error.log"]
        (self.folder / "html/pages").mkdir(parents=True)
        (self.folder / "html/pages/index.html").write_bytes(PAGE)
        (self.folder / "nginx.conf").write_text(CONFIGURATION.format(
            load=f"load_module {options.module};" if loads else "", port=self.port,
            user=getpass.getuser(), master="on" if master else "off",
            directives=directives.format(receiver=endpoint,
                                         nobody=f"http://127.0.0.1:{free_port()}")))
        self.process = None

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port)).close()
                return self
            if self.process.poll() is not None or time.monotonic() > end:
                log = self.folder / "error.log"
                sys.exit("bench-nginx: nginx does not start: " +
                         (log.read_text() if log.exists() else ""))
            time.sleep(0.02)

    def __exit__(self, *_):
        end = time.monotonic() + PATIENCE
        try:
            # Without a master, a signal before epoll_wait() is seen after the next one only.
            while self.process.poll() is None and time.monotonic() < end:
                self.process.send_signal(signal.SIGQUIT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(1)
        finally:
            self.process.kill()
            self.process.wait()
            shutil.rmtree(self.folder, ignore_errors=True)

    def worker_pid(self):
        if not self.master:
            return self.process.pid
        pid = self.process.pid
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            if children:
                return int(children[0])
            time.sleep(0.01)
        sys.exit("bench-nginx: nginx has no worker")


def load(port, connections, requests):
    """Sends the requests, one at a time on each of the connections, which stay open."""
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(socket.create_connection(("127.0.0.1", port), PATIENCE))
                   for _ in range(connections)]
        for _ in range(requests // connections):
            for client in clients:
                client.sendall(REQUEST)
            for client in clients:
                answer = b""
                while not answer.endswith(b"\r\n\r\n" + PAGE):
                    part = client.recv(65536)
                    if not part:
                        sys.exit(f"bench-nginx: an answer ends with {answer[-200:]}")
                    answer += part
        if not answer.startswith(b"HTTP/1.1 200 "):
            sys.exit(f"bench-nginx: an answer begins with {answer[:40]}")


# ---- CPU time ---------------------------------------------------------------------------

def cpu_ns(pid):
    """(of the event thread, of all other threads of the worker)"""
    times = {int(task.name): int((task / "schedstat").read_text().split()[0])
             for task in pathlib.Path(f"/proc/{pid}/task").iterdir()}
    own = times.pop(pid)
    return own, sum(times.values())


def measure_cpu(options, variant, endpoint):
    """Nanoseconds of a request: (event thread, haetae's threads). The spans wait for at most one
    second here, so that the worker's part falls into what is measured."""
    with Nginx(options, variant, endpoint) as nginx:
        pid = nginx.worker_pid()
        load(nginx.port, options.connections, options.requests // 10)
        time.sleep(1)
        before = cpu_ns(pid)
        load(nginx.port, options.connections, options.requests)
        event = cpu_ns(pid)[0] - before[0]
        time.sleep(options.settle_s)
        others = cpu_ns(pid)[1] - before[1]
    return event / options.requests, others / options.requests


# ---- Instructions -----------------------------------------------------------------------

def count_instructions(options, variant, endpoint, requests, folder):
    """Of the event thread, from start to end."""
    out = pathlib.Path(folder) / f"{re.sub('[^a-z0-9]+', '_', variant)}_{requests}"
    callgrind = ["valgrind", "--tool=callgrind", "--separate-threads=yes",
                 f"--callgrind-out-file={out}"]
    with Nginx(options, variant, endpoint, master=False, prefix=callgrind) as nginx:
        load(nginx.port, 1, requests)
    text = pathlib.Path(f"{out}-01").read_text(encoding="utf-8", errors="replace")
    return int(re.search(r"^(?:totals|summary): (\d+)", text, re.M)[1])


def measure_instructions(options, variant, endpoint, folder):
    """Of a request: what more of them cost more."""
    few, many = options.counted // 5, options.counted
    return (count_instructions(options, variant, endpoint, many, folder) -
            count_instructions(options, variant, endpoint, few, folder)) / (many - few)


# ---- Reporting --------------------------------------------------------------------------

def added(value, base):
    return f"{value - base:+,.0f}"


def print_table(instructions, cpu):
    head = "without the module"
    print(f"| {'a request of a static page':26} | instructions | added | target | "
          f"event thread, ns | added | target | haetae's threads, ns | target |")
    print(f"|{'-' * 28}|-------------:|------:|-------:|-----------------:|------:|-------:|"
          f"---------------------:|-------:|")
    for name in VARIANTS:
        event, worker = cpu[name]
        targets = [f"{t:+,}" for t in TARGETS[name]] if name in TARGETS else ["", ""]
        counted = ([f"{instructions[name]:,.0f}", added(instructions[name], instructions[head])]
                   if instructions else ["", ""])
        print(f"| {name:26} | {counted[0]:>12} | {counted[1]:>5} | {targets[0]:>6} "
              f"| {event:16,.0f} | {added(event, cpu[head][0]):>5} | {targets[1]:>6} "
              f"| {worker:20,.0f} | {TARGET_WORKER_NS if name in TARGETS else '':>6} |")


@contextlib.contextmanager
def receiver(program):
    """Yields the endpoint; the receiver ends with its standard input."""
    with subprocess.Popen([program, "1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as process:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"


def read_options():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("nginx")
    arguments.add_argument("module")
    arguments.add_argument("receiver")
    arguments.add_argument("--requests", type=int, default=40_000)
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--quick", action="store_true")
    arguments.add_argument("--profile", metavar="FOLDER")
    options = arguments.parse_args(sys.argv[1:] + os.environ.get("BENCH_FLAGS", "").split())
    options.connections = 8
    options.counted = 6000
    options.settle_s = 6  # by then the last spans are sent
    if options.quick:
        options.requests, options.runs, options.counted, options.settle_s = 4000, 1, 1000, 1
    return options


def main():
    options = read_options()
    instructions = {}
    cpu = {}
    with receiver(options.receiver) as endpoint, contextlib.ExitStack() as stack:
        folder = options.profile or stack.enter_context(tempfile.TemporaryDirectory())
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        if shutil.which("valgrind"):
            for name in VARIANTS:
                instructions[name] = measure_instructions(options, name, endpoint, folder)
        else:
            print("bench-nginx: no instructions: there is no valgrind", file=sys.stderr)
        for _ in range(options.runs):
            for name in VARIANTS:
                found = measure_cpu(options, name, endpoint)
                cpu[name] = tuple(map(min, found, cpu.get(name, found)))
    print_table(instructions, cpu)
    print(f"\ninstructions of the event thread by callgrind; CPU time by schedstat, the least of "
          f"{options.runs} runs of {options.requests:,} requests")


if __name__ == "__main__":
    main()
