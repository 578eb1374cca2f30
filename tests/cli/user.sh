#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

PW='correct horse battery'
NEW='staple the second one'
UUID='^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'

it "creates a user and prints the PublicID"
expect_exit 0 tokctl user create --email Bill@ArdanLabs.com --name 'Bill Kennedy' --password-stdin < <(printf '%s' "$PW")
expect_out_match "$UUID"
ID=$(out)
expect_nowhere "$PW"

it "folds the email and keeps the name to the byte"
expect_exit 0 tokctl user get bill@ardanlabs.com -o json
expect_json .public_id "$ID"
expect_json .email bill@ardanlabs.com
expect_json .name 'Bill Kennedy'
expect_json .status active
expect_json .deleted_at null
expect_json '.created_at | fromdateiso8601' "$(out | jq .created_at_unix)"

it "finds it by PublicID too"
expect_exit 0 tokctl user get "$ID" -o raw --fields email
expect_out bill@ardanlabs.com

it "refuses a second user of the same email"
expect_exit 5 tokctl user create --email bill@ardanlabs.com --name Other --no-password
expect_out ''
expect_err 'error: user bill@ardanlabs.com already exists [user.exists]
hint:  tokctl user get bill@ardanlabs.com'

it "refuses what is no user, without repeating it"
expect_exit 2 tokctl user get hunter2-is-my-password
expect_nowhere hunter2
expect_exit 3 tokctl user get nobody@example.com
expect_exit 3 tokctl user get 6dcda2da-92c3-41e5-8994-feff819cdc9f

it "refuses a weak password and leaves no user behind"
expect_exit 6 tokctl user create --email weak@example.com --name Weak --password-stdin <<<short
expect_nowhere short
expect_exit 3 tokctl user get weak@example.com

it "creates a user without a password, who cannot log in until one is set"
expect_exit 0 tokctl user create --email ada@example.com --name 'Ada "the first" 日本' --no-password -o json
expect_json .has_password false
expect_json .changed true
expect_json .dry_run false
expect_json .name 'Ada "the first" 日本'
expect_exit 4 tokctl user login ada@example.com --password-stdin <<<"$PW"
expect_exit 0 tokctl user passwd ada@example.com --password-stdin <<<"$PW"
expect_exit 0 tokctl user login ada@example.com --password-stdin <<<"$PW"

it "logs in with the right password only"
expect_exit 0 tokctl user login bill@ardanlabs.com --password-stdin <<<"$PW"
expect_out "$ID"
expect_exit 0 tokctl user login "$ID" --password-stdin -o json <<<"$PW"
expect_json .email bill@ardanlabs.com
expect_exit 4 tokctl user login bill@ardanlabs.com --password-stdin <<<"$NEW"
expect_out ''
expect_err 'error: wrong email or password [login.refused]'
expect_exit 4 tokctl user login nobody@example.com --password-stdin <<<"$NEW"
expect_err 'error: wrong email or password [login.refused]'

it "changes the password, which ends the user's tokens"
TOKEN=$(tokctl token issue bill@ardanlabs.com)
expect_exit 0 tokctl user passwd bill@ardanlabs.com --password-stdin -o json <<<"$NEW"
expect_json .sessions_revoked 1
expect_exit 4 tokctl token validate - <<<"$TOKEN"
expect_exit 0 tokctl user login bill@ardanlabs.com --password-stdin <<<"$NEW"

it "disables and enables, and says when it was so already"
TOKEN=$(tokctl token issue bill@ardanlabs.com)
expect_exit 0 tokctl user disable bill@ardanlabs.com -o json
expect_json .changed true
expect_json .status disabled
expect_exit 4 tokctl token validate - <<<"$TOKEN"
expect_exit 6 tokctl token issue bill@ardanlabs.com
expect_exit 3 tokctl user get bill@ardanlabs.com --active
expect_exit 0 tokctl user get bill@ardanlabs.com
expect_exit 0 tokctl user disable bill@ardanlabs.com -o json
expect_json .changed false
expect_exit 0 tokctl user enable bill@ardanlabs.com
expect_exit 0 tokctl token validate - <<<"$TOKEN"

