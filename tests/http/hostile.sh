#!/usr/bin/env bash
# Clients that mean no good: requests within requests, and connections that only take place.
. "$(dirname "$0")/lib.sh"

tokctl -q user create --email bill@example.com --name Bill --no-password >id
API=$(tokctl token issue bill@example.com --type api --name ci)
start

it "answers no request within a request"
expect_exit 0 python3 "$here/../http/smuggling.py" "$socket"

it "is there for others while a thousand take their time"
expect_exit 0 python3 "$here/../http/slow.py" "$socket" "$daemon" "$API" 1000 16
out

it "gets rid of them where they take every place"
stop
start --max-connections 64
expect_exit 0 python3 "$here/../http/slow.py" "$socket" "$daemon" "$API" 100 40
expect_status 200 /auth -H "Authorization: Bearer $API"
stop

it "turns away whoever wants to log in when too many do"
start
expect_exit 0 python3 "$here/../http/logins.py" "$socket" "$daemon" "$API"
out
if [[ -n ${TOKCTL_UNDER:-} ]]; then stop_by KILL || true; else stop; fi # not all have been judged
