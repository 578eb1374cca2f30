"""Runs every block of README.md as it is printed, and the examples of tokctl-databases(7), with real servers where they
ask for some. A section is one shell, in a home where it makes sense; of a session with `$` it is compared what is printed."""
import html
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

import manual_pages
from homes import BILL, FILES, environment_of, make_home, programs, scratch, shell

ROOT = pathlib.Path(__file__).resolve().parents[2]
USER = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
# Lines, or kinds of block, that nothing here runs, and why. Lines are parsed by a shell all the same.
NOT_RUN = {
    "./dev ": "they build and test what is under test here",
    'export PATH="$PWD/build:$PATH"': "the program under test is in the PATH already",
    "tokctl oauth login ": "asks GitHub; oauth.sh and oauth_browser.sh do it with a provider of the tests' own",
    "export TOKCTL_DB=mysql://tokctl@db.example.com/tokctl": "MariaDB's client has no way to call this machine so; "
                                                             "tokctl-databases(7) is run below, mariadb.sh uses TLS",
    "systemd-sysusers && install ": "takes root and a machine of its own; tests/http/systemd.sh verifies the units",
    "tokctl init --db sqlite:/var/lib/tokctl/tokctl.db ": "as above",
    "chown tokctl: ": "as above",
    "systemctl enable --now ": "as above",
    "```yaml": "Debian has no Traefik and no Envoy; tests/http/auth.sh asks what they would",
    "```cpp": "tests/package compiles the like",
    "```cmake": "tests/package configures the like",
}
# What a section takes for granted.
HOMES = {
    "The tour, in five minutes": "",
    "Every day": BILL + FILES,
    "From kit": "printf '[]' > users.json; printf '[]' > sessions.json",
    "Credentials that others issue": BILL + "tokctl oauth delete alice --provider github --yes; tokctl oauth provider remove github --yes",
    "In front of every web server": BILL + "mkdir run; tokctl user create --email app@example.com --name App --no-password",
}
STAND_INS = {"tokctl oauth login ": "tokctl oauth save alice --provider github < response.json > /dev/null"}
BEFORE = {"In front of every web server": "tokctl serve --listen unix:run/tokctl.sock 2>serve.log &"}
failures = []
met = set()


def sections(text):
    """(heading, [(language, lines)]) for each heading."""
    heading, blocks, inside = "", [], None
    for line in text.splitlines():
        if inside is not None:
            if line == "```":
                blocks.append((inside[0], inside[1:]))
                inside = None
            else:
                inside.append(line)
        elif line.startswith("```"):
            inside = [line[3:]]
        elif line.startswith("#"):
            yield heading, blocks
            heading, blocks = line.lstrip("# "), []
    yield heading, blocks


def without_what_is_not_run(lines):
    kept = []
    for line in lines:
        known = [start for start in NOT_RUN if line.startswith(start)]
        met.update(known)
        kept.append(STAND_INS.get(known[0], ":") if known else line)
    return kept


def commands_of(lines):
    """(command, what it is to print) for each line behind `$`."""
    found = []
    for line in lines:
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def as_pattern(lines):
    """A pattern for what is printed: ids are anybody's, `…` is anything."""
    pattern = re.escape("\n".join(lines)).replace("…", ".*")
    return re.sub(r"[0-9a-f]{8}(\\-[0-9a-f]{4}){3}\\-[0-9a-f]{12}", "[0-9a-f-]{36}", pattern)


class Shell:
    """A bash that is given one block after the other."""

    def __init__(self, home, **environment):
        self.home = home
        self.bash = subprocess.Popen(["bash", "--norc"], cwd=home, env={**environment_of(home), **environment},
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                     start_new_session=True)

    def run(self, text):
        """(exit status, what was printed)."""
        # From a file, so that nothing in it reads the next one; what it leaves in the background has let go of the pipe.
        script = self.home / ".block"
        script.write_text(text + "\n")
        self.bash.stdin.write(f". {script} </dev/null; printf '\\n\\036%s\\n' $?\n")
        self.bash.stdin.flush()
        printed = ""
        for line in self.bash.stdout:
            if line.startswith("\x1e"):
                return int(line[1:]), printed.removesuffix("\n")
            printed += line
        return -1, printed

    def end(self):
        os.killpg(self.bash.pid, signal.SIGKILL)
        self.bash.wait()


