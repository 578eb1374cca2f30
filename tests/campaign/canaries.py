"""Plants secrets through every command that takes or gives one, and looks for them everywhere else: output, logs, the
arguments and environment of processes, the database with its journals, every other file, core files, memory."""
import base64
import ctypes
import errno
import fcntl
import json
import os
import pty
import re
import select
import signal
import subprocess
import termios
import threading
import time

import lib

store = lib.Store()
ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def canary(name):
    return f"{name}-{''.join(lib.chance.choices(ALPHABET, k=24))}"


def forms(secret):
    """The ways in which a secret may lie about: as it is, in hex, in base64 at any offset."""
    secret = secret if isinstance(secret, bytes) else secret.encode()
    found = {secret, secret.hex().encode(), secret.hex().upper().encode(), secret.decode("latin-1").encode("utf-16-le")}
    for offset in range(3):
        inner = base64.b64encode(bytes(offset) + secret)
        skipped = (0, 2, 3)[offset]
        kept = (offset + len(secret)) * 8 // 6
        found |= {inner[skipped:kept], inner[skipped:kept].replace(b"+", b"-").replace(b"/", b"_")}
    return {form for form in found if len(form) >= 16}


secrets = {}  # name -> forms


def plant(name, secret):
    secrets[name] = forms(secret)
    return secret


def look(where, text, allowed=()):
    """No secret in this text, but for those that belong there."""
    for name, shapes in secrets.items():
        if name not in allowed:
            lib.check(not any(shape in text for shape in shapes), f"{name} is in {where}")


class Sampler:
    """Looks at the processes below this one while they run: their arguments, environment and children."""

    def __init__(self):
        self.seen = {}
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self):
        while not self.stop.is_set():
            self.walk(os.getpid())
            time.sleep(0.0005)

    def walk(self, parent):
        try:
            children = b""
            for task in os.listdir(f"/proc/{parent}/task"):
                with open(f"/proc/{parent}/task/{task}/children", "rb") as file:
                    children += file.read()
        except OSError:
            return
        for child in children.split():
            for what in ("cmdline", "environ"):
                try:
                    with open(f"/proc/{int(child)}/{what}", "rb") as file:
                        text = file.read()
                except OSError:
                    continue
                if text:
                    self.seen[text] = what
            self.walk(int(child))

    def end(self):
        self.stop.set()
        self.thread.join()
        return self.seen


sampler = Sampler()


def run(*args, given=(), printed=(), codes=(0,), **options):
    """Runs a command with -v. Only what is `printed` may be on standard output, and nothing on standard error."""
    answer = store.run(*args, "-v", **options)
    lib.check(answer.code in codes, f"exit {answer.code}", answer)
    logged = b" ms " in answer.err or answer.code == 2 or args[0] == "config"
    lib.check(logged, "-v logs nothing", answer)
    look(f"the standard error of {args[:2]}", answer.err)
    look(f"the standard output of {args[:2]}", answer.out, printed)
    return answer


def private_file(name, content):
    path = os.path.join(store.folder, name)
    with open(path, "w", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(content)
    return path


def by_descriptor(secret):
    reading, writing = os.pipe()
    os.write(writing, secret.encode())
    os.close(writing)
    return reading


class Terminal:
    """A command at a terminal of its own."""

    def __init__(self, where, *args, **options):
        self.master, slave = pty.openpty()
        self.process = where.start(*args, stdin=slave, stdout=subprocess.PIPE, stderr=slave, start_new_session=True,
                                   preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0), **options)
        os.close(slave)
        self.shown = b""

    def until(self, text):
        end = time.monotonic() + lib.PATIENCE
        while text not in self.shown and time.monotonic() < end:
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    self.shown += os.read(self.master, 4096)
                except OSError:
                    break
        return lib.check(text in self.shown, f"the terminal does not show {text!r} but {lib.short(self.shown)}")

    def type(self, text):
        os.write(self.master, text.encode() + b"\n")

    def end(self):
        out, _ = self.process.communicate(timeout=lib.PATIENCE)
        os.close(self.master)
        return out


# ---- passwords, by every way in -----------------------------------------------------------------------------------

ways = {}
ways["password by stdin"] = plant("password by stdin", canary("stdin"))
alice = run("user", "create", "--email", "a@example.com", "--name", "A", "--password-stdin", "-o", "id",
            stdin=ways["password by stdin"]).text
