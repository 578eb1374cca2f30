#!/usr/bin/env bash
# init, db, config, doctor and gc.
. "$(dirname "$0")/lib.sh"

DATA=$HOME/.local/share/tokctl

it "sets up once, and says what it made"
expect_exit 0 tokctl init --dry-run -o json
expect_json .created_database true
expect_json .dry_run true
[[ ! -e $DATA/tokctl.db && ! -e $DATA/tokctl.key ]] || fail "something was made"
expect_exit 0 tokctl init -o json
expect_json .created_database true
expect_json .created_key_file true
KEY=$(out | jq -r .root_key)
expect_err_match '^note:  keep a copy of .*/tokctl.key in a safe place'
expect_equal "$(stat -c %a "$DATA" "$DATA/tokctl.db" "$DATA/tokctl.key" | tr '\n' ' ')" '700 600 600 '
expect_exit 0 tokctl init -o json
expect_json .changed false
expect_json .root_key "$KEY"

it "adds a root key, activates it and retires the old one"
tokctl user create --email bill@example.com --name Bill --no-password >/dev/null
tokctl token issue bill@example.com >old
expect_exit 0 tokctl init --new-root-key -o json
expect_json .added_root_key true
NEW=$(out | jq -r .root_key)
expect_exit 0 tokctl db status -o json
expect_json .active_root_key "$KEY"
expect_exit 0 tokctl init --activate "$NEW" -o json
expect_json .changed true
expect_exit 0 tokctl init --activate "$NEW" -o json
expect_json .changed false
tokctl token issue bill@example.com >new
expect_exit 0 tokctl token validate <old
expect_exit 12 tokctl init --retire "$KEY" --no-input
expect_exit 6 tokctl init --retire "$NEW" --yes
expect_exit 3 tokctl init --retire 0000000000000000 --yes
expect_exit 2 tokctl init --activate "$NEW" --retire "$KEY"

it "shows what the database is"
expect_exit 0 tokctl db status -o json
expect_json .driver sqlite
expect_json .users 1
expect_json .active_root_key "$NEW"
expect_json '.schema_version == .program_version' true
expect_exit 0 tokctl db migrate -o json
expect_json .changed false
expect_exit 0 tokctl db check
expect_out ''
expect_err 'note:  nothing found wrong'

it "does not make a database only to look at it"
expect_exit 7 tokctl db status --db "sqlite:$PWD/none.db"
expect_exit 7 tokctl db check --db "sqlite:$PWD/none.db"
expect_exit 10 tokctl doctor --db "sqlite:$PWD/none.db"
[[ ! -e none.db ]] || fail "it was made"

it "lists what is wrong and exits with 10"
expect_exit 0 tokctl doctor -o json
expect_json '[.data[].passed] | all' true
sqlite3 "$DATA/tokctl.db" "UPDATE events SET detail = '{\"a\":1}' WHERE seq = 2"
expect_exit 10 tokctl doctor -o json
expect_json '.data[] | select(.passed | not) | .check' 'audit log'
expect_err_match doctor.failed
expect_exit 10 tokctl db check -o json
expect_json '.data | length' 1

it "says of each setting where it comes from"
mkdir -p "$HOME/.config/tokctl"
printf 'timeout = "7s"\n' >"$HOME/.config/tokctl/config.toml"
TOKCTL_KEY_FILE=/k expect_exit 0 tokctl config show --db sqlite:x.db -o json
expect_json '.data[] | select(.name == "db") | .value + " " + .origin + " " + .where' 'sqlite:x.db flag --db'
expect_json '.data[] | select(.name == "key_file") | .origin + " " + .where' 'environment TOKCTL_KEY_FILE'
expect_json '.data[] | select(.name == "timeout") | .value + " " + .origin + " " + .where' "7s file $HOME/.config/tokctl/config.toml"
expect_exit 0 tokctl config path
expect_out "$HOME/.config/tokctl/config.toml"
printf 'tiemout = "7s"\n' >"$HOME/.config/tokctl/config.toml"
expect_exit 2 tokctl config show
expect_nowhere 7s
rm "$HOME/.config/tokctl/config.toml"
expect_exit 0 tokctl config path -o json
expect_json .exists false

it "collects what ended long ago"
export TOKCTL_TEST_NOW=1900000000
clocked token issue bill@example.com --ttl 1h >/dev/null
TOKCTL_TEST_NOW=1900090000 expect_exit 0 clocked gc -o json
expect_json .sessions 2
TOKCTL_TEST_NOW=1900090000 expect_exit 0 clocked gc --older-than 1h --dry-run -o json
expect_json .sessions 1
expect_json .dry_run true
TOKCTL_TEST_NOW=1900090000 expect_exit 0 clocked gc --older-than 1h -o json
expect_json .sessions 1
expect_json .total 1
expect_json .changed true
TOKCTL_TEST_NOW=1900090000 expect_exit 0 clocked gc --older-than 1h -o json
expect_json .changed false
expect_exit 2 clocked gc --older-than yesterday
