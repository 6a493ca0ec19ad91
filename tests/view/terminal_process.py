# SPDX-License-Identifier: Apache-2.0
"""A haetae-view in a terminal of its own: keys can be pressed and its screen be read."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
import unicodedata

from view_process import PATIENCE, View


class Screen:
    """As much of a terminal as haetae-view uses. What it does not know is an error, so that nothing
    else can reach a real one."""

    SEQUENCE = re.compile(r"\x1b\[(\??)([0-9;]*)([A-Za-z])")

    def __init__(self, columns, lines):
        self.resize(columns, lines)
        self.alternate = False
        self.cursor = True
        self.rest = ""
        self.after = ""  # what came on the other screen

    def resize(self, columns, lines):
        self.columns, self.lines = columns, lines
        self.cells = [[" "] * columns for _ in range(lines)]
        self.line = self.column = 0
        self.shown = []       # the rows of the last frame that was complete
        self.overflow = ""    # how this frame leaves the screen
        self.strict = False   # frames for another size no longer come

    def feed(self, text):
        text = self.rest + text
        self.rest = ""
        while text:
            if text[0] == "\x1b":
                match = self.SEQUENCE.match(text)
                if not match:
                    assert len(text) < 12, repr(text[:40])
                    self.rest = text
                    return
                self.obey(*match.groups())
                text = text[match.end():]
            else:
                self.put(text[0])
                text = text[1:]

    def obey(self, private, numbers, what):
        key = private + numbers + what
        if what == "m" and not private:
            return
        if key in ("?1049h", "?1049l"):
            self.alternate = what == "h"
        elif key in ("?25h", "?25l"):
            self.cursor = what == "h"
        elif key == "H":
            self.line = self.column = 0
            self.overflow = ""
        elif key == "K":
            self.cells[self.line][self.column:] = [" "] * (self.columns - self.column)
        elif key == "J":
            self.cells[self.line][self.column:] = [" "] * (self.columns - self.column)
            for line in range(self.line + 1, self.lines):
                self.cells[line] = [" "] * self.columns
            self.end_frame()
        else:
            raise AssertionError("the terminal does not know " + repr(key))

    def end_frame(self):
        """A frame fills the screen, and nothing of it lies outside."""
        if not self.overflow and self.line + 1 == self.lines:
            self.strict = True
            self.shown = ["".join(line).rstrip() for line in self.cells]
        assert not self.strict or not self.overflow, self.overflow

    def put(self, character):
        if not self.alternate:
            self.after += character
        elif character == "\r":
            self.column = 0
        elif character == "\n":
            if self.line + 1 < self.lines:
                self.line += 1
            else:
                self.overflow = "the screen scrolls"
        else:
            assert character.isprintable(), repr(character)
            width = 0 if unicodedata.combining(character) else \
                2 if unicodedata.east_asian_width(character) in "WF" else 1
            if self.column + width > self.columns:
                self.overflow = "a line is too long: " + "".join(self.cells[self.line])
                return
            if width > 0:
                self.cells[self.line][self.column] = character
            if width == 2:
                self.cells[self.line][self.column + 1] = ""
            self.column += width

    def rows(self):
        return self.shown

    def text(self):
        return "\n".join(self.rows())


class Terminal(View):
    """A running haetae-view whose standard input and output are a terminal, and its controlling one."""

    def __init__(self, *arguments, columns=80, lines=24, env=None, background=False):
        self.master, self.slave = pty.openpty()
        self.screen = Screen(columns, lines)
        self.bytes = b""
        self.set_size(columns, lines)
        self.settings = termios.tcgetattr(self.slave)
        super().__init__(*arguments, stdin=self.slave, stdout=self.slave,
                         env={"TERM": "xterm", "LC_ALL": "C.UTF-8", **(env or {})},
                         before=self.take_as_second if background else self.take_terminal)

    def take_terminal(self):
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def take_as_second(self):
        """Another process, which stands for a shell, has the foreground until this one ends."""
        self.take_terminal()
        ready, write_end = os.pipe()
        if os.fork() == 0:
            os.setpgid(0, 0)
            signal.signal(signal.SIGTTOU, signal.SIG_IGN)
            os.tcsetpgrp(0, os.getpgrp())
            os.write(write_end, b"x")
            os.closerange(2, 1024)
            while True:
                signal.pause()
        os.read(ready, 1)

    def __exit__(self, *failure):
        try:
            super().__exit__(*failure)
        finally:
            os.close(self.master)
            os.close(self.slave)

    def set_size(self, columns, lines):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def resize(self, columns, lines):
        """As a window is: what was drawn for the old size may still come."""
        self.screen.resize(columns, lines)
        self.set_size(columns, lines)
        self.wait(lambda _: self.screen.strict, "a frame of the new size")

    def press(self, keys):
        os.write(self.master, keys.encode() if isinstance(keys, str) else keys)

    def read(self, seconds):
        """Takes what is written, if something is."""
        if select.select([self.master], [], [], seconds)[0]:
            self.bytes += os.read(self.master, 65536)
            # A character may have come in part.
            text = self.bytes.decode("utf-8", "ignore")
            self.bytes = self.bytes[len(text.encode()):]
            self.screen.feed(text)

    def wait(self, condition, what=""):
        """Reads until a condition holds for the screen's text."""
        end = time.monotonic() + PATIENCE
        while not condition(self.screen.text()):
            if time.monotonic() > end:
                raise AssertionError(f"never: {what}\n{self.screen.text()}")
            self.read(0.2)
        return self.screen.text()

    def see(self, *patterns):
        """Reads until all patterns are on the screen."""
        return self.wait(lambda text: all(re.search(p, text, re.MULTILINE) for p in patterns),
                         f"{patterns} is seen")

    def see_no(self, pattern):
        return self.wait(lambda text: not re.search(pattern, text, re.MULTILINE),
                         f"{pattern} is gone")

    def is_raw(self):
        return not termios.tcgetattr(self.slave)[3] & (termios.ECHO | termios.ICANON)

    def chosen(self):
        """The row with the mark."""
        rows = [row for row in self.screen.rows() if row.startswith(">")]
        return rows[0] if rows else ""
