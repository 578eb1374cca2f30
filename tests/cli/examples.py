"""Runs every example of --help and of the manual pages as it is printed, each in a home where it makes sense, and
holds what comes out as JSON against the fields that the pages describe."""
import json
import re
import subprocess
import sys

import manual_pages
from homes import API_TOKEN, BILL, FILES, SESSION, TOKCTL, fresh, make_home, shell

failures = []
# What is not run, for it would take a person, somebody else's server, a Redis or the whole machine. It is shown to be a
# command line that tokctl takes, and is run elsewhere:
ELSEWHERE = {
    "serve": "by tests/http, on a socket of the tests' own",
    "oauth login": "by oauth.sh and oauth_browser.sh, with a provider of the tests' own",
    "oauth revoke alice --provider github --yes": "by oauth.sh",
    "cache warm": "by cache.sh, with a Redis of the tests' own",
}

with_bill = make_home("with-bill", BILL + FILES)
empty = make_home("empty", FILES)
BEGINNINGS = {"", "init", "user create", "tokctl", "tokctl-init", "tokctl-user"}  # where nobody is there yet


def run_example(where, model, blocks, program="bash"):
    home = fresh(model, where)
    run = []
    for line in "\n".join(blocks).splitlines():
        if not any(line.strip().startswith("tokctl " + name) for name in ELSEWHERE):
            run.append(line)
        elif re.search(r"\[usage\.|^$", stderr := shell(home, line + " --db sqlite:/proc/none.db").stderr):
            failures.append(f"{where}: {line.strip()} is no command line of tokctl: {stderr}")
    script = "\n".join(run)
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
for name in leaves - asked - SPOKEN - set(ELSEWHERE):
    failures.append(f"tests/cli/examples.py asks nothing of {name}")
printed["db"].add("problem")  # there is none
printed["cache"].update({"tokens", "keys"})  # of warming
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