secret = plant("password by file", canary("file"))
path = private_file("pw", secret)
run("user", "create", "--email", "b@example.com", "--name", "B", "--password-file", path)
secret2 = plant("password by descriptor", canary("fd"))
fd = by_descriptor(secret2)
run("user", "create", "--email", "c@example.com", "--name", "C", "--password-fd", str(fd), pass_fds=[fd])
os.close(fd)
os.unlink(path)

typed = plant("password by prompt", canary("typed"))
terminal = Terminal(store, "user", "create", "--email", "d@example.com", "--name", "D", "-v")
if terminal.until(b"assword"):
    terminal.type(typed)
    terminal.until(b"nce more")
    terminal.type(typed)
out = terminal.end()
lib.check(terminal.process.returncode == 0 and len(out) == 37, "a password by prompt was not taken")
look("what a terminal shows", terminal.shown)
look("the standard output at a terminal", out)

new = plant("new password", canary("passwd"))
run("user", "passwd", alice, "--password-stdin", stdin=new)
run("user", "login", "a@example.com", "--password-stdin", stdin=new)
wrong = plant("wrong password", canary("wrong"))
run("user", "login", "a@example.com", "--password-stdin", stdin=wrong, codes=(4,))
run("user", "login", "nobody@example.com", "--password-stdin", stdin=wrong, codes=(4,))
refused = plant("refused password", canary("long") * 6)
run("user", "passwd", alice, "--password-stdin", stdin=refused, codes=(2,))
refused = plant("password for nobody", canary("nobody"))
run("user", "passwd", "nobody@example.com", "--password-stdin", stdin=refused, codes=(3,))
run("user", "create", "--email", "a@example.com", "--name", "A", "--password-stdin", stdin=refused, codes=(5,))
misplaced = plant("password for a name", canary("misplaced") + "\x01")
# Typed in the wrong place: it was in argv, but goes no further.
answer = store.run("user", "get", misplaced.strip("\x01"), "-v")
lib.check(answer.code == 2, "a password for a user", answer)
look("the standard error", answer.err)

# ---- imports ------------------------------------------------------------------------------------------------------

csv_password = plant("imported password, CSV", canary("csv"))
bad_password = plant("imported password, bad row", canary("badrow"))
path = private_file("people.csv", "email,full_name,password\n"
                    f"e@example.com,E,{csv_password}\nnot an email,E,{bad_password}\na@example.com,E,{bad_password}\n")
errors = os.path.join(store.folder, "bad.csv")
run("user", "import", "--format", "csv", path, "--errors", errors, codes=(11,))
os.unlink(path)
json_password = plant("imported password, JSON", canary("jsonl"))
path = private_file("people.jsonl", json.dumps({"email": "f@example.com", "full_name": "F", "password": json_password}) + "\n"
                    + '{"email": "x", "password": "' + plant("imported password, broken JSON", canary("brokenjson")) + "\n")
run("user", "import", "--format", "jsonl", path, codes=(11,))
os.unlink(path)
bcrypt = plant("imported hash, bcrypt", "$2b$04$" + "".join(lib.chance.choices("abcdefghijklmnopqrstuvwx", k=21)) + "u"
               + "".join(lib.chance.choices("abcdefghijklmnopqrstuvwx", k=30)) + "u")
path = private_file("hashes.csv", f"email,full_name,password_hash\ng@example.com,G,{bcrypt}\n")
run("user", "import", "--format", "csv", path)
os.unlink(path)
kit = plant("imported hash, kit", "$2a$10$" + "".join(lib.chance.choices("abcdefghijklmnopqrstuvwx", k=21)) + "u"
            + "".join(lib.chance.choices("abcdefghijklmnopqrstuvwx", k=30)) + "u")
path = private_file("kit.json", json.dumps({
    "public_id": "6dcda2da-92c3-41e5-8994-feff819cdc9f", "private_id": "0b1f5a3e-7d1c-4c55-9a53-2f1f0f6f4d11", "status": 1,
    "full_name": "Bill Kennedy", "email": "kit@example.com", "password": kit, "is_deleted": False,
    "date_modified": {"$date": "2020-01-01T00:00:00Z"}, "date_created": {"$date": "2020-01-01T00:00:00Z"}}) + "\n")
run("user", "import", "--format", "kit", path)
os.unlink(path)
run("user", "export", "--format", "csv")

# ---- tokens -------------------------------------------------------------------------------------------------------


def plant_token(name, token):
    """A token, and the part of it that is the secret."""
    secrets[name] = forms(token) | forms(base64.b64decode(base64.b64decode(token)[37:]))
    return token


