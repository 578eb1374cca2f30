"""Databases, key files and configurations that are none, or not for us: each is refused with the documented exit code,
in one line, at once, and is left as it was."""
import os
import sqlite3

import lib

MARK = "Zq7-Marker-x9"

store = lib.Store()
alice = store.user("alice@example.com", "Alice")
store.user("bob@example.com", "Bob")
token = store.token(alice)
key_id = lib.root_key(store.key_file)[0]
FAILS = lib.DOCUMENTED - {0}


def unchanged(before, what):
    lib.check(store.content() == before, f"{what}: the database was changed")


# ---- configurations -------------------------------------------------------------------------------------------------

before = store.content()
config = os.path.join(store.folder, "config.toml")
for case, text in {
    "not TOML": f"{MARK} = = {MARK}".encode(), "an unknown key": f'{MARK.lower().replace("-", "_")} = "{MARK}"'.encode(),
    "an unknown table": f'[x]\ny = "{MARK}"'.encode(), "a number for a text": b"db = 1", "a text for a number": b'[policy]\nfull_name_min = "x"',
    "a bad duration": f'timeout = "{MARK}"'.encode(), "binary": bytes(range(256)), "invalid UTF-8": b'db = "' + MARK.encode() + b'\xff"',
    "a NUL": f'db = "{MARK}\0"'.encode(), "deeply nested": b"a = " + b"[" * 100_000, "a key twice": b'timeout = "1s"\ntimeout = "2s"',
    "2 MiB": b"# " + MARK.encode() + b"x" * (2 << 20), "an unended string": f'db = "{MARK}'.encode(),
    "a huge number": b"[policy]\nfull_name_min = 99999999999999999999", "a negative number": b"[policy]\nfull_name_min = -1",
}.items():
    with open(config, "wb") as file:
        file.write(text)
    os.chmod(config, 0o600)
    lib.refused(store.run("user", "list", "--config", config), 2, [MARK.encode()], f"configuration: {case}")
os.unlink(config)
lib.refused(store.run("user", "list", "--config", config), 2, what="configuration: missing")
lib.refused(store.run("user", "list", "--config", store.folder), 2, what="configuration: a folder")
os.mkfifo(config)
lib.refused(store.run("user", "list", "--config", config), 2, what="configuration: a FIFO")
os.unlink(config)
lib.refused(store.run("user", "list", "--config", "/dev/zero"), 2, what="configuration: /dev/zero")
unchanged(before, "configurations")

# ---- databases that are none ----------------------------------------------------------------------------------------

program = lib.ordinary_program()
READS = (["user", "list"], ["user", "get", "alice@example.com"], ["session", "list"], ["audit", "verify"], ["db", "check"],
         ["token", "validate", "-"], ["db", "status"])
WRITES = (["user", "create", "--email", "n@example.com", "--name", "N", "--no-password"], ["token", "issue", "alice@example.com"],
          ["user", "disable", "alice@example.com"], ["session", "revoke", "--user", "alice@example.com", "--all", "--yes"])


def own(*paths):
    if os.geteuid() == 0:
        for path in paths:
            os.chown(path, lib.NOBODY, lib.NOBODY)


def ordinary_copy():
    copy = store.copy(lib.ordinary_folder())
    copy.program = program
    own(copy.db, copy.key_file)
    return copy


def all_refused(copy, case, read_codes, write_codes, before=None):
    for words in (*READS, *WRITES):
        answer = copy.run(*words, stdin=token, **lib.ordinary())
        codes = write_codes if words in WRITES else read_codes
        if answer.code == 0 and 0 in codes:
            continue
        lib.refused(answer, set(codes) - {0}, [token.encode()], f"{case}: {words[:2]}")
    if before is not None:
        lib.check(before == open(copy.db, "rb").read(), f"{case}: the file was changed")


def file_database(case, content, codes=(10,)):
    copy = ordinary_copy()
    with open(copy.db, "wb") as file:
        file.write(content)
    all_refused(copy, case, codes, codes, content)


copy = ordinary_copy()
for words in (*READS, *WRITES):
    answer = copy.run(*words, stdin=store.token(alice) if "validate" in words else token, **lib.ordinary())
    lib.check(answer.code in ((0, 4) if "validate" in words else (0,)), "an ordinary user cannot use his own", answer)

