#!/usr/bin/env bash
# What /auth and its neighbours answer to whom.
. "$(dirname "$0")/lib.sh"

export PW='correct horse battery'
ID=$(printf '%s' "$PW" | tokctl -q user create --email bill@example.com --name Bill --role admin --role ops --password-stdin)
WEB=$(tokctl token issue bill@example.com)
API=$(tokctl token issue bill@example.com --type api --name ci --scope read --scope write)
tokctl jwk create --alg EdDSA >jwk.id
JWT=$(tokctl token issue bill@example.com --type jwt --role editor --aud api)
REFRESH=$(tokctl token issue bill@example.com --type jwt --with-refresh | sed -n 2p)
VERIFY=$(tokctl token issue bill@example.com --type verify --purpose password_reset)
start --log-level debug

it "lets valid credentials of every kind pass, and says whose they are"
for _ in 1 2; do # by the database, then from memory
  expect_status 200 /auth -H "Authorization: Basic $WEB"
  expect_header x-auth-user "$ID"
  expect_header x-auth-email bill@example.com
  expect_header x-auth-token-type web
  expect_header x-auth-scopes ''
  expect_header cache-control no-store
  for name in user email roles scopes token-type; do
    grep -qi "^x-auth-$name:" "$kept/head" || fail "no X-Auth-$name"
  done
  expect_status 200 /auth -H "Authorization: Bearer $API"
  expect_header x-auth-token-type api
  expect_header x-auth-scopes 'read write'
  expect_status 200 /auth -H "Authorization: bearer $JWT"
  expect_header x-auth-token-type jwt
  expect_header x-auth-roles editor
done
expect_status 200 /auth -I -H "Authorization: Bearer $API"

it "asks for a credential"
expect_status 401 /auth
expect_header www-authenticate 'Bearer realm="tokctl"'

it "refuses in one way, whatever the reason"
DEAD=$(tokctl token issue bill@example.com)
tokctl token revoke - --yes <<<"$DEAD" >dead.out
expect_status 401 /auth -H "Authorization: Basic $DEAD"
expect_header www-authenticate 'Bearer realm="tokctl", error="invalid_token"'
expect_equal "$(body)" '{"error":"invalid_token"}'
refused=$(answer)
for value in 'Basic' 'Basic x' "Bearer $WEB" "Basic $API" "Basic $JWT" "Bearer $REFRESH" "Bearer $VERIFY" "$API" \
  "Bearer  $API" "Bearer $API, Bearer $API" "Bearer tka_0123456789012345678901234567890123456789012345678" "Bearer ${JWT}x" \
  "Authorization: Bearer $API" "authorization:Basic $WEB"; do
  expect_status 401 /auth -H "Authorization: $value"
  expect_equal "$(answer)" "$refused"
done
expect_status 401 /auth -H "Authorization: Bearer $API" -H "Authorization: Bearer $API"
expect_equal "$(answer)" "$refused"

it "asks for scopes, roles and an audience"
expect_status 200 '/auth?scope=read' -H "Authorization: Bearer $API"
expect_status 200 '/auth?scope=read+write' -H "Authorization: Bearer $API"
expect_status 403 '/auth?scope=read+admin' -H "Authorization: Bearer $API"
expect_header www-authenticate 'Bearer realm="tokctl", error="insufficient_scope", scope="read admin"'
expect_status 403 '/auth?scope=read' -H "Authorization: Bearer $JWT"
expect_status 200 '/auth?role=editor' -H "Authorization: Bearer $JWT"
expect_status 403 '/auth?role=admin' -H "Authorization: Bearer $JWT"
expect_status 200 '/auth?role=editor&audience=api' -H "Authorization: Bearer $JWT"
expect_status 401 '/auth?audience=other' -H "Authorization: Bearer $JWT"
expect_status 401 '/auth?scope=read'

