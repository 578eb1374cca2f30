#!/usr/bin/env bash
# What is particular to PostgreSQL: how a URL leads to it, and what it refuses.
. "$(dirname "$0")/lib.sh"

FOLDER=$TOKCTL_TEST_SERVERS/postgres
NAME=$(head -n 1 "$TOKCTL_TEST_DATABASES")
UNIX=$TOKCTL_DB
TCP=$(sed "s/DATABASE/$NAME/" "$FOLDER/tcp_url")
PASSWORD=${TCP#*tokctl:} PASSWORD=${PASSWORD%%@*}
PORT=${TCP##*:} PORT=${PORT%%/*}
SOCKET=${UNIX#*host=} SOCKET=${SOCKET%%&*}
READER=${NAME}_reader STRANGER=${NAME}_stranger
sql "CREATE ROLE $READER LOGIN PASSWORD 'r'"
sql "CREATE ROLE $STRANGER LOGIN PASSWORD 's'"
sql "GRANT SELECT ON ALL TABLES IN SCHEMA public TO $READER"
sql "DO \$\$ BEGIN CREATE ROLE tls_only LOGIN SUPERUSER PASSWORD 't'; EXCEPTION WHEN duplicate_object THEN END \$\$"
tokctl user create --email bill@example.com --name Bill --no-password >/dev/null

# through URL [NAME=VALUE...]: what a command on that database prints, or how it fails.
through() { run env "${@:2}" TOKCTL_DB="$1" "$TOKCTL" user list -o raw --fields email; }
# reaches URL [NAME=VALUE...]
reaches() {
  through "$@"
  [[ $(<"$kept/status") == 0 ]] || fail "exit $(<"$kept/status")"
  expect_out bill@example.com
}
# refuses ID URL [NAME=VALUE...]: exit 7, one line and a hint.
refuses() {
  local id=$1
  shift
  through "$@"
  [[ $(<"$kept/status") == 7 ]] || fail "exit $(<"$kept/status"), not 7"
  expect_out ''
  expect_err_match "^error: .*\\[$id\\]\$"
  expect_equal "$(err | sed 's/:.*//' | tr '\n' ' ')" 'error hint '
  expect_nowhere "$PASSWORD"
}

it "reaches a server by socket, by TCP and by what libpq knows besides"
reaches "$UNIX"
reaches "$TCP"
reaches "postgresql://tokctl@localhost:$PORT/$NAME?sslmode=disable" PGPASSWORD="$PASSWORD"
reaches "postgres://tokctl@${SOCKET//\//%2F}:$PORT/$NAME"
reaches "postgres://" PGHOST="$SOCKET" PGPORT="$PORT" PGUSER=tokctl PGDATABASE="$NAME"
printf '127.0.0.1:%s:*:tokctl:%s\n' "$PORT" "$PASSWORD" >pgpass
chmod 600 pgpass
reaches "postgres://tokctl@127.0.0.1:$PORT/$NAME" PGPASSFILE="$PWD/pgpass"
reaches "postgres://tokctl@127.0.0.1:$PORT/$NAME?passfile=$PWD/pgpass"
printf '[fleet]\nhost=%s\nport=%s\nuser=tokctl\ndbname=%s\n' "$SOCKET" "$PORT" "$NAME" >services
reaches "postgres://" PGSERVICE=fleet PGSERVICEFILE="$PWD/services"
reaches "postgres://?service=fleet" PGSERVICEFILE="$PWD/services"
reaches "postgres://tokctl@127.0.0.1:1,127.0.0.1:$PORT/$NAME" PGPASSWORD="$PASSWORD"

it "keeps its tables where search_path says"
sql 'CREATE SCHEMA apart'
apart="$UNIX&options=-csearch_path%3Dapart"
TOKCTL_DB=$apart expect_exit 10 tokctl user list
expect_err_match 'db.empty'
TOKCTL_DB=$apart TOKCTL_KEY_FILE=$PWD/apart.key expect_exit 0 tokctl init -q
TOKCTL_DB=$apart TOKCTL_KEY_FILE=$PWD/apart.key expect_exit 0 tokctl user list
expect_out ''
reaches "$UNIX"
TOKCTL_DB="$UNIX&options=-csearch_path%3Dnowhere" TOKCTL_KEY_FILE=$PWD/nowhere.key expect_exit 7 tokctl init
expect_err_match '^error: .*\[db.missing\]$'

it "says what is wrong with a URL, a host, a password, a role, a database"
refuses db.host "postgres://nobody.invalid/$NAME"
refuses db.unreachable "postgres://127.0.0.1:1/$NAME"
expect_err_line 'error: nobody answers at the PostgreSQL server 127.0.0.1:1 [db.unreachable]'
refuses db.unreachable "postgres:///$NAME?host=$PWD"

refuses db.password "postgres://tokctl:wrong@127.0.0.1:$PORT/$NAME"
refuses db.password "postgres://nobody:wrong@127.0.0.1:$PORT/$NAME"
refuses db.password_missing "postgres://tokctl@127.0.0.1:$PORT/$NAME"
refuses db.denied "postgres://nobody@/$NAME?host=$SOCKET&port=$PORT"
refuses db.missing "${UNIX/$NAME/${NAME}_none}"
expect_err_match "^hint:  createdb ${NAME}_none\$"
for url in "$UNIX&nonsense=1" "$UNIX&sslmode=nonsense" "postgres://h:1,h:2,/x?port=1,2" 'postgres://?service=none' \
  "postgres://%zz/x" "postgres://h:70000/x"; do
  TOKCTL_DB=$url expect_exit 2 tokctl user list
  expect_err_match '^error: .*\[db.url\]$'
done

it "shows nothing of a password that breaks its URL, nor asks the network about it"
for password in 'se@cret' '12/cret' 'se?c@ret' '@cret' 'se@1/cret' 'se@1,cret'; do
  TOKCTL_DB="postgres://u:$password@nobody.invalid/x" expect_exit 2 tokctl user list
  expect_err_line "error: the database URL says something that PostgreSQL's client does not take [db.url]"
done

it "does not wait for ever for somebody who never answers"
python3 - >mute <<'PY' &
import socket, time
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
time.sleep(20)
PY
until [[ -s mute ]]; do sleep 0.05; done
started=$(date +%s%N)
TOKCTL_DB="postgres://tokctl@127.0.0.1:$(<mute)/$NAME" expect_exit 7 tokctl user list --timeout 300ms
expect_err_match '^error: .*\[db.timeout\]$'
[[ $((($(date +%s%N) - started) / 1000000)) -lt 2000 ]] || fail "it waited too long"
kill $!

it "verifies a server on another host, unless told otherwise in words"
elsewhere="postgres://tokctl@localhost:$PORT/$NAME?hostaddr=0.0.0.0"  # which is this host, but not by its looks
for how in db.tls:"$elsewhere" db.tls:"${elsewhere/localhost/127.0.0.1}&sslrootcert=$FOLDER/ca.crt" \
  db.tls_authority:"$elsewhere&sslrootcert=$PWD/none.crt"; do
  refuses "${how%%:*}" "${how#*:}" PGPASSWORD="$PASSWORD"
done
reaches "$elsewhere&sslrootcert=$FOLDER/ca.crt" PGPASSWORD="$PASSWORD"
reaches "$elsewhere" PGPASSWORD="$PASSWORD" PGSSLROOTCERT="$FOLDER/ca.crt"
mkdir "$HOME/.postgresql"
cp "$FOLDER/ca.crt" "$HOME/.postgresql/root.crt"
reaches "$elsewhere" PGPASSWORD="$PASSWORD"
rm -r "$HOME/.postgresql"
reaches "$elsewhere&sslmode=require" PGPASSWORD="$PASSWORD"
reaches "$elsewhere&sslmode=prefer" PGPASSWORD="$PASSWORD"
reaches "$elsewhere" PGPASSWORD="$PASSWORD" PGSSLMODE=require
reaches "postgres://tls_only:t@127.0.0.1:$PORT/$NAME"
refuses db.tls_required "postgres://tls_only:t@127.0.0.1:$PORT/$NAME?sslmode=disable"

it "reads for a role that may only read, and tells it so on writes"
reader="postgres://$READER@/$NAME?host=$SOCKET&port=$PORT"
reaches "$reader"
TOKCTL_DB=$reader expect_exit 0 tokctl audit verify
TOKCTL_DB=$reader expect_exit 0 tokctl db check
TOKCTL_DB=$reader expect_exit 7 tokctl user disable bill@example.com
expect_err "error: the role $READER may not do that in the database $NAME at $SOCKET [db.denied]
hint:  grant it the right, or take another role"
TOKCTL_DB=$UNIX'&options=-cdefault_transaction_read_only%3Don' expect_exit 7 tokctl user disable bill@example.com
expect_err_match '^error: the database .* is read-only \[db.read_only\]$'
refuses db.denied "postgres://$STRANGER@/$NAME?host=$SOCKET&port=$PORT"
expect_exit 0 tokctl user get bill@example.com -o raw --fields status
expect_out active

it "never shows a password, whichever way it came"
export TOKCTL_DB=$TCP
for command in 'config show' 'db status' doctor 'db check' 'user list -v'; do
  # shellcheck disable=SC2086  # words are meant
  expect_exit 0 tokctl $command
  expect_nowhere "$PASSWORD"
done
expect_exit 2 tokctl user list --db "$TCP"
expect_nowhere "$PASSWORD"
expect_exit 2 tokctl user list --db "postgres:///x?user=tokctl&password=$PASSWORD"
expect_nowhere "$PASSWORD"
export TOKCTL_DB=$UNIX

it "waits for a lock as long as it is told"
expect_no_wait 'pg_sleep(8)'
