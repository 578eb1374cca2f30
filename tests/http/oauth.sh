#!/usr/bin/env bash
# Programs that ask about tokens and end them, and users that log in, go on and log out: with curl, and with an OAuth
# client library from npm that knows nothing of tokctl.
. "$(dirname "$0")/lib.sh"

export PW='correct horse battery' TOKCTL_LOGIN_FLOOR=0
ID=$(printf '%s' "$PW" | tokctl -q user create --email bill@example.com --name Bill --password-stdin)
tokctl -q user create --email app@example.com --name App --no-password >app.id
tokctl jwk create --alg ES256 >jwk.id
ASK=$(tokctl token issue app@example.com --type api --name ask --scope tokctl:introspect)
END=$(tokctl token issue app@example.com --type api --name end --scope tokctl:revoke)
API=$(tokctl token issue bill@example.com --type api --name ci --scope read --info '{"team":"a"}')
WEB=$(tokctl token issue bill@example.com)
start --listen 127.0.0.1:0
url=http://$(jq -r 'select(.event == "listening").on | select(startswith("127"))' log)
library() { node "$here/../../build/npm/interop/oauth.js" "$1" "$url" "${@:2}"; }

it "answers programs about tokens"
expect_status 200 /introspect -H "Authorization: Bearer $ASK" --data-urlencode "token=$API"
expect_equal "$(body | jq -c '[.active, .token_type, .sub, .username, .scope, .token_name, .info.team, .exp]')" \
  "[true,\"api\",\"$ID\",\"bill@example.com\",\"read\",\"ci\",\"a\",null]"
