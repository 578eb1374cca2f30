#!/usr/bin/env bash
# Commands that meet at the same rows at the same moment.
. "$(dirname "$0")/lib.sh"

# A transaction of somebody else's. On SQLite it keeps every other writer out by being there, and its statements, which
# are about single rows, are left out.
transaction() {
  if [[ $TOKCTL_TEST_ON == sqlite ]]; then
    sqlite3 "$HOME/.local/share/tokctl/tokctl.db"
  else
    server talk "$(basename "${TOKCTL_DB%%\?*}")"
  fi
}
hold() {
  mkfifo held
  transaction <held >told &
  exec 8>held
  if [[ $TOKCTL_TEST_ON == sqlite ]]; then
    printf "BEGIN IMMEDIATE; SELECT 'held';\n" >&8
  else
    printf "BEGIN; %s; SELECT 'held';\n" "$1" >&8
  fi
  until grep -qs held told; do sleep 0.02; done
}
release() {
  printf '%s;\n' "$1" >&8
  exec 8>&-
  rm held told
}

# wait_for N: until so many wait for a lock.
wait_for() {
  local waiting
  case $TOKCTL_TEST_ON in
    sqlite) return ;;
    postgres) waiting="SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'" ;;
    mariadb) waiting="SELECT count(*) FROM information_schema.innodb_trx JOIN information_schema.processlist
      ON id = trx_mysql_thread_id WHERE trx_state = 'LOCK WAIT' AND db = DATABASE()" ;;
  esac
  until [[ $(sql "$waiting") == "$1" ]]; do sleep 0.05; done
}

# together STATUS COMMAND...: starts it; `all_done` waits for all that were started, and sees how they ended.
together() {
  local status=$1 got=0
  shift
  started=$((${started:-0} + 1))
  (
    "$@" --timeout 60s >"out.$started" 2>"err.$started" || got=$?
    [[ $got == "$status" ]] || { echo "exit $got, not $status: $*"; cat "err.$started"; } >"wrong.$started"
  ) &
}
all_done() {
  wait
  cat wrong.* 2>/dev/null >all_wrong || true
  expect_equal "$(<all_wrong)" ''
}

tokctl init -q >/dev/null
tokctl user create --email bill@example.com --name Bill --password-stdin -q <<<'correct horse battery' >/dev/null

it "counts every one of the first failed logins of an email"
guess() { tokctl user login bill@example.com --password-stdin "$@" <<<'wrong horse battery'; }
expect_exit 4 guess
DIGEST=$(sql 'SELECT email_digest FROM login_throttle')
sql 'DELETE FROM login_throttle'
hold "INSERT INTO login_throttle VALUES ('$DIGEST', 0, 0, 0)"
for _ in 1 2 3; do together 4 guess; done
wait_for 3
release ROLLBACK
all_done
expect_equal "$(sql "SELECT failures || ' ' || day_failures FROM login_throttle")" '3 3'

it "keeps the later one of two first grants of a name"
tokctl oauth provider add salla --token-url https://salla.example/token --client-id tokctl --auth-method none -q >/dev/null
save() { tokctl oauth save alice --provider salla -q "$@" <<<'{"access_token": "abc", "token_type": "Bearer"}'; }
hold "INSERT INTO oauth_grants (id, account, provider, label, kind, state, scope, created_at, obtained_at, generation,
  failures, last_error) VALUES ('rival', 'alice', 'salla', '', 'saved', 'active', '', 0, 0, 0, 0, '')"
together 0 save
together 0 save
wait_for 2
release ROLLBACK
all_done
expect_equal "$(sql "SELECT generation FROM oauth_grants")" 2

new_key() { tokctl init --new-root-key -o json | jq -r .root_key; }

it "has one active root key, however many are activated at once"
KEYS=("$(new_key)" "$(new_key)")
hold 'SELECT id FROM root_keys FOR UPDATE'
for key in "${KEYS[@]}"; do together 0 tokctl init --activate "$key" --yes; done
wait_for 2
release ROLLBACK
all_done
expect_equal "$(sql "SELECT count(*) FROM root_keys WHERE state = 'active'")" 1
expect_exit 0 tokctl audit verify

if [[ $TOKCTL_TEST_ON != sqlite ]]; then
  it "leaves nothing under a root key that is retired while somebody writes"
  OLD=$(tokctl db status -o json | jq -r .active_root_key)
  NEW=$(new_key)
  printf 'email,full_name,password\nann@example.com,Ann,correct horse battery\n' >ann.csv
  hold "INSERT INTO users (public_id, private_id, email, live_email, full_name, status, password_scheme, password_tag,
    created_at, updated_at) VALUES ('rival', 'rival', 'ann@example.com', 'ann@example.com', 'Rival', 'active', 'none', '', 0, 0)"
  together 0 tokctl user import ann.csv
  wait_for 1
  expect_exit 0 tokctl init --activate "$NEW" --yes
  expect_exit 0 tokctl db rekey --yes
  expect_exit 0 tokctl init --retire "$OLD" --yes
  release ROLLBACK
  all_done
  expect_exit 0 tokctl db rekey --dry-run -o json
  expect_json '.values' 0
  expect_equal "$(sql "SELECT count(*) FROM events WHERE root_key_id = '$OLD'
    AND seq > (SELECT max(seq) FROM events WHERE type = 'root_key.retired')")" 0
  expect_exit 0 tokctl user login ann@example.com --password-stdin <<<'correct horse battery'
  expect_exit 0 tokctl audit verify

  it "does not restore over what was put into an empty database meanwhile"
  expect_exit 0 tokctl db backup --portable dump
  TOKCTL_DB=$(new_database emptied)
  export TOKCTL_DB
  tokctl init -q >/dev/null
  sql "DELETE FROM events"
  sql "DELETE FROM root_keys"
  sql "UPDATE event_head SET seq = 0, mac = ''"
  hold "UPDATE event_head SET seq = 1; INSERT INTO users (public_id, private_id, email, live_email, full_name, status,
    password_scheme, password_tag, created_at, updated_at)
    VALUES ('rival', 'rival', 'ann@example.com', 'ann@example.com', 'Rival', 'active', 'none', '', 0, 0)"
  together 5 tokctl db restore dump
  wait_for 1
  release COMMIT
  all_done
  expect_equal "$(sql 'SELECT public_id FROM users')" rival
fi
