"""Starts the daemon as systemd would: with a socket that listens already, and one to report to."""
import os
import signal
import socket
import sys
import time

program, token = sys.argv[1:]
report = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
report.bind(os.path.abspath("notify.sock"))
report.settimeout(20)
listener = socket.socket(socket.AF_UNIX)
listener.bind(os.path.abspath("activated.sock"))
listener.listen(16)


def start(**environment):
    child = os.fork()
    if child == 0:
        os.dup2(listener.fileno(), 3)
        os.environ.update({"NOTIFY_SOCKET": os.path.abspath("notify.sock"), "LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid()),
                           "WATCHDOG_USEC": "600000", "WATCHDOG_PID": str(os.getpid()), **environment})
        under = os.environ.get("TOKCTL_UNDER", "").split()
        os.execvp([*under, program][0], [*under, program, "serve"])
    return child


def hear(wanted):
    while (message := report.recv(4096).decode()) != wanted:
        assert message == "WATCHDOG=1" or message.startswith("RELOADING=1\nMONOTONIC_USEC="), message


def ask():
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(20)
    client.connect("activated.sock")
    client.sendall(f"GET /auth HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    answer = b""
    while chunk := client.recv(4096):
        answer += chunk
    return answer


child = start()
hear("READY=1")
assert ask().startswith(b"HTTP/1.1 200")
begun = time.monotonic()
for _ in range(5):
    hear("WATCHDOG=1")
assert time.monotonic() - begun < 4
os.kill(child, signal.SIGHUP)
assert report.recv(4096).decode().startswith(("RELOADING=1\n", "WATCHDOG=1"))
hear("READY=1")
os.kill(child, signal.SIGTERM)
hear("STOPPING=1")
assert os.waitpid(child, 0)[1] == 0
assert os.path.exists("activated.sock")  # it is systemd's

# Who comes while it is away is answered when it is back.
late = socket.socket(socket.AF_UNIX)
late.connect("activated.sock")
late.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
child = start()
hear("READY=1")
late.settimeout(20)
assert late.recv(4096).startswith(b"HTTP/1.1 200")
os.kill(child, signal.SIGTERM)
assert os.waitpid(child, 0)[1] == 0
