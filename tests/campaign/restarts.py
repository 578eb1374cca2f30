"""A database server crashes every two seconds while programs that run on, and short commands, write to it and read from
it: no wrong answer, nothing lost that was acknowledged, nothing there twice, and nobody has to be started again."""
import json
import os
import subprocess
import tempfile
import threading
import time
import traceback

import lib

SECONDS = max(10, lib.rounds(60))  # of each kind of server
PAUSE = 2  # between two crashes
CRASHES = SECONDS // 6  # at least, however long the server takes to come back
PATIENCE = 60  # seconds of a command: on a slow machine the server takes a while to come back
RECOVERY = 5 * (20 if lib.UNDER else 1)  # seconds in which an answer comes, from the moment that the server is back

LEAST = 20 * SECONDS  # answers, and people imported

SERVERS = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "servers")


class Server:
    """A server of this campaign's own, as durable as a real one."""

    def __init__(self, kind):
        self.script = os.path.join(SERVERS, f"{kind}.sh")
        self.folder = tempfile.mkdtemp(prefix="tokctl-restarts.", dir="/tmp")
        self.call("start")
        self.call("create", "t")
        with open(os.path.join(self.folder, "url"), encoding="utf-8") as file:
            self.url = file.read().strip().replace("DATABASE", "t")
        self.back = []  # of each crash when it was gone and when it was back
        self.calm = threading.Lock()  # whoever holds it sees no crash
        self.over = threading.Event()

    def call(self, verb, *args):
        return subprocess.run([self.script, verb, self.folder, *args], check=True, cwd="/", stdout=subprocess.PIPE,
                              env={**os.environ, "TOKCTL_TEST_FSYNC": "on"}).stdout.decode()

    def query(self, sql):
        return [tuple(line.split("\t")) for line in self.call("sql", "t", sql).split("\n")[:-1]]

    def down_between(self, start, end):
        """Seconds of that time in which it was not there."""
        return sum(max(0, min(end, back or end) - max(start, gone)) for gone, back in list(self.back))

    def crash(self, seconds):
        """Again and again for so long."""
        end = time.monotonic() + seconds
        try:
            while time.monotonic() < end or len(self.back) < CRASHES:
                time.sleep(PAUSE)
                with self.calm:
                    gone = time.monotonic()
                    self.back.append((gone, None))
                    self.call("restart")
                    self.back[-1] = (gone, time.monotonic())
            time.sleep(PAUSE)
        finally:
            self.over.set()


class Thread(threading.Thread):
    """Runs; what it fails of, the campaign fails of."""

    def __init__(self, target, *args):
        super().__init__(daemon=True)
        self.work = lambda: target(*args)
        self.start()

    def run(self):
        try:
            self.work()
        except Exception:
            lib.check(False, traceback.format_exc())


class Wait:
    """How long answers took, without the time in which there was no server to give them."""

    def __init__(self, server):
        self.server, self.longest, self.answers = server, 0, 0

    def check(self, start, what):
        end = time.monotonic()
        took = end - start - self.server.down_between(start, end)
        self.longest = max(self.longest, took)
        self.answers += 1
        lib.check(took < RECOVERY, f"{what} took {took:.1f} s while the server was there")


