# SPDX-License-Identifier: Apache-2.0
"""Builds, starts and stops the OpenTelemetry Collector of the interop tests."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

SOURCE = pathlib.Path(__file__).resolve().parent / "collector"
READY_SECONDS = 60
STOP_SECONDS = 120


class Unavailable(Exception):
    """The collector is not available on this machine."""


def _go(arguments, source=SOURCE):
    """Runs go in the collector's folder, or another, with pinned modules only."""
    environment = dict(os.environ, GOTOOLCHAIN="local", GOWORK="off")
    environment["GOFLAGS"] = "-mod=readonly -buildvcs=false"
    return subprocess.run(["go", *arguments], cwd=source, env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _fetch_modules(package=".", source=SOURCE):
    """Raises Unavailable when the modules can't be fetched. One that does not
    match go.sum is no such case: it is an error."""
    listed = _go(["list", "-deps", "-f", "{{.ImportPath}}", package], source)
    if listed.returncode == 0:
        return
    lines = [line for line in listed.stderr.splitlines()
             if line.strip() and not line.startswith("go: downloading ")]
    reason = "\n".join(lines[:5])
    if "SECURITY ERROR" in listed.stderr or "missing go.sum entry" in listed.stderr:
        raise RuntimeError("the collector's modules do not match go.sum:\n" + listed.stderr)
    raise Unavailable(f"the collector's Go modules can't be had:\n{reason}")


def module_folder(module):
    """The folder with the sources of one of the collector's modules. Raises Unavailable
    when it can't be fetched."""
    if shutil.which("go") is None:
        raise Unavailable("Go is not installed, so its modules can't be had")
    _fetch_modules()
    listed = _go(["list", "-m", "-f", "{{.Dir}}", module])
    if listed.returncode != 0 or not listed.stdout.strip():
        raise RuntimeError(f"Go has no folder of {module}:\n{listed.stderr}")
    return listed.stdout.strip()


def build(folder, package=".", name="haetae-otelcol", source=SOURCE):
    """Builds the collector, or another program of its folder or of the folder `source`, into `folder`
    and returns the program's path. Fast when nothing changed: go keeps its own cache."""
    if shutil.which("go") is None:
        raise Unavailable("Go is not installed, so there is no collector to build")
    _fetch_modules(package, source)
    folder = pathlib.Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    built = _go(["build", "-trimpath", "-ldflags=-s -w", "-o", str(program), package],
                source)
    if built.returncode != 0:
        raise RuntimeError(f"{name} does not build:\n{built.stderr}")
    return program


def _receiver(protocol, listen, brokers):
    if protocol == "kafka":
        return {"kafka": {"brokers": [brokers], "initial_offset": "earliest"}}
    return {"otlp": {"protocols": {protocol: {"endpoint": "127.0.0.1:0", "include_metadata": True, **listen}}}}


def _configuration(exporter, path, receiver):
    """The collector's configuration. JSON is YAML as well."""
    pipeline = {"receivers": list(receiver), "exporters": [exporter]}
    return json.dumps({
        "receivers": receiver,
        "exporters": {exporter: {"path": str(path)}},
        "service": {
            "pipelines": {signal_: pipeline for signal_ in ("traces", "metrics", "logs")},
            "telemetry": {"metrics": {"level": "none"}, "logs": {"level": "warn"}},
        },
    }, indent=2)


def _listening_port(pid):
    """The TCP port on which a process listens, or None. The kernel chose the port,
    so no other process can take it in between."""
    inodes = set()
    for link in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(link)
        except OSError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[len("socket:["):-1])
    for line in pathlib.Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and fields[9] in inodes:
            return int(fields[1].split(":")[1], 16)
    return None


class Running:
    """A running collector. Its files lie beside `stem`, whose last part they begin with. `env` is added to its
    environment. Use it in a with statement, or stop() it."""

    def __init__(self, program, stem, configuration_files, listens=True, env=None):
        self._log_path = pathlib.Path(f"{stem}.collector.log")
        self._log = open(self._log_path, "wb")
        words = [word for path in configuration_files for word in ("--config", f"file:{path}")]
        self._process = subprocess.Popen([str(program), *words], env=os.environ | (env or {}),
                                         stdout=self._log, stderr=subprocess.STDOUT)
        self._killed = False
        try:
            self.port = self._await_port() if listens else None
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise

    def _await_port(self):
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"the collector ended at its start:\n{self.log()}")
            port = _listening_port(self._process.pid)
            if port is not None:
                return port
            time.sleep(0.02)
        raise RuntimeError(f"the collector does not listen:\n{self.log()}")

    def log(self):
        return self._log_path.read_text(errors="replace")

    def stop(self):
        """Stops the collector in order. Its output is complete then."""
        if self._killed:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise RuntimeError(f"the collector does not stop:\n{self.log()}") from None
        if code != 0:
            raise RuntimeError(f"the collector ended with {code}:\n{self.log()}")

    def kill(self):
        """Ends the collector as a crash does."""
        self._killed = True
        self._process.kill()
        self._process.wait()

    def cpu_seconds(self):
        """User and system time of all its threads until now."""
        fields = pathlib.Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self):
        pages = int(pathlib.Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        try:
            if kind is None:
                self.stop()
        finally:
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            self._log.close()


class Collector(Running):
    """A running collector that writes to `path` with one of its exporters
    ("jsonlines" or "count"), and takes OTLP by one protocol ("http" or "grpc"), or what is in the topics
    of Kafka ("kafka", with the address of a broker). `listen` has more settings of its OTLP receiver."""

    def __init__(self, program, exporter, path, protocol="http", brokers=None, listen=None):
        listen = listen or {}
        self.path = pathlib.Path(path)
        self.path.unlink(missing_ok=True)
        config = self.path.with_suffix(".yaml")
        config.write_text(_configuration(exporter, self.path, _receiver(protocol, listen, brokers)))
        super().__init__(program, self.path.with_suffix(""), [config], listens=brokers is None)
        scheme = "https" if "tls" in listen else "http"
        self.endpoint = f"{scheme}://127.0.0.1:{self.port}" if brokers is None else None
