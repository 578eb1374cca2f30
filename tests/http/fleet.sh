#!/usr/bin/env bash
# Two daemons on one database, with a Redis, without, and with one that dies; and the database server restarted under
# their feet.
. "$(dirname "$0")/lib.sh"

tokctl -q user create --email bill@example.com --name Bill --no-password >id
tokctl -q user create --email app@example.com --name App --no-password >app.id
END=$(tokctl token issue app@example.com --type api --name end --scope tokctl:revoke)
ASK=$(tokctl token issue app@example.com --type api --name ask --scope tokctl:introspect)
"$here/../servers/redis.sh" start "$PWD/redis"
redis=$(sed s/DATABASE/0/ redis/url)
other=
second=$((1000000000 * ${TOKCTL_UNDER:+2}1)) # slower under valgrind
trap 'kill -KILL $daemon $other 2>/dev/null || true; "$here/../servers/redis.sh" stop "$PWD/redis"' EXIT

there() { curl -s -o /dev/null -w '%{http_code}' --unix-socket "$PWD/other.sock" "$@"; }
passes_there() { [[ $(there -H "Authorization: Bearer $1" http://tokctl/auth) == 200 ]]; }
told_there() { curl -s --unix-socket "$PWD/other.sock" -H "Authorization: Bearer $1" -d "token=$2" http://tokctl/introspect; }
start_both() {
  start
  # shellcheck disable=SC2086  # words are meant
  ${TOKCTL_UNDER:-} "$TOKCTL" serve --listen "unix:$PWD/other.sock" 2>>other.log &
  other=$!
  await there -f http://tokctl/readyz >ready
}
stop_both() {
  stop
  kill "$other"
  wait "$other"
  other=
}

# How long the other daemon lets a token pass that this one has ended; it stays below a second.
expect_gone_within_a_second() {
  local token begun
  token=$(tokctl token issue bill@example.com --type api --name "t$RANDOM$RANDOM")
  expect_status 200 /auth -H "Authorization: Bearer $token"
  await passes_there "$token"
  passes_there "$token" || fail "it is not remembered there"
  expect_equal "$(told_there "$ASK" "$token" | jq -c '[.active, .username]')" '[true,"bill@example.com"]'
  expect_status 200 /revoke -H "Authorization: Bearer $END" -d "token=$token"
  begun=$(date +%s%N)
  expect_status 401 /auth -H "Authorization: Bearer $token"
  while passes_there "$token"; do
    [[ $(($(date +%s%N) - begun)) -lt $second ]] || fail "a second has passed"
  done
  expect_equal "$(told_there "$ASK" "$token")" '{"active":false}'
  printf '%s: %s ms\n' "$1" $((($(date +%s%N) - begun) / 1000000))
}

it "refuses within a second what the other has ended, without Redis"
start_both
for _ in {1..5}; do expect_gone_within_a_second 'without Redis'; done
stop_both

it "refuses within a second what the other has ended, with Redis"
export TOKCTL_REDIS=$redis
start_both
for _ in {1..5}; do expect_gone_within_a_second 'with Redis'; done

it "tells nobody from memory who may not ask"
MAY=$(tokctl token issue app@example.com --type api --name may --scope tokctl:introspect)
MAY_NOT=$(tokctl token issue app@example.com --type api --name may-not)
for asker in "$MAY" "$MAY_NOT"; do passes_there "$asker" || fail "it does not pass"; done
expect_equal "$(told_there "$MAY" "$MAY_NOT" | jq .active)" true
expect_equal "$(told_there "$MAY_NOT" "$MAY" | jq -r .error)" insufficient_scope
expect_equal "$(told_there "$MAY_NOT" "$MAY" | jq .active)" null
expect_status 200 /revoke -H "Authorization: Bearer $END" -d "token=$MAY"
gone() { [[ $(told_there "$MAY" "$MAY_NOT" | jq -r .error) == invalid_client ]]; }
await gone

it "knows the API tokens of a user who has logged in with the other"
PW='correct horse battery staple'
tokctl -q user create --email jane@example.com --name Jane --password-stdin <<<"$PW" >jane.id
from_redis() {
  curl -s --unix-socket "$PWD/other.sock" http://tokctl/metrics | sed -n 's/^tokctl_lookups_total{level="redis"} //p'
}
KEY=$(tokctl token issue jane@example.com --type api --name ci)
expect_status 200 /login -d email=jane@example.com --data-urlencode "password=$PW"
sleep 1 # by then the other has heard of all that the login wrote: an entry newer than that is not believed
asked=$(from_redis)
passes_there "$KEY" || fail "it does not pass"
expect_equal "$(from_redis)" "$((asked + 1))"

it "does so when Redis dies"
kill -KILL "$(<redis/place/pid)"
for _ in {1..5}; do expect_gone_within_a_second 'Redis dead'; done
stop_both
unset TOKCTL_REDIS

[[ $TOKCTL_TEST_ON != sqlite ]] || exit 0

it "lets nothing pass by mistake while the database restarts, and goes on by itself"
GOOD=$(tokctl token issue bill@example.com --type api --name good)
BAD=$(tokctl token issue bill@example.com --type api --name bad)
tokctl token revoke - --yes <<<"$BAD" >revoked
start
expect_status 200 /auth -H "Authorization: Bearer $GOOD"
ask_both() {
  while [[ ! -e asked-enough ]]; do
    for token in "$GOOD" "$BAD"; do
      curl -s -o /dev/null -w '%{http_code} ' --unix-socket "$socket" -H "Authorization: Bearer $token" http://tokctl/auth
    done
    echo
  done >>"$1"
}
asking=()
for number in 1 2 3 4; do
  ask_both "answers.$number" &
  asking+=($!)
done
sleep 1
server restart
restarted=$(date +%s%N)
passes() { [[ $(curl -s -o /dev/null -w '%{http_code}' --unix-socket "$socket" -H "Authorization: Bearer $GOOD" http://tokctl/auth) == 200 ]]; }
await passes
[[ $(($(date +%s%N) - restarted)) -lt $((5 * second)) ]] || fail "five seconds have passed"
sleep 1
touch asked-enough
wait "${asking[@]}"
cat answers.* | sort | uniq -c | tee answers
! grep -vE '^ *[0-9]+ (200|503) (401|503) $' answers || fail "another answer than yes, no and later"
stop