def run_block(where, sh, language, lines):
    if language == "console":
        for command, expected in commands_of(lines):
            _, printed = sh.run(command)
            if not re.fullmatch(as_pattern(expected), printed.strip("\n")):
                failures.append(f"{where}: $ {command}\nprints\n{printed}\nand not\n" + "\n".join(expected))
        return
    text = "\n".join(without_what_is_not_run(lines))
    parsed = subprocess.run(["bash", "-n"], input="\n".join(lines), capture_output=True, text=True)
    if parsed.returncode:
        failures.append(f"{where}: no shell takes this: {parsed.stderr}")
    # Each line by itself would cut what goes over several; && of all would not show which.
    status, printed = sh.run("trap 'failed=$BASH_COMMAND' ERR; failed=\n" + text + "\ntrap - ERR; [ -z \"$failed\" ] || { echo \"$failed\"; false; }")
    if status:
        failures.append(f"{where}: exit {status}\n{text}\nprints\n{printed}")
    # People type slower than this.
    for socket in re.findall(r"^tokctl serve .*unix:(\S+) .*&$", text, re.M):
        sh.run(f"until curl -sf --unix-socket {socket} http://tokctl/readyz >/dev/null; do sleep 0.1; done")
    if re.search(r"^caddy run .*&$", text, re.M):
        sh.run("until [ -S web.sock ]; do sleep 0.1; done")


def run_crontab(where, home, lines, **settings):
    """As cron does: with next to nothing in the environment, by sh, from the home."""
    a_user_each = any("/etc/cron.d/" in line for line in lines)
    environment = {"HOME": str(home), "SHELL": "/bin/sh", "PATH": f"{programs}:/usr/bin:/bin", "LOGNAME": USER, **settings}
    for line in lines:
        if line.startswith("#") or re.match(r"\w+=", line):
            continue
        command = line.split(maxsplit=6 if a_user_each else 5)[-1]
        answer = subprocess.run(["/bin/sh", "-c", command], cwd=home, env=environment, stdin=subprocess.DEVNULL,
                                capture_output=True, text=True)
        if answer.returncode or answer.stderr:
            failures.append(f"{where}: {line}\nexit {answer.returncode}\n{answer.stderr}")


def check_nginx(where, home, lines):
    """nginx takes it: what is a location in a server, the rest beside it."""
    http, server, depth, into = [], [], 0, None
    for line in lines:
        if depth == 0:
            into = server if line.startswith("location") else http
        into.append(line)
        code = line.split("#")[0]
        depth += code.count("{") - code.count("}")
    newline = "\n"
    (home / "nginx.conf").write_text(f"""pid {home}/nginx.pid;
error_log {home}/nginx.log;
events {{}}
http {{
access_log off;
{" ".join(f"{kind}_temp_path {home}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))}
upstream app {{ server unix:{home}/app.sock; }}
{newline.join(http)}
server {{ listen unix:{home}/web.sock; {newline.join(server)} }}
}}
""")
    verify(where, [shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin"), "-t", "-e", home / "nginx.log", "-c", home / "nginx.conf"])


def check_caddy(where, home, lines):
    (home / "Caddyfile").write_text("\n".join(["http://app {", *lines, "}"]) + "\n")
    verify(where, ["caddy", "validate", "--adapter", "caddyfile", "--config", home / "Caddyfile"])


def verify(where, words):
    answer = subprocess.run(words, capture_output=True, text=True, env={**os.environ, "HOME": str(scratch)})
    if answer.returncode:
        failures.append(f"{where}: {answer.stderr}")


class Server:
    """One of the tests' own, which nobody else uses: what is run here changes its users."""

    def __init__(self, kind):
        self.script, self.folder = ROOT / f"tests/servers/{kind}.sh", scratch / kind
        subprocess.run([self.script, "start", self.folder], check=True, cwd="/")
        self.place = (self.folder / "place").resolve()

    def stop(self):
        subprocess.run([self.script, "stop", self.folder], check=True)


def psql(server, statement, user=USER):
    subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", server.place, "-p", port_of(server), "-U", user, "-c",
                    statement, "postgres"], check=True)


def port_of(server):
    return re.search(r"port=(\d+)", (server.folder / "url").read_text())[1]


def with_postgres(server, home, passwords):
    """The environment in which the user that runs this may do anything by the socket."""
    (home / ".postgresql").mkdir()
    shutil.copy(server.folder / "ca.crt", home / ".postgresql/root.crt")
    (home / ".pgpass").write_text(passwords)
    (home / ".pgpass").chmod(0o600)
    return {"PGHOST": str(server.place), "PGPORT": port_of(server)}


THIS_MACHINE = {"PGHOSTADDR": "127.0.0.1"}  # is what the hosts are that URLs name


