"""Walks the tree of commands and gives each option and argument what nobody should; then takes away, closes and breaks
what a command reads and writes. It is refused with the documented exit code, in one line that repeats nothing, and
nothing has changed."""
import json
import os
import re
import resource
import subprocess

import lib
import lib_redis

MARK = "Zq7-Marker-x9"  # planted in every bad value; a message that repeats it would repeat a password as well

store = lib.Store(TOKCTL_REDIS=lib_redis.Real().url)
alice = store.user("alice@example.com", "Alice", "correct horse battery")
bob = store.user("bob@example.com", "Bob")
gone = store.user("gone@example.com", "Gone")
store.ok("user", "delete", gone, "--yes")
token = store.token(alice)
session = store.ok("session", "list", "--user", alice, "-o", "id").text
api_token = store.ok("token", "issue", alice, "--type", "api", "-o", "id").text
signing_key = store.ok("jwk", "create", "--alg", "EdDSA", "-o", "id").text
old_key = store.ok("jwk", "create", "--alg", "HS256", "-o", "id").text
pem = os.path.join(store.folder, "key.pem")
subprocess.run(["openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", pem], check=True)
os.chmod(pem, 0o600)
grant = '{"access_token":"a","token_type":"bearer","expires_in":31536000,"refresh_token":"r"}'
for provider in ("github", "gitlab"):
    store.ok("oauth", "provider", "add", provider, "--client-id", "x", "--client-secret-stdin", stdin="s3cret")
store.ok("oauth", "save", "alice", "--provider", "github", stdin=grant)
backup = os.path.join(store.folder, "backup.db")
store.ok("db", "backup", backup)
people = os.path.join(store.folder, "people.csv")
with open(people, "w", encoding="utf-8") as file:
    file.write("email,full_name\np@example.com,Person\n")
secret_file = os.path.join(store.folder, "password")
with open(secret_file, "w", opener=lambda path, flags: os.open(path, flags, 0o600), encoding="utf-8") as file:
    file.write("another password\n")

# ---- the tree -----------------------------------------------------------------------------------------------------

dump = [json.loads(line) for line in lib.call(["__commands"]).out.splitlines()]
lib.check(len(dump) > 25, f"only {len(dump)} commands")
everywhere = dump[0]["options"]
commands = {entry["command"]: entry for entry in dump[1:]}
for noun in [name for name in commands if any(other.startswith(name + " ") for other in commands)]:
    del commands[noun]
    lib.refused(store.run(noun), 2, what=f"{noun} alone")

# A way to call each command that succeeds, and its standard input; every other call is this one with one thing wrong.
# What is not listed gets its arguments by their names.
BY_NAME = {"USER": "alice@example.com", "EMAIL": "alice@example.com", "SESSION": session, "TOKEN": "-"}
CALLS = {
    "user create": (["--email", "new@example.com", "--name", "New", "--no-password"], ""),
    "user update": ([alice, "--name", "Other"], ""),
    "user passwd": ([alice, "--password-stdin"], "another password"),
    "user login": (["alice@example.com", "--password-stdin"], "correct horse battery"),
    "user restore": ([gone], ""),
    "user delete": ([bob, "--yes"], ""),
    "user import": (["--format", "csv", people], ""),
    "user export": (["--format", "jsonl"], ""),
    "session revoke": ([session, "--yes"], ""),
    "session prune": (["--older-than", "30d", "--yes"], ""),
    "token issue": ([alice], ""),
    "token validate": (["-"], token),
    "token get": (["-"], token),
    "token revoke": (["-", "--yes"], token),
    "token rotate": ([api_token], ""),
    "jwk create": (["--alg", "ES256"], ""),
    "jwk rotate": ([signing_key], ""),
    "jwk retire": ([old_key, "--yes"], ""),
    "jwk import": ([pem], ""),
    "oauth provider add": (["google", "--client-id", "x", "--client-secret-stdin"], "s3cret"),
    "oauth provider get": (["github"], ""),
    "oauth provider update": (["github", "--scope", "repo"], ""),
    "oauth provider remove": (["gitlab", "--yes"], ""),
    "oauth save": (["alice", "--provider", "github"], grant),
    "oauth get": (["alice", "--provider", "github"], ""),
    "oauth refresh": (["--due"], ""),
    "oauth revoke": (["alice", "--provider", "github", "--local", "--yes"], ""),
    "oauth delete": (["alice", "--provider", "github", "--yes"], ""),
    "db copy": (["--to", f"sqlite:{store.folder}/copy.db", "--dry-run"], ""),
    "db backup": (["-", "--portable"], ""),
    "db restore": ([backup, "--replace", "--dry-run"], ""),
    "completion": (["bash"], ""),
    "gc": (["--yes"], ""),
    "serve": (["--listen", f"unix:{people}"], ""),
}
ENDS = {"serve": 7}  # the others in 0; its place is taken by a file, or it would go on for ever
SETTINGS = {"--db", "--redis", "--key-file", "--config"}
# What a command does not use may name nothing.
UNUSED = {"config show": {"--db", "--redis", "--key-file"}, "config path": {"--db", "--redis", "--key-file"}, "db migrate": {"--key-file"},
          "db backup": {"--key-file"}, "version": SETTINGS, **{f"completion {shell}": SETTINGS for shell in ("bash", "zsh", "fish")}}
