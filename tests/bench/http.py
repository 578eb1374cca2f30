#!/usr/bin/env python3
"""The daemon beside nginx's own 204 and oidc-provider's introspection, in turns: requests a second with 32 connections by
wrk on this machine, and the time within which 99 of 100 were answered."""
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import time

import results

TOKCTL = os.environ["TOKCTL"]
ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path.cwd()
ROUNDS, SECONDS, TOKENS = 5, 3, 2000
running = []


def tokctl(*words):
    return subprocess.run([TOKCTL, "-q", *words], check=True, capture_output=True, text=True).stdout.split()


def start(*words, **environment):
    running.append(subprocess.Popen(words, env={**os.environ, **environment}, stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL))


def daemon(port, **environment):
    start(TOKCTL, "serve", "--listen", f"127.0.0.1:{port}", **environment)
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


def main():
    (HERE / "nginx.conf").write_text(f"""daemon off;
{"user root;" if os.geteuid() == 0 else ""}
worker_processes {os.cpu_count()};
pid {HERE}/nginx.pid;
error_log {HERE}/nginx.log;
events {{}}
http {{
  access_log off;
  keepalive_requests 1000000000;
  {" ".join(f"{kind}_temp_path {HERE}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))}
  server {{ listen 127.0.0.1:18180; location / {{ return 204; }} }}
}}
""")
    tokctl("user", "create", "--email", "a@example.com", "--name", "A", "--no-password")
    ask, = tokctl("token", "issue", "a@example.com", "--type", "api", "--name", "ask", "--scope", "tokctl:introspect")
    tokens = tokctl("token", "issue", "a@example.com", "--type", "api", "--count", str(TOKENS))
    one = ["-H", f"Authorization: Bearer {tokens[0]}"]
    many = script("many.lua", f"""local tokens = {{{",".join(f'"{token}"' for token in tokens)}}}
local next = 0
request = function()
  next = next % #tokens + 1
  return wrk.format("GET", nil, {{["Authorization"] = "Bearer " .. tokens[next]}})
end
""")
    nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    start(nginx, "-p", str(HERE), "-c", str(HERE / "nginx.conf"))
    redis = HERE / "redis"
    subprocess.run([ROOT / "tests/servers/redis.sh", "start", redis], check=True)
    url = (redis / "url").read_text().strip().replace("DATABASE", "0")
    memory = daemon(18181)
    sqlite = daemon(18182, TOKCTL_CACHE_MAP_ENTRIES="1")  # so nothing is remembered for long
    shared = daemon(18183, TOKCTL_CACHE_MAP_ENTRIES="1", TOKCTL_REDIS=url)
    subjects = {
        "nginx, a 204 of its own": ("http://127.0.0.1:18180/", []),
        "oidc-provider, introspection": oidc_provider(),
        "/auth, from memory": (f"{memory}/auth", one),
        "/introspect, from memory": (f"{memory}/introspect", script("introspect.lua", form(tokens[0], f"Bearer {ask}"))),
        "/auth, by SQLite": (f"{sqlite}/auth", many),
        "/auth, by Redis": (f"{shared}/auth", many),
    }
    time.sleep(1)
    seen = {name: [] for name in subjects}
    for _ in range(ROUNDS):
        for name, (address, more) in subjects.items():
            seen[name].append(wrk(address, more))
    median = {name: [statistics.median(column) for column in zip(*values)] for name, values in seen.items()}
    peers = [median[name][0] for name in list(subjects)[:2]]
    print(f"{'':32}{'a second':>10}{'p99 ms':>9}{'x nginx':>9}{'x oidc':>9}")
    for name, (rate, p99) in median.items():
        print(f"{name:32}{rate:10.0f}{p99:9.2f}{rate / peers[0]:9.2f}{rate / peers[1]:9.1f}")
    group, rows = "Over HTTP, 32 connections", []
    for name, (rate, p99) in list(median.items())[2:]:
        remembered = "from memory" in name
        for peer, least in zip(subjects, (0.6, 15)):
            rows.append(results.row(group, f"tokctl, {name}", rate, peer, median[peer][0], least if remembered else None))
        rows.append(results.row("99 of 100 answered within", f"tokctl, {name}", p99, next(iter(subjects)),
                                median[next(iter(subjects))][1], unit="ms", limit=1 if remembered else None))
    results.keep(rows)


try:
    main()
finally:
    for process in running:
        process.kill()
    subprocess.run([ROOT / "tests/servers/redis.sh", "stop", HERE / "redis"], check=False)
