# SPDX-License-Identifier: Apache-2.0
"""A recording session of LTTng-UST for one program after the other."""
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

# So much that nothing is discarded: this is about cost, not about full buffers.
CHANNEL = ["--userspace", "--discard", "--subbuf-size=1M", "--num-subbuf=8"]
EVENTS = "haetae_bench:*"


def children_of(parent, wanted):
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                text = (path / "stat").read_text()
            except OSError:
                continue  # it has just ended
            name, rest = text[text.index("(") + 1:].rsplit(")", 1)
            if int(rest.split()[1]) == parent and name == wanted:
                yield int(path.name)


def cpu_ns(pid):
    """CPU time of a process, by its threads, which the kernel knows more exactly."""
    return sum(int((task / "schedstat").read_text().split()[0])
               for task in Path(f"/proc/{pid}/task").iterdir())


class Daemon:
    """The session daemon: the one that runs, else one of our own. Use it by `with`."""

    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="haetae-lttng-")
        self.process = None
        # A user's own daemon lives below LTTNG_HOME; root's is the machine's.
        self.env = os.environ | {"LTTNG_HOME": self.home}

    def __enter__(self):
        if not self.answers():
            self.process = subprocess.Popen(["lttng-sessiond", "--no-kernel"], env=self.env,
                                            stdout=subprocess.DEVNULL,
                                            stderr=subprocess.DEVNULL)
            deadline = time.monotonic() + 20
            while not self.answers():
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.__exit__()
                    raise RuntimeError("no session daemon could be started")
                time.sleep(0.1)
        return self

    def __exit__(self, *_):
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    def ask(self, *arguments):
        return subprocess.run(["lttng", "--no-sessiond", *arguments], env=self.env, text=True,
                              capture_output=True, check=True).stdout

    def answers(self):
        try:
            self.ask("list")
        except subprocess.CalledProcessError:
            return False
        return True

    def pid(self):
        if self.process is not None:
            return self.process.pid
        for folder in ("/var/run/lttng", Path.home() / ".lttng"):
            try:
                return int((Path(folder) / "lttng-sessiond.pid").read_text())
            except (OSError, ValueError):
                continue
        raise RuntimeError("the session daemon's pid is not known")

    def consumer_cpu_ns(self):
        return sum(cpu_ns(pid) for pid in children_of(self.pid(), "lttng-consumerd"))

    def record(self, first, run):
        """Calls first(env), at whose events the buffers are made, and run(env), in a session
        of their own. Returns what run() returned, the events that were discarded, and the
        CPU time of the consumer daemon during run()."""
        name = f"haetae-bench-{os.getpid()}"
        self.ask("create", name, f"--output={self.home}/trace")
        try:
            self.ask("enable-channel", *CHANNEL, f"--session={name}", "bench")
            self.ask("enable-event", "--userspace", EVENTS, f"--session={name}",
                     "--channel=bench")
            self.ask("start", name)
            first(self.env)
            before = self.consumer_cpu_ns()
            result = run(self.env)
            self.ask("stop", name)  # waits until all is written
            consumer_ns = self.consumer_cpu_ns() - before
            counts = re.findall(r"Discarded events: (\d+)", self.ask("list", name))
            if not counts:
                raise RuntimeError("lttng does not say how much it discarded")
        finally:
            self.ask("destroy", name)
            shutil.rmtree(f"{self.home}/trace", ignore_errors=True)
        return result, sum(map(int, counts)), consumer_ns
