#!/usr/bin/env bash
# db backup, db restore and db copy.
. "$(dirname "$0")/lib.sh"

tokctl init -q >/dev/null
printf 'correct horse' | tokctl user create --email bill@example.com --name 'Bıll “Ω” 🗝' --password-stdin >/dev/null
tokctl token issue bill@example.com >web
DB=$(tokctl db status --fields url -o raw)
FORMAT=dump
if [[ $DB == sqlite:* ]]; then
  FORMAT=sqlite
elif [[ $TOKCTL_DB =~ ^([^:]+://[^:/@]+):([^@]+)(@.*)$ ]]; then  # in an argument there may be no password
  (umask 077 && printf '%s' "${BASH_REMATCH[2]}" >password)
  DB="${BASH_REMATCH[1]}${BASH_REMATCH[3]}&password-file=$PWD/password"
fi

# whole URL: the database there is sound, and what was in the first works.
whole() {
  expect_exit 0 tokctl db check --db "$1"
  expect_exit 0 tokctl audit verify --db "$1"
  expect_exit 0 tokctl token validate --db "$1" <web
  expect_exit 0 tokctl user get bill@example.com --db "$1" -o json
  expect_json .name 'Bıll “Ω” 🗝'
}

it "backs up into a new file for its owner's eyes"
expect_exit 0 tokctl db backup backup -o json
expect_json '"\(.file) \(.format)"' "backup $FORMAT"
expect_equal "$(stat -c %a backup)" 600
expect_exit 5 tokctl db backup backup
expect_err_match file.exists
expect_exit 2 tokctl db backup no/such/folder/backup
expect_exit 0 tokctl db backup --portable dump -o json
expect_json .format dump
expect_equal "$(find . -name '.tokctl-*' | wc -l)" 0

it "tells nothing in a dump that is not in the database, and no password"
gunzip <dump >lines
jq -es '.[0].tokctl_dump == 1 and .[-1].end' lines >/dev/null || fail "not lines of JSON from end to end"
! grep -q -e horse -e argon2 -e "$(<web)" lines || fail "a secret in clear"

it "restores either into an empty database"
for file in backup dump; do
  expect_exit 0 tokctl db restore "$file" --db "sqlite:$PWD/from-$file.db" --dry-run -o json
  expect_json '"\(.changed) \(.dry_run)"' 'false true'
  [[ ! -e from-$file.db ]] || fail "a dry run made it"
  expect_exit 0 tokctl db restore "$file" --db "sqlite:$PWD/from-$file.db" -o json
  expect_json .changed true
  whole "sqlite:$PWD/from-$file.db"
  expect_exit 0 tokctl audit list --db "sqlite:$PWD/from-$file.db" --limit 1 -o json
  expect_json '.data[0].type' database.restored
done
tokctl db backup - >piped
expect_exit 0 tokctl db restore - --db "sqlite:$PWD/piped.db" <piped
whole "sqlite:$PWD/piped.db"

it "restores over what is there only when told to"
expect_exit 5 tokctl db restore dump
expect_err_match db.not_empty
expect_exit 12 tokctl db restore dump --replace --no-input
tokctl user create --email gone@example.com --name Gone --no-password >/dev/null
expect_exit 0 tokctl db restore dump --replace --yes
expect_exit 3 tokctl user get gone@example.com
whole "$DB"

it "refuses what is not a whole backup"
head -c 700 dump >half
{ cat dump; echo; } >longer
printf 'x' >foreign
: >nothing
sqlite3 other.db 'CREATE TABLE t (x)'
for file in half longer foreign nothing other.db; do
  expect_exit 10 tokctl db restore "$file" --db "sqlite:$PWD/none.db"
  expect_out ''
  [[ ! -e none.db ]] || fail "a database was made of $file"
done
expect_exit 10 tokctl db restore - --replace --yes <half
for rows in -1 9007199254740993000 18446744073709551615; do
  sed "1s/\"users\":[0-9]*/\"users\":$rows/" lines | gzip >counted
  expect_exit 10 tokctl db restore counted --db "sqlite:$PWD/none.db"
  expect_err_line 'error: the dump is damaged: its first line [dump.damaged]'
done
sed '3s/$/\x00/' lines | gzip >padded
sed '3s/$/ []/' lines | gzip >doubled
for file in padded doubled; do
  expect_exit 10 tokctl db restore "$file" --db "sqlite:$PWD/none.db"
  expect_err_line 'error: the dump is damaged: a row is none of the table root_keys [dump.damaged]'
done
whole "$DB"
expect_exit 2 tokctl db restore missing

it "takes no more memory for a line that nests without end"
python3 - <<'PY' || fail "memory"
import gzip, os, resource, subprocess
lines = open("lines", "rb").read().split(b"\n")
for name, head in (("row", lines[:2]), ("header", [])):
    with gzip.open(name, "wb", 1) as file:
        file.write(b"\n".join(head + [b"[" * (15 << 20), b""]))
    done = subprocess.run([os.environ["TOKCTL"], "db", "restore", name, "--db", "sqlite:none.db"], capture_output=True)
    assert done.returncode == 10, done
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
assert peak < 600, f"{peak} MiB"
PY

it "needs the root key that the backup was made under"
expect_exit 10 tokctl db restore dump --db "sqlite:$PWD/none.db" --key-file none.key
expect_err_match key.missing
TOKCTL_DB=sqlite:$PWD/other-key.db tokctl init --key-file "$PWD/other.key" -q >/dev/null
expect_exit 10 tokctl db restore dump --db "sqlite:$PWD/none.db" --key-file "$PWD/other.key"
expect_err_match key.foreign
[[ ! -e none.db && ! -e none.key ]] || fail "something was made"

it "copies into another database and says how much"
expect_exit 0 tokctl db copy --to "sqlite:$PWD/copy.db" --dry-run -o json
expect_json '"\(.copied) \(.changed) \(.tables[1])"' '0 false users:1'
[[ ! -e copy.db ]] || fail "a dry run made it"
expect_exit 0 tokctl db copy --to "sqlite:$PWD/copy.db" -o json
expect_json '.copied == .rows and .changed and (.resumed | not)' true
whole "sqlite:$PWD/copy.db"
expect_exit 5 tokctl db copy --to "sqlite:$PWD/copy.db"
expect_err_match db.not_empty
expect_exit 12 tokctl db copy --to "sqlite:$PWD/copy.db" --replace --no-input
expect_exit 0 tokctl db copy --to "sqlite:$PWD/copy.db" --replace --yes
whole "sqlite:$PWD/copy.db"
expect_exit 5 tokctl db copy --from "sqlite:$PWD/./copy.db" --to "sqlite:$PWD/copy.db" --replace --yes
expect_err_match copy.same
whole "sqlite:$PWD/copy.db"

it "copies back"
expect_exit 0 tokctl db copy --from "sqlite:$PWD/copy.db" --to "$DB" --replace --yes -o json
whole "$DB"

it "refuses what cannot be copied"
expect_exit 2 tokctl db copy
expect_exit 2 tokctl db copy --from "sqlite:x.db" --to sqlite:x.db
expect_exit 2 tokctl db copy --to postgres://me:hunter2@host/db
expect_nowhere hunter2
expect_exit 2 tokctl db copy --from mysql://me:hunter2@host/db --to sqlite:x.db
expect_nowhere hunter2
expect_exit 7 tokctl db copy --from "sqlite:$PWD/none.db" --to sqlite:x.db
[[ ! -e x.db && ! -e none.db ]] || fail "something was made"

it "leaves no doubt about a copy that was interrupted"
sqlite3 copy.db "INSERT INTO schema_version (id, version) VALUES (2, 12345)"
for command in 'user list' 'db migrate' 'init' 'db status' 'db backup x'; do
  # shellcheck disable=SC2086  # words are meant
  expect_exit 10 tokctl $command --db "sqlite:$PWD/copy.db"
  expect_err_line 'hint:  run the same tokctl db copy again'
done
expect_exit 5 tokctl db copy --to "sqlite:$PWD/copy.db"
expect_err_match copy.other
expect_exit 0 tokctl db copy --to "sqlite:$PWD/copy.db" --replace --yes
whole "sqlite:$PWD/copy.db"
