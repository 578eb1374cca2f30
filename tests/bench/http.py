#!/usr/bin/env python3
"""The daemon beside nginx's own 204, a prototype that does no more than it must, and oidc-provider's introspection, in turns:
requests a second with 32 connections by wrk on this machine, and the time within which 99 of 100 were answered. What is not
answered from memory is asked for tokens in turn, with a map that holds one."""
import hashlib
import json
import os
import pathlib
import re
import shutil
import sqlite3
import statistics
import subprocess
import time

import results

TOKCTL = os.environ["TOKCTL"]
ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path.cwd()
ROUNDS, SECONDS, TOKENS = 5, 3, 2000
running, servers = [], []


def tokctl(*words, **environment):
    return subprocess.run([TOKCTL, "-q", *words], env={**os.environ, **environment}, check=True, capture_output=True,
                          text=True).stdout.split()


def start(*words, **environment):
    running.append(subprocess.Popen(words, env={**os.environ, **environment}, stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL))


def daemon(port, *more, **environment):
    start(TOKCTL, "serve", *(word for place in (f"127.0.0.1:{port}", *more) for word in ("--listen", place)), **environment)
    return f"http://127.0.0.1:{port}"


def script(name, text):
    (HERE / name).write_text(text)
    return ["-s", name]


def wrk(url, more):
    """Requests a second, and the 99th percentile in ms."""
    text = subprocess.run(["wrk", "-t1", "-c32", f"-d{SECONDS}s", "--latency", *more, url], check=True, capture_output=True,
                          text=True).stdout
    if "Non-2xx" in text:
        raise SystemExit(f"{url} refuses:\n{text}")
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", text).groups()
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]), float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def in_turn(name, tokens):
    return script(name, f"""local tokens = {{{",".join(f'"{token}"' for token in tokens)}}}
local next = 0
request = function()
  next = next % #tokens + 1
  return wrk.format("GET", nil, {{["Authorization"] = "Bearer " .. tokens[next]}})
end
""")


def people(**environment):
    """One token that may introspect, and many that may not."""
    tokctl("user", "create", "--email", "a@example.com", "--name", "A", "--no-password", **environment)
    ask, = tokctl("token", "issue", "a@example.com", "--type", "api", "--name", "ask", "--scope", "tokctl:introspect", **environment)
    return ask, tokctl("token", "issue", "a@example.com", "--type", "api", "--count", str(TOKENS), **environment)


def server(kind, database="0"):
    """A throwaway one, and the URL of a database of its."""
    folder = HERE / kind
    control = ROOT / f"tests/servers/{kind}.sh"
    servers.append((control, folder))
    subprocess.run([control, "start", folder], check=True)
    if kind != "redis":
        subprocess.run([control, "create", folder, database], check=True)
    return (folder / "url").read_text().strip().replace("DATABASE", database)


def form(token, authorization):
    return f"""wrk.method = "POST"
wrk.body = "token={token}"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
wrk.headers["Authorization"] = "{authorization}"
"""


def oidc_provider():
    """Its introspection, of a token of its own."""
    folder = HERE / "provider"
    folder.mkdir()
    start("node", str(ROOT / "build/npm/oauth/provider.js"), str(folder))
    while not (folder / "url").exists():
        time.sleep(0.1)
    url = (folder / "url").read_text().strip()
    answer = subprocess.run(["curl", "-sf", f"{url}/token", "-d", "grant_type=client_credentials&scope=jobs&client_id=post",
                             "--data-urlencode", "client_secret=the client secret & more"],
                            check=True, capture_output=True, text=True).stdout
    token = json.loads(answer)["access_token"]
    more = script("oidc.lua", form(token + "&client_id=post&client_secret=the+client+secret+%26+more", "").replace(
        'wrk.headers["Authorization"] = ""\n', ""))
    return f"{url}/token/introspection", more


NGINX, OIDC, PROTOTYPE = "nginx, a 204 of its own", "oidc-provider, introspection", "a prototype by SQLite"
AUTH, INTROSPECT, FRONT = "tokctl, /auth, from memory", "tokctl, /introspect, from memory", "nginx that asks tokctl"
BY_SQLITE, BY_REDIS, BY_POSTGRES = "tokctl, /auth, by SQLite", "tokctl, /auth, by Redis", "tokctl, /auth, by PostgreSQL"
FRONT_OF_NGINX = "nginx that asks nginx"
# What is measured, its peer, and at least how many times the peer's rate it is meant to reach, if that is the measure.
PAIRS = [(AUTH, NGINX, 0.6), (INTROSPECT, NGINX, 0.6), (AUTH, OIDC, 15), (INTROSPECT, OIDC, 15), (BY_SQLITE, PROTOTYPE, 0.8),
         (BY_SQLITE, NGINX, None), (BY_REDIS, NGINX, None), (BY_POSTGRES, NGINX, None), (FRONT, FRONT_OF_NGINX, 0.8)]
P99 = [(AUTH, 1), (INTROSPECT, 1), (BY_SQLITE, None), (BY_REDIS, None), (BY_POSTGRES, None), (FRONT, None)]  # at most, ms


