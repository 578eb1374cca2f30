"""Runs every example of --help and of the manual pages as it is printed, each in a home where it makes sense, and
holds what comes out as JSON against the fields that the pages describe."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import manual_pages

TOKCTL = os.environ["TOKCTL"]
SESSION = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"  # the one that examples name
API_TOKEN = "9b2e1c55-7d3a-4f0e-8c61-2a5b90d4e7f1"
failures = []
scratch = pathlib.Path(os.environ["TMPDIR"])
programs = scratch / "bin"
programs.mkdir()
(programs / "tokctl").write_text(f'#!/bin/sh\nexec {os.environ.get("TOKCTL_UNDER", "")} {TOKCTL} "$@"\n')
# What examples pass something on to.
(programs / "curl").write_text("#!/bin/sh\ngrep -q '^Authorization: '\n")
(scratch / "sync.sh").write_text('#!/bin/sh\n[ -n "${ACCESS_TOKEN:-$(cat <&3)}" ]\n')
for program in (programs / "tokctl", programs / "curl", scratch / "sync.sh"):
    program.chmod(0o755)
# These take a person, ask the provider or need a Redis: they are tried with those of the tests' own. One runs on.
ELSEWHERE = {"serve", "oauth login", "oauth revoke alice --provider github --yes", "cache warm"}


def shell(home, script, program="bash"):
    environment = {**os.environ, "HOME": str(home), "PATH": f"{programs}:{os.environ['PATH']}", "EDITOR": "true",
                   "SECRET": "s3cret", "PW": "correct horse battery", "NEW": "staple the second", "TOKCTL_LOGIN_FLOOR": "0"}
    for name in ("TOKEN", "CODE"):
        token = home / f".{name.lower()}"
        if token.exists():
            environment[name] = token.read_text().strip()
    command = {"bash": ["bash", "-euo", "pipefail", "-c"], "zsh": ["zsh", "-fec"], "fish": ["fish", "-Nc"]}[program]
    return subprocess.run([*command, script], cwd=home, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)


def make_home(name, script):
    home = scratch / name
    home.mkdir()
    answer = shell(home, script)
    if answer.returncode:
        sys.exit(f"cannot prepare {name}: {answer.stderr}")
    return home


BILL = rf"""
printf '%s' "$PW" | tokctl -q user create --email bill@ardanlabs.com --name 'Bill Kennedy' --password-stdin
tokctl token issue bill@ardanlabs.com --ttl 365d > .token
cp .token tokens.txt
tokctl audit verify -o id > audit-head
tokctl token issue bill@ardanlabs.com > /dev/null
sqlite3 .local/share/tokctl/tokctl.db \
  "UPDATE sessions SET session_id = '{SESSION}' WHERE session_id <> '$(base64 -d < .token | cut -c 1-36)'"
echo "key=$(tokctl token issue bill@ardanlabs.com --type api --name phone)" > ci.log
sqlite3 .local/share/tokctl/tokctl.db "UPDATE api_tokens SET id = '{API_TOKEN}'"
tokctl jwk create --alg ES256 > /dev/null
tokctl token issue bill@ardanlabs.com --type verify --purpose password_reset > .code
cp ../sync.sh .
echo '{{"access_token":"a","token_type":"bearer","expires_in":31536000,"refresh_token":"r"}}' > response.json
for provider in github salla gitlab; do
  printf '%s' "$SECRET" | tokctl oauth provider add $provider --client-id x --client-secret-stdin > /dev/null
