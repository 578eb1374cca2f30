#!/usr/bin/env bash
# A throwaway PostgreSQL server from Debian's packages; how it is used is in lib.sh.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

USER_NAME=tokctl
read -r PROGRAMS < <(find /usr/lib/postgresql/*/bin -name pg_ctl -printf '%h\n' 2>/dev/null | sort -V | tail -n 1) ||
  die "no PostgreSQL server is installed: ./dev test installs it"

server() { as postgres "$PROGRAMS/$1" "${@:2}"; }

stop() { server pg_ctl stop --silent --mode immediate --pgdata "$1/data" >/dev/null 2>&1 || true; }

restart() {
  server pg_ctl restart --silent --wait --timeout 60 --mode immediate --pgdata "$1/data" --log "$1/log" >/dev/null
}

start() {
  local place=$1 port password
  password=$(openssl rand -hex 16)
  printf '%s' "$password" >"$place/password"
  make_certificates "$place"
  own "$place" postgres
  server initdb --pgdata "$place/data" --no-sync --no-instructions --encoding UTF8 --locale C \
    --username $USER_NAME --pwfile "$place/password" --auth trust >"$place/initdb.log"

  local durable=${TOKCTL_TEST_FSYNC:-off}
  port=$(free_port)
  cat >>"$place/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$place'
max_connections = 200
shared_buffers = 32MB
fsync = $durable
synchronous_commit = $durable
full_page_writes = $durable
ssl = on
ssl_cert_file = '$place/server.crt'
ssl_key_file = '$place/server.key'
CONF
  # The role tls_only, if a test makes it, comes in by TLS or not at all.
  cat >"$place/data/pg_hba.conf" <<'RULES'
local all all trust
hostnossl all tls_only all reject
host all all all scram-sha-256
RULES
  server pg_ctl start --silent --wait --timeout 60 --pgdata "$place/data" --log "$place/log" >/dev/null ||
    { cat "$place/log" >&2; return 1; }

  printf 'postgres://%s@/DATABASE?host=%s&port=%s\n' "$USER_NAME" "$place" "$port" >"$place/url"
  printf 'postgres://%s:%s@127.0.0.1:%s/DATABASE\n' "$USER_NAME" "$password" "$port" >"$place/tcp_url"
}

client() { psql -X -q -v ON_ERROR_STOP=1 --dbname "$1"; }
create() { client "${1/DATABASE/postgres}" <<<"CREATE DATABASE $2"; }
drop() { client "${1/DATABASE/postgres}" <<<"DROP DATABASE IF EXISTS $2 WITH (FORCE)"; }

# By COPY, since psql drops from its tables what it takes for no character.
sql() {
  local statement=$3
  [[ $statement != SELECT* ]] ||
    statement="COPY ($statement) TO STDOUT (FORMAT csv, DELIMITER E'\t', QUOTE E'\b', NULL '\N')"
  client "${1/DATABASE/$2}" <<<"$statement" | tr -d '\b'
}

talk() { client "${1/DATABASE/$2}"; }

main "$@"
