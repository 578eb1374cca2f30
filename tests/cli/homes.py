"""Homes in which what the documentation prints makes sense: users, tokens, providers, files, and the programs that examples
pass something on to."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

TOKCTL = os.environ["TOKCTL"]
SESSION = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"  # the one that examples name
API_TOKEN = "9b2e1c55-7d3a-4f0e-8c61-2a5b90d4e7f1"
scratch = pathlib.Path(os.environ["TMPDIR"])
programs = scratch / "bin"
programs.mkdir()
(programs / "tokctl").write_text(f'#!/bin/sh\nexec {os.environ.get("TOKCTL_UNDER", "")} {TOKCTL} "$@"\n')
# What examples pass something on to.
(programs / "curl").write_text(f"""#!/bin/bash
case $* in
  *https://*) grep -q '^Authorization: ' ;;  # nobody else is asked by a test
  *) exec {shutil.which("curl")} "${{@/#\\/run\\/tokctl\\//$HOME/run/}}" ;;  # the folder takes root
esac
""")
(scratch / "sync.sh").write_text('#!/bin/sh\n[ -n "${ACCESS_TOKEN:-$(cat <&3)}" ]\n')
for program in (programs / "tokctl", programs / "curl", scratch / "sync.sh"):
    program.chmod(0o755)


def environment_of(home):
    environment = {**os.environ, "HOME": str(home), "PATH": f"{programs}:{os.environ['PATH']}", "EDITOR": "true",
                   "SECRET": "s3cret", "PW": "correct horse battery", "NEW": "staple the second", "TOKCTL_LOGIN_FLOOR": "0"}
    for name in ("TOKEN", "CODE"):
        token = home / f".{name.lower()}"
        if token.exists():
            environment[name] = token.read_text().strip()
    return environment


def shell(home, script, program="bash"):
    command = {"bash": ["bash", "-euo", "pipefail", "-c"], "zsh": ["zsh", "-fec"], "fish": ["fish", "-Nc"]}[program]
    return subprocess.run([*command, script], cwd=home, env=environment_of(home), stdin=subprocess.DEVNULL,
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


def fresh(model, name):
    home = scratch / re.sub(r"\W", "-", name)
    shutil.copytree(model, home)
    return home