# Tried elsewhere: one needs a person or a provider, and what stands behind the other one's arguments is not ours.
del commands["oauth login"], commands["oauth exec"]
REPORTS = {"doctor"}  # what is wrong is its data
MAY_BE_ZERO = {"--overlap"}
SLOW = {"user passwd", "user login"}  # they hash a password


def baseline(command):
    if command in CALLS:
        args, stdin = CALLS[command]
    else:
        args, stdin = [BY_NAME.get(argument["value"], MARK) for argument in commands[command]["arguments"]], ""
    return [*command.split(), *args], stdin


def runs(command, where=store, **options):
    args, stdin = baseline(command)
    return where.run(*args, **{"stdin": stdin, **options})


for command in commands:
    copy = store.copy()
    answer = runs(command, copy)
    lib.check(answer.code == ENDS.get(command, 0), f"{command} cannot be called: add it to CALLS", answer)
    lib.decent(answer)

# ---- what nobody should give ----------------------------------------------------------------------------------------

LONGEST = (32 * resource.getpagesize()) - 64  # what Linux takes for one word
BAD = {
    "as long as a word can be": (MARK + "x" * LONGEST)[:LONGEST - 40].encode(),
    "invalid UTF-8": MARK.encode() + b"\xff\xc3(",
    "a newline": f"{MARK}\nerror: x [y.z]".encode(),
    "an ANSI escape": f"{MARK}\x1b[31m\x1b]0;{MARK}\x07".encode(),
    "C1 controls": f"{MARK}\u009b31m".encode(),
}
ODD = [f"{MARK}%s%n{{}}", f"{MARK}' OR '1'='1", f"{MARK},{MARK}", f"{MARK}={MARK}", f"../{MARK}", f"-{MARK}"]  # but not malformed
NUMBERS = ["-1", "0", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
           "1e9", "1.0", "+1", " 1", "1 ", "01", "0x10", "1_000", "1,000", "NaN", "inf", "\u0663"]
NEVER = {"9223372036854775808", "-9223372036854775809", "1e9", "1.0", "+1", " 1", "1 ", "0x10", "1_000", "1,000", "NaN",
         "inf", "\u0663", "-1"}
TIMES = ["-1h", "0h", "1e9h", "1h1h", "1 h", "h", "1", "-1", "0", "99999999999999999999d", "9223372036854775807w",
         "2026-13-01T00:00:00Z", "2026-12-31", "@", "@-99999999999999999999", "@1e9", "@9223372036854775808", "yesterday"]
PATHS = {"FILE", "FOLDER", "PATH"}
NEW_FILES = {"--secret-out", "--to", "--errors", "--out"}  # may be called anything at all
NEW_FILE_ARGUMENTS = {"db backup"}
FAILS = lib.DOCUMENTED - {0}


pristine = store.copy()


def unchanged(before, what):
    if lib.check(store.content() == before, f"{what}: the database was changed"):
        return
    source, target = pristine.open(), store.open()  # so that one fault does not hide the next
    source.backup(target)
    source.close()
    target.close()