def issue(name, *more, out="raw"):
    answer = store.run("token", "issue", alice, *more, "-o", out, "-v")
    lib.check(answer.code == 0, "no token", answer)
    token = plant_token(name, answer.text if out == "raw" else answer.json["token"])
    lib.check(answer.out.count(token.encode()) == 1, "a token is not printed once", answer)
    look("the standard error of token issue", answer.err)
    look("the standard output of token issue", answer.out, [name])
    return token


first = issue("token")
issue("token, JSON", out="json")
again = store.run("token", "issue", alice, "--reuse", "-o", "raw", "-v")
look("the standard error of --reuse", again.err)
out_file = os.path.join(store.folder, "out-token")
answer = store.run("token", "issue", alice, "--secret-out", out_file, "-v")
lib.check(answer.code == 0 and os.stat(out_file).st_mode & 0o777 == 0o600, "--secret-out", answer)
with open(out_file, encoding="ascii") as file:
    plant_token("token, --secret-out", file.read().strip())
look("the output of --secret-out", answer.out + answer.err)
run("token", "validate", "-", stdin=first)
run("token", "validate", "--explain", "-", stdin=first)
run("token", "validate", "--header", "-", stdin="Basic " + first)
run("token", "validate", "--batch", stdin=first + "\n" + first[:-2] + "\n")
run("token", "validate", "-", stdin=first[:-2] + "A=", codes=(4,))
run("token", "revoke", "-", "--yes", stdin=first)
run("token", "validate", "-", stdin=first, codes=(4,))
run("token", "revoke", "-", "--yes", stdin=first[:-2] + "A=", codes=(4,))

# ---- everything else, over a database that now knows them all ------------------------------------------------------

key_id, root = lib.root_key(store.key_file)
plant("root key", root)
plant("root key, as the file has it", base64.b64encode(root))
for purpose in (b"web-token", b"lookup", b"refresh", b"seal", b"cache", b"audit", b"throttle"):
    plant(f"subkey {purpose.decode()}", lib.subkey(root, purpose))
for args in (["user", "list"], ["user", "get", alice], ["session", "list"], ["session", "list", "--user", alice], ["audit", "list"],
             ["audit", "verify"], ["audit", "export"], ["db", "status"], ["db", "check"], ["doctor"], ["config", "show"], ["gc", "--dry-run"],
             ["init"]):
    for form in ("table", "json"):
        answer = run(*args, "-o", form, codes=(0, 2, 3))
        private = store.query("SELECT private_id, password_tag FROM users")
        lib.check(not any(value.encode() in answer.out + answer.err for row in private for value in row),
                  f"{args} shows a PrivateID or a password tag")

# ---- while a process holds the key and the database -----------------------------------------------------------------

second = issue("token of a long validation")
batch = store.start("token", "validate", "--batch", "-o", "jsonl", "-v", stdin=subprocess.PIPE)
batch.stdin.write(second.encode() + b"\n")
batch.stdin.flush()
lib.check(b'"active":true' in batch.stdout.readline().replace(b" ", b""), "a long validation does not answer")
writer = store.run("user", "update", alice, "--name", "WAL", "-v")
names = set(os.listdir(store.folder))
lib.check(any(name.endswith("-wal") for name in names), "no write-ahead log to look at")
SECRET_FILES = {"out-token": ["token, --secret-out"], "tokctl.key": ["root key", "root key, as the file has it"]}


def look_at_files(when):
    looked = 0
    for folder, _, files in os.walk(store.folder):
        for name in files:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                look(f"{name} {when}", file.read(), SECRET_FILES.get(name, ()))
            lib.check(os.stat(path).st_mode & 0o077 == 0, f"{name} may be read by others {when}")
            looked += 1
    lib.check(looked >= 2, "no files to look at")


look_at_files("while it is open")

# ---- memory and cores ----------------------------------------------------------------------------------------------

class Span(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]


def try_all(pid):
    """Everything that a process may try on another; the names of what succeeded."""
    got = []
    for name in ("mem", "environ", "maps", "auxv", "io"):
        try:
            with open(f"/proc/{pid}/{name}", "rb") as file:
                if name != "mem":
                    file.read(1)
            got.append(name)
        except OSError:
            pass
    for name in ("exe", "cwd", "fd/0"):
        try:
            os.readlink(f"/proc/{pid}/{name}")
            got.append(name)
        except OSError:
            pass
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(16)
    here, there = Span(ctypes.addressof(buffer), 16), Span(0x400000, 16)
    if libc.process_vm_readv(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0) >= 0 or ctypes.get_errno() == errno.EFAULT:
        got.append("process_vm_readv")
    attach, detach, clones_too = 16, 17, 0x40000000
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    if libc.ptrace(attach, pid, None, None) == 0:
        got.append("ptrace")
        os.waitpid(pid, clones_too)
        libc.ptrace(detach, pid, None, None)
    return got