whole = open(store.db, "rb").read()
file_database("not a database", (MARK * 1000).encode())
file_database("a short file", b"xy")
file_database("SQLite's first words only", whole[:16])
file_database("cut in its first page", whole[:100])
file_database("cut to one page", whole[:4096])
file_database("cut in the middle", whole[:len(whole) // 2 // 4096 * 4096])
file_database("cut off a page", whole[:len(whole) // 2])
for case, page in {"a page of zeros": bytes(4096), "a page of noise": lib.chance.randbytes(4096)}.items():
    copy = ordinary_copy()
    with open(copy.db, "wb") as file:
        file.write(whole[:4096] + page + whole[8192:])
    for words in (*READS, *WRITES):
        answer = copy.run(*words, stdin=token, **lib.ordinary())
        lib.decent(answer, [token.encode()])

for case, script in {
    "a foreign database": "CREATE TABLE t(x); INSERT INTO t VALUES (1);",
    "a foreign table of users": "CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT); INSERT INTO users VALUES (1, 'a@b');",
    "a foreign version": "CREATE TABLE schema_version(version TEXT); INSERT INTO schema_version VALUES ('x');",
    "a foreign application": "PRAGMA application_id=1; PRAGMA user_version=7; CREATE TABLE x(y);",
}.items():
    copy = ordinary_copy()
    os.unlink(copy.db)
    foreign = sqlite3.connect(copy.db)
    foreign.executescript(script)
    foreign.close()
    own(copy.db)
    os.chmod(copy.db, 0o600)
    before = lib.content(copy.db)
    all_refused(copy, case, {10}, {10})
    lib.check(lib.content(copy.db) == before, f"{case}: changed")

for case, sql in {"a newer schema": "UPDATE schema_version SET version = version + 1", "a far newer schema": "UPDATE schema_version SET version = 9223372036854775807",
                  "a negative schema": "UPDATE schema_version SET version = -1", "no version": "DELETE FROM schema_version",
                  "a table gone": "DROP TABLE sessions", "a column gone": "ALTER TABLE sessions DROP COLUMN source"}.items():
    copy = ordinary_copy()
    writer = copy.open()
    writer.execute(sql)
    writer.close()
    before = copy.content()
    # What does not touch the missing part may succeed.
    all_refused(copy, case, {0, 10} if "gone" in case else {10}, {0, 10} if "gone" in case else {10})
    if "gone" in case:
        lib.refused(copy.run("token", "validate", "-", stdin=token, **lib.ordinary()), 10, what=case)
    else:
        lib.check(copy.content() == before, f"{case}: changed")

copy = ordinary_copy()
before = copy.content()
os.chmod(copy.db, 0o400)
all_refused(copy, "a read-only file", {0, 4, 7}, {7})
lib.check(copy.content() == before, "a read-only file was changed")
copy = ordinary_copy()
os.chmod(copy.folder, 0o500)
all_refused(copy, "a read-only folder", {0, 4, 7}, {7})
os.chmod(copy.folder, 0o700)
lib.check(copy.content() == before, "a database in a read-only folder was changed")
copy = ordinary_copy()
os.chmod(copy.db, 0)
all_refused(copy, "a file that cannot be read", {7}, {7})
copy = ordinary_copy()
os.chmod(copy.folder, 0)
all_refused(copy, "a folder that cannot be entered", {2, 7, 10}, {2, 7, 10})
os.chmod(copy.folder, 0o700)

copy = ordinary_copy()
os.unlink(copy.db)
os.mkdir(copy.db)
own(copy.db)
all_refused(copy, "a folder", {7}, {7})
copy = ordinary_copy()
os.unlink(copy.db)
os.mkfifo(copy.db, 0o600)
own(copy.db)
all_refused(copy, "a FIFO", {7}, {7})
copy = ordinary_copy()
for path in ("/dev/null", "/dev/zero", "/dev/full", "/proc/version", "/dev/tty"):
    copy.env["TOKCTL_DB"] = f"sqlite:{path}"
    all_refused(copy, path, {7, 10}, {7, 10})
for path in (copy.db + "/x", "/nowhere/at/all.db", "/proc/nothing.db"):
    copy.env["TOKCTL_DB"] = f"sqlite:{path}"
    all_refused(copy, "a path that cannot be", {2, 3, 7, 10}, {2, 7, 10})
for url in ("", "sqlite", "sqlite:", MARK, f"{MARK}:x", f"postgres://a:{MARK}@h/d", f"mysql://a:{MARK}@h/d", f"http://{MARK}", 
            "sqlite:\n", f"sqlite:{MARK}\x1b[0m"):
    answer = store.run("user", "list", "--db", url)
    lib.refused(answer, FAILS, [MARK.encode()] if "sqlite:" not in url else [], f"--db {url!r}")

# A file of nothing is what a first use that was cut short leaves behind: it can be begun anew.
copy = lib.Store()
open(copy.db, "wb").close()
os.chmod(copy.db, 0o600)
lib.check(copy.run(*WRITES[0]).code == 0, "an empty file cannot be made a database")
copy.sound("in what was an empty file")

# ---- key files that are none ----------------------------------------------------------------------------------------


def key_file(case, spoil, read_codes=(10,)):
    copy = ordinary_copy()
    before = copy.content()
    spoil(copy)
    for words in (*READS[:4], *WRITES):
        answer = copy.run(*words, stdin=token, **lib.ordinary())
        lib.refused(answer, read_codes, [token.encode(), *key_lines], f"key file {case}: {words[:2]}")
    if os.path.exists(copy.folder):
        lib.check(copy.content() == before, f"key file {case}: the database was changed")


key_text = open(store.key_file, "rb").read()
key_lines = [key_text.splitlines()[-1].split()[1]]
other = lib.Store()
other.ok("init")


def write_key(content, mode=0o600):
    def spoil(copy):
        with open(copy.key_file, "wb") as file:
            file.write(content)
        os.chmod(copy.key_file, mode)
    return spoil


def link_key(copy):
    os.rename(copy.key_file, copy.key_file + ".real")
    os.symlink(copy.key_file + ".real", copy.key_file)


def replace_key(make):
    def spoil(copy):
        os.unlink(copy.key_file)
        make(copy.key_file)
    return spoil


key_file("missing", replace_key(lambda path: None))
key_file("a dangling link", replace_key(lambda path: os.symlink("/nowhere", path)))
key_file("a link", link_key)
for mode in (0o640, 0o604, 0o660, 0o666, 0o644, 0o601, 0o610, 0o602, 0o620, 0o777):
    key_file(f"of mode {mode:o}", write_key(key_text, mode))
key_file("that cannot be read", write_key(key_text, 0o200))
if os.geteuid() == 0:
    key_file("of another user", lambda copy: os.chown(copy.key_file, 0, 0))
    key_file("of a third user", lambda copy: os.chown(copy.key_file, 12345, lib.NOBODY))
key_file("a folder", replace_key(os.mkdir))
key_file("a FIFO", replace_key(lambda path: (os.mkfifo(path, 0o600), own(path))))
key_file("empty", write_key(b""))
key_file("of comments", write_key(b"# nothing\n\n"))
key_file("garbage", write_key(lib.chance.randbytes(200)))
key_file("of NULs", write_key(bytes(100)))
key_file("cut short", write_key(key_text.rstrip(b"\n")[:-1]))
key_file("of a key too long", write_key(key_text.rstrip(b"\n") + b"AAAA\n"))
key_file("of a wrong id", write_key(key_text.replace(key_id.encode(), b"0123456789abcdef")))
key_file("of a damaged key", write_key(key_text.replace(key_lines[0], bytes([key_lines[0][0] ^ 3]) + key_lines[0][1:])))
key_file("of the same key twice", write_key(key_text + key_text.splitlines()[-1] + b"\n"))
key_file("with DOS line ends", write_key(key_text.replace(b"\n", b"\r\n")))
key_file("of another install", write_key(open(other.key_file, "rb").read()))
key_file("of 1 MiB", write_key(key_text + b"#" * (1 << 20)))

before = store.content()
for path in ("/dev/null", "/dev/zero", "/dev/full", "/nowhere/x", "/"):
    lib.refused(store.run("user", "list", "--key-file", path), 10, what=f"--key-file {path}")
unchanged(before, "key files")

lib.check(store.valid(token), "the token is refused after all that")
store.sound("after all that")
lib.done(at_least=2000)
