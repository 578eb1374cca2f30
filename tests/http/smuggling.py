"""Requests of which a server in front may think otherwise than the daemon where they end: no part of one is ever answered
as a request of its own, and whoever comes after them is answered as ever."""
import socket
import sys

PATH = sys.argv[1]
HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: HIDDEN\r\n\r\n"
SIZE, HEX = b"%d" % len(HIDDEN), b"%x" % len(HIDDEN)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNKS = HEX + b"\r\n" + HIDDEN + b"\r\n0\r\n\r\n"


def request(headers, body=HIDDEN, line=b"POST /introspect HTTP/1.1"):
    return line + b"\r\nHost: x\r\n" + headers + b"\r\n" + body


def length(text, name=b"Content-Length", separator=b": "):
    return request(name + separator + text + b"\r\n")


ATTEMPTS = {
    "a coding and a length": request(b"Content-Length: 4\r\n" + CHUNKED, b"0\r\n\r\n" + HIDDEN),
    "a length and a coding": request(CHUNKED + b"Content-Length: " + SIZE + b"\r\n", b"0\r\n\r\n" + HIDDEN),
    "two lengths": request(b"Content-Length: 0\r\nContent-Length: " + SIZE + b"\r\n"),
    "two lengths, turned": request(b"Content-Length: " + SIZE + b"\r\nContent-Length: 0\r\n"),
    "a list of lengths": length(b"0, " + SIZE),
    "a list of one length": length(SIZE + b", " + SIZE),
    "a length with a plus": length(b"+" + SIZE),
    "a length below zero": length(b"-0"),
    "a length in hexadecimal": length(b"0x" + HEX),
    "a length with more behind it": length(b"0;" + SIZE),
    "a length of two words": length(b"0 " + SIZE),
    "an empty length": length(b""),
    "a length of 2^64": length(b"18446744073709551616"),
    "a length of 2^64 and more": length(b"184467440737095516160"),
    "a length underscored": request(b"Content-Length: " + SIZE + b"\r\nContent_Length: 0\r\n"),
    "a length before a space": length(SIZE, separator=b" : "),
    "a length before a tab": length(SIZE, separator=b"\t: "),
    "a length behind a space": length(SIZE, name=b" Content-Length"),
    "a length behind a vertical tab": length(b"\x0b" + SIZE),
    "a length with NUL in its name": length(SIZE, name=b"Content\x00-Length"),
    "a length behind a bare CR": request(b"X: y\rContent-Length: " + SIZE + b"\r\n"),
    "no coding": request(b"Transfer-Encoding: identity\r\nContent-Length: " + SIZE + b"\r\n"),
    "an unknown coding": request(b"Transfer-Encoding: xchunked\r\n", CHUNKS),
    "two codings": request(b"Transfer-Encoding: identity, chunked\r\n", CHUNKS),
    "two codings, turned": request(b"Transfer-Encoding: chunked, identity\r\n", CHUNKS),
    "two headers of codings": request(CHUNKED + b"Transfer-Encoding: identity\r\n", CHUNKS),
    "a coding behind a vertical tab": request(b"Transfer-Encoding: \x0bchunked\r\n", CHUNKS),
    "a coding before a space": request(b"Transfer-Encoding : chunked\r\n", CHUNKS),
    "a coding on a line of its own": request(b"Transfer-Encoding:\r\n chunked\r\n", CHUNKS),
    "a coding in quotes": request(b'Transfer-Encoding: "chunked"\r\n', CHUNKS),
    "a coding with a parameter": request(b"Transfer-Encoding: chunked;a=b\r\n", CHUNKS),
    "a coding in HTTP/1.0": request(CHUNKED, CHUNKS, b"POST /introspect HTTP/1.0"),
    "a chunk of 0x": request(CHUNKED, b"0x" + CHUNKS),
    "a chunk with a plus": request(CHUNKED, b"+" + CHUNKS),
    "a chunk below zero": request(CHUNKED, b"-" + CHUNKS),
    "a chunk behind a space": request(CHUNKED, b" " + CHUNKS),
    "a chunk of 2^64": request(CHUNKED, b"10000000000000000\r\n" + HIDDEN),
    "a chunk of 2^64 and more": request(CHUNKED, b"1" + HEX.rjust(17, b"0") + b"\r\n" + HIDDEN + b"\r\n0\r\n\r\n"),
    "a chunk whose extension has a line": request(CHUNKED, b"2;\nxx\r\n" + HEX + b"\r\n0\r\n\r\n" + HIDDEN),
    "chunks with bare LF": request(CHUNKED, HEX + b"\n" + HIDDEN + b"\n0\n\n"),
    "a chunk that is longer than it says": request(CHUNKED, b"5\r\nhelloXX0\r\n\r\n" + HIDDEN),
    "a chunk of nothing": request(CHUNKED, b"\r\n" + HIDDEN),
    "a chunk of no number": request(CHUNKED, b"zz\r\n" + HIDDEN),
    "a body where none belongs": request(b"Content-Length: " + SIZE + b"\r\n", HIDDEN, b"GET /auth HTTP/1.1"),
    "chunks where none belong": request(CHUNKED, CHUNKS, b"GET /auth HTTP/1.1"),
    "a body under HEAD": request(b"Content-Length: " + SIZE + b"\r\n", HIDDEN, b"HEAD /auth HTTP/1.1"),
    "a body under a refused method": request(b"Content-Length: " + SIZE + b"\r\n", HIDDEN, b"DELETE /auth HTTP/1.1"),
    "a body under an unknown method": request(b"Content-Length: " + SIZE + b"\r\n", HIDDEN, b"FOO /auth HTTP/1.1"),
    "a body for nobody": request(b"Content-Length: " + SIZE + b"\r\n", HIDDEN, b"POST /nothing HTTP/1.1"),
    "a body under CONNECT": request(b"", HIDDEN, b"CONNECT x:80 HTTP/1.1"),
    "no body": request(b""),
    "a body that is too long": request(b"Content-Length: 70000\r\n", HIDDEN * 1500),
    "a body that is too long under GET": request(b"Content-Length: 70000\r\n", HIDDEN * 1500, b"GET /auth HTTP/1.1"),
    "an expectation": request(b"Expect: 100-continue\r\nContent-Length: " + SIZE + b"\r\n"),
    "an unknown expectation": request(b"Expect: 200-ok\r\nContent-Length: " + SIZE + b"\r\n"),
    "an upgrade": request(b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: " + SIZE + b"\r\n"),
    "lines with bare LF": b"POST /introspect HTTP/1.1\nHost: x\nContent-Length: " + SIZE + b"\n\n" + HIDDEN,
    "two hosts": request(b"Host: y\r\nContent-Length: " + SIZE + b"\r\n"),
    "a header without a name": request(b": x\r\nContent-Length: " + SIZE + b"\r\n"),
    "a header without a colon": request(b"nonsense\r\nContent-Length: " + SIZE + b"\r\n"),
    "HTTP/1.2": request(b"Content-Length: " + SIZE + b"\r\n", HIDDEN, b"POST /introspect HTTP/1.2"),
    "HTTP/2.0": request(b"Content-Length: " + SIZE + b"\r\n", HIDDEN, b"POST /introspect HTTP/2.0"),
    "HTTP/0.9": b"GET /healthz\r\n\r\n" + HIDDEN,
    "a line of four words": request(b"Content-Length: " + SIZE + b"\r\n", HIDDEN, b"POST /introspect x HTTP/1.1"),
}


def connect():
    client = socket.socket(socket.AF_UNIX)
    client.connect(PATH)
    return client


def answer(raw, patience):
    """All that comes back, until the end or for as long as there is patience."""
    client, got = connect(), b""
    client.settimeout(patience)
    try:
        client.sendall(raw)
        while chunk := client.recv(65536):
            got += chunk
    except (TimeoutError, ConnectionResetError, BrokenPipeError):
        pass
    client.close()
    return got


failures = []
for name, raw in ATTEMPTS.items():
    got = answer(raw, 0.5)
    if b"HIDDEN" in got:
        failures.append(f"{name}: what is hidden in it was answered: {got!r}")
    if b"HTTP/1.1 200" in got:
        failures.append(f"{name} was taken for a good request: {got!r}")

# Two good requests in one go are two, or the tests above show nothing.
if b"HIDDEN" not in answer(HIDDEN.replace(b"HIDDEN", b"first") + HIDDEN, 2):
    failures.append("a second request on a connection is not answered")
print(*failures, sep="\n")
sys.exit(1 if failures else 0)
