#!/usr/bin/env bash
# Whoever writes the database and has no root key: gets no secret sent elsewhere, and nobody's token.
. "$(dirname "$0")/lib.sh"

. "$here/../servers/oauth/lib.sh"

start_provider agreeing
browse() { "$here/../servers/oauth/browse" "$@"; }
calls() { wc -l <provider/calls; }

# The attacker's server. It answers as an OAuth server would, and keeps what it was sent.
cat >listener.py <<'END'
import http.server

class Listener(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open("heard", "ab") as file:
            file.write(self.path.encode() + b" " + self.rfile.read(int(self.headers.get("Content-Length", 0))) + b"\n")
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"access_token":"a","token_type":"bearer","expires_in":3600}')
    do_POST = do_GET

server = http.server.HTTPServer(("127.0.0.1", 0), Listener)
with open("port", "w") as file:
    print(server.server_port, file=file)
server.serve_forever()
END
python3 listener.py 2>listener.log &
listener=$!
trap 'kill $provider $listener 2>/dev/null || true' EXIT
await test -s port
LISTENER=http://127.0.0.1:$(<port)

expect_exit 0 tokctl oauth provider add p --issuer "$ISSUER" --client-id basic --client-secret-stdin \
  --scope 'openid offline_access' <<<"$SECRET"
expect_exit 0 tokctl oauth provider add post --issuer "$ISSUER" --client-id post --client-secret-stdin \
  --auth-method post <<<"$SECRET"
expect_exit 0 tokctl oauth provider add public --issuer "$ISSUER" --client-id public --scope 'openid offline_access'
expect_exit 0 tokctl oauth provider get public -o json
expect_json .has_secret false
for name in p public; do
  begin alice --provider $name --wait 60s
  browse "$(said "$ADDRESS")" >/dev/null
  wait $login || fail "$(<err)"
done
expect_exit 0 tokctl oauth login robot --provider p --client-credentials --scope jobs
expect_exit 0 tokctl oauth get alice --provider p
TOKEN=$(out)
expect_exit 0 tokctl oauth get robot --provider p
ROBOT=$(out)
expect_exit 0 tokctl db check
# expire PROVIDER: so that every use of a grant from it asks the provider, and none of another does.
expire() {
  sql "UPDATE oauth_grants SET expires_at = 9000000000, due_at = 9000000000"
  sql "UPDATE oauth_grants SET expires_at = 1, due_at = 1 WHERE provider = '$1'"
}

# quiet PROVIDER: nothing that is asked of it comes to anything, and nobody hears of it.
quiet() {
  local before
  expire "$1"
  before=$(calls)
  expect_exit 10 tokctl oauth get alice --provider "$1"
  expect_err_match '^error: the sealed client_secret of .* does not open \[seal.broken\]$'
  expect_err_match "tokctl oauth provider remove $1, then add it again"
  expect_exit 10 tokctl oauth refresh alice --provider "$1"
  expect_exit 10 tokctl oauth exec alice --provider "$1" --env ACCESS_TOKEN -- touch ran
  [[ ! -e ran ]] || fail "the command ran"
  expect_exit 8 tokctl oauth refresh --due
  expect_exit 10 tokctl oauth revoke alice --provider "$1" --yes
  expect_exit 10 tokctl oauth login eve --provider "$1" --wait 2s
  expect_exit 10 tokctl oauth login eve --provider "$1" --device --wait 2s
  expect_exit 10 tokctl oauth login eve --provider "$1" --client-credentials
  expect_exit 10 tokctl oauth provider update "$1" --scope openid
  expect_exit 10 tokctl db check
  expect_out_match "the sealed client_secret of $1 in oauth_providers does not open"
  [[ ! -e heard ]] || fail "the attacker heard: $(<heard)"
  expect_equal "$(calls)" "$before"
}

# columns TABLE: as schema.sql has them.
columns() { sed -n "/^CREATE TABLE $1 (/,/^)/s/^  \([a-z_]*\) .*/\1/p" "$here/../../schema.sql"; }

it "sends nothing to a provider of which any column was edited"
edited=0
for column in $(columns oauth_providers); do
  case $column in
    name) continue ;;  # below
    created_at | updated_at) continue ;;  # decide nothing
    *_url | issuer) value="'$LISTENER/$column'" ;;
    auth_method) value="'post'" ;;
    client_id) value="'another'" ;;
    scope) value="'openid admin'" ;;
    params) value="'{\"audience\":\"everything\"}'" ;;
    client_secret) value=NULL ;;
    *) fail "what does $column decide?" ;;
  esac
  before=$(sql "SELECT $column FROM oauth_providers WHERE name = 'p'")
  sql "UPDATE oauth_providers SET $column = $value WHERE name = 'p'"
  quiet p
  sql "UPDATE oauth_providers SET $column = '$before' WHERE name = 'p'"
  expect_exit 0 tokctl db check
  edited=$((edited + 1))
done
expect_equal $edited 10

it "sends nothing to a public client's provider, whose secret is none"
before=$(sql "SELECT token_url FROM oauth_providers WHERE name = 'public'")
secret=$(sql "SELECT client_secret FROM oauth_providers WHERE name = 'public'")
other=$(sql "SELECT client_secret FROM oauth_providers WHERE name = 'p'")
for forged in "'$secret'" "'$other'" "''" NULL; do
  sql "UPDATE oauth_providers SET token_url = '$LISTENER/token', client_secret = $forged WHERE name = 'public'"
  quiet public
done
sql "UPDATE oauth_providers SET token_url = '$before' WHERE name = 'public'"
quiet public
sql "UPDATE oauth_providers SET client_secret = '$secret' WHERE name = 'public'"
expect_exit 0 tokctl db check

