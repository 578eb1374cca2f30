# What the scripts in this folder are written with. Each begins with
#
#   #!/usr/bin/env bash
#   . "$(dirname "$0")/lib.sh"
#
# and reads like a session at a shell: an `expect_exit` runs a command and keeps what it printed, the checks
# after it look at that. The first one that does not hold ends the test and shows the command. `tests/run`
# gives each script an empty home and an empty folder to stand in.
#
#   it "refuses a second user of the same email"
#   expect_exit 5 tokctl user create --email a@example.com --password-stdin <<<"$PW"
#   expect_out ''
#   expect_err_line 'error: user a@example.com already exists [user.exists]'
#
# shellcheck shell=bash

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kept=$(mktemp -d)
it_is=

tokctl() { ${TOKCTL_UNDER:-} "$TOKCTL" "$@"; }

# A script says nothing of where its data is, so that it runs on SQLite and, by `tests/run --on KIND`, on a server. What
# it does past the program goes through these.

server() { "$here/../servers/$TOKCTL_TEST_ON.sh" "$1" "$TOKCTL_TEST_SERVERS/$TOKCTL_TEST_ON" "${@:2}"; }

# sql STATEMENT: runs it on the database at hand.
sql() {
  local url=${TOKCTL_DB:-sqlite:$HOME/.local/share/tokctl/tokctl.db} name
  if [[ $TOKCTL_TEST_ON == sqlite ]]; then
    sqlite3 "${url#sqlite:}" "$1"
  else
    name=${url%%\?*}
    server sql "${name##*/}" "$1"
  fi
}

# new_database NAME: the URL of another one, with nothing in it.
new_database() {
  if [[ $TOKCTL_TEST_ON == sqlite ]]; then
    printf 'sqlite:%s/%s.db' "$PWD" "$1"
    return
  fi
  local name
  name=$(head -n 1 "$TOKCTL_TEST_DATABASES")_$1
  printf '%s\n' "$name" >>"$TOKCTL_TEST_DATABASES"
  server create "$name"
  sed "s/DATABASE/$name/" "$TOKCTL_TEST_SERVERS/$TOKCTL_TEST_ON/url"
}

# The same program with a clock that the test ticks.
clocked() { ${TOKCTL_UNDER:-} "${TOKCTL_CLOCKED:?no tokctl-clocked is built}" "$@"; }

# it WHAT: names what the lines after it show.
it() { it_is=$1; }

# fail MESSAGE: ends the test, showing where it is, the last command and what it printed.
fail() {
  local frame=0
  while [[ ${BASH_SOURCE[frame]} == "${BASH_SOURCE[0]}" ]]; do frame=$((frame + 1)); done
  {
    printf '%s:%s: it %s\n  %s\n' "${BASH_SOURCE[frame]}" "${BASH_LINENO[frame - 1]}" "$it_is" "$1"
    if [[ -f $kept/command ]]; then
      printf '  $ %s\n' "$(<"$kept/command")"
      sed 's/^/  stdout | /' "$kept/out"
      sed 's/^/  stderr | /' "$kept/err"
    fi
    [[ ! -f log ]] || tail -n 20 log | sed 's/^/  log | /'
  } >&2
  exit 1
}

# run COMMAND...: runs it and keeps its status and output; the caller's standard input is the command's.
run() {
  printf '%q ' "$@" >"$kept/command"
  local status=0
  "$@" >"$kept/out" 2>"$kept/err" || status=$?
  printf '%s' "$status" >"$kept/status"
}

out() { cat "$kept/out"; }
err() { cat "$kept/err"; }

# await COMMAND...: waits until it succeeds, for a minute: machines can be busy.
await() {
  local end=$((SECONDS + 60))
  until "$@"; do
    [[ $SECONDS -lt $end ]] || fail "waited in vain for: $*"
    sleep 0.05
  done
}

# expect_no_wait SLEEP: a change gives up after its --timeout while somebody holds the lock that all changes take, and
# reads go on; SLEEP is SQL that waits for eight seconds.
expect_no_wait() {
  sql "BEGIN; UPDATE event_head SET id = id; SELECT $1; COMMIT" >/dev/null &
  is_held() { ! sql 'SELECT id FROM event_head FOR UPDATE NOWAIT' >/dev/null 2>&1; }
  await is_held
  expect_exit 7 tokctl user disable bill@example.com --timeout 300ms
  expect_err_match '^error: .* is in use by another process \[db.busy\]$'
  expect_exit 0 tokctl user get bill@example.com
  is_held || fail "it waited for the lock"
  wait
  expect_exit 0 tokctl user disable bill@example.com
}

# expect_exit STATUS COMMAND...
expect_exit() {
  local wanted=$1
  shift
  run "$@"
  [[ $(<"$kept/status") == "$wanted" ]] || fail "exit $(<"$kept/status"), not $wanted"
}

# expect_out TEXT / expect_err TEXT: all that was printed, up to newlines at its end.
expect_out() { [[ $(out) == "$1" ]] || fail "stdout is not: $1"; }
expect_err() { [[ $(err) == "$1" ]] || fail "stderr is not: $1"; }

# expect_out_line TEXT / expect_err_line TEXT: one whole line of it.
expect_out_line() { out | grep -qxF -e "$1" || fail "no line on stdout: $1"; }
expect_err_line() { err | grep -qxF -e "$1" || fail "no line on stderr: $1"; }

# expect_out_match REGEX / expect_err_match REGEX: part of a line of it, extended regular expression.
expect_out_match() { out | grep -qE -e "$1" || fail "nothing on stdout matches: $1"; }
expect_err_match() { err | grep -qE -e "$1" || fail "nothing on stderr matches: $1"; }

# expect_nowhere TEXT: in neither output. For secrets.
expect_nowhere() {
  if out | grep -qF -e "$1" || err | grep -qF -e "$1"; then fail "printed: $1"; fi
}

# expect_json FILTER TEXT: what `jq -r FILTER` says about standard output.
expect_json() {
  local got
  got=$(out | jq -r "$1") || fail "stdout is not JSON that jq can filter by $1"
  [[ $got == "$2" ]] || fail "$1 is $got, not $2"
}

# expect_lifetime SECONDS: of the token or session that standard output describes. It counts from the command on, which a
# second may end on the way to the token.
expect_lifetime() {
  expect_json "(.exp // .expires_at_unix) - (.iat // .created_at_unix) | . == $1 or . == $1 - 1" true
}

# expect_equal GOT WANTED
expect_equal() { [[ $1 == "$2" ]] || fail "is: $1, not: $2"; }
