"""Types at bash, zsh and fish, and looks at what a tab makes of it.

bash and zsh run on a terminal of their own. One key completes as a tab does, another puts every candidate into the
line; a third has the shell print the line. fish is asked by its own `complete --do-complete`.
"""
import os
import pathlib
import pty
import re
import resource
import select
import shlex
import sqlite3
import statistics
import subprocess
import sys
import time

TOKCTL = os.environ["TOKCTL"]
UNDER = os.environ.get("TOKCTL_UNDER", "")
scratch = pathlib.Path(os.environ["TMPDIR"])
home = pathlib.Path(os.environ["HOME"])
failures = 0


def fail(message):
    global failures
    failures += 1
    print(message, flush=True)


def expect_equal(got, wanted, what):
    if got != wanted:
        fail(f"{what}:\n  is  {got!r}\n  not {wanted!r}")


programs = scratch / "bin"
programs.mkdir()
(programs / "tokctl").write_text(f'#!/bin/sh\nexec {UNDER} {TOKCTL} "$@"\n')
(programs / "tokctl").chmod(0o755)
ENVIRONMENT = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "TERM": "dumb", "PS1": "", "HISTFILE": ""}


def tokctl(*words, **more):
    return subprocess.run([str(programs / "tokctl"), *words], capture_output=True, text=True, check=True,
                          stdin=subprocess.DEVNULL, **more).stdout


# ---- shells ------------------------------------------------------------------------------------------------------