def options_of(command):
    return commands[command]["options"] + everywhere


def long_name(option):
    return max(option["names"], key=len)


def without(args, option):
    """The call without an option that it gives already."""
    args = list(args)
    for name in option["names"]:
        if name in args:
            at = args.index(name)
            del args[at:at + (1 if option["value"] is None else 2)]
    return args


def try_option(command, option):
    args, stdin = baseline(command)
    args = without(args, option)
    name = long_name(option)
    what = f"{command} {name}"
    before = store.content()

    def refuse(words, codes, case, secrets=(MARK.encode(),)):
        lib.refused(store.run(*args, *words, stdin=stdin), codes, secrets, f"{what}: {case}", command not in REPORTS)

    if name == "--help":
        return
    if option["value"] is None:
        refuse([f"{name}={MARK}"], 2, "a flag with a value")
        refuse([f"{name}=true"], 2, "a flag with a value")
        refuse([name, name], 2, "a flag twice")
        unchanged(before, what)
        return
    refuse([name], 2, "no value")
    refuse([name, "--yes-" + MARK], 2, "an option for a value")
    refuse([name, ""], 2, "an empty value")
    refuse([f"{name}="], 2, "an empty value after =")
    value = {"FILE": "/nowhere", "URL": os.environ.get("x", store.env["TOKCTL_DB"])}.get(option["value"], "1")
    if not option.get("repeatable"):
        refuse([name, value, name, value], 2, "given twice")
    path = option["value"] in PATHS
    for case, bad in BAD.items():
        # A path may be called anything; then it is a path to nothing, and its name is repeated, harmlessly.
        if name not in NEW_FILES and name not in UNUSED.get(command, ()):
            refuse([name.encode() + b"=" + bad], FAILS, case, [] if path else [MARK.encode()])
    for odd in ODD:
        answer = store.run(*args, f"{name}={odd}", "--dry-run" if mutates(command) else "--no-input", stdin=stdin)
        if answer.code != 0:
            lib.refused(answer, FAILS, [MARK.encode()] if answer.code == 2 and not path else [], f"{what}={odd}",
                        command not in REPORTS)
    if option["value"] in ("N", "COUNT", "NUMBER"):
        for number in NUMBERS:
            answer = store.run(*args, f"{name}={number}", "--dry-run" if mutates(command) else "--no-input", stdin=stdin)
            if number in NEVER:
                lib.refused(answer, 2, what=f"{what}={number}")
            elif answer.code != 0:
                lib.refused(answer, FAILS, what=f"{what}={number}")
    if option["value"] in ("DURATION", "WHEN", "TIME", "MOMENT"):
        for time in TIMES:
            if time == "0" and name in MAY_BE_ZERO:
                continue
            lib.refused(store.run(*args, f"{name}={time}", stdin=stdin), 2, what=f"{what}={time}")
    if "|" in option["value"]:
        for word in ("", "x", MARK, option["value"], option["value"].upper()):
            refuse([f"{name}={word}"], 2, "none of its words")
    unchanged(before, what)


def mutates(command):
    return any("--dry-run" in option["names"] for option in commands[command]["options"])


