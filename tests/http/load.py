"""Puts the daemon under load by wrk, and asks beside it what must be answered in one way. Fails for a wrong answer or, after
two minutes and more, when memory or descriptors grow."""
import http.client
import json
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse

PORT, DAEMON, SECONDS, PASSWORD = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
# Marks of what was revoked are kept for five minutes, and only then does one go for each that comes.
WARM_UP = min(360, SECONDS // 2)
LONG = SECONDS >= 120
failures = []
over = threading.Event()
done = {"logins": 0, "refreshes": 0, "revocations": 0, "reloads": 0}


def lines(name):
    return pathlib.Path(name).read_text(encoding="ascii").split()


def script(name, requests):
    """For wrk: these requests in turn, each a method, a path, a token and a body."""
    rows = ",\n".join(f"wrk.format({json.dumps(method)}, {json.dumps(path)}, {{[\"Authorization\"]={json.dumps(token)}, "
                      f"[\"Content-Type\"]=\"application/x-www-form-urlencoded\"}}, {json.dumps(body) if body else 'nil'})"
                      for method, path, token, body in requests)
    pathlib.Path(name).write_text(f"""local requests
init = function() requests = {{
{rows}
}} end
local i = 0
request = function() i = i % #requests + 1 return requests[i] end
""", encoding="ascii")
    return subprocess.Popen(["wrk", "-t", "1", "-c", "16", "-d", str(SECONDS), "--timeout", "60s", "-s", name, f"http://127.0.0.1:{PORT}"],
                            stdout=subprocess.PIPE, text=True)


def counts(wrk):
    """How many requests were answered, and how many of them by no success."""
    text = wrk.communicate()[0]
    if wrk.returncode or "Socket errors" in text:
        failures.append(text)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return int(re.search(r"(\d+) requests in", text)[1]), int(refused[1]) if refused else 0


class Client:
    def __init__(self):
        self.connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)

    def ask(self, wanted, path, authorization=None, **form):
        method = "POST" if form or path == "/logout" else "GET"
        headers = {"Authorization": authorization} if authorization else {}
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, urllib.parse.urlencode(form) if form else None, headers)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != wanted:
            failures.append(f"{threading.current_thread().name}: {path}: {answer.status}, not {wanted}: {body}")
            over.set()
        return json.loads(body) if wanted == 200 and form and body else None


def worker(pause):
    """Runs the work again and again until it is over."""
    def wrap(work):
        def run():
            client = Client()
            try:
                while not over.wait(pause):
                    work(client)
            except Exception as error:  # pylint: disable=broad-except
                failures.append(f"{work.__name__}: {error!r}")
                over.set()
        return threading.Thread(target=run, name=work.__name__)
    return wrap


@worker(1)
def log_in(client):
    web = client.ask(200, "/login", email="bill@example.com", password=PASSWORD)
    client.ask(200, "/auth", f"Basic {web['access_token']}")
    client.ask(204, "/logout", f"Basic {web['access_token']}")
    client.ask(401, "/auth", f"Basic {web['access_token']}")
    done["logins"] += 1
    pair = client.ask(200, "/login", email="bill@example.com", password=PASSWORD, token_type="jwt")
    fresh = client.ask(200, "/token", grant_type="refresh_token", refresh_token=pair["refresh_token"])
    client.ask(200, "/auth", f"Bearer {fresh['access_token']}")
    client.ask(204, "/logout", f"Bearer {fresh['access_token']}")
    client.ask(401, "/auth", f"Bearer {pair['access_token']}")
    done["refreshes"] += 1


@worker(0.5)
def revoke(client):
    token = mortal.pop()
    client.ask(200, "/auth", f"Bearer {token}")
    client.ask(200, "/revoke", app, token=token)
    client.ask(401, "/auth", f"Bearer {token}")
    done["revocations"] += 1


@worker(0.5)
def reload(client):
    os.kill(DAEMON, signal.SIGHUP)
    client.ask(200, "/readyz")
    client.ask(200, "/metrics")
    client.ask(200, "/.well-known/jwks.json")
    done["reloads"] += 1


def size():
    """MiB that are resident, and open descriptors."""
    with open(f"/proc/{DAEMON}/status", encoding="ascii") as file:
        status = dict(line.split(":", 1) for line in file)
    try:
        descriptors = len(os.listdir(f"/proc/{DAEMON}/fd"))
    except PermissionError:  # It holds keys, so only root may look. Theirs is a table that doubles as it fills.
        descriptors = int(status["FDSize"])
    return int(status["VmRSS"].split()[0]) / 1024, descriptors


app = "Bearer " + lines("app.token")[0]
mortal = lines("mortal.api")
valid = [f"Bearer {token}" for token in lines("valid.api") + lines("valid.jwt")] + [f"Basic {token}" for token in lines("valid.web")]
refused = [f"Bearer {token}" for token in lines("refused.api") + ["nonsense", lines("valid.api")[0] + "x"]]
good = script("valid.lua", [("GET", "/auth", token, "") for token in valid] +
              [("POST", "/introspect", app, f"token={token.split()[1]}") for token in valid[:100]])
bad = script("refused.lua", [("GET", "/auth", token, "") for token in refused])
workers = [log_in, revoke, reload]
for thread in workers:
    thread.start()

sizes, begun = [(0.0, *size())], time.monotonic()
while not over.wait(1) and good.poll() is None:
    sizes.append((time.monotonic() - begun, *size()))
over.set()
for thread in workers:
    thread.join()
asked, wrong = counts(good)
turned_away, right = counts(bad)
if wrong or asked < 100:
    failures.append(f"{wrong} of {asked} valid requests were refused")
if right != turned_away or turned_away < 100:
    failures.append(f"{turned_away - right} of {turned_away} invalid requests passed")
failures += [f"no {name}" for name, count in done.items() if count == 0]

steady = [each for each in sizes if each[0] > WARM_UP] or sizes
quarter = max(1, len(steady) // 4)
# The least that it had, since a login takes 64 MiB for as long as it lasts.
early, late = ((min(part[1] for part in parts), statistics.median(part[2] for part in parts))
               for parts in (steady[:quarter], steady[-quarter:]))
print(f"{asked + turned_away} requests, {done}; from {early[0]:.1f} to {late[0]:.1f} MiB, from {early[1]:.0f} to {late[1]:.0f} descriptors")
if LONG and late[0] > early[0] * 1.05 + 4:
    failures.append("memory grows: " + ", ".join(f"{at:.0f} s {resident:.1f} MiB" for at, resident, _ in sizes[::max(1, len(sizes) // 20)]))
if LONG and late[1] > early[1] + 4:
    failures.append(f"descriptors grow from {early[1]:.0f} to {late[1]:.0f}")
print(*failures[:20], sep="\n")
sys.exit(1 if failures else 0)