it "takes no requirement that it does not understand for none"
for query in 'scopes=read' 'scope' 'scope=' 'scope=read&scope=write' 'scope=%zz' 'x=1' 'scope=read&x' \
  'scope=+' 'scope=read++write' 'scope=%22,x=%22' 'role=%5c' 'role=%c3%a9'; do
  expect_status 400 "/auth?$query" -H "Authorization: Bearer $API"
done
for path in /auth/ /auth/x /Auth /%61uth //auth /auth%00 / /healthz/; do
  expect_status 404 "$path" --path-as-is -H "Authorization: Bearer $API"
done
expect_status 405 /auth -X POST -H "Authorization: Bearer $API"
expect_header allow 'GET, HEAD'

it "answers Envoy about whatever request it is about"
for method in GET POST PUT DELETE PATCH OPTIONS; do
  expect_status 200 '/ext_authz/some/path?scope=admin&x=%zz' -X $method -H "Authorization: Bearer $API" -H 'Content-Length: 0'
  expect_header x-auth-user "$ID"
  expect_status 401 /ext_authz/ -X $method -H "Authorization: Bearer x" -H 'Content-Length: 0'
  expect_equal "$(answer | grep -vi '^connection:')" "$(grep -vi '^connection:' <<<"$refused")"
done
for path in /ext_authz /ext_authzx /ext_auth/x; do
  expect_status 404 "$path" -H "Authorization: Bearer $API"
done

it "looks into no cookie unasked"
expect_status 401 /auth -H "Cookie: session=$WEB"
expect_header www-authenticate 'Bearer realm="tokctl"'

it "tells how it is"
expect_status 200 /healthz
expect_status 200 /readyz
expect_status 200 /.well-known/jwks.json
expect_header content-type application/jwk-set+json
expect_equal "$(body)" "$(tokctl jwk export)"

it "counts"
expect_status 200 /metrics
expect_header content-type 'text/plain; version=0.0.4; charset=utf-8'
[[ $(count 'tokctl_requests_total{route="\/auth",status="200"}') -ge 10 ]] || fail "$(body)"
[[ $(count 'tokctl_request_seconds_count{route="\/auth"}') -gt 10 ]] || fail "$(body)"
expect_equal "$(count 'tokctl_verdicts_total{verdict="revoked"}')" 1
[[ $(count 'tokctl_verdicts_total{verdict="valid"}') -ge 10 ]] || fail "$(body)"
[[ $(count 'tokctl_lookups_total{level="map"}') -ge 3 ]] || fail "$(body)"
[[ $(count 'tokctl_lookups_total{level="database"}') -ge 3 ]] || fail "$(body)"
# Whoever could not be answered from memory was not there once, however often he was looked for.
expect_equal "$(count 'tokctl_misses_total{level="map"}')" "$(count 'tokctl_lookups_total{level="database"}')"
expect_equal "$(count 'tokctl_misses_total{level="redis"}')" 0
[[ $(count tokctl_cache_entries) -ge 3 ]] || fail "$(body)"
[[ $(count tokctl_feed_lag_seconds) == 0.* ]] || fail "$(body)"
body | grep -q 'route="none"' || fail "what was asked for in vain is not counted"
! body | grep -q 'Auth' || fail "a request names its own metric"

it "keeps requests within bounds"
expect_status 413 /auth -X GET -H "Authorization: Bearer $API" -H 'Expect:' --data-binary @<(head -c 70000 /dev/zero)
expect_header connection close
expect_status 413 /auth -X GET -H 'Transfer-Encoding: chunked' -H 'Expect:' --data-binary @<(head -c 70000 /dev/zero)
python3 - "$socket" <<'PY' || fail "who still sends sees no answer"
import socket, sys, time
client = socket.socket(socket.AF_UNIX)
client.connect(sys.argv[1])
client.sendall(b"GET /auth HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n")
for _ in range(2):
    time.sleep(0.1)
    client.sendall(b"x" * 35000)