def try_arguments(command):
    args, stdin = baseline(command)
    words = command.split()
    before = store.content()
    lib.refused(store.run(*args, *[MARK] * 9, stdin=stdin), 2, [MARK.encode()], f"{command}: too many arguments")
    lib.refused(store.run(*args, "--" + MARK, stdin=stdin), 2, [MARK.encode()], f"{command}: an unknown option")
    lib.refused(store.run(*args, f"--{MARK}={MARK}", stdin=stdin), 2, [MARK.encode()], f"{command}: an unknown option")
    lib.refused(store.run(*args, "-Z", stdin=stdin), 2, [], f"{command}: an unknown short option")
    lib.refused(store.run(*args, "-Z" + MARK, stdin=stdin), 2, [MARK.encode()], f"{command}: an unknown short option")
    lib.refused(store.run(*args, "++" + MARK, stdin=stdin), 2, [MARK.encode()], f"{command}: plus signs")
    for argument in commands[command]["arguments"]:
        given = BY_NAME.get(argument["value"])
        for case, bad in {"an empty argument": b"", **BAD}.items():
            path = argument["value"] in PATHS
            call = [word for word in args if word not in (alice, bob, gone, session, people, given, "-", "bash")]
            if path and command in NEW_FILE_ARGUMENTS and case not in ("an empty argument", "as long as a word can be"):
                answer = store.run(*call, "--", bad, stdin=stdin, cwd=store.folder)
                lib.check(answer.code == 0 and os.path.exists(os.path.join(os.fsencode(store.folder), bad)),
                          f"{command}: {argument['value']} is {case}, and no file of that name was written", answer)
                lib.check(not re.search(rb"[^\n -~]|error: x", answer.out.replace(rb"\x0aerror: x", b"")),
                          f"{command}: {argument['value']} is {case}, and is printed as it is", answer)
                continue
            lib.refused(store.run(*call, "--", bad, stdin=stdin), FAILS, [] if path else [MARK.encode()],
                        f"{command}: {argument['value']} is {case}")
    unchanged(before, command)
    del words


# A plain run tries the options of every command on itself, and those that all commands have on some.
some = lib.chance.sample(sorted(commands), max(1, lib.rounds(len(commands))))
tasks = []
for command in commands:
    own = commands[command]["options"]
    tasks.append((try_arguments, command))
    tasks += [(try_option, command, option) for option in (options_of(command) if command in some else own)]
for task, *what in tasks:
    task(*what)
lib.check(len(tasks) > 60, f"only {len(tasks)} options and arguments")

before = store.content()
for words in ([MARK], ["user", MARK], ["user"], ["user", "get", "--", "--"], ["--", MARK], ["-"], ["--"], [""], ["user", ""],
              ["USER", "GET"], ["user get"], ["user\nget"], ["user", "get\x1b[0m"], ["user", "ge"], ["use"], ["-o"],
              ["-q"], ["--yes", "--no-input"], ["--output"], ["-oo"], ["help", MARK], ["user", "get", "alice", MARK]):
    lib.refused(store.run(*words), 2, [MARK.encode()], f"{words}")
for words in (["user", "list", b"\xff"], [b"\xff"], [b"--\xff=x"], [b"-\xff"]):
    lib.refused(store.run(*words), 2, [b"\xff"], f"{words}")
# A mebibyte of words, since no single one can be that long.
lib.refused(store.run("user", "get", *[MARK + "x" * 100_000] * 10), 2, [MARK.encode()], "a mebibyte of words")
# With -o json the error is one JSON object on standard error.
for words in (["user", "get", MARK, "-ojson"], ["user", "list", "--limit", MARK, "-o", "jsonl"], ["--output=json", MARK],
              ["user", "get", "nobody@example.com", "-o", "json"]):
    answer = store.run(*words)
    lines = answer.err.splitlines()
    lib.check(answer.out == b"" and len(lines) == 1 and json.loads(lines[0])["error"], f"{words} -o json", answer)
    lib.check(MARK.encode() not in answer.err, f"{words} -o json repeats what it was given", answer)

# ---- the environment ----------------------------------------------------------------------

for name in ("TOKCTL_DB", "TOKCTL_REDIS", "TOKCTL_TIMEOUT", "TOKCTL_WEB_TTL", "TOKCTL_LOGIN_FLOOR", "TOKCTL_FULL_NAME_MIN"):
    for case, bad in BAD.items():
        answer = store.run("user", "list", env={name: bad})
        lib.refused(answer, FAILS, [MARK.encode()], f"{name} is {case}")
unchanged(before, "the environment")

# ---- standard input, standard output, the terminal -----------------------------------------------------------------


def closing(fd):
    return {"preexec_fn": lambda: os.close(fd)}


def broken_pipe():
    reading, writing = os.pipe()
    os.close(reading)
    return writing


