"""What the campaigns are written with: a database of one's own, the program run on it, and what holds of every answer.

A campaign attacks or stresses the real program. `./dev test` runs a tenth of its rounds, TOKCTL_TEST_FULL=1 all of
them. The random choices of a run follow from TOKCTL_TEST_SEED, which a failure prints.

    import lib

    store = lib.Store()
    user = store.ok("user", "create", "--email", "a@example.com", "--name", "A", "-o", "id").text
    lib.refused(store.run("user", "get", "nobody@example.com"), 3)
    lib.done(at_least=1)
"""
import atexit
import base64
import concurrent.futures
import hashlib
import hmac
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback

PROGRAM = os.environ["TOKCTL"]
CLOCKED = os.environ.get("TOKCTL_CLOCKED", "")
UNDER = os.environ.get("TOKCTL_UNDER", "").split()
FULL = bool(os.environ.get("TOKCTL_TEST_FULL"))
SEED = int(os.environ.get("TOKCTL_TEST_SEED") or random.SystemRandom().randrange(1 << 32))
chance = random.Random(SEED)
NAME = os.path.basename(sys.argv[0])

# A shell's background job ignores these, and what it starts would as well.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)

PATIENCE = 30 * (20 if UNDER else 1)  # seconds in which any single command must have ended


def rounds(full):
    """How many of `full` rounds this run makes."""
    if FULL and not UNDER:
        return full
    return max(1, full // (100 if UNDER else 10))


# ---- checks -------------------------------------------------------------------------------------------------------

checks = 0
faults = []
FAULTS_SHOWN = int(os.environ.get("TOKCTL_TEST_SHOW") or 25)


def check(holds, what, answer=None):
    """Counts a check; one that does not hold is shown with the command it is about, and the campaign goes on."""
    global checks
    checks += 1
    if holds:
        return True
    faults.append(what)
    if len(faults) <= FAULTS_SHOWN:
        print(f"{NAME}: {what}", file=sys.stderr)
        if answer is not None:
            print(answer.shown(), file=sys.stderr)
        sys.stderr.flush()
    return False


def done(at_least):
    """Ends the campaign. Fewer checks than `at_least` mean that it did not look, which is a failure too."""
    for line in NOTES:
        print(f"{NAME}: {line}")
    if checks < at_least:
        faults.append("too few checks")
        print(f"{NAME}: only {checks} checks ran, not {at_least}", file=sys.stderr)
    if faults:
        print(f"{NAME}: {len(faults)} of {checks} checks failed; TOKCTL_TEST_SEED={SEED}", file=sys.stderr)
        sys.exit(1)
    print(f"{NAME}: {checks} checks in {time.monotonic() - STARTED:.0f} s")
    sys.exit(0)


NOTES = []
STARTED = time.monotonic()


def note(text):
    """Something worth reading in the log of a run that passed."""
    NOTES.append(text)


def _crash(kind, value, trace):
    traceback.print_exception(kind, value, trace)
    print(f"{NAME}: TOKCTL_TEST_SEED={SEED}", file=sys.stderr)


sys.excepthook = _crash

# ---- running the program ------------------------------------------------------------------------------------------


class Answer:
    def __init__(self, args, code, out, err, seconds):
        self.args, self.code, self.out, self.err, self.seconds = args, code, out, err, seconds

    @property
    def text(self):
        """Standard output without the newline at its end."""
        return self.out.decode("utf-8").removesuffix("\n")

    @property
    def json(self):
        return json.loads(self.out)

    def shown(self):
        args = " ".join(short(arg) for arg in self.args)
        return (f"  $ tokctl {args}\n  exit {self.code} after {self.seconds:.2f} s\n"
                f"  stdout | {short(self.out)}\n  stderr | {short(self.err)}")


def short(value, limit=400):
    text = ascii(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(value)})"


