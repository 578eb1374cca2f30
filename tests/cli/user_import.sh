#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)

# Hashing is slow enough without valgrind.
"$here"/make_users.py made --users 10000 --passwords "$([[ -n ${TOKCTL_UNDER:-} ]] && echo 4 || echo 100)"
created=$(jq .created made/expected.json)
failed=$(jq .failed made/expected.json)

# as_expected ERRORS: the lines and codes of a --errors file are those that the generator foretold.
as_expected() {
  python3 - "$1" <<'PY'
import csv, json, sys
expected = json.load(open("made/expected.json"))
got = [(int(row["line"]), row["code"]) for row in csv.DictReader(open(sys.argv[1], newline=""))]
want = [(fault["line"], fault["code"]) for fault in expected["faults"]]
for pair in set(got) ^ set(want):
    print("only expected:" if pair in want else "not expected:", pair)
sys.exit(got != want)
PY
}

# same_users EXPORT: every user is there, byte for byte, and nobody else.
same_users() {
  python3 - "$1" <<'PY'
import csv, json, sys
def read(name):
    file = open(name, encoding="utf-8", newline="")
    return [json.loads(line) for line in file] if name.endswith("l") else list(csv.DictReader(file))
key = lambda user: (user["email"], user["full_name"], user["status"])
expected = sorted(map(key, json.load(open("made/expected.json"))["users"]))
got = sorted(map(key, read(sys.argv[1])))
for pair in list(set(got) ^ set(expected))[:5]:
    print(pair)
sys.exit(got != expected)
PY
}

it "rehearses ten thousand users without storing one"
expect_exit 0 tokctl init
expect_exit 11 tokctl user import made/users.csv --errors rehearsed.csv --dry-run -o json
expect_json '"\(.created) \(.failed) \(.changed) \(.dry_run)"' "$created $failed true true"
as_expected rehearsed.csv || fail "other faults than expected"
expect_exit 0 tokctl user list -o id
expect_out ''

it "imports them, and comes to the same"
expect_exit 11 tokctl user import --format csv made/users.csv --errors bad.csv -o json
expect_json '"\(.created) \(.skipped) \(.failed) \(.dry_run)"' "$created 0 $failed false"
as_expected bad.csv || fail "other faults than expected"
cmp rehearsed.csv bad.csv || fail "the dry run told other faults"
expect_equal "$(stat -c %a bad.csv)" 600
expect_exit 0 tokctl audit verify
expect_exit 0 tokctl db check

it "exports every name byte for byte"
tokctl user export >users.csv
same_users users.csv || fail "the CSV differs"
tokctl user export --format jsonl >users.jsonl
same_users users.jsonl || fail "the JSON lines differ"
! grep -q -F -e "\$argon2" -e "\$2" users.csv users.jsonl || fail "a hash was exported unasked"

it "exports whole users only"
expect_exit 2 tokctl user export --fields email
expect_out ''

it "takes its own export back on another database, and writes it the same"
tokctl user export --with-hashes >hashes.csv
for format in csv jsonl; do
  tokctl user export --with-hashes --format $format --to "copy.$format"
  (
    TOKCTL_DB=$(new_database "$format")
    export TOKCTL_DB TOKCTL_KEY_FILE=$PWD/$format.key
    tokctl init -q >/dev/null
    expect_exit 0 tokctl user import --format "$format" "copy.$format" -o json
    expect_json .created "$created"
    tokctl user export --with-hashes | cmp - hashes.csv || fail "$format: not the same"
  )
done

it "passes over who is there already"
expect_exit 11 tokctl user import made/users.csv --if-not-exists --errors again.csv -o json
expect_json '"\(.created) \(.changed)"' '0 false'
[[ $(grep -c 'user.exists' again.csv) == 0 ]] || fail "told of somebody who is there"

it "lets who was imported log in"
IFS=$'\t' read -r email password < <(python3 - <<'PY'
import csv
for row in csv.DictReader(open("made/users.csv", encoding="utf-8-sig", errors="replace", newline="")):
    if row["password"] and row["status"] == "active" and row["email"].startswith("user"):
        print(row["email"], row["password"], sep="\t")
        break
PY
)
expect_exit 0 tokctl user login "$email" --password-stdin <<<"$password"
expect_exit 4 tokctl user login "$email" --password-stdin <<<"$password?"