def nginx_conf():
    """Answers by itself and, at a second port, asks first: the daemon, or itself over a Unix socket as it does the daemon."""
    temporary = " ".join(f"{kind}_temp_path {HERE}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))

    def asking(port, upstream):
        return f"""
  upstream {upstream} {{ server unix:{HERE}/{upstream}.sock; keepalive 64; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{ auth_request /ask; try_files /none @passed; }}
    location @passed {{ return 204; }}
    location = /ask {{
      internal; proxy_pass http://{upstream}/auth; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_pass_request_body off; proxy_set_header Content-Length "";
    }}
  }}"""

    return f"""daemon off;
{"user root;" if os.geteuid() == 0 else ""}
worker_processes {os.cpu_count()};
pid {HERE}/nginx.pid;
error_log {HERE}/nginx.log;
events {{}}
http {{
  access_log off;
  keepalive_requests 1000000000;
  {temporary}
  server {{ listen 127.0.0.1:18180; listen unix:{HERE}/nginx.sock; location / {{ return 204; }} }}{asking(18184, "nginx")}{asking(18185, "tokctl")}
}}
"""


def prototype(port, tokens):
    """A database of its own, with the same tokens in it."""
    path = HERE / "prototype.db"
    with sqlite3.connect(path) as db:
        db.executescript("""PRAGMA journal_mode = WAL;
            CREATE TABLE users (id TEXT PRIMARY KEY, email TEXT, status TEXT) WITHOUT ROWID;
            CREATE TABLE tokens (digest BLOB PRIMARY KEY, user TEXT, scopes TEXT, expires INTEGER) WITHOUT ROWID;
            INSERT INTO users VALUES ('5f3c1d2e-0000-4000-8000-000000000000', 'a@example.com', 'active');""")
        db.executemany("INSERT INTO tokens SELECT ?, id, 'read', 1 << 40 FROM users",
                       ((hashlib.sha256(token.encode()).digest(),) for token in tokens))
    start(str(pathlib.Path(TOKCTL).with_name("bench-prototype")), str(port), str(path))
    return f"http://127.0.0.1:{port}/auth"


def main():
    (HERE / "nginx.conf").write_text(nginx_conf())
    ask, tokens = people()
    one = ["-H", f"Authorization: Bearer {tokens[0]}"]
    many = in_turn("many.lua", tokens)
    nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    start(nginx, "-p", str(HERE), "-c", str(HERE / "nginx.conf"))
    redis = server("redis")
    postgres = {"TOKCTL_DB": server("postgres", "bench")}
    tokctl("init", **postgres)
    _, stored = people(**postgres)
    memory = daemon(18181, f"unix:{HERE}/tokctl.sock")
    sqlite = daemon(18182, TOKCTL_CACHE_MAP_ENTRIES="1")  # so nothing is remembered for long
    shared = daemon(18183, TOKCTL_CACHE_MAP_ENTRIES="1", TOKCTL_REDIS=redis)
    elsewhere = daemon(18186, TOKCTL_CACHE_MAP_ENTRIES="1", **postgres)
    subjects = {
        NGINX: ("http://127.0.0.1:18180/", []),
        OIDC: oidc_provider(),
        PROTOTYPE: (prototype(18187, tokens), many),
        AUTH: (f"{memory}/auth", one),
        INTROSPECT: (f"{memory}/introspect", script("introspect.lua", form(tokens[0], f"Bearer {ask}"))),
        BY_SQLITE: (f"{sqlite}/auth", many),
        BY_REDIS: (f"{shared}/auth", many),
        BY_POSTGRES: (f"{elsewhere}/auth", in_turn("stored.lua", stored)),
        FRONT_OF_NGINX: ("http://127.0.0.1:18184/", one),
        FRONT: ("http://127.0.0.1:18185/", one),
    }
    time.sleep(1)
    seen = {name: [] for name in subjects}
    for _ in range(ROUNDS):
        for name, (address, more) in subjects.items():
            seen[name].append(wrk(address, more))
    rates, p99 = ({name: statistics.median(value[i] for value in values) for name, values in seen.items()} for i in (0, 1))
    rows = []
    for ours, peer, goal in PAIRS:
        rows.append(results.row("Over HTTP, 32 connections", ours, rates[ours], peer, rates[peer], goal))
        meant = f", meant to be {goal} or more" if goal else ""
        print(f"  {ours:32} {rates[ours]:10,.0f}/s  is {rows[-1]['ratio']:6,.2f} × {peer} ({rates[peer]:,.0f}/s){meant}")
    for ours, limit in P99:
        rows.append(results.row("99 of 100 answered within", ours, p99[ours], NGINX, p99[NGINX], unit="ms", limit=limit))
        meant = f", meant to be {limit} or less" if limit else ""
        print(f"  {ours:32} {p99[ours]:10.2f} ms for 99 of 100{meant}; {NGINX}: {p99[NGINX]:.2f} ms")
    results.keep(rows)


try:
    main()
finally:
    for process in running:
        process.terminate()  # nginx takes its workers with it
    for process in running:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
    for control, folder in servers:
        subprocess.run([control, "stop", folder], check=False)