it "sends nothing to a copy of a provider under another name"
sql "INSERT INTO oauth_providers SELECT 'q', client_id, client_secret, auth_method, issuer, auth_url, token_url,
  device_url, revoke_url, scope, params, created_at, updated_at FROM oauth_providers WHERE name = 'p'"
before=$(calls)
expect_exit 10 tokctl oauth login eve --provider q --client-credentials
expect_equal "$(calls)" "$before"
expect_exit 10 tokctl db check
expect_exit 0 tokctl oauth provider remove q --yes
expect_exit 0 tokctl db check

# taken ACCOUNT PROVIDER [OPTION...]: nobody gets what the row has under this name, fresh or not.
taken() {
  local account=$1 provider=$2 before
  shift 2
  before=$(calls)
  for life in 9000000000 1; do
    sql "UPDATE oauth_grants SET expires_at = $life, due_at = $life"
    expect_exit 10 tokctl oauth get "$account" --provider "$provider" "$@"
    expect_out ''
    expect_err_match 'tokctl oauth login ACCOUNT --provider'
    expect_exit 10 tokctl oauth exec "$account" --provider "$provider" "$@" --env ACCESS_TOKEN -- touch ran
    [[ ! -e ran ]] || fail "the command ran"
    expect_exit 10 tokctl oauth refresh "$account" --provider "$provider" "$@"
  done
  expect_exit 10 tokctl oauth revoke "$account" --provider "$provider" "$@" --yes
  expect_exit 10 tokctl db check
  expect_out_match 'the sealed access_token of .* in oauth_grants does not open'
  expect_nowhere "$TOKEN"
  expect_nowhere "$ROBOT"
  expect_equal "$(calls)" "$before"
}

it "gives nobody a grant whose account, provider, label or kind was edited"
own="account = 'alice', provider = 'p', label = '', kind = 'code'"
id=$(sql "SELECT id FROM oauth_grants WHERE account = 'alice' AND provider = 'p'")
edit() { sql "UPDATE oauth_grants SET $1 WHERE id = '$id'"; }
edit "account = 'mallory'"
taken mallory p
edit "$own"
edit "provider = 'post'"
taken alice post
edit "$own"
edit "label = 'mine'"
taken alice p --label mine
edit "$own"
edit "kind = 'client_credentials'"
taken alice p
edit "$own"
expect_exit 0 tokctl db check

it "asks for no token for whom no token was given before"
refresh=$(sql "SELECT refresh_token FROM oauth_grants WHERE id = '$id'")
edit "kind = 'client_credentials', refresh_token = NULL"
taken alice p
access=$(sql "SELECT access_token FROM oauth_grants WHERE id = '$id'")
edit "access_token = NULL, account = 'mallory'"
taken mallory p
edit "$own, access_token = '$access', refresh_token = '$refresh'"
expect_exit 0 tokctl db check

it "asks for no more than was given"
own="scope = 'jobs'"
id=$(sql "SELECT id FROM oauth_grants WHERE account = 'robot'")
edit "scope = 'jobs admin'"
taken robot p
edit "$own"
expect_exit 0 tokctl db check

it "works on as before, in copies and under another root key"
for account in alice robot; do
  expire p
  expect_exit 0 tokctl oauth get $account --provider p
done
old=$(tokctl db status -o json | jq -r .active_root_key)
expect_exit 0 tokctl init --new-root-key -o json
new=$(out | jq -r .root_key)
expect_exit 0 tokctl init --activate "$new"
expect_exit 0 tokctl db rekey
expect_exit 0 tokctl init --retire "$old" --yes
expect_exit 0 tokctl db check
expire p
expect_exit 0 tokctl oauth refresh alice --provider p
expect_exit 0 tokctl oauth refresh robot --provider p
copy=sqlite:$PWD/copy.db
expect_exit 0 tokctl db copy --to "$copy"
expect_exit 0 tokctl --db "$copy" db check
expect_exit 0 tokctl --db "$copy" oauth refresh alice --provider p
expect_exit 0 tokctl db backup --portable portable
restored=sqlite:$PWD/restored.db
expect_exit 0 tokctl db restore portable --db "$restored"
expect_exit 0 tokctl --db "$restored" db check
expect_exit 0 tokctl --db "$restored" oauth refresh robot --provider p

it "seals nothing anew that was edited, and copies it as what it is"
expect_exit 0 tokctl init --new-root-key -o json
expect_exit 0 tokctl init --activate "$(out | jq -r .root_key)"
sql "UPDATE oauth_providers SET token_url = '$LISTENER/token' WHERE name = 'p'"
sql "UPDATE oauth_providers SET client_secret = NULL WHERE name = 'public'"
expect_exit 10 tokctl db rekey
expect_err_match 'the sealed client_secret of p in oauth_providers does not open'
expect_err_match 'the sealed client_secret of public in oauth_providers does not open'
expect_exit 10 tokctl oauth refresh robot --provider p
copy=sqlite:$PWD/edited.db
expect_exit 0 tokctl db copy --to "$copy"
expect_exit 10 tokctl --db "$copy" db check
expect_exit 10 tokctl --db "$copy" oauth refresh robot --provider p
[[ ! -e heard ]] || fail "the attacker heard: $(<heard)"

it "is set right by removing and adding it again"
expect_exit 0 tokctl oauth delete alice --provider p --yes
expect_exit 0 tokctl oauth delete robot --provider p --yes
expect_exit 0 tokctl oauth provider remove p --yes
expect_exit 0 tokctl oauth provider add p --issuer "$ISSUER" --client-id basic --client-secret-stdin <<<"$SECRET"
expect_exit 0 tokctl oauth login robot --provider p --client-credentials --scope jobs
expect_exit 0 tokctl audit verify
