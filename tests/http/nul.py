"""A NUL in a header: libmicrohttpd 0.9.75 takes the value for what is before it, and shows nobody the rest. A server in front
has to refuse the whole request, so that it never comes to the daemon."""
import socket
import sys

for field in (b"Content-Length: 4\0 70", b"Content-Length: 4\0", b"Content\0-Length: 4", b"Transfer-Encoding: chunked\0x",
              b"Host: x\0y", b"X: \0"):
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(20)
    client.connect(sys.argv[1])
    client.sendall(b"POST / HTTP/1.1\r\nHost: app\r\n" + field + b"\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\nHost: app\r\n\r\n")
    answer = b""
    try:
        while chunk := client.recv(4096):
            answer += chunk
    except ConnectionResetError:
        pass
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 501")), (field, answer)  # 401 would be the daemon's
    assert answer.count(b"HTTP/1.1") == 1, (field, answer)
