#!/usr/bin/env bash
# The shapes of output, which every command shares.
. "$(dirname "$0")/lib.sh"

export TOKCTL_TEST_NOW=1767225600
for name in bob alice carol; do
  clocked user create --email "$name@example.com" --name "$name" --no-password >/dev/null
done
clocked user update carol@example.com --name 'Carol, "C" Ünï 日本' >/dev/null

it "prints a table for eyes"
expect_exit 0 clocked user list --fields email,name,status
expect_out 'email              name                 status
alice@example.com  alice                active
bob@example.com    bob                  active
carol@example.com  Carol, "C" Ünï 日本  active'
expect_exit 0 clocked user list --fields email --no-headers
expect_out 'alice@example.com
bob@example.com
carol@example.com'

it "prints one JSON document, and rows as JSON lines"
expect_exit 0 clocked user list -o json
expect_json '.data | length' 3
expect_json .next_page null
expect_exit 0 clocked user list -o jsonl
expect_equal "$(out | wc -l)" 3
expect_exit 0 clocked user list -o json --filter status=disabled
expect_out '{"data":[],"next_page":null}'
expect_exit 0 clocked user list -o jsonl --filter status=disabled
expect_out ''

it "prints times as RFC 3339 with Unix seconds beside, and absent as null"
expect_exit 0 clocked user get bob@example.com -o json
expect_json .created_at 2026-01-01T00:00:00Z
expect_json .created_at_unix 1767225600
expect_json .password_set_at null
expect_json .password_set_at_unix null
expect_json '.password_set_at_unix' null

it "prints CSV as RFC 4180 has it"
expect_exit 0 clocked user list -o csv --fields email,name,deleted_at
expect_equal "$(out)" $'email,name,deleted_at\r
alice@example.com,alice,\r
bob@example.com,bob,\r
carol@example.com,"Carol, ""C"" Ünï 日本",\r'
expect_exit 0 clocked user list -o csv --fields email --no-headers --filter status=disabled
expect_out ''
clocked user update alice@example.com --name '=1+1' >/dev/null
expect_exit 0 clocked user list -o csv --fields name --no-headers --limit 1
expect_out $'"=1+1"\r'

it "prints bare values"
expect_exit 0 clocked user get bob@example.com -o id
expect_out_match '^[0-9a-f-]{36}$'
expect_exit 0 clocked user get bob@example.com -o raw --fields email,created_at
expect_out $'bob@example.com\t2026-01-01T00:00:00Z'

it "shows times the way --time says"
expect_exit 0 clocked user get bob@example.com -o raw --fields created_at --time unix
expect_out 1767225600
TOKCTL_TEST_NOW=1767232800 expect_exit 0 clocked user get bob@example.com -o raw --fields created_at --time relative
expect_out '2h ago'
expect_exit 0 clocked user get bob@example.com -o json --time unix
expect_json .created_at 2026-01-01T00:00:00Z
expect_exit 0 clocked user get bob@example.com -o jsonl --fields created_at_unix
expect_out '{"created_at_unix":1767225600}'

it "knows its fields, before it changes anything"
expect_exit 2 clocked user create --email eve@example.com --name Eve --no-password --fields nope
expect_err_match '^error: --fields knows public_id, email, .*\[usage.field\]$'
expect_exit 3 clocked user get eve@example.com
expect_exit 2 clocked user list --fields email,email
expect_exit 2 clocked user list --fields email,

it "keeps control characters away from the terminal"
expect_exit 2 clocked user create --email x@example.com --name $'\e[31mred' --no-password
expect_nowhere $'\e'
expect_exit 0 clocked audit list --fields type --limit 1
expect_nowhere $'\e'

it "colors only when told to or on a terminal"
expect_exit 0 clocked user list --fields email
expect_nowhere $'\e'
expect_exit 0 clocked user list --fields email --color always
expect_out_line $'\e[1memail\e[m'
expect_exit 3 clocked user get nobody@example.com --color always
expect_err_match $'^\e\\[31merror:\e\\[m user nobody@example.com not found'
expect_exit 3 python3 "$here/on_terminal.py" -- "$TOKCTL_CLOCKED" user get nobody@example.com
expect_err_match $'\e\\[31merror'
NO_COLOR=1 expect_exit 3 python3 "$here/on_terminal.py" -- "$TOKCTL_CLOCKED" user get nobody@example.com
expect_nowhere $'\e'

it "says an error as one JSON object with -o json"
expect_exit 3 clocked user get nobody@example.com -o json
expect_out ''
expect_equal "$(err | jq -c .error)" \
  '{"code":"user.not_found","message":"user nobody@example.com not found","hint":"tokctl user list","exit":3}'
expect_exit 2 clocked user get --nope -ojson
expect_equal "$(err | jq -r .error.exit)" 2

it "walks a list in pages and says where it stopped"
for i in $(seq 1 7); do
  clocked user create --email "u$i@example.com" --name U --no-password >/dev/null
done
all=$(clocked user list -o raw --fields email)
page='' got=''
while :; do
  expect_exit 0 clocked user list -o json --limit 4 ${page:+--page-token "$page"}
  got+=$(out | jq -r '.data[].email')$'\n'
  page=$(out | jq -r '.next_page // empty')
  [[ -n $page ]] || break
done
expect_equal "$(grep . <<<"$got")" "$all"
expect_exit 0 clocked user list --limit 4
expect_err_match '^note:  there is more: --page-token '
expect_exit 0 clocked user list --limit 4 -q
expect_err ''

it "logs database operations with -v, never a value"
expect_exit 0 clocked user get bob@example.com -v
expect_err_match '^ +[0-9.]+ ms  SELECT .* WHERE live_email = \?'
if err | grep -q bob; then fail "a value was logged"; fi