assert client.recv(4096).startswith(b"HTTP/1.1 413 ")
PY
# What is too long to be read is told of at once.
SECONDS=0
expect_status 413 /auth -X GET -H 'Content-Length: 70000' -H 'Expect: 100-continue' --data-binary x
expect_status 413 /auth -X GET -H 'Content-Length: 2000000' -H 'Expect:' --data-binary x
expect_status 413 /auth -X GET -H 'Content-Length: 99999999999999999999' -H 'Expect:' --data-binary x
[[ $SECONDS -lt 5 ]] || fail "waited for what is not read"
expect_status 200 /auth -X GET -H "Authorization: Bearer $API" --data-binary 'GET /healthz HTTP/1.1'
expect_status 414 "/auth?scope=$(head -c 3000 /dev/zero | tr '\0' a)"
for number in {1..70}; do printf 'X-%s: y\n' "$number"; done >many
expect_status 431 /auth -H @many
printf 'X-Large: %s\n' "$(head -c 40000 /dev/zero | tr '\0' a)" >large
expect_status 431 /auth -H @large
expect_status 400 /auth -X GET -H 'Content-Length: 5' -H 'Transfer-Encoding: chunked' --data-binary @<(printf 'hello')

it "gives each request a name"
expect_status 200 /auth -H "Authorization: Bearer $API" -H 'X-Request-Id: from-the-front.7'
expect_header x-request-id from-the-front.7
expect_status 200 /auth -H "Authorization: Bearer $API" -H 'X-Request-Id: {"x":1}'
[[ $(header x-request-id) =~ ^[0-9a-f]{16}-[0-9a-f]+$ ]] || fail "no name: $(header x-request-id)"

it "refuses at most a second after somebody else has revoked"
expect_status 200 /auth -H "Authorization: Bearer $API"
tokctl token revoke - --yes <<<"$API" >revoked.out
revoked=$(date +%s%N)
until [[ $(curl -s -o /dev/null -w '%{http_code}' --unix-socket "$socket" -H "Authorization: Bearer $API" http://tokctl/auth) == 401 ]]; do
  [[ $(($(date +%s%N) - revoked)) -lt 1${TOKCTL_UNDER:+0}000000000 ]] || fail "a second has passed"
done
tokctl user disable bill@example.com >disabled.out
sleep 1
expect_status 401 /auth -H "Authorization: Basic $WEB"
expect_status 401 /auth -H "Authorization: Bearer $JWT"
tokctl user enable bill@example.com >enabled.out

it "stops when it is told to"
stop || fail "exit $?"
[[ ! -e $socket ]] || fail "the socket is still there"

it "logs JSON without a secret"
expect_exit 0 jq -es 'all(.time and .level and .event)' log
expect_exit 0 jq -es 'any(.event == "request" and .route == "/auth" and .status == 401 and .reason == "revoked")' log
expect_exit 0 jq -es 'any(.request_id == "from-the-front.7")' log
for secret in "$WEB" "$API" "$JWT" "$DEAD" "$REFRESH" "$VERIFY" "$PW"; do
  ! grep -qF -e "${secret:0:40}" -e "${secret: -20}" log || fail "a secret is logged"
done

it "takes a cookie's value for a token when it is told to"
start --cookie session
API=$(tokctl token issue bill@example.com --type api --name ci)
for token in "$WEB" "$API" "$JWT"; do
  expect_status 200 /auth -H "Cookie: a=b; session=$token; c=d"
done
expect_status 401 /auth -H "Cookie: session=$REFRESH"
expect_status 401 /auth -H "Cookie: session=$WEB; session=$WEB"
expect_status 401 /auth -H "Cookie: session=$WEB" -H "Cookie: session=$WEB"
expect_status 401 /auth -H "Cookie: xsession=$WEB; session2=$WEB"
expect_status 401 /auth -H 'Authorization: Bearer x' -H "Cookie: session=$WEB"
stop