done
tokctl oauth save alice --provider github < response.json > /dev/null
tokctl oauth save alice --provider salla < response.json > /dev/null
"""
FILES = r"""
printf 'email,full_name,password\nann@example.com,Ann,%s\n' "$NEW" > people.csv
: > auth_users.json
: > sessions.json
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out old-signing-key.pem
"""
with_bill = make_home("with-bill", BILL + FILES)
empty = make_home("empty", FILES)
BEGINNINGS = {"", "init", "user create", "tokctl", "tokctl-init", "tokctl-user"}  # where nobody is there yet


def fresh(model, name):
    home = scratch / re.sub(r"\W", "-", name)
    shutil.copytree(model, home)
    return home


def run_example(where, model, blocks, program="bash"):
    home = fresh(model, where)
    script = "\n".join(line for line in "\n".join(blocks).splitlines()
                       if not any(line.strip().startswith("tokctl " + name) for name in ELSEWHERE))
    if not script:
        return
    if program == "zsh":
        script = "autoload -Uz compinit; compinit -D\n" + script
    answer = shell(home, script, program)
    if answer.returncode:
        failures.append(f"{where}: exit {answer.returncode}\n{answer.stderr}")
    if "tokctl" not in script:
        failures.append(f"{where} is no example of tokctl")


tree = [json.loads(line) for line in
        subprocess.run([TOKCTL, "__commands"], capture_output=True, text=True, check=True).stdout.splitlines()]
for entry in tree:
    name = entry["command"]
    program = name.split()[-1] if name in ("completion zsh", "completion fish") else "bash"
    run_example(f"tokctl {name} --help", empty if name in BEGINNINGS else with_bill, [entry["example"]], program)

pages = manual_pages.pages()
for page in pages.values():
    blocks = page.examples()
    if page.path.suffix != ".1":
        continue
    if not blocks:
        failures.append(f"{page.path.name} has no examples")
    if page.name == "tokctl-completion":
        for block, program in zip(blocks, ("bash", "zsh", "fish"), strict=True):
            run_example(f"{page.name} {program}", with_bill, [block], program)
    else:
        run_example(page.name, empty if page.name in BEGINNINGS else with_bill, blocks)
    # An example for each verb.
    noun = page.name.removeprefix("tokctl-")
    for entry in tree:
        if entry["command"].startswith(noun + " ") and "tokctl " + entry["command"] not in "\n".join(blocks):
            failures.append(f"{page.path.name} has no example of {entry['command']}")

# A file of settings as tokctl.conf(5) shows it is one that tokctl takes.
for block in pages["tokctl.conf"].examples():
    home = fresh(empty, "settings")
    (home / "example.toml").write_text(block)
    answer = shell(home, "tokctl config show --config example.toml -o json")
    if answer.returncode:
        failures.append(f"tokctl.conf.5: the example is refused: {answer.stderr}")

# A line for each way of asking a command, and none that fails: what each prints has to be described, and what is
# described has to be printed.
ASKED = f"""
init --dry-run
init --activate "$(tokctl init --new-root-key -o id)" --dry-run
user create --email ann@example.com --name Ann --no-password
user get bill@ardanlabs.com
user list
user update ann@example.com --name Anna
user passwd ann@example.com --password-file pw
user enable ann@example.com
user disable ann@example.com
user unlock ann@example.com
user delete ann@example.com --yes
user restore ann@example.com
user login bill@ardanlabs.com --password-file pw
user import people.csv --if-not-exists
session list
session get {SESSION}
session revoke {SESSION} --dry-run
session revoke --user bill@ardanlabs.com --all --dry-run
session prune --dry-run
token issue bill@ardanlabs.com
token validate - < .token
token validate --batch < .token
token validate --explain < .token
token revoke {SESSION} --dry-run
token revoke --user bill@ardanlabs.com --dry-run
token rotate {API_TOKEN} --dry-run
token issue bill@ardanlabs.com --type jwt --with-refresh
token issue bill@ardanlabs.com --type verify --purpose two_factor_auth
token leaked < ci.log
jwk create --alg EdDSA --dry-run
jwk list
jwk rotate --dry-run
jwk import old-signing-key.pem --dry-run
jwk retire "$(tokctl jwk list -o id | head -n 1)" --dry-run
token list
token get {SESSION}
oauth provider add google --client-id x --client-secret-file pw --dry-run
oauth provider get github
oauth provider list
oauth provider update github --scope repo
oauth provider remove gitlab --dry-run
oauth save alice --provider salla --dry-run < response.json
oauth get alice --provider salla
oauth get alice --provider salla --header
oauth revoke alice --provider salla --local --dry-run
oauth refresh --due
oauth list
oauth delete alice --provider salla --dry-run
cache status
cache flush --dry-run
audit list
audit verify
audit export
db migrate
db status
db check
db rekey
db backup backup.db
db restore backup.db --db sqlite:restored.db
db copy --to sqlite:copy.db
config show
config path
doctor
gc --dry-run
version
"""
SPOKEN = {"user export", "jwk export", "oauth exec", "completion bash", "completion zsh",
          "completion fish"}  # print something else than objects
home = fresh(with_bill, "asked")
(home / "pw").write_text("correct horse battery")
(home / "pw").chmod(0o600)
known = {entry["command"] for entry in tree}
printed = {}
asked = set()
for line in ASKED.strip().splitlines():
    words = line.split()
    name = next(name for name in (" ".join(words[:length]) for length in (3, 2, 1)) if name in known)
    asked.add(name)
    answer = shell(home, f"tokctl {line} -o json")
    if answer.returncode:
        failures.append(f"tokctl {line} -o json: exit {answer.returncode}\n{answer.stderr}")
        continue
    document = json.loads(answer.stdout)
    for row in document["data"] if "data" in document else [document]:
        # A time and its seconds are described as one.
        fields = {key for key in row if key.removesuffix("_unix") == key or key.removesuffix("_unix") not in row}
        printed.setdefault(words[0], set()).update(fields)
leaves = {name for name in known if name and not any(other.startswith(name + " ") for other in known)}
for name in leaves - asked - SPOKEN - ELSEWHERE:
    failures.append(f"tests/cli/examples.py asks nothing of {name}")
printed["db"].add("problem")  # there is none
printed["cache"].add("tokens")  # of warming
for noun, fields in printed.items():
    page = pages[f"tokctl-{noun}"]
    described = set()
    for line in page.sections["OUTPUT"]:
        for words in re.findall(r"\bVa ((?:[a-z_]+(?: , )?)+)", line):
            described.update(words.replace(",", " ").split())
    if fields != described:
        failures.append(f"{page.path.name}: OUTPUT differs from what is printed: {sorted(fields ^ described)}")

print(*failures, sep="\n")
sys.exit(1 if failures else 0)
