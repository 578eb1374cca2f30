"""Kills copies and restores at random moments: a copy goes on where it stopped, a restore is there whole or not at all,
and no other command takes what is half there."""
import os
import shutil
import signal
import time

import lib

PEOPLE = 4000

source = lib.Store()
source.ok("init")
people = os.path.join(source.folder, "people.csv")
with open(people, "w", encoding="utf-8") as file:
    file.write("email,full_name\n")
    file.writelines(f"p{number}@example.com,Person {number}\n" for number in range(PEOPLE))
source.ok("user", "import", "--format", "csv", people)
token = source.token("p1@example.com")
before = source.content()
dump, backup = (os.path.join(source.folder, name) for name in ("dump", "backup"))
source.ok("db", "backup", "--portable", dump)
source.ok("db", "backup", backup)


def destination():
    """An empty place for the same key."""
    store = lib.Store()
    shutil.copy2(source.key_file, store.key_file)
    return store


def killed(store, args, longest):
    process = store.start(*args)
    time.sleep(lib.chance.uniform(0, longest))
    process.kill()
    out, err = process.communicate()
    lib.check(process.returncode in (0, -signal.SIGKILL), f"ended by {process.returncode}",
              lib.Answer(args, process.returncode, out, err, 0))
    return process.returncode != 0


def kills(count, hit):
    """Numbers `count` kills, and goes on a while as long as none of them came midway."""
    number = 0
    while number < count or number < 10 * count and not hit():
        yield number
        number += 1


def took(args_of):
    store = destination()
    start = time.perf_counter()
    store.ok(*args_of(store))
    return time.perf_counter() - start


def same_as_source(store, event, when):
    there = store.content()
    for table, rows in before.items():
        if table in ("event_head", "schema"):
            continue
        missing = len(set(rows) - set(there[table]))
        lib.check(not missing, f"{table}: {missing} rows are missing {when}")
        more = len(there[table]) - len(rows)
        lib.check(more == (table == "events"), f"{table}: {more} rows too many {when}")
    lib.check(store.query("SELECT type FROM events ORDER BY seq DESC LIMIT 1") == [(event,)], f"no {event} {when}")
    lib.check(store.valid(token), f"the token is not valid {when}")
    store.sound(when)


def copy(store):
    return ["db", "copy", "--from", f"sqlite:{source.db}", "--to", f"sqlite:{store.db}"]


# ---- copies -------------------------------------------------------------------------------------------------------


def copied(store):
    """Whether the copy there has come to its end. Before its first deed it is a database like any other."""
    return store.run("db", "status").code == 0 and store.number(
        "SELECT COUNT(*) FROM events WHERE type = 'database.copied'") == 1


usual = took(copy)
midway = resumed = 0
for kill in kills(lib.rounds(150), lambda: resumed):
    store = destination()
    for attempt in range(lib.chance.randint(1, 3)):
        if not killed(store, copy(store), usual * 1.1):
            break
        if not os.path.exists(store.db):
            continue
        answer = store.run("db", "status")  # which makes nothing in a file that is still empty
        lib.check(answer.code in (0, 10), f"copy {kill}: exit {answer.code}", answer)
        if copied(store):
            break
        if b"copy.unfinished" not in answer.err:
            continue
        midway += 1
        for command in (("user", "list"), ("token", "validate", "-")):
            answer = store.run(*command, stdin=token + "\n")
            refused = answer.code == 10 and b"copy.unfinished" in answer.err
            lib.check(refused, f"copy {kill}: half of it is taken", answer)
    done = os.path.exists(store.db) and copied(store)
    last = store.run(*copy(store), "-o", "json")
    lib.check(last.code == (5 if done else 0), f"copy {kill} does not go on: exit {last.code}", last)
    resumed += b'"resumed":true' in last.out
    same_as_source(store, "database.copied", f"after copy {kill}")
    shutil.rmtree(store.folder)
lib.check(midway > 0, "no copy was killed midway")
lib.check(resumed > 0, "no copy went on")
lib.check(source.content() == before, "the source has changed")
lib.note(f"{midway} times a copy was killed midway, {resumed} went on")

# ---- restores -----------------------------------------------------------------------------------------------------

for what, file in (("dump", dump), ("SQLite file", backup)):
    usual = took(lambda store, file=file: ["db", "restore", file])
    empty = whole = 0
    for kill in kills(lib.rounds(100), lambda: empty):
        store = destination()
        killed(store, ["db", "restore", file], usual * 1.1)
        users = store.query("SELECT COUNT(*) FROM users") if os.path.exists(store.db) and store.query(
            "SELECT 1 FROM sqlite_schema WHERE name = 'users'") else [(0,)]
        lib.check(users in ([(0,)], [(PEOPLE,)]), f"restore {kill} of a {what}: {users} users are there")
        if users == [(0,)]:
            empty += 1
            store.ok("db", "restore", file)
        else:
            whole += 1
        same_as_source(store, "database.restored", f"after restore {kill} of a {what}")
        shutil.rmtree(store.folder)
    lib.check(empty > 0, f"no restore of a {what} was killed midway")
    lib.note(f"{empty} restores of a {what} killed before the end, {whole} after")

# ---- backups ------------------------------------------------------------------------------------------------------

target = os.path.join(source.folder, "killed")
for more in ([], ["--portable"]):
    start = time.perf_counter()
    source.ok("db", "backup", *more, target)
    usual = time.perf_counter() - start
    os.unlink(target)
    for kill in range(lib.rounds(100)):
        if killed(source, ["db", "backup", *more, target], usual * 1.1) and not os.path.exists(target):
            continue
        store = destination()
        store.ok("db", "restore", target)
        same_as_source(store, "database.restored", f"after backup {kill}")
        shutil.rmtree(store.folder)
        os.unlink(target)
lib.done(at_least=lib.rounds(300))
