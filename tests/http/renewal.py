"""A new certificate while connections are open: they go on, and whoever comes next sees the new one; but for a broken one."""
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import time

port, daemon, log = int(sys.argv[1]), int(sys.argv[2]), pathlib.Path(sys.argv[3])
trust = ssl.create_default_context(cafile="ca.crt")


def connect():
    return trust.wrap_socket(socket.create_connection(("127.0.0.1", port), 20), server_hostname="localhost")


def ask(client):
    client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    answer = b""
    while not answer.endswith(b"ok\n"):
        chunk = client.recv(4096)
        assert chunk, answer
        answer += chunk
    assert answer.startswith(b"HTTP/1.1 200"), answer


def seen():
    """The certificate that a new connection is shown."""
    with connect() as client:
        ask(client)
        return client.getpeercert(True)


def own(name):
    return ssl.PEM_cert_to_DER_cert(pathlib.Path(name).read_text(encoding="ascii"))


def reload(event):
    def count():
        return log.read_text(encoding="utf-8").count(f'"event":"{event}"')

    before = count()
    os.kill(daemon, signal.SIGHUP)
    deadline = time.monotonic() + 60
    while count() == before:
        assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
        time.sleep(0.05)


old = connect()
ask(old)
assert seen() == own("server.crt")

pathlib.Path("names").write_text("subjectAltName=DNS:localhost", encoding="ascii")
subprocess.run("openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 7 -extfile names -out renewed.crt".split(),
               check=True, stderr=subprocess.DEVNULL)
before = own("server.crt")
os.replace("renewed.crt", "server.crt")
renewed = own("server.crt")
assert renewed != before
assert seen() == before  # nobody has been told yet
reload("reloaded")
assert seen() == renewed
ask(old)

whole = pathlib.Path("server.crt").read_bytes()
for broken in (b"", whole[:len(whole) // 2], b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
               pathlib.Path("ca.crt").read_bytes()):  # which the key is not of
    pathlib.Path("server.crt").write_bytes(broken)
    reload("reload.failed")
    assert seen() == renewed, broken
os.remove("server.crt")
reload("reload.failed")
assert seen() == renewed
ask(old)
pathlib.Path("server.crt").write_bytes(whole)
reload("reloaded")
ask(old)
