#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

now=1767225600
clocked_at() { TOKCTL_TEST_NOW=$now clocked "$@"; }

clocked_at user create --email bill@example.com --name Bill --no-password >/dev/null
clocked_at user create --email ada@example.com --name Ada --no-password >/dev/null

it "lists sessions, the oldest first, of one user or of all"
clocked_at token issue bill@example.com --ttl 1h --source phone >/dev/null
now=$((now + 10))
clocked_at token issue bill@example.com --ttl 7d >/dev/null
now=$((now + 10))
clocked_at token issue ada@example.com --ttl never >/dev/null
expect_exit 0 clocked_at session list -o json
expect_json '.data | length' 3
expect_json '.data[0].source' phone
expect_json '.data[1].source' null
expect_json '.data[2].expires_at' null
expect_json '[.data[].state] | unique[]' live
expect_exit 0 clocked_at session list --user bill@example.com -o json
expect_json '.data | length' 2
FIRST=$(out | jq -r '.data[0].session_id')
SECOND=$(out | jq -r '.data[1].session_id')
expect_exit 0 clocked_at session list --filter user=bill@example.com --sort -created -o id
expect_out "$SECOND
$FIRST"
expect_exit 2 clocked_at session list --user bill@example.com --filter user=ada@example.com
expect_exit 0 clocked_at session list --filter kind=web -o json
expect_json '.data | length' 3
expect_exit 0 clocked_at session list --filter kind=jwt -o json
expect_json '.data | length' 0
expect_exit 2 clocked_at session list --filter kind=api
expect_exit 2 clocked_at session list --filter state=dead
expect_exit 3 clocked_at session list --user nobody@example.com

it "finds what expires soon"
expect_exit 0 clocked_at session list --expiring-within 2h -o id
expect_out "$FIRST"
expect_exit 2 clocked_at session list --expiring-within soon

it "shows one"
expect_exit 0 clocked_at session get "$FIRST" -o json
expect_json .session_id "$FIRST"
expect_json .kind web
expect_json .state live
expect_lifetime 3600
expect_exit 3 clocked_at session get 3f2504e0-4f89-41d3-9a0c-0305e82c3301
expect_exit 2 clocked_at session get "{$FIRST}"

it "tells an expired session from a revoked one"
now=$((now + 3600))
expect_exit 0 clocked_at session get "$FIRST" -o json
expect_json .state expired
expect_exit 0 clocked_at session revoke "$SECOND" --yes -o json
expect_json .changed true
expect_json .state revoked
expect_exit 0 clocked_at session revoke "$SECOND" --yes -o json
expect_json .changed false
expect_exit 3 clocked_at session revoke 3f2504e0-4f89-41d3-9a0c-0305e82c3301
expect_exit 0 clocked_at session list --live -o json
expect_json '.data | length' 1
expect_exit 0 clocked_at session list --filter state=live -o json
expect_json '.data | length' 1

it "ends all of a user's sessions, if asked twice"
clocked_at token issue bill@example.com >/dev/null
clocked_at token issue bill@example.com >/dev/null
expect_exit 12 clocked_at session revoke --user bill@example.com --all --no-input
expect_exit 0 clocked_at session revoke --user bill@example.com --all --dry-run -o json
expect_json .sessions_revoked 2
expect_exit 0 clocked_at session revoke --user bill@example.com --all --yes -o json
expect_json .sessions_revoked 2
expect_json .changed true
expect_exit 0 clocked_at session revoke --user bill@example.com --all --yes -o json
expect_json .changed false

it "wants either an id or a user and --all"
expect_exit 2 clocked_at session revoke
expect_exit 2 clocked_at session revoke --user bill@example.com
expect_exit 2 clocked_at session revoke --all
expect_exit 2 clocked_at session revoke "$FIRST" --all

it "prunes what ended long ago"
now=$((now + 86400))
expect_exit 12 clocked_at session prune --older-than 1h --no-input
expect_exit 0 clocked_at session prune --older-than 1h --dry-run -o json
expect_json .sessions 4
expect_exit 0 clocked_at session prune --older-than 1h --yes -o json
expect_json .sessions 4
expect_exit 3 clocked_at session get "$FIRST"
expect_exit 0 clocked_at session prune --older-than 1h --yes -o json
expect_json .changed false
