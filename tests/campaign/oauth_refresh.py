"""Many processes want the same expired grant: its refresh token, which is good once, is sent once. And one that is
killed between sending it and storing the answer costs at most one call more."""
import atexit
import os
import re
import signal
import subprocess
import tempfile
import threading
import time

import lib

TESTS = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..")
SECRET = "the client secret & more"


class Provider:
    """oidc-provider, with a folder in which it counts calls and is told how to behave."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="provider.")
        self.log = open(os.path.join(self.folder, "log"), "wb")
        script = os.path.join(TESTS, "..", "build", "npm", "oauth", "provider.js")
        self.process = subprocess.Popen(["node", script, self.folder], stdout=self.log, stderr=self.log)
        atexit.register(self.process.kill)
        for _ in range(600):
            if os.path.exists(self.path("url")):
                break
            time.sleep(0.05)
        self.url = self.read("url")

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read().strip()

    def set(self, name, value):
        with open(self.path(name + ".new"), "w", encoding="utf-8") as file:
            file.write(str(value))
        os.rename(self.path(name + ".new"), self.path(name))

    def calls(self):
        """(grant type, status) of each request to the token endpoint so far."""
        if not os.path.exists(self.path("calls")):
            return []
        return [tuple(line.split()) for line in self.read("calls").splitlines()]

    def refreshes(self):
        return sum(kind == "refresh_token" for kind, _ in self.calls())


def browse(url):
    return subprocess.run([os.path.join(TESTS, "servers", "oauth", "browse"), url], check=True, stdout=subprocess.PIPE)


def add_provider(store, provider, name="basic"):
    store.ok("oauth", "provider", "add", name, "--issuer", provider.url, "--client-id", "basic",
             "--client-secret-stdin", "--scope", "openid offline_access", stdin=SECRET)


def log_in(store, account, name="basic"):
    """As a person does it with a browser."""
    login = store.start("oauth", "login", account, "--provider", name, "--wait", "60s", "-o", "json")
    said = b""
    while not (url := re.search(rb"^  (http\S+)$", said, re.M)):
        line = login.stderr.readline()
        if not line:
            raise SystemExit(f"{lib.NAME}: login says {said}")
        said += line
    browse(url.group(1).decode())
    out, err = login.communicate(timeout=60)
    lib.check(login.returncode == 0, f"login: exit {login.returncode}: {out} {err}")


PROVIDER = Provider()
store = lib.Store()
add_provider(store, PROVIDER)
log_in(store, "alice")
GET = ("oauth", "get", "alice", "--provider", "basic", "-o", "raw")


def expire():
    store.query(f"UPDATE oauth_grants SET expires_at = {int(time.time()) - 10}, due_at = {int(time.time()) - 10}")


def grant():
    return store.ok("oauth", "list", "--account", "alice", "-o", "json").json["data"][0]


# ---- at once ------------------------------------------------------------------------------------------------------

for count in (2, 8, 32):
    for number in range(lib.rounds(100)):
        PROVIDER.set("delay", lib.chance.choice((0, 0, 50)))
        expire()
        before = PROVIDER.refreshes()
        barrier = threading.Barrier(count)

        def get(_, barrier=barrier):
            barrier.wait()
            return store.run(*GET)

        answers = lib.at_once(count, get, range(count))
        for answer in answers:
            lib.check(answer.code == 0, f"{count} at once: exit {answer.code}", answer)
            lib.check(not answer.err, "says something", answer)
        lib.check(len({answer.out for answer in answers}) == 1, f"{count} at once: not all the same token")
        lib.check(PROVIDER.refreshes() == before + 1, f"{count} at once: {PROVIDER.refreshes() - before} calls")

# Cron and people, each refreshing for reasons of their own.
PROVIDER.set("delay", 0)
expire()
before = PROVIDER.refreshes()
answers = lib.at_once(8, lambda n: store.run(*(GET if n % 2 else ("oauth", "refresh", "--due"))), range(8))
lib.check(all(answer.code == 0 for answer in answers), "with cron: one failed")
lib.check(PROVIDER.refreshes() == before + 1, f"with cron: {PROVIDER.refreshes() - before} calls")

# ---- killed in between --------------------------------------------------------------------------------------------

lost = 0
PROVIDER.set("delay", 150)
for number in range(lib.rounds(200)):
    expire()
    before = PROVIDER.refreshes()
    process = store.start(*GET)
    time.sleep(lib.chance.uniform(0, 0.35))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    # What was on its way arrives.
    time.sleep(0.2)
    # The lease of the dead runs out.
    store.query("UPDATE oauth_grants SET lease_until = 1 WHERE lease_until IS NOT NULL")
    answers = lib.at_once(4, lambda _: store.run(*GET), range(4))
    lib.check(len({answer.code for answer in answers}) == 1, f"killed: exits {[answer.code for answer in answers]}")
    lib.check(PROVIDER.refreshes() - before <= 2, f"killed: {PROVIDER.refreshes() - before} calls")
    state = grant()["state"]
    if answers[0].code == 0:
        lib.check(state == "active", f"killed: usable, but {state}")
    else:
        lib.refused(answers[0], 9)
        lib.check(state == "needs_reauth", f"killed: exit {answers[0].code}, but {state}", answers[0])
        lost += 1
        PROVIDER.set("delay", 0)
        log_in(store, "alice")
        PROVIDER.set("delay", 150)
lib.note(f"{lost} of {lib.rounds(200)} killed processes had sent the token and not stored the answer")
store.sound("after all")
lib.done(at_least=200)
