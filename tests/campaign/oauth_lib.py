"""The OAuth server of the tests, for campaigns."""
import atexit
import os
import re
import subprocess
import tempfile
import time

import lib

TESTS = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..")
SECRET = "the client secret & more"


class Provider:
    """oidc-provider, with a folder in which it counts calls and is told how to behave."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="provider.")
        self.log = open(os.path.join(self.folder, "log"), "wb")
        script = os.path.join(TESTS, "..", "build", "oauth-server", "provider.js")
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
