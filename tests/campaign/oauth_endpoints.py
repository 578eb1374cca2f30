"""A token endpoint does everything it should not. Each time: within bounds of time and memory, the right exit code, and
nothing lost."""
import ctypes
import http.server
import json
import os
import ssl
import subprocess
import threading
import time

import lib

GOOD = json.dumps({"access_token": "new-access", "refresh_token": "new-refresh", "expires_in": 3600}).encode()
JSON = [("Content-Type", "application/json")]
SECRETS = [b"old-access", b"old-refresh", b"new-refresh", b"client-secret"]


class Endpoint(http.server.BaseHTTPRequestHandler):
    behave = None
    requests = []

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        Endpoint.requests.append(self.path)
        try:
            Endpoint.behave(self)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            pass

    def do_GET(self):
        Endpoint.requests.append("GET " + self.path)
        self.answer(200, GOOD)

    def answer(self, status, body, headers=()):
        self.send_response(status)
        for name, value in [*(headers or JSON), ("Content-Length", str(len(body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def serve(certificate=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    server.handle_error = lambda *_: None  # a client that does not trust us hangs up
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate + ".crt", certificate + ".key")
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def drip(handler):
    handler.send_response(200)
    for header in JSON:
        handler.send_header(*header)
    handler.end_headers()
    for byte in GOOD:
        handler.wfile.write(bytes([byte]))
        time.sleep(1)


def flood(handler):
    handler.send_response(200)
    for header in JSON:
        handler.send_header(*header)
    handler.end_headers()
    for _ in range(1024):
        handler.wfile.write(b" " * (1 << 20))


def headers_without_end(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(1 << 20):
        handler.wfile.write(b"X-%d: y\r\n" % number)


def says(status, body, headers=()):
    return lambda handler: handler.answer(status, body, headers)


def expiring(life):
    return says(200, GOOD.replace(b"3600", life))


def redirect(handler):
    handler.answer(307, b"", [("Location", f"http://localhost:{PLAIN}/elsewhere")])


def certificates(folder):
    """ca, and by it good, expired and other (a name that is not the host's); namesake is called as one the system
    trusts, so that the system's is opened by whoever looks there."""
    def openssl(*args):
        subprocess.run(["openssl", *args], check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *new, "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.crt", "-days", "30",
            "-addext", "basicConstraints=critical,CA:TRUE")
    with open(os.path.join(folder, "ca.conf"), "w", encoding="ascii") as file:
        file.write("[ca]\ndefault_ca=c\n[c]\ndatabase=index\nnew_certs_dir=.\nserial=serial\ndefault_md=sha256\n"
                   "policy=p\nunique_subject=no\ncopy_extensions=copy\n[p]\ncommonName=supplied\n")
    open(os.path.join(folder, "index"), "w").close()
    with open(os.path.join(folder, "serial"), "w", encoding="ascii") as file:
        file.write("01\n")
    for name, host, end in (("good", "localhost", "20491231000000Z"), ("expired", "localhost", "20200102000000Z"),
                            ("other", "example.com", "20491231000000Z")):
        openssl("req", *new, "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{host}", "-keyout", f"{name}.key",
                "-out", f"{name}.csr")
        openssl("ca", "-batch", "-config", "ca.conf", "-cert", "ca.crt", "-keyfile", "ca.key", "-in", f"{name}.csr",
                "-out", f"{name}.crt", "-startdate", "20200101000000Z", "-enddate", end)
    openssl("req", "-x509", *new, "-subj", "/C=US/O=Internet Security Research Group/CN=ISRG Root X1", "-addext",
            "subjectAltName=DNS:localhost", "-keyout", "namesake.key", "-out", "namesake.crt")
    return folder


store = lib.Store()
folder = certificates(lib.private_folder("certificates"))
store.env["SSL_CERT_FILE"] = os.path.join(folder, "ca.crt")
PLAIN = serve()
URLS = {"plain": f"http://localhost:{PLAIN}/token",
        "nowhere": "https://no-such-host.invalid/token",
        "closed": "http://localhost:1/token"}
for name in ("good", "expired", "other", "namesake"):
    URLS[name] = f"https://localhost:{serve(os.path.join(folder, name))}/token"
for name, url in URLS.items():
    store.ok("oauth", "provider", "add", name, "--client-id", "c", "--client-secret-stdin", "--token-url", url,
             stdin="client-secret")


def save(provider, life):
    store.ok("oauth", "save", "alice", "--provider", provider,
             stdin=json.dumps({"access_token": "old-access", "refresh_token": "old-refresh", "expires_in": life}))


def grant(provider):
    return store.ok("oauth", "list", "--provider", provider, "-o", "json").json["data"][0]


def measured(*args):
    """The answer and the most memory it took, in MiB."""
    answer = store.run(*args, under=["/usr/bin/python3", "-c", MEASURE, *lib.UNDER])
    out, _, peak = answer.out.rpartition(b"\0")
    answer.out = out
    return answer, int(peak) / 1024


MEASURE = """
import resource, subprocess, sys
ended = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE)
sys.stdout.buffer.write(ended.stdout + b"\\0" + str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss).encode())
sys.exit(ended.returncode)
"""


def attempt(what, provider, behave, served, expected=8):
    """Asks for an expired grant, then for one that is valid for another minute."""
    for life, code in ((0, expected), (119, 0)):
        save(provider, life)
        Endpoint.behave, Endpoint.requests[:] = behave, []
        if life:
            store.query(f"UPDATE oauth_grants SET obtained_at = obtained_at - 1000 WHERE provider = '{provider}'")
        answer, peak = measured("oauth", "get", "alice", "--provider", provider, "-o", "raw")
        lib.check(answer.code == code, f"{what}: exit {answer.code}, not {code}", answer)
        lib.check(answer.seconds < 18, f"{what}: {answer.seconds:.1f} s", answer)
        lib.check(lib.UNDER or peak < 64, f"{what}: {peak:.0f} MiB", answer)
        lib.decent(answer, SECRETS[1:])
        lib.check(Endpoint.requests == ["/token"] * (provider in served), f"{what}: asked {Endpoint.requests}", answer)
        now = grant(provider)
        if expected == 8:
            lib.check(answer.text == ("old-access" if life else ""), f"{what}: not what is valid", answer)
            lib.check(now["state"] == "active" and now["failures"] == 1 and now["refreshable"], f"{what}: {now}", answer)
            lib.check(now["retry_at_unix"] > time.time() + 10, f"{what}: tried again at once", answer)
        again = store.run("oauth", "get", "alice", "--provider", provider)
        lib.check(len(Endpoint.requests) <= 1, f"{what}: asked again at once", again)


SERVED = {"plain", "good"}
for what, behave in {
    "500": says(500, b"{}"),
    "503 with HTML": says(503, b"<html>old-refresh</html>", [("Content-Type", "text/html")]),
    "429": says(429, b"{}", [*JSON, ("Retry-After", "3600")]),
    "HTML": says(200, b"<html>login</html>", [("Content-Type", "text/html")]),
    "JSON that says it is HTML": says(200, GOOD, [("Content-Type", "text/html")]),
    "truncated JSON": says(200, GOOD[:-10]),
    "empty": says(200, b""),
    "no token": says(200, b"{}"),
    "a token with a line end": says(200, b'{"access_token":"a\\r\\nX: y"}'),
    "an access token twice": says(200, b'{"access_token":"a","access_token":"b"}'),
    "depth": says(200, b'{"x":' + b"[" * 10000 + b"]" * 10000 + b"}"),
    "garbage": lambda handler: handler.wfile.write(os.urandom(4096)),
    "nothing": lambda handler: handler.connection.close(),
    "one byte a second": drip,
    "a gigabyte": flood,
    "headers without end": headers_without_end,
    "a redirect": redirect,
    "our own fault": says(401, b'{"error":"invalid_client","error_description":"client-secret"}'),
}.items():
    attempt(what, "plain", behave, SERVED)
for what, provider in (("expired certificate", "expired"), ("certificate of another", "other"), ("no such host", "nowhere"),
                       ("closed port", "closed")):
    attempt(what, provider, says(200, GOOD), SERVED)

# Retry-After is obeyed, and told.
save("plain", 0)
Endpoint.behave = says(429, b"{}", [*JSON, ("Retry-After", "3600")])
store.run("oauth", "get", "alice", "--provider", "plain")
lib.check(abs(grant("plain")["retry_at_unix"] - time.time() - 3600) < 30, "Retry-After is not obeyed")

# Whatever life it tells, the new tokens are kept.
for life in (b"0", b"-1", b"1e400", b"99999999999999999999", b"null", b'"3600"', b'"soon"', b"[]", b"3600.5"):
    save("plain", 0)
    Endpoint.behave = expiring(life)
    answer = store.run("oauth", "refresh", "alice", "--provider", "plain", "-o", "json")
    broken = life == b"1e400"  # is not JSON's: a number that no reader can hold
    lib.check(answer.code == (8 if broken else 0), f"expires_in {life}: exit {answer.code}", answer)
    lib.check(grant("plain")["failures"] == int(broken), f"expires_in {life}: {grant('plain')}")

# Without one it is taken to be good until it is refused.
save("plain", 0)
Endpoint.behave = says(200, b'{"access_token":"new-access"}')
lib.check(store.ok("oauth", "get", "alice", "--provider", "plain", "-o", "raw").text == "new-access", "no expires_in")
lib.check(grant("plain")["expires_at"] is None and grant("plain")["refreshable"], f"no expires_in: {grant('plain')}")

attempt("a redirect from https to http", "good", redirect, SERVED)
attempt("a certificate that is good", "good", says(200, GOOD), SERVED, expected=0)
# The file named is asked instead of the system's authorities, not beside them.
SYSTEMS = os.path.realpath("/etc/ssl/certs/ISRG_Root_X1.pem")
IN_OPEN = 0x20
libc = ctypes.CDLL(None)
watch = libc.inotify_init1(os.O_NONBLOCK)
libc.inotify_add_watch(watch, os.path.dirname(SYSTEMS).encode(), IN_OPEN)


def opened():
    try:
        return os.path.basename(SYSTEMS).encode() in os.read(watch, 1 << 16)
    except BlockingIOError:
        return False


attempt("a certificate called as a trusted one", "namesake", says(200, GOOD), SERVED)
lib.check(not opened(), "the system's authorities were asked too")
with open(SYSTEMS, "rb"):
    lib.check(opened(), "nobody is told who asks the system's authorities")
os.close(watch)
save("plain", 0)
Endpoint.behave = says(400, b'{"error":"invalid_grant"}')
for _ in range(2):
    lib.refused(store.run("oauth", "get", "alice", "--provider", "plain"), 9, SECRETS)
lib.check(grant("plain")["state"] == "needs_reauth", "invalid_grant: not known to need a person")
# Many that are due are refreshed a few at once, and each once.
store.query("DELETE FROM oauth_grants")
for number in range(20):
    store.ok("oauth", "save", f"account{number}", "--provider", "plain",
             stdin=json.dumps({"access_token": "old-access", "refresh_token": "old-refresh", "expires_in": 0}))
crowd, present = threading.Lock(), [0]


def slowly(handler):
    with crowd:
        present.append(present[-1] + 1)
    time.sleep(0.3)
    with crowd:
        present.append(present[-1] - 1)
    handler.answer(200, GOOD)


Endpoint.behave, Endpoint.requests[:] = slowly, []
answer = store.ok("oauth", "refresh", "--due", "-o", "json")
lib.check(answer.json["refreshed"] == 20, f"many at once: {answer.json}", answer)
lib.check(len(Endpoint.requests) == 20, f"many at once: {len(Endpoint.requests)} calls")
lib.check(2 <= max(present) <= 4, f"many at once: {max(present)} at a time")
store.sound("after all")
lib.done(at_least=200)