# The answer of these is an id that somebody needs.
NAMES_ID = {"user create": "public_id", "token issue": "session_id"}
for command in commands:
    if command in SLOW and not lib.FULL:
        continue
    copy = store.copy()
    before = copy.content()
    args, stdin = baseline(command)
    answer = copy.run(*args, stdin=None, **closing(0))
    if answer.code != 0:
        lib.refused(answer, FAILS, what=f"{command} with standard input closed")
    copy = store.copy()
    answer = copy.run(*args, stdin=stdin, **closing(1))
    lib.refused(answer, 1, what=f"{command} with standard output closed")
    lib.check(copy.content() == before, f"{command} with standard output closed changed something", answer)
    copy = store.copy()
    answer = copy.run(*args, stdin=stdin, **closing(2))
    lib.check(answer.code == ENDS.get(command, 0), f"{command} with standard error closed: exit {answer.code}", answer)
    for case, output in {"a broken pipe": broken_pipe(), "/dev/full": os.open("/dev/full", os.O_WRONLY)}.items():
        copy = store.copy()
        answer = copy.run(*args, stdin=stdin, stdout=output)
        os.close(output)
        if answer.code == ENDS.get(command, 0) and copy.run(*args, stdin=stdin).out == b"":
            continue  # it has nothing to print
        lib.refused(answer, 1, what=f"{command} into {case}")
        if command in NAMES_ID:
            ids = {row[0] for name, rows in copy.content().items() if name in ("users", "sessions") for row in rows}
            old = {row[0] for name, rows in before.items() if name in ("users", "sessions") for row in rows}
            lib.check(any(new in answer.err for new in ids - old), f"{command} into {case} does not name what it made", answer)
    copy = store.copy()
    full = os.open("/dev/full", os.O_WRONLY)
    answer = copy.run(*args, stdin=stdin, stderr=full)
    os.close(full)
    lib.check(answer.code == ENDS.get(command, 0), f"{command} with a full standard error: exit {answer.code}", answer)

# Without a terminal nobody can be asked.
before = store.content()
for command in commands:
    args, stdin = baseline(command)
    if "--yes" in args:
        answer = store.run(*[word for word in args if word != "--yes"], stdin=stdin, start_new_session=True)
        if command in ("gc", "session prune") and answer.code == 0:
            continue
        lib.refused(answer, 12, what=f"{command} without --yes and without a terminal")
for words in (["user", "create", "--email", "new@example.com", "--name", "New"], ["user", "passwd", alice],
              ["user", "login", "alice@example.com"]):
    lib.refused(store.run(*words, start_new_session=True), 2, what=f"{words} without a terminal")
unchanged(before, "without a terminal")

# Passwords that cannot be one.
for case, (codes, text) in {
    "empty": (2, b""), "a newline": (2, b"\n"), "too short": (6, b"Zq7-Mar"), "too long": (2, MARK.encode() * 11),
    "1 MiB": (2, (MARK * 80_660).encode()[:1 << 20]), "invalid UTF-8": (2, MARK.encode() + b"\xff"), "NUL": (2, MARK.encode() + b"\0"),
    "two lines": (2, f"{MARK}\n{MARK}".encode()), "surrogates": (2, MARK.encode() + b"\xed\xa0\x80"),
}.items():
    for words in (["user", "create", "--email", "new@example.com", "--name", "New"], ["user", "passwd", alice]):
        path = os.path.join(store.folder, "bad-password")
        with open(path, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(text)
        reading = os.open(path, os.O_RDONLY)
        for words_, options in (["--password-stdin"], {"stdin": text}), (["--password-file", path], {}), (
                ["--password-fd", str(reading)], {"pass_fds": [reading]}):
            os.lseek(reading, 0, os.SEEK_SET)
            lib.refused(store.run(*words, *words_, **options), codes, [b"Zq7"], f"{words[1]} {words_[0]}: {case}")
        os.close(reading)
for words in (["--password-fd", "999"], ["--password-file", store.folder], ["--password-file", "/dev/zero"],
              ["--password-file", "/nowhere"], ["--password-stdin", "--password-fd", "0"],
              ["--password-stdin", "--password-file", secret_file]):
    lib.refused(store.run("user", "passwd", alice, *words, stdin="another password"), FAILS, what=f"{words}")
unchanged(before, "bad passwords")

lib.check(store.valid(token), "the token is refused after all that")
store.sound("after all that")
lib.note(f"{len(commands)} commands, {len(tasks)} options and arguments")
lib.done(at_least=3000)