def validate(store, server, tokens, wait, reached):
    """One process answers line after line."""
    process = store.start("token", "validate", "--batch", "-o", "jsonl", stdin=subprocess.PIPE)
    while not server.over.is_set():
        token, session = lib.chance.choice(tokens)
        start = time.monotonic()
        process.stdin.write(token.encode() + b"\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            break
        if reached.is_set():
            wait.check(start, "a validation")
        reached.set()
        answer = json.loads(line)
        lib.check(answer.get("session_id") == session and answer["active"] == (session is not None),
                  f"a wrong answer: {answer}, not session {session}")
    process.stdin.close()
    err = process.stderr.read()
    lib.check(process.wait() == 0, f"validate --batch ended by {process.returncode}: {err.decode()}")


def import_people(store, server, found, reached):
    """One process imports what comes slowly down a pipe. It may stop only where nobody can know whether a commit came
    through, and then goes on as it says: by looking, which the same import does again."""
    number = attempt = 0
    while True:
        first = number
        attempt += 1
        arrival = f"arrival{attempt}@example.com"
        with server.calm:  # who has never reached a server does not wait for it
            process = store.start("user", "import", "-", "--if-not-exists", "-o", "json", stdin=subprocess.PIPE)
            arrived = False
            rest = 10  # to be fed after the last crash
            try:
                process.stdin.write(f"email,full_name\n{arrival},Arrival\n".encode())
                while not arrived:
                    number = feed(process, number)
                    arrived = bool(server.query(f"SELECT 1 FROM users WHERE email = '{arrival}'"))
            except BrokenPipeError:
                pass
        reached.set()
        try:
            while not server.over.is_set() or rest > 0:
                number = feed(process, number)
                rest -= server.over.is_set()
            process.stdin.close()
        except BrokenPipeError:
            pass
        out, err = process.stdout.read(), process.stderr.read()
        code = process.wait()
        if arrived and code == 7 and b"db.commit_unknown" in err:
            found["unknown"] += 1
            number = first  # the same again
            continue
        if not lib.check(code == 0, f"the import ended by {code}: {err.decode()}"):
            return
        report = json.loads(out)
        lib.check(report["created"] + report["skipped"] == number - first + 1 and not report["failed"],
                  f"{number - first} people went in, and one before them; the import tells of {report}")
        found["imported"] = number
        return


def feed(process, number):
    """The next lines for an import, from this number on; the number after them."""
    after = number + 100
    process.stdin.write("".join(f"i{n}@example.com,Imported {n}\n" for n in range(number, after)).encode())
    process.stdin.flush()
    time.sleep(0.05)
    return after


def write(store, server, writer, found):
    """Short commands: each is acknowledged, or says that the database is not there."""
    number = 0
    while not server.over.is_set():
        number += 1
        email = f"w{writer}-{number}@example.com"
        answer = store.run("user", "create", "--email", email, "--name", "W", "--no-password", "-o", "id",
                           patience=3 * PATIENCE)
        if answer.code == 0:
            found["created"][email] = answer.text
        else:
            found["refused"] += 1
            lib.refused(answer, 7, what=email)


def campaign(kind):
    server = Server(kind)
    try:
        store = lib.Store(TOKCTL_DB=server.url, TOKCTL_TIMEOUT=f"{PATIENCE}s")
        store.ok("init")
        store.user("owner@example.com")
        tokens = []
        for number in range(12):
            answer = store.ok("token", "issue", "owner@example.com", "-o", "json").json
            dead = number % 3 == 0
            if dead:
                store.ok("session", "revoke", answer["session_id"], "--yes")
            tokens.append((answer["token"], None if dead else answer["session_id"]))
        tokens.append(("no token at all", None))

        wait, found = Wait(server), {"created": {}, "refused": 0, "imported": 0, "unknown": 0}
        validating, importing = threading.Event(), threading.Event()
        threads = [Thread(target, *args) for target, args in (
            (validate, (store, server, tokens, wait, validating)), (import_people, (store, server, found, importing)),
            (write, (store, server, 1, found)), (write, (store, server, 2, found)))]
        for running in (validating, importing):
            lib.check(running.wait(PATIENCE), f"{kind}: a program that was to run on does not")
        server.crash(SECONDS)
        for thread in threads:
            thread.join()

        rows = server.query("SELECT email, public_id FROM users")
        users = dict(rows)
        lib.check(len(users) == len(rows), f"{kind}: {len(rows) - len(users)} users are there twice")
        for email, user in found["created"].items():
            lib.check(users.get(email) == user, f"{kind}: the acknowledged user {email} is lost")
        for number in range(found["imported"]):
            lib.check(f"i{number}@example.com" in users, f"{kind}: the imported user {number} is lost")
        told = server.query("SELECT public_id FROM events WHERE type IN ('user.created', 'user.imported')")
        lib.check(sorted(users.values()) == sorted(user for user, in told), f"{kind}: not an event for each user")
        store.sound(f"after {len(server.back)} crashes of {kind}")
        lib.check(wait.answers >= LEAST, f"{kind}: only {wait.answers} validations")
        created = len(found["created"])
        lib.check(created > SECONDS // 10, f"{kind}: only {created} short writes came through")
        lib.check(found["imported"] >= LEAST, f"{kind}: only {found['imported']} people were imported")
        down = sum(back - gone for gone, back in server.back)
        lib.note(f"{kind}: {len(server.back)} crashes, {down:.0f} s down; {wait.answers} validations, the longest "
                 f"{wait.longest:.2f} s; {found['imported']} imported, {found['unknown']} times not known whether; "
                 f"{created} short writes, {found['refused']} refused")
    finally:
        server.call("stop")


for each in ("mariadb", "postgres"):
    campaign(each)
lib.done(at_least=LEAST)