def readme(postgres):
    for heading, blocks in sections((ROOT / "README.md").read_text()):
        if not blocks:
            continue
        home = make_home(re.sub(r"\W+", "-", heading), HOMES.get(heading, ""))
        settings = {}
        if heading == "The tour, in five minutes":
            settings = with_postgres(postgres, home, "")
        elif heading == "On a database server":
            settings = with_postgres(postgres, home, "*:*:*:tokctl:secret\n") | THIS_MACHINE
            psql(postgres, "CREATE ROLE tokctl LOGIN PASSWORD 'secret'")
            psql(postgres, "CREATE DATABASE tokctl OWNER tokctl TEMPLATE template0 ENCODING 'UTF8'")
        sh = Shell(home, **settings)
        if heading in BEFORE:
            run_block(heading, sh, "sh", [BEFORE[heading]])
        for language, lines in blocks:
            if "```" + language in NOT_RUN:
                met.add("```" + language)
            elif language in ("sh", "console"):
                run_block(heading, sh, language, lines)
            elif language == "cron":
                database = {"TOKCTL_DB": "postgres://tokctl@db.example.com/tokctl"} if settings else {}
                run_crontab(heading, home, lines, **settings, **(database if "tour" not in heading else {}))
            elif language == "nginx":
                check_nginx(heading, home, lines)
            elif language == "caddy":
                check_caddy(heading, home, lines)
            else:
                failures.append(f"{heading}: nobody runs blocks of {language or 'no language'}")
        sh.end()
    for start in NOT_RUN.keys() - met:
        failures.append(f"README.md has no {start} that would have to be left out")


def databases(postgres, mariadb):
    on_postgres, on_mariadb = manual_pages.pages()["tokctl-databases"].examples()
    home = make_home("on-postgres", "")
    psql(postgres, f"ALTER ROLE \"{USER}\" PASSWORD 'mine'")
    settings = with_postgres(postgres, home, f"*:*:*:{USER}:mine\n") | THIS_MACHINE
    run_example("tokctl-databases.7, PostgreSQL", home, on_postgres, "secret\nsecret\n", settings)

    home = make_home("on-mariadb", "")
    (home / ".my.cnf").write_text(f"[client]\nuser=root\nsocket={mariadb.place}/socket\n")
    settings = {"MYSQL_UNIX_PORT": str(mariadb.place / "socket")}
    run_example("tokctl-databases.7, MariaDB", home, "mariadb -e 'DROP USER tokctl'\n" + on_mariadb, "", settings)


def run_example(where, home, text, typed, settings):
    answer = subprocess.run(["bash", "-euo", "pipefail", "-c", text + "\ntokctl doctor"], cwd=home, input=typed,
                            env={**environment_of(home), **settings}, capture_output=True, text=True, start_new_session=True)
    if answer.returncode:
        failures.append(f"{where}: exit {answer.returncode}\n{answer.stdout}{answer.stderr}")


def recording():
    """docs/terminal.svg shows what the program prints today, but for ids and times."""
    words = []
    for text in (re.sub("<[^>]*>", " ", (ROOT / "docs/terminal.svg").read_text()),
                 subprocess.run([ROOT / "docs/record.py", "--text"], check=True, capture_output=True, text=True).stdout):
        text = re.sub(r"[0-9a-f-]{36,}|tka_\w+|[0-9T:-]{19}Z", "ID", html.unescape(text))
        words.append(sorted(text.split()))  # of what was made within a second any may come first
    if words[0] != words[1]:
        failures.append("docs/terminal.svg shows something else than the program prints: ./dev record")


def paths():
    """What the documents name of the tree is there."""
    top = "|".join(sorted(path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "." and path.name != "build"))
    for document in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / document).read_text()
        named = set(re.findall(r"\]\(((?!http)[^)#]+)\)", text))
        named.update(re.findall(rf"(?<![\w/.$])((?:{top})/[\w*./-]+[\w*])", text))
        for name in sorted(named):
            if not re.search("NAME|NOUN|KIND|SCRIPT", name) and not any(ROOT.glob(name)) and not (ROOT / name).exists():
                failures.append(f"{document} names {name}, which is not there")
        if not named:
            failures.append(f"{document} names nothing of the tree")


def main():
    paths()
    recording()
    servers = postgres, mariadb = Server("postgres"), Server("mariadb")
    try:
        # Of the server's own names the documentation's is made free.
        psql(postgres, f'CREATE ROLE "{USER}" SUPERUSER LOGIN', "tokctl")
        psql(postgres, "ALTER ROLE tokctl RENAME TO owner")
        readme(postgres)
        psql(postgres, "DROP DATABASE tokctl")
        psql(postgres, "DROP ROLE tokctl")
        databases(postgres, mariadb)
    finally:
        for server in servers:
            server.stop()
    print(*failures, sep="\n")
    sys.exit(1 if failures else 0)


main()
