# SPDX-License-Identifier: Apache-2.0
"""A real broker of Apache Kafka, by itself (KRaft), on ports of 127.0.0.1 that it picks. Its jars come from
Maven's registry, pinned in broker/pom.xml."""

import pathlib
import shlex
import shutil
import signal
import socket
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
FETCH_SECONDS = 540
READY_SECONDS = 90
STOP_SECONDS = 60
CLUSTER = "AAAAAAAAAAAAAAAAAAAAAA"


class Unavailable(Exception):
    """There is no broker on this machine."""


def _fetch(folder):
    """The folder with the jars, which is filled once. Raises Unavailable."""
    libraries = folder / "libs"
    if libraries.is_dir():
        return libraries
    for tool, package in (("java", "default-jre-headless"), ("mvn", "maven")):
        if shutil.which(tool) is None:
            raise Unavailable(f"{tool} is not installed (Debian package: {package})")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "broker" / "pom.xml", folder)
    fetched = subprocess.run(["mvn", "--quiet", "--batch-mode", "dependency:copy-dependencies",
                              "-DincludeScope=runtime", "-DoutputDirectory=libs.new"],
                             cwd=folder, text=True, timeout=FETCH_SECONDS,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if fetched.returncode != 0:
        raise Unavailable(f"Kafka's jars cannot be had:\n{fetched.stdout[-1000:]}")
    (folder / "libs.new").rename(libraries)
    return libraries


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Broker:
    """A broker that runs. Use it in a with statement."""

    def __init__(self, folder, more=""):
        """Raises Unavailable. `folder` keeps the jars; data lie in a folder below it that is made anew. `more` are
        further lines of the broker's properties."""
        folder = pathlib.Path(folder).resolve()
        self._jars = _fetch(folder)
        self._data = folder / "data"
        shutil.rmtree(self._data, ignore_errors=True)
        self._data.mkdir()
        port, controller = _free_ports(2)
        self.address = f"127.0.0.1:{port}"
        self._port = port
        self._properties = self._data / "server.properties"
        self._properties.write_text(f"""
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://{self.address},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://{self.address}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={self._data}/logs
num.partitions=1
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
group.initial.rebalance.delay.ms=0
{more}
""")
        self._java("kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", self._properties)
        self._process = None
        self.start()

    def _command(self, *words):
        return ["java", "-Xmx512m", "-cp", f"{self._jars}/*", *map(str, words)]

    def _java(self, *words):
        subprocess.run(self._command(*words), check=True, timeout=READY_SECONDS,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self):
        """Starts it, with the data that are there, and waits until it listens."""
        self._process = subprocess.Popen(self._command("kafka.Kafka", self._properties),
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"the broker ended with {self._process.returncode}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.1)
        raise RuntimeError("the broker does not listen")

    def write_tools(self):
        """Writes kafka-topics.sh, as Kafka's distribution has it, and returns its folder."""
        folder = self._data / "bin"
        folder.mkdir(exist_ok=True)
        tool = folder / "kafka-topics.sh"
        words = shlex.join(self._command("org.apache.kafka.tools.TopicCommand"))
        tool.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
        tool.chmod(0o755)
        return folder

    def create_topic(self, name, partitions):
        self._java("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", self.address,
                   "--create", "--topic", name, "--partitions", partitions,
                   "--replication-factor", "1")

    def kill(self):
        """Ends it as a crash does."""
        self._process.kill()
        self._process.wait()

    def pause(self, seconds):
        """Lets it hang: connections stay, and nothing answers."""
        self._process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self._process.send_signal(signal.SIGCONT)

    def stop(self):
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.stop()
