#!/usr/bin/env bash
# Grants from a real OAuth server: every way to obtain one, and their life.
. "$(dirname "$0")/lib.sh"

. "$here/../servers/oauth/lib.sh"

start_provider agreeing
browse() { "$here/../servers/oauth/browse" "$@"; }
calls() { grep -c "^$1" provider/calls 2>/dev/null || true; }

it "adds a provider by its issuer, and shows no secret"
expect_exit 0 tokctl oauth provider add basic --issuer "$ISSUER" --client-id basic --client-secret-stdin \
  --scope 'openid offline_access' -o json <<<"$SECRET"
expect_json .token_url "$ISSUER/token"
expect_json .device_url "$ISSUER/device/auth"
expect_json .revoke_url "$ISSUER/token/revocation"
expect_json .auth_method basic
expect_json .has_secret true
expect_nowhere "$SECRET"
expect_exit 5 tokctl oauth provider add basic --issuer "$ISSUER" --client-id basic --client-secret-stdin <<<"$SECRET"
expect_exit 0 tokctl oauth provider add post --issuer "$ISSUER" --client-id post --client-secret-stdin \
  --auth-method post <<<"$SECRET"
expect_exit 0 tokctl oauth provider add public --issuer "$ISSUER" --client-id public --scope openid
expect_exit 0 tokctl oauth provider add github --client-id 0a1b2c --client-secret-stdin -o json <<<"$SECRET"
expect_json .token_url https://github.com/login/oauth/access_token
expect_exit 2 tokctl oauth provider add x --client-id y --token-url http://example.com/token
expect_err_match 'only https is safe'
expect_exit 8 tokctl oauth provider add x --client-id y --issuer "$ISSUER/nothing"
expect_exit 0 tokctl oauth provider update github --scope 'repo read:user' --revoke-url none -o json
expect_json .changed true
expect_json .revoke_url null
expect_exit 0 tokctl oauth provider list -o json
expect_json '.data | length' 4
expect_exit 0 tokctl oauth provider remove github --yes
expect_exit 3 tokctl oauth provider get github
expect_exit 2 tokctl oauth provider get $'\xff'

it "logs in by a browser that is led back to this machine"
for name in basic post public; do
  begin alice --provider $name --scope 'openid offline_access' --wait 60s -o json
  url=$(said "$ADDRESS")
  # Whoever else knocks there learns nothing and disturbs nothing.
  back=$(sed 's/.*redirect_uri=\([^&]*\).*/\1/; s/%3A/:/g; s/%2F/\//g' <<<"$url")
  expect_equal "$(curl -s -o /dev/null -w '%{http_code}' "$back?code=x&state=wrong")" 404
  expect_equal "$(curl -s -o /dev/null -w '%{http_code}' "${back%/callback}/favicon.ico")" 404
  run browse "$url" page
  expect_out_match 'You may close this window'
  wait $login || fail "$(<err)"
  cp out "$kept/out"
  expect_json .account alice
  expect_json .kind code
  expect_json .state active
  expect_json .refreshable true
done
expect_equal "$(calls authorization_code)" 3

it "gives a fresh token, alone or as a header"
expect_exit 0 tokctl oauth get alice --provider basic --min-valid 5m -o raw
TOKEN=$(out)
[[ -n $TOKEN ]] || fail "no token"
expect_exit 0 tokctl oauth get alice --provider basic --header
expect_out "Authorization: Bearer $TOKEN"
expect_exit 0 tokctl oauth get alice --provider basic -o json
expect_json .access_token "$TOKEN"
expect_json .token_type Bearer
expect_equal "$(calls refresh_token)" 0