expect_header content-type application/json
expect_header cache-control no-store
tokctl token validate - -o json <<<"$API" | jq -S 'del(.[] | nulls) | del(.roles, .aud, .offline)' >told
body | jq -S . | diff told - >difference || fail "not what tokctl token validate says: $(<difference)"
expect_status 200 /introspect -H "Authorization: Bearer $ASK" --data-urlencode "token=$WEB" -d token_type_hint=access_token
expect_equal "$(body | jq -r .token_type)" web
# shellcheck disable=SC1003  # a backslash is meant
JWT=$(tokctl token issue bill@example.com --type jwt --aud shop --aud 'a"b' --role clerk --claim 'note="Ü" \')
expect_status 200 /introspect -H "Authorization: Bearer $ASK" --data-urlencode "token=$JWT"
expect_equal "$(body | jq -c '[.roles, .aud, .claims]')" '[["clerk"],["shop","a\"b"],{"note":"\"Ü\" \\"}]'
for token in x "${API}x" "$ID" 'tka_0123456789012345678901234567890123456789012345678'; do
  expect_status 200 /introspect -H "Authorization: Bearer $ASK" --data-urlencode "token=$token"
  expect_equal "$(body)" '{"active":false}'
done

it "answers nobody else"
expect_status 401 /introspect --data-urlencode "token=$API"
expect_equal "$(body)" '{"error":"invalid_client"}'
expect_header www-authenticate 'Bearer realm="tokctl", Basic realm="tokctl"'
expect_status 401 /introspect -H "Authorization: Basic $WEB" --data-urlencode "token=$API"
expect_status 401 /introspect -H "Authorization: Bearer $ASK" -d "client_secret=$ASK" --data-urlencode "token=$API"
expect_status 403 /introspect -H "Authorization: Bearer $API" --data-urlencode "token=$API"
expect_status 403 /introspect -H "Authorization: Bearer $END" --data-urlencode "token=$API"
expect_status 403 /revoke -H "Authorization: Bearer $ASK" --data-urlencode "token=$API"
expect_status 401 /revoke --data-urlencode "token=$API"
expect_status 405 /introspect

it "takes one form for a form"
for body in "token=$API&token=$API" 'x=1' '' 'token=' 'token=%zz' 'token=%00'; do
  expect_status 400 /introspect -H "Authorization: Bearer $ASK" -d "$body"
  expect_equal "$(body)" '{"error":"invalid_request"}'
done
expect_status 400 /introspect -H "Authorization: Bearer $ASK" -H 'Content-Type: application/json' -d '{"token":"x"}'

it "ends tokens for programs"
expect_status 200 /revoke -H "Authorization: Bearer $END" --data-urlencode "token=$API"
expect_equal "$(body)" ''
expect_status 200 /introspect -H "Authorization: Bearer $ASK" --data-urlencode "token=$API"
expect_equal "$(body)" '{"active":false}'
expect_status 401 /auth -H "Authorization: Bearer $API"
expect_status 200 /revoke -H "Authorization: Bearer $END" --data-urlencode "token=$API"
expect_status 200 /revoke -H "Authorization: Bearer $END" -d token=nonsense

it "logs users in, and out"
expect_status 200 /login --data-urlencode email=bill@example.com --data-urlencode "password=$PW" -d source=web
expect_equal "$(body | jq -r '[.token_type, .sub, (.expires_in > 86000)] | @csv')" "\"Basic\",\"$ID\",true"
expect_header cache-control no-store
TOKEN=$(body | jq -r .access_token)
expect_status 200 /auth -H "Authorization: Basic $TOKEN"
expect_status 401 /logout -X POST
nothing=$(answer)
expect_status 400 /logout -X POST -H "Authorization: Bearer $ASK"
expect_status 204 /logout -X POST -H "Authorization: Basic $TOKEN"
expect_status 401 /auth -H "Authorization: Basic $TOKEN"
for unknown in "Basic ${TOKEN:0:100}AAAAAAA=" 'Bearer aaaa.bbbb.cccc'; do
  expect_status 401 /logout -X POST -H "Authorization: $unknown"
  expect_equal "$(answer)" "$nothing"
done
expect_status 401 /login --data-urlencode email=nobody@example.com --data-urlencode "password=$PW"
nobody=$(answer)
expect_status 401 /login -d email=bill@example.com -d password=wrong-password
expect_equal "$(answer)" "$nobody"
expect_equal "$(body)" '{"error":"invalid_grant"}'
for form in '' 'email=bill@example.com' 'password=x' 'email=bill@example.com&password=x&token_type=api' \
  'email=bill@example.com&password=x&source=%20'; do
  expect_status 400 /login -d "$form"
done

it "knows what it has just given"
answered_by() { count "tokctl_lookups_total{level=\"$1\"}"; }
for type in web jwt; do
  expect_status 200 /login --data-urlencode email=bill@example.com --data-urlencode "password=$PW" -d token_type=$type
  TOKEN=$(body | jq -r .access_token) scheme=$(body | jq -r .token_type)
  database=$(answered_by database) map=$(answered_by map)
  expect_status 200 /auth -H "Authorization: $scheme $TOKEN"
  expect_equal "$(answered_by database) $(answered_by map)" "$database $((map + 1))"
done

it "takes any password that a user may have"
ODD=$'tab\tand \x7f and \xc2\x85'
printf '%s' "$ODD" | tokctl -q user create --email odd@example.com --name Odd --password-stdin >odd.id
expect_status 200 /login --data-urlencode email=odd@example.com --data-urlencode "password=$ODD"
expect_status 400 /login -d email=odd@example.com -d 'password=correct%00horse'

it "goes on with a refresh token, once"
expect_status 200 /login --data-urlencode email=bill@example.com --data-urlencode "password=$PW" -d token_type=jwt -d audience=api
expect_equal "$(body | jq -r .token_type)" Bearer
JWT=$(body | jq -r .access_token) REFRESH=$(body | jq -r .refresh_token)
expect_status 200 '/auth?audience=api' -H "Authorization: Bearer $JWT"
expect_status 200 /token -d grant_type=refresh_token -d "refresh_token=$REFRESH"
NEXT=$(body | jq -r .refresh_token)
expect_status 200 '/auth?audience=api' -H "Authorization: Bearer $(body | jq -r .access_token)"
expect_status 200 /token -d grant_type=refresh_token -d "refresh_token=$NEXT"
expect_status 400 /token -d grant_type=refresh_token -d "refresh_token=$REFRESH"
expect_equal "$(body)" '{"error":"invalid_grant"}'
expect_status 401 /auth -H "Authorization: Bearer $JWT"
expect_status 400 /token -d grant_type=password -d username=x
expect_equal "$(body)" '{"error":"unsupported_grant_type"}'
expect_status 400 /token -d grant_type=refresh_token
expect_equal "$(body)" '{"error":"invalid_request"}'
expect_status 400 /token -d grant_type=refresh_token -d "refresh_token=$API"
expect_equal "$(body)" '{"error":"invalid_grant"}'

it "makes who guesses wait"
# A second may be over by the fourth, and two by the fifth; the longer they last the surer they are met.
for _ in {1..8}; do
  ask /login -d email=guess@example.com -d password=wrong-password
  [[ $(out) != 429 ]] || break
done
expect_equal "$(out)" 429
[[ $(header retry-after) =~ ^[1-9][0-9]*$ ]] || fail "Retry-After: $(header retry-after)"

it "talks to an OAuth client library"
API=$(tokctl token issue bill@example.com --type api --name ci --scope read)
for method in basic post; do
  expect_exit 0 library introspect $method "$ASK" <<<"$API"
  expect_json .active true
  expect_json .sub "$ID"
  expect_exit 0 library introspect $method "$ASK" <<<nonsense
  expect_json .active false
  expect_exit 4 library introspect $method "${ASK%?}_" <<<"$API"
  expect_exit 0 library revoke $method "$END" <<<"$API"
  expect_exit 0 library introspect $method "$ASK" <<<"$API"
  expect_json .active false
  API=$(tokctl token issue bill@example.com --type api --name "ci-$method" --scope read)
done
REFRESH=$(tokctl token issue bill@example.com --type jwt --with-refresh | sed -n 2p)
expect_exit 0 library refresh <<<"$REFRESH"
expect_json .token_type bearer
JWT=$(out | jq -r .access_token)
expect_exit 0 library refresh <<<"$(out | jq -r .refresh_token)"
expect_exit 4 library refresh <<<nonsense
expect_err invalid_grant

it "publishes keys that jose verifies by"
expect_exit 0 library verify tokctl <<<"$JWT"
expect_json .sub "$ID"
expect_exit 4 library verify tokctl <<<"${JWT%.*}.$(printf 'A%.0s' {1..86})"

it "begins no session with a password that was replaced while its login was under way"
stop
TOKCTL_LOGIN_FLOOR=5s start
judged() { [[ $(tokctl audit list --filter type=user.login -o id | wc -l) == "$1" ]]; }
before=$(tokctl audit list --filter type=user.login -o id | wc -l) logins=()
for type in web jwt; do
  curl -s -o "login.$type" -w '%{http_code}' --unix-socket "$socket" http://tokctl/login -d email=bill@example.com \
    --data-urlencode "password=$PW" -d token_type=$type >"login.$type.status" &
  logins+=($!)
done
await judged $((before + 2)) # and answered when the floor is over
printf 'another horse' | tokctl user passwd bill@example.com --password-stdin >replaced
wait "${logins[@]}" || fail "no answer"
for type in web jwt; do
  expect_equal "$(<login.$type.status) $(<login.$type)" '401 {"error":"invalid_grant"}'
done
expect_equal "$(tokctl session list --user bill@example.com --live -o id)" ''

it "says no secret"
stop
for secret in "$ASK" "$END" "$API" "$JWT" "$REFRESH" "$PW"; do
  ! grep -qF -e "${secret:0:40}" -e "${secret: -20}" log || fail "a secret is logged"
done