def steal(process):
    """What another process of the same, ordinary user gets from this one."""
    reading, writing = os.pipe()
    thief = os.fork()
    if thief == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(lib.NOBODY)
                os.setuid(lib.NOBODY)
            os.write(writing, " ".join(try_all(process.pid)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, encoding="ascii") as pipe:
        stolen = pipe.read()
    os.waitpid(thief, 0)
    return set(stolen.split())


def guarded(process, what, uid):
    stolen = steal(process)
    lib.check(not stolen, f"{what}: another process gets at {sorted(stolen)}")
    # What is not dumpable belongs to root in /proc, whoever runs it.
    lib.check(os.stat(f"/proc/{process.pid}/environ").st_uid == 0 or uid == 0, f"{what}: the process is dumpable")
    with open(f"/proc/{process.pid}/limits", encoding="ascii") as file:
        core = re.search(r"^Max core file size +(\S+)", file.read(), re.MULTILINE).group(1)
    lib.check(core == "0", f"{what}: core files up to {core}")


common = lib.Store(lib.ordinary_folder(), lib.ordinary_program())
ordinary = lib.ordinary()
uid = ordinary.get("user", os.geteuid())
lib.check(common.run("user", "create", "--email", "a@example.com", "--name", "A", "--password-stdin", stdin="a password for all",
                    **ordinary).code == 0, "an ordinary user cannot begin")

with subprocess.Popen(["cat"], stdin=subprocess.PIPE, cwd="/", **ordinary) as control:
    while not os.path.exists(f"/proc/{control.pid}/exe") or b"cat" not in open(f"/proc/{control.pid}/cmdline", "rb").read():
        time.sleep(0.01)
    lib.check({"environ", "exe"} <= steal(control), "the thief gets nothing from an ordinary process: he proves nothing")

held = common.start("token", "validate", "--batch", "-o", "jsonl", stdin=subprocess.PIPE, **ordinary)
held.stdin.write(b"x\n")
held.stdin.flush()
held.stdout.readline()
guarded(held, "a process that holds the root key", uid)
held.send_signal(signal.SIGSEGV)
held.wait()
prompting = Terminal(common, "user", "passwd", "a@example.com", **ordinary)
if prompting.until(b"assword"):
    guarded(prompting.process, "a process that asks for a password", uid)
    prompting.type(canary("inmemory"))
    if prompting.until(b"nce more"):
        guarded(prompting.process, "a process that has a password", uid)
prompting.process.send_signal(signal.SIGABRT)
prompting.process.wait()
waiting = common.start("user", "passwd", "a@example.com", "--password-stdin", stdin=subprocess.PIPE, **ordinary)
waiting.stdin.write(canary("half").encode())
waiting.stdin.flush()
time.sleep(0.3)
guarded(waiting, "a process that reads a password", uid)
waiting.send_signal(signal.SIGQUIT)
waiting.wait()
cores = [name for folder in (common.folder, os.getcwd()) for name in os.listdir(folder) if "core" in name]
lib.check(not cores, f"core files: {cores}")

# ---- and after -------------------------------------------------------------------------------------------------------

batch.stdin.close()
look("the standard error of a long validation", batch.stderr.read())
batch.wait()
look_at_files("after all that")
seen = sampler.end()
lib.check(len(seen) > 20, f"only {len(seen)} command lines and environments were seen")
for text, what in seen.items():
    # `misplaced` was put into argv by this campaign itself.
    look(f"a process's {what}", text, ["password for a name"])
store.sound("after all that")

# That looking finds: a secret in each form, in a text of each kind.
for name, shapes in secrets.items():
    lib.check(len(shapes) >= 4, f"{name} is looked for in {len(shapes)} forms only")
planted = "spotted-canary-of-this-test"
shapes = forms(planted)
for text in (planted, planted.encode().hex(), "x" + planted, base64.b64encode(b"a" + planted.encode() + b"b").decode(),
             base64.b64encode(b"ab" + planted.encode()).decode(), base64.b64encode(planted.encode()).decode()):
    lib.check(any(shape in text.encode() for shape in shapes), f"a secret is not found in {text}")
lib.note(f"{len(secrets)} secrets, {len(seen)} command lines and environments seen")
lib.done(at_least=1000)
