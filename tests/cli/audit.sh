#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

export TOKCTL_TEST_NOW=4102444800  # after the setting up of a server, which no test ticks

it "records who did what"
clocked user create --email bill@example.com --name Bill --no-password >/dev/null
clocked user create --email ada@example.com --name Ada --no-password >/dev/null
clocked user disable bill@example.com >/dev/null
expect_exit 0 clocked audit list -o json
expect_json '.data[0].type' user.disabled
expect_json '.data[0].actor' "cli:$(id -un)"
expect_json '.data[0].at' 2100-01-01T00:00:00Z
expect_json '.data | length' 4
expect_json '.data[-1].type' database.created
expect_json '.data[2].detail.email' bill@example.com

it "tells by user, type, time and number"
expect_exit 0 clocked audit list --user bill@example.com -o raw --fields type
expect_out 'user.disabled
user.created'
expect_exit 0 clocked audit list --filter type=user.created --sort seq -o id
expect_out '2
3'
expect_exit 0 clocked audit list --limit 1 -o id
expect_out 4
TOKCTL_TEST_NOW=4102448400 clocked user enable bill@example.com >/dev/null
TOKCTL_TEST_NOW=4102448400 expect_exit 0 clocked audit list --since 30m -o id
expect_out 5
expect_exit 0 clocked audit list --until 2100-01-01T00:30:00Z --limit 1 -o id
expect_out 4
expect_exit 2 clocked audit list --since nonsense

it "does not record reading, refused changes or rehearsals"
expect_exit 0 clocked user list
expect_exit 5 clocked user create --email ada@example.com --name Ada --no-password
expect_exit 0 clocked user delete ada@example.com --dry-run
expect_exit 0 clocked user enable ada@example.com
expect_exit 0 clocked audit list --limit 1 -o id
expect_out 5

it "proves the log whole and prints its head"
expect_exit 0 clocked audit verify -o json
expect_json .checked 5
expect_json .seq 5
HEAD=$(clocked audit verify -o id)
expect_exit 0 clocked audit verify --expect "$HEAD"
expect_exit 2 clocked audit verify --expect nonsense
expect_exit 10 clocked audit verify --expect "5:$(printf '0%.0s' {1..64})"
expect_exit 10 clocked audit verify --expect "6:$(printf '0%.0s' {1..64})"

it "exports all of it, the oldest first, to standard output or a new file"
expect_exit 0 clocked audit export
expect_equal "$(out | jq -r .seq | tr '\n' ' ')" '1 2 3 4 5 '
out >exported
expect_exit 0 clocked audit export --to file
expect_out ''
cmp exported file
expect_equal "$(stat -c %a file)" 600
expect_exit 5 clocked audit export --to file
cmp exported file
expect_exit 0 clocked audit export -o csv --fields seq,type
expect_out_line $'1,database.created\r'

it "sees that an event was changed"
sql "UPDATE events SET actor = 'nobody' WHERE seq = 3"
expect_exit 10 clocked audit verify
expect_out ''
expect_err_match '^error: the audit log is broken: event 3 .*\[audit.broken\]$'
