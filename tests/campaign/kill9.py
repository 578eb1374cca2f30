"""Kills the program at random moments of a write: what it acknowledged is there, the rest is there whole or not at
all, and the next command carries on as if nothing had happened."""
import base64
import collections
import os
import shutil
import signal
import sqlite3
import subprocess
import time

import lib

KILLS = lib.rounds(500)  # of commands, and half as many again of imports and first uses


def kill_after(process, seconds):
    """SIGKILL after so long, however little that is. What it had printed, and whether it was killed."""
    end = time.perf_counter() + seconds
    while process.poll() is None and (rest := end - time.perf_counter()) > 0:
        time.sleep(0.0005 if rest > 0.001 else 0)
    process.kill()
    out, err = process.communicate()
    lib.check(process.returncode in (0, -signal.SIGKILL), f"ended by {process.returncode}",
              lib.Answer(process.args[1:], process.returncode, out, err, 0))
    return out, process.returncode == -signal.SIGKILL


def usual_seconds(work):
    """How long something takes that nobody kills: where the random moments are worth choosing."""
    took = []
    for _ in range(5):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return sorted(took)[2]


def whole(store, when):
    """Every row has its event and every event its row."""
    for what, rows, event in (
            ("users", "SELECT public_id FROM users", "user.created"),
            ("sessions", "SELECT session_id FROM sessions", "session.created"),
            ("revoked sessions", "SELECT session_id FROM sessions WHERE revoked_at IS NOT NULL", "session.revoked")):
        there = collections.Counter(row for row, in store.query(rows))
        told = collections.Counter(row for row, in store.query(
            "SELECT subject FROM events WHERE type IN (?, ?)", event, event.replace("created", "imported")))
        lib.check(there == told, f"{what}: {sum(there.values())} rows, {sum(told.values())} events {when}")
    store.sound(when)


def session_of(token):
    return base64.b64decode(token)[:36].decode()


# ---- one command after another ------------------------------------------------------------------------------------

store = lib.Store()
owner = store.user("owner@example.com", "Owner")
took = usual_seconds(lambda: store.ok("token", "issue", owner))
issued, created, revoked, targets = [], {}, [], []
killed = 0
for kill in range(KILLS):
    deed = lib.chance.choice(("issue", "create", "revoke"))
    if deed == "revoke" and targets:
        target = targets.pop()
        args = ["session", "revoke", target, "--yes", "-o", "id"]
    elif deed == "create":
        args = ["user", "create", "--email", f"k{kill}@example.com", "--name", "Killed", "--no-password", "-o", "id"]
    else:
        deed = "issue"
        args = ["token", "issue", owner, "-o", "raw"]
    out, dead = kill_after(store.start(*args), lib.chance.uniform(0, took * 1.5))
    killed += dead
    if out.endswith(b"\n"):  # acknowledged, though it may have been killed right after
        text = out.decode().strip()
        if deed == "issue":
            issued.append(text)
            targets.append(session_of(text))
        elif deed == "create":
            created[text] = f"k{kill}@example.com"
        else:
            revoked.append(target)
    if kill % 10 == 0:
        whole(store, f"after kill {kill}")

sessions = dict(store.query("SELECT session_id, revoked_at FROM sessions"))
users = dict(store.query("SELECT public_id, email FROM users"))
for token in issued:
    session = session_of(token)
    if lib.check(session in sessions, f"the acknowledged session {session} is lost"):
        lib.check(store.valid(token) == (sessions[session] is None), f"the token of {session} is not what it was")
for user, email in created.items():
    lib.check(users.get(user) == email, f"the acknowledged user {email} is lost")
for session in revoked:
    lib.check(sessions.get(session) is not None, f"the acknowledged revocation of {session} is lost")
whole(store, "after all kills")
acknowledged = len(issued) + len(created) + len(revoked)
lib.check(killed > KILLS // 4, f"only {killed} of {KILLS} commands were killed")
lib.check(acknowledged > KILLS // 10, f"only {acknowledged} of {KILLS} writes were acknowledged")
lib.note(f"{killed} of {KILLS} commands killed, {acknowledged} writes acknowledged")

# ---- an import midway ---------------------------------------------------------------------------------------------

PEOPLE = 3000
people = os.path.join(store.folder, "people.csv")
with open(people, "w", encoding="utf-8") as file:
    file.write("email,full_name\n")
    file.writelines(f"p{number}@example.com,Person {number}\n" for number in range(PEOPLE))
wanted = [f"p{number}@example.com" for number in range(PEOPLE)]
fresh = lib.Store()
fresh.ok("init")


def import_people(where, *more):
    return ["user", "import", "--format", "csv", people, *more]


start = time.perf_counter()
fresh.copy().ok(*import_people(fresh))
took = time.perf_counter() - start
midway = 0
for kill in range(lib.rounds(150)):
    store = fresh.copy()
    kill_after(store.start(*import_people(store)), lib.chance.uniform(0, took * 1.2))
    there = {email for email, in store.query("SELECT email FROM users")}
    lib.check(there == set(wanted[:len(there)]), f"import {kill}: not the first {len(there)} of the file")
    midway += 0 < len(there) < PEOPLE
    whole(store, f"after the killed import {kill}")
    answer = store.run(*import_people(store, "--if-not-exists"))
    lib.check(answer.code == 0, f"the import after the killed one: exit {answer.code}", answer)
    lib.check(len(store.query("SELECT email FROM users")) == PEOPLE, f"import {kill} cannot be completed")
    whole(store, f"after completing import {kill}")
    shutil.rmtree(store.folder)
lib.check(midway > 0, "no import was killed midway")
lib.note(f"{midway} imports killed midway")

# ---- the first use ------------------------------------------------------------------------------------------------


def first(where):
    return ["user", "create", "--email", "first@example.com", "--name", "First", "--no-password", "-o", "id"]


took = usual_seconds(lambda: lib.Store().ok(*first(None)))
stages = collections.Counter()
for kill in range(lib.rounds(300)):
    store = lib.Store()
    out, dead = kill_after(store.start(*first(store)), lib.chance.uniform(0, took * 1.2))
    stages[os.path.exists(store.db), os.path.exists(store.key_file)] += dead
    answer = store.run("user", "create", "--email", "second@example.com", "--name", "Second", "--no-password", "-o", "id")
    lib.check(answer.code == 0, f"first use {kill} does not recover: exit {answer.code}", answer)
    users = {email: user for user, email in store.query("SELECT public_id, email FROM users")}
    lib.check(set(users) <= {"first@example.com", "second@example.com"}, f"first use {kill}: users {users}")
    lib.check(users.get("second@example.com") == answer.text, f"first use {kill}: the second user is not there")
    if out.endswith(b"\n"):
        lib.check(users.get("first@example.com") == out.decode().strip(), f"first use {kill}: the first user is lost")
    lib.check(len(store.query("SELECT * FROM root_keys")) == 1, f"first use {kill}: not one root key")
    lib.check(store.query("SELECT COUNT(*) FROM events WHERE type = 'database.created'") == [(1,)],
              f"first use {kill}: created more than once")
    for name in os.listdir(store.folder):
        mode = os.stat(os.path.join(store.folder, name)).st_mode & 0o777
        lib.check(mode == 0o600, f"first use {kill}: {name} has mode {mode:o}")
    whole(store, f"after first use {kill}")
    shutil.rmtree(store.folder)
lib.note(f"first uses killed with (database, key file) there: {dict(stages)}")
lib.done(at_least=KILLS * 3)
