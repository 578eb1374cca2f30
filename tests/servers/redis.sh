#!/usr/bin/env bash
# A throwaway Redis server from Debian's packages; how it is used is in lib.sh. It is no database: a name is one of its
# numbered ones, and nothing is created or dropped.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

stop() {
  [[ ! -f $1/pid ]] || kill -KILL "$(<"$1/pid")" 2>/dev/null || true
}

start() {
  local place=$1 port password
  command -v redis-server >/dev/null || die "no Redis server is installed: ./dev test installs it"
  password=$(openssl rand -hex 16)
  port=$(free_port)
  touch "$place/ca.crt"
  cat >"$place/conf" <<CONF
bind 127.0.0.1
port $port
unixsocket $place/socket
unixsocketperm 700
requirepass $password
dir $place
save ""
appendonly no
daemonize yes
pidfile $place/pid
logfile $place/log
maxmemory 64mb
CONF
  redis-server "$place/conf" >/dev/null
  for _ in {1..100}; do
    [[ -S $place/socket ]] && redis-cli --no-auth-warning -s "$place/socket" -a "$password" ping >/dev/null 2>&1 && break
    sleep 0.05
  done
  [[ -S $place/socket ]] || { cat "$place/log" >&2; return 1; }
  printf 'unix://:%s@%s/socket?db=DATABASE\n' "$password" "$place" >"$place/url"
  printf 'redis://:%s@127.0.0.1:%s/DATABASE\n' "$password" "$port" >"$place/tcp_url"
}

create() { :; }
drop() { :; }
sql() { die "Redis knows no SQL"; }

main "$@"
