#!/usr/bin/env bash
# A throwaway MariaDB server from Debian's packages; how it is used is in lib.sh.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

USER_NAME=tokctl
SERVER=$(command -v mariadbd || command -v /usr/sbin/mariadbd) || die "no MariaDB server is installed: ./dev test installs it"

stop() {
  local pid
  pid=$(cat "$1/pid" 2>/dev/null) || return 0
  # Nothing of it is kept, so it need not put anything in order.
  kill -KILL "$pid" 2>/dev/null || true
  while kill -0 "$pid" 2>/dev/null; do sleep 0.01; done
}

# Options for a server that is small and starts fast. One that is killed loses nothing even when it is not durable: what
# was committed is then in the system's hands.
options() {
  local place=$1
  cat <<CONF
[mariadbd]
datadir = $place/data
socket = $place/socket
tmpdir = $place
pid-file = $place/pid
log-error = $place/log.err
bind-address = 127.0.0.1
skip-name-resolve
max-connections = 200
performance-schema = off
skip-log-bin
innodb-buffer-pool-size = 64M
innodb-log-file-size = 32M
innodb-use-native-aio = off
ssl-ca = $place/ca.crt
ssl-cert = $place/server.crt
ssl-key = $place/server.key
CONF
  [[ ${TOKCTL_TEST_FSYNC:-off} != off ]] || cat <<'CONF'
innodb-flush-log-at-trx-commit = 2
innodb-flush-method = nosync
debug-no-sync
CONF
}

# serve PLACE OPTION...: until it answers.
serve() {
  local place=$1
  as mysql "$SERVER" --defaults-file="$place/conf" --port="$(<"$place/port")" "${@:2}" >/dev/null 2>&1 </dev/null &
  local server=$!
  for _ in {1..600}; do
    kill -0 $server 2>/dev/null || break
    if [[ -S $place/socket ]] && client "$(<"$place/url")" mysql <<<'SELECT 1' >/dev/null 2>&1; then return; fi
    sleep 0.05
  done
  cat "$place/log.err" >&2
  return 1
}

restart() {
  stop "$1"
  serve "$1"
}

start() {
  local place=$1 port password
  password=$(openssl rand -hex 16)
  printf '%s' "$password" >"$place/password"
  make_certificates "$place"
  options "$place" >"$place/conf"
  # A line is a statement.
  printf "CREATE USER %s IDENTIFIED BY '%s';\nGRANT ALL ON *.* TO %s WITH GRANT OPTION;\n" \
    $USER_NAME "$password" $USER_NAME >"$place/init.sql"
  own "$place" mysql
  as mysql mariadb-install-db --defaults-file="$place/conf" --skip-test-db --auth-root-authentication-method=normal \
    >"$place/install.log" 2>&1 || { cat "$place/install.log" "$place/log.err" >&2; return 1; }

  port=$(free_port)
  printf '%s' "$port" >"$place/port"
  printf 'mysql://%s:%s@localhost/DATABASE?socket=%s\n' "$USER_NAME" "$password" "$place/socket" >"$place/url"
  printf 'mysql://%s:%s@127.0.0.1:%s/DATABASE\n' "$USER_NAME" "$password" "$port" >"$place/tcp_url"
  serve "$place" --init-file="$place/init.sql"
}

# client URL DATABASE
client() {
  local socket=${1#*socket=} password=${1#*"$USER_NAME:"}
  MYSQL_PWD=${password%%@*} mariadb --no-defaults --socket "$socket" --user "$USER_NAME" --batch --raw \
    --skip-column-names --unbuffered --default-character-set=utf8mb4 "$2"
}
create() { client "$1" mysql <<<"CREATE DATABASE $2"; }
drop() { client "$1" mysql <<<"DROP DATABASE IF EXISTS $2"; }
sql() {
  client "$1" "$2" <<SQL
SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES';
$3
SQL
}

talk() { client "$1" "$2"; }

main "$@"
