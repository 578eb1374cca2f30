#!/usr/bin/env bash
# init, db, config, doctor and gc.
. "$(dirname "$0")/lib.sh"

it "sets up once, and says what it made"
(
  TOKCTL_DB=$(new_database fresh)
  export TOKCTL_DB TOKCTL_KEY_FILE=$PWD/keys/fresh.key
  expect_exit 0 tokctl init --dry-run -o json
  expect_json .created_database true
  expect_json .dry_run true
  [[ ! -e fresh.db && ! -e keys ]] || fail "something was made"
  expect_exit 0 tokctl init -o json
  expect_json .created_database true
  expect_json .created_key_file true
  KEY=$(out | jq -r .root_key)
  expect_err_match '^note:  keep a copy of .*/fresh.key in a safe place'
  expect_equal "$(stat -c %a keys keys/fresh.key | tr '\n' ' ')" '700 600 '
  expect_exit 0 tokctl init -o json
  expect_json .changed false
  expect_json .root_key "$KEY"
)

it "adds a root key, activates it and retires the old one"
KEY=$(tokctl init -o json | jq -r .root_key)
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
expect_json .driver "$(url=$(out | jq -r .url) && echo "${url%%:*}")"
expect_json .users 1
expect_json .active_root_key "$NEW"
expect_json '.schema_version == .program_version' true
expect_exit 0 tokctl db migrate -o json
expect_json .changed false
expect_exit 0 tokctl db check
expect_out ''
expect_err 'note:  nothing found wrong'

it "brings an older schema up to date when something is changed, and not before; on a server by db migrate alone"
tables_of() { sed -n 's/^CREATE TABLE \([a-z_]*\).*/\1/p' "$1"; }
columns_of() { sed -n "/^CREATE TABLE $2 (/,/^)/s/^  \([a-z_]*\) .*/\1/p" "$1"; }
later() {
  local new=$here/../../schema.sql old=$here/../db/schemas/1.sql table column
  for table in $(tables_of "$new" | tac | grep -vxFf <(tables_of "$old")); do echo "DROP TABLE $table;"; done
  for table in $(tables_of "$old"); do
    for column in $(columns_of "$new" "$table" | grep -vxFf <(columns_of "$old" "$table")); do
      echo "ALTER TABLE $table DROP COLUMN $column;"
    done
  done
}
older() { sql "$(later) UPDATE schema_version SET version = 1"; }
version() { sql "SELECT version FROM schema_version"; }
TODAY=$(version)
older
for command in 'user list' 'user get bill@example.com' 'db status' 'db check' 'token list' 'audit verify' \
  'user disable bill@example.com --dry-run'; do
  # shellcheck disable=SC2086  # words are meant
  expect_exit 10 tokctl $command
  expect_err_line "error: the database is of schema 1, this program needs $TODAY [db.older]"
  expect_err_line 'hint:  tokctl db migrate'
done
expect_exit 10 tokctl doctor
expect_exit 0 tokctl __complete -- user get b
expect_out ''
expect_exit 0 tokctl db migrate --dry-run -o json
expect_json '"\(.from) \(.to) \(.changed)"' "1 $TODAY true"
expect_equal "$(version)" 1
if [[ $TOKCTL_TEST_ON == sqlite ]]; then
  expect_exit 0 tokctl user update bill@example.com --name Bill
  expect_err_line "note:  database brought from schema 1 to $TODAY"
  expect_equal "$(version)" "$TODAY"
  older
else
  expect_exit 10 tokctl user update bill@example.com --name Bill
  expect_err_match db.older
fi
for _ in 1 2 3 4 5 6 7 8 9 10; do tokctl db migrate -o json >>migrated & done
wait
expect_equal "$(jq -s 'map(select(.changed)) | length' migrated) of $(wc -l <migrated)" '1 of 10'
expect_exit 0 tokctl doctor

it "leaves a newer schema alone"
sql "UPDATE schema_version SET version = 1000"
for command in 'user list' 'db migrate' 'db migrate --dry-run' init 'db status'; do
  # shellcheck disable=SC2086
  expect_exit 10 tokctl $command
  expect_err_match db.newer
done
expect_equal "$(version)" 1000
sql "UPDATE schema_version SET version = $TODAY"

it "lists what is wrong and exits with 10"
expect_exit 0 tokctl doctor -o json
expect_json '[.data[].passed] | all' true
sql "UPDATE events SET detail = '{\"a\":1}' WHERE seq = 2"
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
