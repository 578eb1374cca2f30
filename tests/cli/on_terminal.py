#!/usr/bin/env python3
"""Runs a command on a terminal of its own and types at it when it asks.

  on_terminal.py TYPED... -- COMMAND...

Each TYPED answers one prompt (text that ends in ": " or "] "); ^C and ^D are those keys. Standard input and error of the
command are the terminal; its standard output is ours. What the terminal showed goes to standard error, and the exit code is
the command's; 99 when the command left the terminal without echo.
"""
import os
import pty
import select
import sys
import termios
import time

split = sys.argv.index("--")
answers, command = sys.argv[1:split], sys.argv[split + 1:]
KEYS = {"^C": b"\x03", "^D": b"\x04"}

output = os.dup(1)
pid, terminal = pty.fork()
if pid == 0:
    os.dup2(output, 1)
    os.execvp(command[0], command)

shown = b""
seen = 0
deadline = time.monotonic() + 60
while time.monotonic() < deadline:
    ready, _, _ = select.select([terminal], [], [], 0.05)
    if ready:
        try:
            data = os.read(terminal, 4096)
        except OSError:
            break  # the other side has closed
        if not data:
            break
        shown += data
    if answers and shown[seen:].endswith((b": ", b"] ")):
        seen = len(shown)
        answer = answers.pop(0)
        os.write(terminal, KEYS.get(answer) or answer.encode() + b"\n")

_, status = os.waitpid(pid, 0)
sys.stderr.buffer.write(shown.replace(b"\r\n", b"\n"))
if not termios.tcgetattr(terminal)[3] & termios.ECHO:
    sys.exit(99)
sys.exit(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))