def call(args, *, stdin=b"", env=None, program=None, patience=None, under=UNDER, **options):
    """Runs the program. Exit code "hung" when it had to be killed, negative when a signal ended it."""
    command = [*under, program or PROGRAM, *args]
    if isinstance(stdin, str):
        stdin = stdin.encode()
    source = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    start = time.monotonic()
    try:
        ended = subprocess.run(command, env=env, timeout=patience or PATIENCE, check=False, **source, **options)
        code, out, err = ended.returncode, ended.stdout, ended.stderr
    except subprocess.TimeoutExpired as late:
        code, out, err = "hung", late.stdout, late.stderr
    return Answer(args, code, out or b"", err or b"", time.monotonic() - start)


def private_folder(prefix="store", parent=None):
    return tempfile.mkdtemp(prefix=f"{prefix}.", dir=parent)


ON = os.environ.get("TOKCTL_TEST_ON", "sqlite")  # which kind of database: sqlite, or a server in tests/servers


class Server:
    """Databases on the server that the tests started, by the script of its kind."""

    script = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "servers", f"{ON}.sh")
    folder = os.path.join(os.environ.get("TOKCTL_TEST_SERVERS", ""), ON)

    def __init__(self):
        with open(os.environ["TOKCTL_TEST_DATABASES"], "r+", encoding="ascii") as file:  # whoever ran us drops these
            names = file.read().split()
            self.name = f"{names[0]}_{len(names)}"
            file.write(self.name + "\n")
        self.call("create", self.name)
        with open(os.path.join(self.folder, "url"), encoding="utf-8") as file:
            self.url = file.read().strip().replace("DATABASE", self.name)

    def call(self, *args):
        return subprocess.run([self.script, args[0], self.folder, *args[1:]], check=True, stdout=subprocess.PIPE).stdout

    def query(self, sql, *values):
        for value in values:
            sql = sql.replace("?", "'" + str(value).replace("'", "''") + "'", 1)
        lines = self.call("sql", self.name, sql).decode().split("\n")[:-1]
        return [tuple(line.split("\t")) for line in lines]

    def content(self):
        tables = self.query("SELECT table_name FROM information_schema.tables"
                            f" WHERE table_schema IN ('public', '{self.name}') ORDER BY table_name")
        return {table: sorted(self.query(f"SELECT * FROM {table}")) for table, in tables}