it "runs a command with a token"
# shellcheck disable=SC2016  # the command expands it
expect_exit 0 tokctl oauth exec alice --provider basic --env ACCESS_TOKEN -- sh -c 'printf "%s %s" "$ACCESS_TOKEN" "$1"' - -x
expect_out "$TOKEN -x"
expect_exit 0 tokctl oauth exec alice --provider basic --fd 3 -- sh -c 'cat <&3'
expect_out "$TOKEN"
# The command has what the caller has, which tokctl does not keep for itself.
surroundings='umask; ulimit -S -c; ulimit -H -c; grep SigIgn /proc/self/status'
# shellcheck disable=SC2016
for before in 'umask 027; ulimit -S -c 0' 'umask 002; trap "" PIPE XFSZ; ulimit -S -c "$(ulimit -H -c)"'; do
  expected=$(bash -c "$before; sh -c '$surroundings'")
  expect_exit 0 bash -c "$before; exec \"\$@\"" - "$TOKCTL" oauth exec alice --provider basic --env ACCESS_TOKEN -- \
    sh -c "$surroundings"
  expect_out "$expected"
done
# Of what tokctl has open it gets nothing, least of all the way into the database.
descriptors='ls /proc/self/fd'
expected=$(sh -c "$descriptors")
expect_exit 0 tokctl oauth exec alice --provider basic --env ACCESS_TOKEN -- sh -c "$descriptors"
expect_out "$expected"
expect_exit 7 tokctl oauth exec alice --provider basic --fd 9 -- sh -c 'exit 7'
expect_exit 2 tokctl oauth exec alice --provider basic --env 'A B' -- true
expect_exit 2 tokctl oauth exec alice --provider basic -- true
expect_exit 2 tokctl oauth exec alice --provider basic --env A
expect_exit 2 tokctl oauth exec alice --provider basic --env A -- ./nothing-here
expect_nowhere "$TOKEN"

it "refreshes by hand, and what rotates is sent once"
for name in basic post public; do
  expect_exit 0 tokctl oauth refresh alice --provider $name -o json
  expect_json .changed true
  expect_exit 0 tokctl oauth refresh alice --provider $name
done
expect_equal "$(calls 'refresh_token 200')" 6
expect_equal "$(calls refresh_token)" 6

it "refreshes what is due, as cron does"
expect_exit 0 tokctl oauth refresh --due -o json
expect_json .refreshed 0
expect_json .changed false
expect_exit 0 tokctl oauth refresh --due --min-valid 2h --dry-run -o json
expect_json .refreshed 3
expect_equal "$(calls refresh_token)" 6
echo 7200 >provider/life
expect_exit 0 tokctl oauth refresh --all -o json
expect_json .refreshed 3
expect_equal "$(calls refresh_token)" 9
expect_exit 2 tokctl oauth refresh
expect_exit 2 tokctl oauth refresh alice
expect_exit 2 tokctl oauth refresh --due --all

it "logs in with an address that is pasted"
mkfifo pasted
rm -f out err
tokctl oauth login bob --provider basic --redirect-uri https://app.example.com/callback --url-stdin <pasted >out 2>err &
login=$!
exec 9>pasted
url=$(said "$ADDRESS")
browse "$url" >&9
exec 9>&-
wait $login || fail "$(<err)"
expect_exit 2 tokctl oauth login bob --provider basic --redirect-uri https://app.example.com/callback --url-stdin \
  <<<'https://app.example.com/callback?code=x&state=y'
expect_err_match 'does not belong to this login'

it "logs in on another device"
begin carol --provider public --device --wait 60s -o json
code=$(said '^  \([A-Z]*-[A-Z]*\)$')
browse "$ISSUER/device?user_code=$code" >browsed
wait $login || fail "$(<err) $(<browsed)"
cp out "$kept/out"
expect_json .kind device
expect_exit 0 tokctl oauth refresh carol --provider public

it "logs in for the client itself"
expect_exit 0 tokctl oauth login robot --provider basic --client-credentials --scope jobs -o json
expect_json .kind client_credentials
expect_json .refreshable true
expect_exit 0 tokctl oauth refresh robot --provider basic
expect_equal "$(calls client_credentials)" 2

it "takes no for an answer"
begin dave --provider basic --scope 'openid deny' --wait 60s
url=$(said "$ADDRESS")
browse "$url" >/dev/null
status=0
wait $login || status=$?
expect_equal $status 12
expect_exit 3 tokctl oauth get dave --provider basic

