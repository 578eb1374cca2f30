#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

csv() { printf '%s\n' "$@"; }

it "tells each bad record by its line, and imports the others"
csv email,full_name,password alice@example.com,Alice, nobody,Bob, 'carol@example.com,Carol,tiny' ALICE@example.com,Again, \
  'dave@example.com,"Dave' '",' >people.csv
expect_exit 11 tokctl user import people.csv
expect_err_line 'line 3: not an email address of at most 100 characters [user.email]'
expect_err_line 'line 4: a password needs at least 8 characters [password.weak]'
expect_err_line 'line 5: user alice@example.com already exists [user.exists]'
expect_err_line 'line 6: a full name cannot hold control characters [user.name]'
expect_err_line 'error: not imported: 4 records [import.partial]'
expect_out_match '^created +1$'

it "tells the same to a program"
expect_exit 11 tokctl user import people.csv -o json
expect_json '.created, .failed' $'0\n5'
expect_err_line '{"input":"users","line":2,"code":"user.exists","message":"user alice@example.com already exists"}'

it "reads standard input, CRLF and a byte order mark"
expect_exit 0 tokctl user import - < <(printf '\xef\xbb\xbffull_name,email\r\n"Erin ""E""",erin@example.com\r\n')
expect_exit 0 tokctl user get erin@example.com -o json
expect_json .name 'Erin "E"'

it "reads JSON lines and arrays"
expect_exit 0 tokctl user import --format jsonl - <<<'{"email":"f@example.com","full_name":"F"}'
expect_exit 0 tokctl user import --format jsonl - <<<'[{"email":"g@example.com","full_name":"G"}]'

it "shows nothing of a password or hash, whatever is wrong with it"
bcrypt="\$2a\$14\$"
csv email,full_name,password,password_hash h@example.com,H,hunter2, \
  "i@example.com,I,hunter2 hunter2,${bcrypt}hunter2hunter2hunter2hunter2hunter2hunter2hunter2hunt" \
  "j@example.com,J,,${bcrypt}abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS" \
  'k@example.com,"K,hunter2' >secrets.csv
expect_exit 11 tokctl user import secrets.csv -o json
expect_nowhere hunter2
expect_nowhere "$bcrypt"
expect_exit 11 tokctl -v user import secrets.csv --errors told.csv
expect_nowhere hunter2
! grep -q -e hunter2 -e "\$2a" told.csv || fail "told.csv holds a secret"

it "refuses a file that is none"
expect_exit 2 tokctl user import missing.csv
expect_err_match '^error: missing.csv does not exist \[input.missing\]$'
expect_exit 2 tokctl user import .
expect_err 'error: cannot read . [input.failed]'
for nothing in '' 'alice@example.com,Alice,correct horse' 'email,email,full_name' $'\x00\xff'; do
  expect_exit 2 tokctl user import - <<<"$nothing"
  expect_err_match '\[import.header\]$'
  expect_nowhere horse
done
expect_exit 2 tokctl user import - <<<'email,full_name,shoe_size'
expect_err_line 'error: the header names an unknown column shoe_size [import.header]'
expect_exit 2 tokctl user import --format xml people.csv
expect_exit 2 tokctl user import --sessions s.json people.csv
expect_exit 2 tokctl user import --format kit --sessions - -

it "keeps what --errors told, and overwrites nothing"
expect_exit 5 tokctl user import people.csv --errors people.csv
expect_exit 11 tokctl user import people.csv --errors bad.csv
expect_equal "$(head -n 2 bad.csv)" $'input,line,code,message\r\nusers,2,user.exists,user alice@example.com already exists\r'
expect_exit 0 tokctl user import - --errors none.csv <<<$'email,full_name\nl@example.com,L'
[[ ! -e none.csv ]] || fail "a file without faults was left"

it "stores nothing on a dry run"
expect_exit 0 tokctl user import - --dry-run -o json <<<$'email,full_name\nm@example.com,M'
expect_json '"\(.created) \(.dry_run)"' '1 true'
expect_exit 3 tokctl user get m@example.com

it "is interrupted between two batches, and goes on from there"
mkfifo slow
{
  echo email,full_name
  printf 'n%s@example.com,N\n' {1..1200}
} >many.csv
# A shell's background job ignores SIGINT; this one does not.
python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$TOKCTL" user import slow >"$kept/out" 2>"$kept/err" &
import=$!
exec {feed}>slow
head -n 700 many.csv >&"$feed"
users() { tokctl db status -o json | jq .users; }
before=$(users)
until [[ $(users) -ge $((before + 500)) ]]; do :; done
kill -INT "$import"
status=0
wait "$import" || status=$?
exec {feed}>&-
expect_equal "$status" 130
expect_err_line 'error: interrupted, having imported 500 users [interrupted]'
expect_equal "$(users)" $((before + 500))
expect_exit 0 tokctl user import many.csv --if-not-exists -o json
expect_json '"\(.created) \(.skipped)"' '700 500'
expect_exit 0 tokctl audit verify

it "exports hashes to a new private file, and on the record"
expect_exit 0 tokctl user export --with-hashes --to hashes.csv
expect_out ''
expect_equal "$(stat -c %a hashes.csv)" 600
expect_exit 5 tokctl user export --with-hashes --to hashes.csv
expect_exit 0 tokctl audit list --limit 1 -o json
expect_json '.data[0].type' user.hashes_exported
expect_exit 2 tokctl user export -o table
expect_exit 2 script -qefc "'$TOKCTL' user export --with-hashes" /dev/null
expect_out_match '\[export.terminal\]'