class Store:
    """A database and a key file in a folder of their own, and the environment that names them. On a server it is set up
    first, unless `new`: in a file it need not be."""

    def __init__(self, folder=None, program=None, new=False, **env):
        self.folder = folder or private_folder()
        self.program = program
        self.given = env
        self.db = os.path.join(self.folder, "tokctl.db")
        self.key_file = os.path.join(self.folder, "tokctl.key")
        self.env = {"PATH": os.environ["PATH"], "HOME": self.folder, "LC_ALL": "C.UTF-8", "TZ": "UTC",
                    "TMPDIR": self.folder, "TOKCTL_DB": f"sqlite:{self.db}", "TOKCTL_KEY_FILE": self.key_file, **env}
        self.server = Server() if ON != "sqlite" else None
        if self.server:
            self.env["TOKCTL_DB"] = self.server.url
            if not new:
                self.ok("init")

    def run(self, *args, env=None, **options):
        return call(args, env={**self.env, **(env or {})}, program=options.pop("program", self.program), **options)

    def ok(self, *args, **options):
        """Runs what must succeed."""
        answer = self.run(*args, **options)
        if not check(answer.code == 0, f"exit {answer.code}, not 0", answer):
            raise SystemExit(f"{NAME}: cannot go on without it")
        return answer

    def start(self, *args, env=None, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen([*UNDER, self.program or PROGRAM, *args], env={**self.env, **(env or {})}, **options)

    def user(self, email, name="Somebody", password=None, *more):
        """Creates a user; its PublicID."""
        secret = ["--password-stdin"] if password is not None else ["--no-password"]
        return self.ok("user", "create", "--email", email, "--name", name, *secret, *more, "-o", "id",
                       stdin=(password or "").encode()).text

    def token(self, user, *more):
        return self.ok("token", "issue", user, *more, "-o", "raw").text

    def api_tokens(self, user, count):
        """(id, token) of so many new ones."""
        answer = self.ok("token", "issue", user, "--type", "api", "--count", str(count), "-o", "jsonl")
        return [(row["id"], row["token"]) for row in map(json.loads, answer.out.splitlines())]

    def valid(self, token):
        return self.run("token", "validate", "-", stdin=token + "\n").code == 0

    def open(self):
        """A connection to the database file, past the program: what somebody who has the file can do."""
        connection = sqlite3.connect(self.db, timeout=30, isolation_level=None)
        connection.text_factory = bytes
        connection.execute("PRAGMA foreign_keys=OFF")
        return connection

    def query(self, sql, *values):
        """The rows; from a server, as text."""
        if self.server:
            return self.server.query(sql, *values)
        connection = self.open()
        try:
            connection.text_factory = str
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def number(self, sql, *values):
        return int(self.query(sql, *values)[0][0])

    def content(self):
        """Everything the database holds, for comparison."""
        if self.server:
            return self.server.content()
        return content(self.db)

    def copy(self, folder=None):
        """The same database and key in another folder."""
        other = Store(folder, self.program, **self.given)
        source, target = self.open(), sqlite3.connect(other.db)
        source.backup(target)
        source.close()
        target.close()
        os.chmod(other.db, 0o600)
        shutil.copy2(self.key_file, other.key_file)
        return other

    def sound(self, when):
        """The database is whole, as the program itself sees it."""
        for command in (("audit", "verify"), ("db", "check")):
            answer = self.run(*command)
            check(answer.code == 0, f"{' '.join(command)}: exit {answer.code} {when}", answer)


class Batch:
    """`token validate --batch`, which remembers verdicts: a line in, a line out."""

    def __init__(self, store, **env):
        self.process = store.start("token", "validate", "--batch", "--stats", "-o", "jsonl", env=env, stdin=subprocess.PIPE)

    def accepts(self, token):
        self.process.stdin.write(token.encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())["active"]

    def close(self):
        """What it said, and how often each level had an answer."""
        self.process.stdin.close()
        err = self.process.stderr.read().decode()
        check(self.process.wait(PATIENCE) == 0, f"the batch ended by {self.process.returncode}: {err}")
        counts = dict(line.rsplit(None, 1) for line in err.splitlines()[-4:])
        return err, {name.strip(): int(count) for name, count in counts.items()}


def content(path):
    connection = sqlite3.connect(path, timeout=30)
    connection.text_factory = bytes
    try:
        found = {"schema": connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2").fetchall()}
        for name, in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            table = name.decode()
            found[table] = sorted(connection.execute(f'SELECT * FROM "{table}"').fetchall(), key=repr)
        return found
    finally:
        connection.close()


def at_once(count, work, items):
    """work(item) for each, `count` of them at a time; the results in order."""
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, items))


# ---- what holds of every refusal ----------------------------------------------------------------------------------

DOCUMENTED = {0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 130}  # 1 is for defects, and for output that cannot be written
ERROR_LINE = re.compile(rb"error: [^\n]+ \[[a-z0-9_.]+\]\n")
HINT_LINE = re.compile(rb"hint:  [^\n]+\n")
NOTE_LINE = re.compile(rb"(note|warning):  ?[^\n]+\n")
# Words that only a library or a language says.
RAW = re.compile(
    rb"sqlite|SQLITE_|near \"|syntax error|no such (table|column)|constraint failed|disk I/O|malformed database|"
    rb"not a database|unable to open|CLI::|CLI11|\[json\.exception|nlohmann|terminate called|what\(\)|std::|"
    rb"basic_string|bad_alloc|out_of_range|boost::|libsodium|toml::|Traceback|Sanitizer|Assertion|fmt::", re.IGNORECASE)
OWN_WORDS = re.compile(rb"sqlite:|\(SQLite code \d+\)|is not a tokctl database")  # a URL's scheme; our own sentences
CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")


def lines_of(err):
    return err.splitlines(keepends=True)