it "never waits for a person who is not there"
expect_exit 2 tokctl oauth login eve --provider basic </dev/null
expect_err_match -- '--wait'
expect_exit 2 tokctl oauth login eve --provider basic --device </dev/null
expect_err_match -- '--wait'
expect_exit 2 tokctl oauth login eve --provider basic --redirect-uri https://app.example.com/callback </dev/null
expect_err_match -- '--url-stdin'
expect_exit 9 tokctl oauth login eve --provider basic --wait 1s </dev/null

it "keeps what was obtained elsewhere"
expect_exit 0 tokctl oauth save frank --provider basic --label shop -o json \
  <<<'{"access_token":"at-secret","refresh_token":"rt-secret","expires_in":0,"token_type":"bearer"}'
expect_json .label shop
expect_nowhere -secret
expect_exit 2 tokctl oauth save frank --provider basic <<<'{"access_token":""}'
expect_exit 3 tokctl oauth save frank --provider nobody <<<'{"access_token":"a"}'
expect_exit 3 tokctl oauth get frank --provider basic

it "says that a person is needed: nine from get, once from cron"
expect_exit 9 tokctl oauth refresh --due
expect_err_match 'invalid_grant'
expect_exit 0 tokctl oauth refresh --due
expect_err ''
expect_exit 9 tokctl oauth get frank --provider basic --label shop
expect_exit 0 tokctl oauth list --filter state=needs_reauth -o json
expect_json '.data[].account' frank

it "ends a grant at the provider, and forgets it in time"
expect_exit 0 tokctl oauth get carol --provider public --header
header=$(out)
asking_the_provider() { curl -s -o /dev/null -w '%{http_code}' -H "$header" "$ISSUER/me"; }
expect_equal "$(asking_the_provider)" 200
expect_exit 0 tokctl oauth revoke carol --provider public --yes -o json
expect_json .state revoked
expect_json .changed true
expect_equal "$(asking_the_provider)" 401
expect_exit 9 tokctl oauth get carol --provider public
expect_exit 0 tokctl gc -o json
expect_json .grants 0
sql "UPDATE oauth_grants SET expires_at = 1 WHERE account = 'carol'"
expect_exit 0 tokctl gc --dry-run -o json
expect_json .grants 1
expect_exit 0 tokctl gc -o json
expect_json .grants 1
expect_exit 3 tokctl oauth get carol --provider public

it "serves what is valid while the provider is away"
kill $provider
wait $provider 2>/dev/null || true
expect_exit 0 tokctl oauth get alice --provider basic --min-valid 3h -o raw
expect_exit 0 tokctl oauth get alice --provider basic --min-valid 59m -o raw
expect_exit 8 tokctl oauth refresh alice --provider basic
expect_exit 0 tokctl oauth list --account alice --provider basic -o json
expect_json '.data[0].failures' 1
expect_exit 8 tokctl oauth revoke alice --provider basic --yes
expect_exit 0 tokctl oauth list --account alice --provider basic -o json
expect_json '.data[0].state' active

it "ends a grant"
expect_exit 12 tokctl oauth revoke alice --provider basic --local </dev/null
expect_exit 0 tokctl oauth revoke alice --provider basic --local --yes -o json
expect_json .state revoked
expect_json .changed true
expect_exit 0 tokctl oauth revoke alice --provider basic --yes -o json
expect_json .changed false
expect_exit 9 tokctl oauth get alice --provider basic
expect_exit 6 tokctl oauth provider remove basic --yes
expect_exit 0 tokctl oauth delete alice --provider basic --yes
expect_exit 3 tokctl oauth delete alice --provider basic --yes

it "has recorded all of it, and no secret"
expect_exit 0 tokctl audit verify
expect_exit 0 tokctl audit list --limit 1000 -o json
for type in oauth_provider.added oauth_provider.removed oauth_grant.saved oauth_grant.refreshing oauth_grant.refreshed \
  oauth_grant.refresh_failed oauth_grant.needs_reauth oauth_grant.revoked oauth_grant.deleted oauth_grant.pruned; do
  out | jq -e --arg type $type 'any(.data[]; .type == $type)' >/dev/null || fail "no event $type"
done
expect_nowhere -secret
expect_nowhere "$TOKEN"
