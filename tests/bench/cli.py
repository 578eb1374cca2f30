"""Whole processes on a million sessions: `tokctl token validate` beside the sqlite3 shell's SELECT of the same row.

The two run in turn, each with its standard input and output in files, so that a machine that slows down slows both.
"""
import os
import sqlite3
import statistics
import subprocess
import time

import results

USERS, SESSIONS_EACH, ROUNDS = 10_000, 100, 300
tokctl = os.environ["TOKCTL"]
database = os.path.abspath("bench.db")
os.environ["TOKCTL_DB"] = "sqlite:" + database


def make_world():
    """One user and session made by tokctl, and copies of them: rows like any others."""
    run = lambda *words: subprocess.run([tokctl, "-q", *words], check=True, capture_output=True).stdout
    run("user", "create", "--email", "u@example.com", "--name", "U", "--no-password")
    token = run("token", "issue", "u@example.com", "--ttl", "never")
    db = sqlite3.connect(database)
    db.executescript(f"""
        PRAGMA cache_size = -1000000; PRAGMA synchronous = OFF;
        CREATE TEMP TABLE n AS WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {USERS}) SELECT i FROM c;
        INSERT INTO users SELECT printf('%08x-0000-4000-8000-%012x', i * 2654435761 % 4294967296, i), private_id,
          'u' || i || '@example.com', 'u' || i || '@example.com', full_name, status, password_scheme, password_hash,
          password_tag, kit_hash, kit_email, created_at, updated_at, password_set_at, deleted_at,
          roles, phone, email_verified_at, phone_verified_at
          FROM users, n WHERE email = 'u@example.com';
        CREATE TEMP TABLE one AS SELECT * FROM sessions;
        INSERT INTO sessions SELECT lower(hex(randomblob(4))) || '-0000-4000-8000-' || lower(hex(randomblob(6))),
          u.public_id, kind, scheme, root_key_id, source, s.created_at, expires_at, last_used_at, revoked_at
          FROM users u, one s, n WHERE n.i <= {SESSIONS_EACH} AND u.email <> 'u@example.com';
        PRAGMA wal_checkpoint(TRUNCATE);""")
    session = db.execute("SELECT session_id FROM one").fetchone()[0]
    db.close()
    return token, session


def timed(words):
    """Wall and processor milliseconds of one run."""
    files = [(os.POSIX_SPAWN_OPEN, 0, "token", os.O_RDONLY, 0), (os.POSIX_SPAWN_OPEN, 1, "out", os.O_WRONLY | os.O_CREAT, 0o600)]
    start = time.perf_counter()
    child = os.posix_spawnp(words[0], words, os.environ, file_actions=files)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - start
    assert status == 0, words
    return 1000 * wall, 1000 * (usage.ru_utime + usage.ru_stime)


token, session = make_world()
with open("token", "wb") as file:
    file.write(token)
select = f"""SELECT s.expires_at, s.revoked_at, u.private_id, u.email, u.password_tag, u.status
  FROM sessions s JOIN users u ON u.public_id = s.public_id WHERE s.session_id = '{session}'"""
commands = {"tokctl token validate": [tokctl, "token", "validate"], "sqlite3 DB 'SELECT …'": ["sqlite3", database, select], "true": ["true"]}
runs = {name: [] for name in commands}
for number in range(ROUNDS + 5):
    for name, words in commands.items():
        runs[name].append(timed(words))
print(f"whole processes, {USERS * SESSIONS_EACH + 1:,} sessions, median of {ROUNDS}")
walls = {}
for name, found in runs.items():
    wall, cpu = (statistics.median(column) for column in zip(*found[5:]))
    walls[name] = wall
    print(f"  {name:24} {wall:6.2f} ms wall  {cpu:6.2f} ms processor")
ours, theirs = list(runs.values())[:2]
for what, column in (("wall", 0), ("processor", 1)):
    print(f"  ratio, {what:9} {statistics.median(a[column] / b[column] for a, b in zip(ours[5:], theirs[5:])):.2f}")
(our, wall), (their, beside) = list(walls.items())[:2]
results.keep([results.row("A whole process, 1 million sessions", our, wall, their, beside, 1.3, unit="ms")])