def decent(answer, secrets=()):
    """What holds of any answer: no crash, no library's words, no control characters, no secret."""
    check(answer.code in DOCUMENTED or answer.code == 1, f"ended by {answer.code}", answer)
    raw = RAW.search(OWN_WORDS.sub(b"", answer.err))
    check(raw is None, f"speaks a library's words: {raw and raw.group()}", answer)
    control = CONTROL.search(answer.err)
    check(control is None, f"a raw control character on stderr: {control and control.group()}", answer)
    try:
        answer.err.decode("utf-8")
    except UnicodeDecodeError:
        check(False, "stderr is not UTF-8", answer)
    for secret in secrets:
        check(secret not in answer.err and secret not in answer.out, "echoes what it was given", answer)


def refused(answer, codes, secrets=(), what="", quiet_out=True):
    """What holds of a command that failed: its exit code, one error line, at most a hint, no data, no secret."""
    codes = {codes} if isinstance(codes, int) else set(codes)
    check(answer.code in codes, f"{what}: exit {answer.code}, not {sorted(codes)}", answer)
    decent(answer, secrets)
    lines = [line for line in lines_of(answer.err) if not NOTE_LINE.fullmatch(line)]
    if lines and lines[0].startswith(b"{"):  # what -o json asks for
        error = json.loads(lines[0])["error"]
        lines = [f"error: {error['message']} [{error['code']}]\n".encode()] + lines[1:]
        check(error["exit"] == answer.code, f"{what}: says that it exits with {error['exit']}", answer)
    form = (1 <= len(lines) <= 2 and ERROR_LINE.fullmatch(lines[0])
            and all(HINT_LINE.fullmatch(line) for line in lines[1:]))
    check(form, f"{what}: stderr is not one error line and at most a hint", answer)
    if quiet_out:
        check(answer.out == b"", f"{what}: data on stdout", answer)


# ---- another user -------------------------------------------------------------------------------------------------

NOBODY = 65534


def ordinary():
    """Options for `call` that run the program without root's powers, which open any file."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


_folders = []


def ordinary_folder():
    """A folder that an ordinary user owns and can reach, wherever the campaign's own folder is."""
    folder = tempfile.mkdtemp(prefix="tokctl-campaign.", dir="/tmp")
    _folders.append(folder)
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    return folder


def ordinary_program():
    """A copy of the program where an ordinary user can run it, for a build may lie in a closed folder."""
    folder = tempfile.mkdtemp(prefix="tokctl-campaign.", dir="/tmp")
    _folders.append(folder)
    os.chmod(folder, 0o755)
    return shutil.copy(PROGRAM, folder)


@atexit.register
def _tidy():
    for folder in _folders:
        shutil.rmtree(folder, ignore_errors=True)


# ---- the formats, written down a second time ----------------------------------------------------------------------


def lp(*fields):
    """A 4-byte big-endian length before each field."""
    return b"".join(len(field).to_bytes(4, "big") + field for field in fields)


def mac(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def hkdf(key, info, size=32, salt=b""):
    """RFC 5869 with SHA-256."""
    pseudorandom = mac(salt or bytes(32), key)
    block = out = b""
    while len(out) < size:
        block = mac(pseudorandom, block + info + bytes([len(out) // 32 + 1]))
        out += block
    return out[:size]


def subkey(root, purpose):
    return hkdf(root, b"tokctl/v1/" + purpose)


def root_key(path):
    """The first key of a key file: id, 32 bytes."""
    with open(path, encoding="ascii") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                key_id, text = line.split()
                return key_id, base64.b64decode(text, validate=True)
    raise ValueError("no root key")


def web_token(session_id, token):
    session_id = session_id if isinstance(session_id, bytes) else session_id.encode()
    return base64.b64encode(session_id + b":" + base64.b64encode(token)).decode()


def web_message(session_id, public_id, private_id, email, tag_hex):
    return lp(b"tokctl-web-token-v1", session_id.encode(), public_id.encode(), private_id.encode(),
              email.lower().encode(), bytes.fromhex(tag_hex))


def kit_derivation(password_hash, public_id, private_id, email):
    salt = f"{public_id}:{private_id}:{email}".encode()
    key = hashlib.scrypt(password_hash, salt=salt, n=16384, r=8, p=1, dklen=32, maxmem=64 << 20)
    return mac(key, password_hash)
