#!/usr/bin/env bash
# Command lines that make no sense: 2, one line and at most a hint, nothing on standard output, no value repeated.
. "$(dirname "$0")/lib.sh"

tokctl init -q >/dev/null
refused() {
  expect_exit 2 tokctl "$@"
  expect_out ''
  [[ $(err | wc -l) -le 2 ]] || fail "more than a line and a hint"
  expect_err_match '^error: [a-z-].* \[[a-z_.]+\]$'
}

it "prints help for nothing, help and --help"
expect_exit 0 tokctl
expect_out_match '^Usage: tokctl COMMAND'
expect_exit 0 tokctl help
expect_out_match '^Usage: tokctl COMMAND'
expect_exit 0 tokctl user create --help
expect_out_match '^Usage: tokctl user create --email EMAIL --name NAME \[options\]$'
expect_out_match '^Example:$'
expect_exit 0 tokctl help user create
expect_out_match '^Usage: tokctl user create'
expect_exit 0 tokctl user -h
expect_out_match '^Usage: tokctl user COMMAND'
expect_exit 0 tokctl --version
expect_out_match '^tokctl [0-9.]+$'

it "has an example in the help of every command"
while IFS= read -r name; do
  # shellcheck disable=SC2086  # a noun and a verb
  expect_exit 0 tokctl $name --help
  expect_out_match '^Example:$'
done < <("$TOKCTL" __commands | jq -r 'select(.example != "") | .command')
expect_equal "$("$TOKCTL" __commands | jq -r 'select((.options | length > 0) and .command != "" and .example == "") | .command')" ''

it "refuses what is no command"
refused sesame
expect_nowhere sesame
refused user sesame
expect_nowhere sesame
refused user
refused ''
refused -- user list
refused user list ++
refused USER list

it "guesses what a mistyped command or option was to be"
refused usr list
expect_err_line 'hint:  did you mean tokctl user?'
refused user crate
expect_err_line 'hint:  did you mean tokctl user create?'
refused user create --emial a@example.com
expect_err_line 'hint:  did you mean --email? tokctl user create --help'
refused user create --outptu json
expect_err_line 'hint:  did you mean --output? tokctl user create --help'
refused user sesame
expect_err_line 'hint:  tokctl user --help'

it "refuses unknown options, repeating nothing but a name"
refused user list --nope
expect_err_match '^error: unknown option --nope \[usage.option\]$'
refused user list --passwort=hunter2
expect_err_match '^error: unknown option --passwort '
expect_nowhere hunter2
refused user list --Hunter2
expect_nowhere unter2
refused user list -phunter2
expect_nowhere hunter2
refused user list $'--\e[31m'
expect_nowhere $'\e'
refused user list -x
expect_err_match '^error: unknown option -x '
refused --sort email user list
refused user list --filt status=active
refused user list --no-quiet

it "refuses a missing, empty or repeated value"
refused user list --limit
refused user list --limit --sort email
refused user list --limit ''
refused user list --limit=
refused user list --limit= 5
refused user list --limit 1 --limit 2
refused user list -o csv -o csv
refused -o csv user list -o csv
refused user list --yes --yes
refused user list --yes=true
refused user list -qq
refused user get
refused user get ''
refused user get a@example.com b@example.com
refused user create --email a@example.com

it "refuses numbers that are not written plainly"
for n in -1 0 +5 1e9 0x10 05 9223372036854775808 99999999999999999999 ' 5' '5 ' 5.0 five; do
  refused user list --limit "$n"
  [[ $n == 0 || $n == -1 ]] || expect_nowhere " $n"
done
expect_exit 0 tokctl user list --limit 9223372036854775807

it "takes an option in any place, joined or not"
expect_exit 0 tokctl -o json user list
expect_exit 0 tokctl user -o json list
expect_exit 0 tokctl user list -ojson
expect_exit 0 tokctl user list --output=json
expect_exit 0 tokctl user list -qvo json
expect_exit 0 tokctl user list --sort -created
expect_exit 3 tokctl user get -- a@example.com
refused user get -- --help

it "refuses a password in a URL on the command line"
refused user list --db postgres://tokctl:hunter2@db/tokctl
expect_nowhere hunter2
refused user list --redis redis://:hunter2@cache:6379/0
expect_nowhere hunter2

it "is not shaken by very long and very many arguments"
long=$(head -c 100000 /dev/zero | tr '\0' x)
refused user get "$long"
expect_nowhere xxxx
refused user get "$long@example.com"
refused user list "--$long"
expect_nowhere xxxx
mapfile -t many < <(yes word | head -n 20000)
refused user get "${many[@]}"
refused user create --email $'a\n@example.com' --name N --no-password
refused user create --email $'\xff@example.com' --name N --no-password
refused user create --email a@example.com --name $'\xff\xfe' --no-password
refused user list --filter $'status=\xff'

it "left the database as it was"
expect_exit 0 tokctl user list -o json
expect_json '.data | length' 0
