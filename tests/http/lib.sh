# What the scripts in this folder share, beyond ../cli/lib.sh: a daemon, and questions to it.
#
# shellcheck shell=bash

. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

daemon=
socket=$PWD/tokctl.sock

# shellcheck disable=SC2120  # options may be none
# start OPTION...: a daemon on $socket, up when this returns. Its log is the file `log`.
start() {
  # shellcheck disable=SC2086  # words are meant
  ${TOKCTL_UNDER:-} "$TOKCTL" serve --listen "unix:$socket" "$@" 2>>log &
  daemon=$!
  await answers /healthz
}

# stop / stop_by SIGNAL: returns the daemon's exit status.
stop() { stop_by TERM; }
stop_by() {
  local status=0
  kill "-$1" "$daemon" 2>/dev/null || true
  wait "$daemon" || status=$?
  daemon=
  return $status
}
trap '[[ -z $daemon ]] || kill -KILL "$daemon" 2>/dev/null' EXIT

answers() { curl -s -o /dev/null --unix-socket "$socket" "http://tokctl$1"; }

# ask PATH [CURL OPTION...]: keeps status, head and body of the answer.
ask() {
  local path=$1
  shift
  run curl -sS -D "$kept/head" -w '%{http_code}' -o "$kept/body" --unix-socket "$socket" "$@" "http://tokctl$path"
}
# expect_status STATUS PATH [CURL OPTION...]
expect_status() {
  local wanted=$1
  shift
  ask "$@"
  [[ $(out) == "$wanted" ]] || fail "status $(out), not $wanted"
}
body() { cat "$kept/body"; }
# header NAME: its value, or nothing.
header() { sed -n "s/^$1: *\(.*\)\r$/\1/Ip" "$kept/head"; }
expect_header() { expect_equal "$(header "$1")" "$2"; }
# count METRIC: its value now; a regular expression.
count() { ask /metrics && body | sed -n "s/^$1 //p"; }
# What tells one refusal from another.
answer() { grep -viE '^(date|x-request-id):' "$kept/head" && body; }

# front PATH [CURL OPTION...]: asks what a web server guards, which listens on $front.
front=$PWD/front.sock
front() {
  run curl -sS -D "$kept/head" -w '%{http_code}' -o "$kept/body" --unix-socket "$front" "${@:2}" "http://app$1"
}
expect_front() {
  front "${@:2}"
  [[ $(out) == "$1" ]] || fail "status $(out), not $1"
}
