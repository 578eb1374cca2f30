#!/usr/bin/env bash
# Failed logins and what follows, on a clock that the test sets.
. "$(dirname "$0")/lib.sh"

PW='correct horse battery'
now=1767225600
at() { now=$((now + $1)); }
clocked_at() { TOKCTL_TEST_NOW=$now clocked "$@"; }
login() { clocked_at user login "$1" --password-stdin <<<"$2"; }

it "refuses to judge after three failures in a row, for a second, then two"
expect_exit 0 clocked_at user create --email bill@example.com --name Bill --password-stdin <<<"$PW"
for _ in 1 2 3; do expect_exit 4 login bill@example.com wrong; done
expect_exit 6 login bill@example.com "$PW"
expect_err 'error: too many failed logins in a row [login.delayed]
hint:  try again in 1s'
at 1
expect_exit 4 login bill@example.com wrong
at 1
expect_exit 6 login bill@example.com "$PW"
at 1
expect_exit 0 login bill@example.com "$PW"

it "does the same for an email that nobody has"
for _ in 1 2 3; do expect_exit 4 login nobody@example.com wrong; done
expect_exit 6 login nobody@example.com wrong

it "forgets failures with unlock, and says whether there were any"
for _ in 1 2 3; do expect_exit 4 login bill@example.com wrong; done
expect_exit 6 login bill@example.com "$PW"
expect_exit 0 clocked_at user unlock bill@example.com --dry-run -o json
expect_json .changed true
expect_exit 6 login bill@example.com "$PW"
expect_exit 0 clocked_at user unlock bill@example.com -o json
expect_json .changed true
expect_exit 0 login bill@example.com "$PW"
expect_exit 0 clocked_at user unlock bill@example.com -o json
expect_json .changed false