class Shell:
    """A shell on a terminal of its own."""

    def __init__(self, command, setup, folder):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, ENVIRONMENT)
        for line in setup.strip().splitlines():
            self.send(line + "\n")
        self.send("echo rea''dy\n")
        self.read_until("\nready\r?\n")

    def send(self, text):
        os.write(self.fd, text.encode())

    def read_until(self, pattern):
        seen, deadline = "", time.monotonic() + 60
        while not (match := re.search(pattern, seen, re.S)):
            if not select.select([self.fd], [], [], max(0, deadline - time.monotonic()))[0]:
                sys.exit(f"a shell says only: {seen!r}, not {pattern!r}")
            seen += os.read(self.fd, 65536).decode(errors="replace")
        return match

    def press(self, typed, key, show="\x18p"):
        """What the shell shows of the line after `typed` and a key."""
        self.send("\x15" + typed + key + show)  # first an empty line
        return self.read_until("<<<(.*?)>>>")[1].replace("\r\n", "\n")

    def tab(self, typed):
        return self.press(typed, "\t")

    def close(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


class Bash(Shell):
    def __init__(self, folder):
        super().__init__(["bash", "--norc", "--noprofile", "-i"], r"""
bind 'set bind-tty-special-chars off'; bind 'set bell-style none'; bind 'set enable-bracketed-paste off'
bind '"\C-xa": insert-completions'; bind '"\t": complete'; bind '"\C-u": kill-whole-line'
show() { printf '<<<%s>>>' "$READLINE_LINE"; }
bind -x '"\C-xp": show'
. /usr/share/bash-completion/bash_completion
source <(tokctl completion bash)
stty -echo
""", folder)

    def candidates(self, typed):
        """What a tab offers for the last word, read as the shell would; only what follows a = if there is one."""
        line = self.press(typed, "\x18a")
        begun = re.search(r"(?:[^ =\\]|\\.)*$", typed)[0]
        try:
            return shlex.split(line.removeprefix(typed.removesuffix(begun))) if line != typed else []
        except ValueError:
            return [f"not a line: {line}"]


class Zsh(Shell):
    def __init__(self, folder):
        super().__init__(["zsh", "-f", "-i"], r"""
unsetopt prompt_cr prompt_sp beep list_beep; PS1=; zle_bracketed_paste=()
autoload -Uz compinit && compinit -D
source <(tokctl completion zsh)
show() { printf '<<<%s>>>' "$BUFFER"; }
zle -N show; bindkey '^Xp' show; bindkey '^I' complete-word; bindkey '^U' kill-whole-line
show-found() { printf '<<<%s>>>' "${(F)found}"; }
zle -N show-found; bindkey '^Xf' show-found
_record() { found=(); recording=1; _main_complete; recording=; compstate[insert]=; compstate[list]=; }
zle -C record list-choices _record; bindkey '^Xa' record
compadd() { local -a hits; [[ -z $recording || ${@[1,(i)(-|--)]} == *-[OAD]* ]] || { builtin compadd -O hits "$@"; \
found+=("$IPREFIX"${^hits}); }; builtin compadd "$@"; }
""", folder)

    def candidates(self, typed):
        return [word.split("=", 1)[-1] for word in self.press(typed, "\x18a", "\x18f").splitlines()]


class Fish:
    def __init__(self, folder):
        self.folder = folder

    def candidates(self, typed):
        script = f"tokctl completion fish | source; complete --do-complete={shlex.quote(typed)}"
        answer = subprocess.run(["fish", "-N", "-c", script], cwd=self.folder, env=ENVIRONMENT, capture_output=True,
                                text=True, stdin=subprocess.DEVNULL)
        expect_equal(answer.stderr, "", f"fish: stderr of {typed}")
        return [line.split("\t")[0].split("=", 1)[-1] for line in answer.stdout.splitlines()]

    def close(self):
        pass


SHELLS = {"bash": Bash, "zsh": Zsh, "fish": Fish}

# ---- a home with users -------------------------------------------------------------------------------------------

work = scratch / "work"
work.mkdir()
for name in ("people.csv", "a b.csv", "colon:name"):
    (work / name).touch()
(work / "folder").mkdir()

USERS = ["ann@example.com", "bill@ardanlabs.com", "billie@example.com", "o'neil@example.com", "weird+tag@example.com"]
for email in USERS:
    tokctl("user", "create", "--email", email, "--name", "N", "--no-password", "-q")
token = tokctl("token", "issue", "bill@ardanlabs.com").strip()
session = tokctl("session", "list", "-o", "id").strip()
tokctl("jwk", "create", "--alg", "EdDSA", "-q")
key = tokctl("jwk", "list", "-o", "id").strip()
tokctl("token", "issue", "ann@example.com", "--type", "jwt", "--with-refresh")
refresh = tokctl("token", "list", "--type", "refresh", "-o", "id").strip()
tokctl("token", "issue", "ann@example.com", "--type", "verify", "--purpose", "password_reset")
verification = tokctl("token", "list", "--type", "verify", "-o", "id").strip()
database = home / ".local/share/tokctl/tokctl.db"
events = tokctl("audit", "verify", "-o", "id")


def check(name, start):
    shell = start(work)

    def offers(typed, wanted):
        got = [word.removesuffix("/") for word in shell.candidates(typed)]
        expect_equal(sorted(got), sorted(wanted), f"{name}: {typed}")

    offers("tokctl s", ["serve", "session"])
    offers("tokctl user en", ["enable"])
    offers("tokctl session ", ["list", "get", "revoke", "prune"])
    offers("tokctl user get --act", ["--active"])
    offers("tokctl token issue --s", ["--scope", "--source", "--single", "--secret-out"])
    offers("tokctl -o j", ["json", "jsonl"])
    offers("tokctl user list --output=js", ["json", "jsonl"])
    offers("tokctl user list --sort ", ["email", "-email", "created", "-created"])
    offers("tokctl help user pa", ["passwd"])
    offers("tokctl user get bil", ["bill@ardanlabs.com", "billie@example.com"])
    offers("tokctl user get billi", ["billie@example.com"])
    offers("tokctl user get bill@", ["bill@ardanlabs.com"])
    offers("tokctl user get bill@ard", ["bill@ardanlabs.com"])
    offers("tokctl user get o", ["o'neil@example.com"])
    offers("tokctl user get weird+", ["weird+tag@example.com"])
    offers("tokctl session revoke --user ann", ["ann@example.com"])
    offers("tokctl session revoke --user=ann", ["ann@example.com"])
    offers(f"tokctl session get {session[:24]}", [session])
    for verb in ("get", "revoke", "rotate"):
        offers(f"tokctl token {verb} {refresh[:13]}", [refresh])
        offers(f"tokctl token {verb} {verification[:13]}", [verification])
    offers(f"tokctl jwk retire {key[:9]}", [key])
    offers("tokctl token list --page-token ", [])
    offers("tokctl user create --name ", [])
    offers("tokctl user get nobody", [])
    offers("tokctl nonsense ", [])
    offers("tokctl user get --nonsense ", [])
    offers("tokctl --config peo", ["people.csv"])
    offers("tokctl --config=peo", ["people.csv"])
    offers("tokctl audit export --to fol", ["folder"])
    offers("tokctl user get -- ann", ["ann@example.com"])
    if name != "fish":
        for typed, wanted in [
            ("tokctl sess", "tokctl session "),
            ("tokctl user get billi", "tokctl user get billie@example.com "),
            ("tokctl user get bill@", "tokctl user get bill@ardanlabs.com "),
            ("tokctl session list --user=billi", "tokctl session list --user=billie@example.com "),
            ("tokctl user get weird", "tokctl user get weird+tag@example.com "),
            ("tokctl user get o", r"tokctl user get o\'neil@example.com "),
            ("tokctl --config a", r"tokctl --config a\ b.csv "),
            ("tokctl --config peo", "tokctl --config people.csv "),
            ("tokctl --db sqlite:x user up", "tokctl --db sqlite:x user update "),
            ("tokctl --key-file 'a b' user up", "tokctl --key-file 'a b' user update "),
            (r"tokctl --key-file a\ b user up", r"tokctl --key-file a\ b user update "),
            ('tokctl user get "billi', 'tokctl user get "billie@example.com" '),
            ("tokctl user get 'billi", "tokctl user get 'billie@example.com' "),
            ('tokctl user get "o', 'tokctl user get "o\'neil@example.com" '),
            ('tokctl user get "bill@', 'tokctl user get "bill@ardanlabs.com" '),
            (r"tokctl user get o\'n", r"tokctl user get o\'neil@example.com "),
            ("tokctl audit export --to=fol", "tokctl audit export --to=folder/"),
            ("tokctl --config col", "tokctl --config colon:name " if name == "zsh" else r"tokctl --config colon\:name "),
        ]:
            expect_equal(shell.tab(typed), wanted, f"{name}: {typed}<tab>")
        # In the middle of a line only what stands before the cursor counts.
        wanted = "tokctl session get x"
        expect_equal(shell.press("tokctl sess get x" + "\x02" * 6, "\t").replace("session  ", "session "), wanted,
                     f"{name}: tab inside a line")

    # Whatever is wrong with the database, nothing is offered and nothing said.
    (work / "broken.db").write_text("this is no database" * 100)
    (work / "broken.key").write_text("x")
    for options in ("--db sqlite:missing.db", "--db sqlite:broken.db", "--db sqlite:folder", "--db postgres://h/x",
                    "--db sqlite:missing/x.db", "--key-file missing.key", "--key-file broken.key",
                    "--config missing.toml", "--timeout nonsense"):
        offers(f"tokctl {options} user get b", [])
        offers(f"tokctl {options} user enab", ["enable"])
    expect_equal(sorted(path.name for path in work.iterdir()),
                 ["a b.csv", "broken.db", "broken.key", "colon:name", "folder", "people.csv"], f"{name}: left behind")
    shell.close()


for shell_name, starter in SHELLS.items():
    check(shell_name, starter)
expect_equal(tokctl("audit", "verify", "-o", "id"), events, "completion changed something")

# ---- silence, secrets and speed ----------------------------------------------------------------------------------

for words in (["user", "get", ""], ["token", "get", ""], ["token", "revoke", ""], ["session", "get", ""], [""]):
    answer = subprocess.run([str(programs / "tokctl"), "__complete", "--", *words], capture_output=True, text=True)
    expect_equal((answer.returncode, answer.stderr), (0, ""), f"__complete {words}")
    if token in answer.stdout:
        fail(f"__complete {words} prints a token")

fresh = scratch / "fresh"
fresh.mkdir()
answer = subprocess.run([str(programs / "tokctl"), "__complete", "--", "user", "get", ""], capture_output=True,
                        text=True, env={**ENVIRONMENT, "HOME": str(fresh)})
expect_equal((answer.returncode, answer.stdout, answer.stderr), (0, "", ""), "__complete without a database")
expect_equal(list(fresh.iterdir()), [], "__complete left something behind")

connection = sqlite3.connect(database)
columns = [row[1] for row in connection.execute("PRAGMA table_info(users)")]
row = dict(zip(columns, connection.execute("SELECT * FROM users LIMIT 1").fetchone()))


def many_users():
    for i in range(100_000):
        id_text = f"{i:08x}-0000-4000-8000-000000000000"
        yield tuple({**row, "public_id": id_text, "private_id": id_text, "email": f"user{i}@example.com",
                     "live_email": f"user{i}@example.com"}.values())


connection.executemany(f"INSERT INTO users VALUES ({','.join('?' * len(columns))})", many_users())
connection.commit()
connection.close()


def processor_time():
    """Of the programs run so far: they wait for nothing, and it stays the same while others are busy."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


for begun in ("", "user5", "user99999@"):
    took = []
    for _ in range(9):
        before = processor_time()
        found = tokctl("__complete", "--", "user", "get", begun).splitlines()
        took.append(processor_time() - before)
    if not found or not all(email.startswith(begun) for email in found):
        fail(f"among 100,000 users, {begun!r} finds {found[:3]}")
    if not UNDER and statistics.median(took) > 0.1:
        fail(f"among 100,000 users, {begun!r} takes {statistics.median(took) * 1000:.0f} ms")

sys.exit(1 if failures else 0)