it "updates name and email; a new email ends the web tokens"
expect_exit 0 tokctl user update bill@ardanlabs.com --name 'William Kennedy' -o json
expect_json .changed true
expect_json .sessions_revoked 0
expect_exit 0 tokctl user update bill@ardanlabs.com --name 'William Kennedy' -o json
expect_json .changed false
expect_exit 5 tokctl user update bill@ardanlabs.com --email ada@example.com
expect_exit 0 tokctl user update bill@ardanlabs.com --email william@example.com -o json
expect_json .sessions_revoked 1
expect_exit 4 tokctl token validate - <<<"$TOKEN"
expect_exit 2 tokctl user update william@example.com

it "lists by email, by creation, backwards, filtered, page by page"
tokctl user disable ada@example.com >/dev/null
expect_exit 0 tokctl user list -o raw --fields email
expect_out 'ada@example.com
william@example.com'
expect_exit 0 tokctl user list --sort -created -o raw --fields email
expect_exit 0 tokctl user list --sort -email -o raw --fields email
expect_out 'william@example.com
ada@example.com'
expect_exit 0 tokctl user list --filter status=disabled -o raw --fields email
expect_out ada@example.com
expect_exit 0 tokctl user list --limit 1 -o json
expect_json '.data[].email' ada@example.com
NEXT=$(out | jq -r .next_page)
expect_exit 0 tokctl user list --limit 1 --page-token "$NEXT" -o json
expect_json '.data[].email' william@example.com
expect_exit 2 tokctl user list --sort name
expect_exit 2 tokctl user list --filter colour=red
expect_exit 2 tokctl user list --filter status=red
expect_exit 2 tokctl user list --limit 0
expect_exit 2 tokctl user list --page-token nonsense
for place in '\xff' 'a\x00b' 'a\xed\xa0\x80'; do
  # shellcheck disable=SC2059  # it is a format
  page=$(printf "users-email\x1f$place" | basenc --base64url | tr -d '=\n')
  expect_exit 2 tokctl user list --page-token "$page"
  expect_err_match '\[page.token\]$'
done

it "asks before it deletes, and needs --yes when nobody can be asked"
expect_exit 12 tokctl user delete william@example.com --no-input
expect_out ''
expect_err_match '^error: delete user william@example.com: .*\[confirm.needed\]$'
expect_exit 0 tokctl user get william@example.com
expect_exit 12 python3 "$here/on_terminal.py" n -- "$TOKCTL" user delete william@example.com
expect_err_match 'delete user william@example.com\? \[y/N\] '
expect_exit 0 tokctl user get william@example.com
expect_exit 0 python3 "$here/on_terminal.py" y -- "$TOKCTL" user delete william@example.com

it "finds a deleted user nowhere but among the deleted"
expect_exit 3 tokctl user get william@example.com
expect_exit 3 tokctl user delete "$ID" --yes
expect_exit 0 tokctl user list --deleted -o json
expect_json '.data[].public_id' "$ID"

it "restores a deleted user, unless the email has been taken"
expect_exit 0 tokctl user restore william@example.com -o json
expect_json .public_id "$ID"
expect_json .deleted_at null
expect_exit 0 tokctl user restore "$ID" -o json
expect_json .changed false
expect_exit 0 tokctl user delete william@example.com --yes
expect_exit 0 tokctl user create --email william@example.com --name Another --no-password
expect_exit 5 tokctl user restore "$ID"

it "changes nothing with --dry-run, and prints the same"
expect_exit 0 tokctl user create --email dry@example.com --name Dry --no-password --dry-run -o json
expect_json .dry_run true
expect_json .changed true
expect_json .email dry@example.com
expect_exit 3 tokctl user get dry@example.com
expect_exit 0 tokctl user enable ada@example.com --dry-run -o json
expect_json .status active
expect_exit 0 tokctl user get ada@example.com -o json
expect_json .status disabled
expect_exit 0 tokctl user delete ada@example.com --dry-run
expect_exit 0 tokctl user get ada@example.com
