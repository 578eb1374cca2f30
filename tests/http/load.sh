#!/usr/bin/env bash
# The daemon under load: hits and misses at every level, refusals, logins, refreshes, revocations, settings read again, and
# in the end told to stop. For some seconds or, by ./dev soak, for TOKCTL_TEST_SECONDS; then it must not grow either.
. "$(dirname "$0")/lib.sh"

command -v wrk >/dev/null || fail "no wrk is installed: ./dev test installs it"
seconds=${TOKCTL_TEST_SECONDS:-10}
"$here/../servers/redis.sh" start "$PWD/redis"
trap 'kill -KILL $daemon 2>/dev/null || true; "$here/../servers/redis.sh" stop "$PWD/redis"' EXIT
TOKCTL_REDIS=$(sed s/DATABASE/0/ redis/url)
# So short that every level is asked all the time.
export TOKCTL_REDIS TOKCTL_CACHE_MAP_TTL=2s TOKCTL_CACHE_REDIS_TTL=5s TOKCTL_CACHE_REDIS_TIMEOUT=5s TOKCTL_LOGIN_FLOOR=0

PW='correct horse battery'
printf '%s' "$PW" | tokctl -q user create --email bill@example.com --name Bill --password-stdin >id
tokctl -q user create --email app@example.com --name App --no-password >app.id
tokctl jwk create --alg EdDSA >jwk.id
tokctl token issue app@example.com --type api --name app --scope tokctl:introspect --scope tokctl:revoke >app.token
tokctl token issue bill@example.com --type api --count 300 >valid.api
tokctl token issue bill@example.com >valid.web
tokctl token issue bill@example.com --type jwt --ttl 1d >valid.jwt
tokctl token issue bill@example.com --type api --name dead --count 20 >refused.api
tokctl token revoke --user bill@example.com --name dead --yes >revoked
# Each is ended while it is used.
tokctl token issue bill@example.com --type api --count $((seconds * 2 + 10)) >mortal.api

it "answers everybody rightly for $seconds seconds"
# More threads than a small machine would take by itself: they get into each other's way if any do.
start --threads 3 --listen 127.0.0.1:0
port=$(jq -r 'select(.event == "listening").on | select(startswith("127"))' log | sed 's/.*://')
expect_exit 0 python3 "$here/../http/load.py" "$port" "$daemon" "$seconds" "$PW"
out

it "finishes what it was asked when it is told to stop"
wrk -t 1 -c 16 -d 3 --timeout 60s -H "Authorization: Bearer $(head -n 1 valid.api)" "http://127.0.0.1:$port/auth" >last &
sleep 1
stop || fail "exit $?: $(grep -v '"level":"info"' log)"
wait $! || fail "wrk: $(<last)"
! grep -E '"event":"(request|upkeep|reload)\.failed"' log || fail "something failed meanwhile"
