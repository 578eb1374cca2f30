"""Sixteen processes write to one database at once: all that was acknowledged is there, once, and nobody is told that
the database is busy. And sixteen are the very first to use it, at once."""
import collections
import os
import random
import threading

import lib

PROCESSES = 16
WRITES = lib.rounds(200)

# ---- the first use ------------------------------------------------------------------------------------------------


def first_use(number):
    """Sixteen commands at once where there is neither schema nor key file."""
    store = lib.Store(new=True)
    barrier = threading.Barrier(PROCESSES)

    def create(process):
        barrier.wait()
        if store.server:
            store.ok("init", "--timeout", "60s")  # which a file does not need
        return store.run("user", "create", "--email", f"first{process}@example.com", "--name", "First", "--no-password", "-o", "id")

    answers = lib.at_once(PROCESSES, create, range(PROCESSES))
    for answer in answers:
        lib.check(answer.code == 0, f"first use {number}: exit {answer.code}", answer)
        lib.decent(answer)
    created = [answer for answer in answers if b"created root key file" in answer.err]
    lib.check(len(created) == 1 or store.server, f"first use {number}: {len(created)} say that they made the key file")
    listed = store.ok("user", "list", "-o", "json", "--limit", "1000").json["data"]
    lib.check(sorted(user["public_id"] for user in listed) == sorted(answer.text for answer in answers),
              f"first use {number}: not the users that were created")
    lib.check(len(store.query("SELECT * FROM root_keys")) == 1, f"first use {number}: not one root key")
    lib.check(store.number("SELECT COUNT(*) FROM events WHERE type = 'database.created'") == 1,
              f"first use {number}: the database was created more than once")
    with open(store.key_file, encoding="ascii") as file:
        keys = [line for line in file if line.strip() and not line.startswith("#")]
    lib.check(len(keys) == 1, f"first use {number}: {len(keys)} keys in the key file")
    left = sorted(set(os.listdir(store.folder)) - {"tokctl.db", "tokctl.key"})
    lib.check(not [name for name in left if name.startswith(".")], f"first use {number}: left behind: {left}")
    for name in os.listdir(store.folder):
        mode = os.stat(os.path.join(store.folder, name)).st_mode & 0o777
        lib.check(mode == 0o600, f"first use {number}: {name} has mode {mode:o}")
    store.sound(f"after first use {number}")


for number in range(lib.rounds(20)):
    first_use(number)

# ---- many writers -------------------------------------------------------------------------------------------------

store = lib.Store()
owners = [store.user(f"owner{process}@example.com", f"Owner {process}") for process in range(PROCESSES)]
names = {}  # of the users that are updated, as last acknowledged
acknowledged = collections.defaultdict(list)


def writer(process):
    dice = random.Random(lib.SEED * PROCESSES + process)
    sessions, users = [], []
    done = collections.defaultdict(list)
    barrier.wait()
    for write in range(WRITES):
        deed = dice.choices(("issue", "revoke", "update", "create", "create_twice"), (8, 4, 4, 4, 1))[0]
        if deed == "revoke" and not sessions:
            deed = "issue"
        tag = f"{process}-{write}"
        if deed == "issue":
            answer = store.run("token", "issue", dice.choice(owners), "--source", f"s-{tag}", "-o", "json")
            if answer.code == 0:
                sessions.append(answer.json["session_id"])
                done["issued"].append((sessions[-1], f"s-{tag}"))
        elif deed == "revoke":
            session = sessions.pop(dice.randrange(len(sessions)))
            answer = store.run("session", "revoke", session, "--yes", "-o", "json")
            if answer.code == 0:
                done["revoked"].append(session)
                lib.check(answer.json["changed"] is True, "a revocation changed nothing", answer)
        elif deed == "update":
            answer = store.run("user", "update", owners[process], "--name", f"Name {tag}", "-o", "json")
            if answer.code == 0:
                names[owners[process]] = f"Name {tag}"
                done["updated"].append(tag)
        elif deed == "create":
            answer = store.run("user", "create", "--email", f"u-{tag}@example.com", "--name", tag, "--no-password", "-o", "id")
            if answer.code == 0:
                done["created"].append((answer.text, f"u-{tag}@example.com"))
        else:  # all processes want the same one: exactly one gets it
            answer = store.run("user", "create", "--email", f"contested{write}@example.com", "--name", "x", "--no-password", "-o", "id")
            if answer.code == 0:
                done["contested"].append((answer.text, f"contested{write}@example.com"))
            elif answer.code == 5:
                lib.refused(answer, 5)
                continue
        lib.check(answer.code == 0, f"{deed}: exit {answer.code}", answer)
        lib.check(b"busy" not in answer.err and b"locked" not in answer.err, f"{deed}: the database was busy", answer)
    return done


barrier = threading.Barrier(PROCESSES)
before = store.number("SELECT MAX(seq) FROM events")
for done in lib.at_once(PROCESSES, writer, range(PROCESSES)):
    for deed, ids in done.items():
        acknowledged[deed] += ids

sessions = dict(store.query("SELECT session_id, source FROM sessions"))
lib.check(len(acknowledged["issued"]) > PROCESSES, "hardly anything was issued")
lib.check(sessions == dict(acknowledged["issued"]), "the sessions are not those that were acknowledged")
lib.check(len(sessions) == len(acknowledged["issued"]), "a session is there twice or was given out twice")
revoked = {session for session, in store.query("SELECT session_id FROM sessions WHERE revoked_at IS NOT NULL")}
lib.check(revoked == set(acknowledged["revoked"]), "the revoked sessions are not those that were acknowledged")
users = dict(store.query("SELECT public_id, email FROM users"))
created = acknowledged["created"] + acknowledged["contested"]
lib.check({user: email for user, email in users.items() if user not in owners} == dict(created),
          "the users are not those that were acknowledged")
for owner, name in names.items():
    lib.check(store.query("SELECT full_name FROM users WHERE public_id = ?", owner) == [(name,)], "an update is lost")

events = collections.Counter(type_ for type_, in store.query("SELECT type FROM events WHERE seq > ?", before))
wanted = {"session.created": len(acknowledged["issued"]), "session.revoked": len(acknowledged["revoked"]),
          "user.updated": len(acknowledged["updated"]), "user.created": len(created)}
lib.check(events == wanted, f"the events are {dict(events)}, not {wanted}")
last, count = store.query("SELECT MAX(seq), COUNT(*) FROM events")[0]
lib.check(last == count, f"{count} events up to number {last}")
store.sound("after many writers")

total = sum(len(ids) for ids in acknowledged.values())
lib.check(total >= PROCESSES * WRITES * 8 // 10, f"only {total} writes were acknowledged")
lib.note(f"{total} writes by {PROCESSES} processes")
lib.done(at_least=PROCESSES * WRITES)
