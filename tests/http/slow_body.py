"""Is half-way through a request when the daemon is told to stop: it is answered, and nobody else is."""
import os
import signal
import socket
import sys
import time

path, daemon = sys.argv[1], int(sys.argv[2])


def connect():
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(20)
    client.connect(path)
    return client


half, idle = connect(), connect()
half.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
assert idle.recv(4096).startswith(b"HTTP/1.1 200")
time.sleep(0.3)
os.kill(daemon, signal.SIGTERM)
deadline = time.monotonic() + 10
while time.monotonic() < deadline:
    try:
        connect().close()
    except (ConnectionRefusedError, FileNotFoundError):
        break
    time.sleep(0.05)
else:
    sys.exit("it still takes connections")
half.sendall(b"cd")
answer = b""
while chunk := half.recv(4096):
    answer += chunk
assert answer.startswith(b"HTTP/1.1 200") and b"connection: close" in answer.lower(), answer
assert idle.recv(4096) == b""
