#!/usr/bin/env bash
# How the daemon comes, listens, reloads and goes.
. "$(dirname "$0")/lib.sh"

tokctl -q user create --email bill@example.com --name Bill --no-password >id
API=$(tokctl token issue bill@example.com --type api --name ci)

it "takes no place that is none, and none that is taken"
for address in '' x : 127.0.0.1 127.0.0.1: 127.0.0.1:x 127.0.0.1:99999 example.com:80 ::1:80 '[::1]' unix: \
  "unix:$(head -c 200 /dev/zero | tr '\0' a)"; do
  expect_exit 2 tokctl serve --listen "$address"
  expect_out ''
done
expect_exit 2 tokctl serve --listen "unix:$PWD/nowhere/socket"
expect_err_match 'cannot listen on .*/nowhere/socket: no such file or folder'
for bad in '--socket-mode 999' '--socket-mode 66' '--socket-mode rw' '--log-level loud' '--max-connections 3' '--threads 65' '--cookie a=b' \
  '--tls-cert cert.pem' '--tls-key key.pem'; do
  # shellcheck disable=SC2086  # words are meant
  expect_exit 2 tokctl serve $bad
done
start
expect_exit 7 tokctl serve --listen "unix:$socket"
expect_err_match 'somebody else does'
expect_status 200 /readyz
expect_equal "$(stat -c %a "$socket")" 660

it "takes the place of one that was killed"
stop_by KILL || true
[[ -S $socket ]] || fail "nothing was left behind"
start --socket-mode 0600
expect_equal "$(stat -c %a "$socket")" 600
stop
echo precious >"$socket"
expect_exit 7 tokctl serve --listen "unix:$socket"
expect_equal "$(<"$socket")" precious
rm "$socket"

it "is reached by this machine alone, unless told otherwise"
for address in 0.0.0.0:0 '[::]:0'; do
  expect_exit 2 tokctl serve --listen "$address"
  expect_err_match '\[serve.public\]'
done
start --listen 127.0.0.1:0 --listen 0.0.0.0:0 --insecure
port=$(jq -r 'select(.event == "listening").on | select(startswith("127.0.0.1:"))' log | tail -n 1)
expect_equal "$(curl -s "http://$port/healthz")" ok
for host in http://elsewhere https://elsewhere:1; do
  expect_equal "$(curl -s --request-target "$host/healthz" "http://$port/")" ok
done
for target in http://elsewhere ftp://elsewhere/healthz http://elsewhere?/healthz; do
  expect_equal "$(curl -s -o /dev/null -w '%{http_code}' --request-target "$target" "http://$port/")" 404
done
stop

it "speaks TLS"
. "$here/../servers/lib.sh"
make_certificates "$PWD"
expect_exit 2 tokctl serve --listen 127.0.0.1:0 --tls-cert nowhere.crt --tls-key server.key
expect_exit 2 tokctl serve --listen 127.0.0.1:0 --tls-cert server.crt --tls-key ca.key
chmod 644 server.key
expect_exit 10 tokctl serve --listen 127.0.0.1:0 --tls-cert server.crt --tls-key server.key
chmod 600 server.key
: >log
# shellcheck disable=SC2086  # words are meant
${TOKCTL_UNDER:-} "$TOKCTL" serve --listen 0.0.0.0:0 --tls-cert server.crt --tls-key server.key 2>>log &
daemon=$!
await grep -q listening log
port=$(jq -r 'select(.event == "listening").on' log | sed 's/.*://')
await curl -s --cacert ca.crt "https://localhost:$port/healthz" -o tls.out
expect_equal "$(<tls.out)" ok
expect_exit 0 curl -sS -o tls.out -w '%{http_code}' --cacert ca.crt -H "Authorization: Bearer $API" "https://localhost:$port/auth"
expect_out 200
expect_exit 35 curl -sS --tls-max 1.1 --cacert ca.crt "https://localhost:$port/healthz"
expect_exit 0 python3 "$here/../http/renewal.py" "$port" "$daemon" log
stop

it "takes its options from the settings"
cat >serve.toml <<CONF
[serve]
listen = "unix:$socket 127.0.0.1:0"
socket_mode = "0606"
cookie = "fromfile"
log_level = "debug"
CONF
: >log
# shellcheck disable=SC2086  # words are meant
TOKCTL_COOKIE=session ${TOKCTL_UNDER:-} "$TOKCTL" serve --config serve.toml --socket-mode 0600 2>>log &
daemon=$!
await answers /healthz
expect_equal "$(stat -c %a "$socket")" 600
expect_equal "$(jq -r 'select(.event == "listening").on' log | sed 's/:[0-9]*$//' | tr '\n' ' ')" "unix:$socket 127.0.0.1 "
expect_status 200 /auth -H "Cookie: session=$API"
expect_status 401 /auth -H "Cookie: fromfile=$API"
expect_exit 0 jq -es 'any(.event == "request")' log
stop
expect_exit 0 tokctl config show --config serve.toml -o json
expect_json '.data[] | select(.name == "serve.socket_mode") | .value + " " + .origin' '0606 file'
expect_exit 2 env TOKCTL_INSECURE=yes "$TOKCTL" serve
expect_err_match 'TOKCTL_INSECURE: expected true or false'
printf '[serve]\nport = 1\n' >serve.toml
expect_exit 2 tokctl serve --config serve.toml
expect_err_match 'unknown key serve.port'

it "makes no database"
expect_exit 7 tokctl serve --listen "unix:$socket" --db "sqlite:$PWD/none.db"
[[ ! -e none.db ]] || fail "it did"

it "reads settings and keys again"
mkdir -p "$HOME/.config/tokctl"
start
jwks() { curl -s --unix-socket "$socket" http://tokctl/.well-known/jwks.json; }
echo 'cache.nothing = 1' >"$HOME/.config/tokctl/config.toml"
kill -HUP "$daemon"
await grep -q '"event":"reload.failed"' log
expect_status 200 /auth -H "Authorization: Bearer $API"
rm "$HOME/.config/tokctl/config.toml"
tokctl init --new-root-key -o id >key
tokctl init --activate "$(<key)" >activated
NEW=$(tokctl token issue bill@example.com --type api --name new)
expect_status 500 /readyz
expect_status 401 /auth -H "Authorization: Bearer $NEW"
kill -HUP "$daemon"
await grep -q '"event":"reloaded"' log
expect_status 200 /readyz
expect_status 200 /auth -H "Authorization: Bearer $NEW"
expect_status 200 /auth -H "Authorization: Bearer $API"
expect_equal "$(count 'tokctl_lookups_total{level="database"}')" 4 # before and after
stop

it "unseals keys before a JWT comes"
tokctl jwk create --alg EdDSA -o id >kid
sql "UPDATE jwks SET jwk = 'broken'"
: >log
start
await grep -q '"event":"upkeep.failed"' log
expect_status 200 /healthz
expect_status 200 /readyz
stop
sql 'DELETE FROM jwks'

it "answers what it was asked before it goes"
start
python3 "$here/../http/slow_body.py" "$socket" "$daemon"
wait "$daemon"
daemon=

it "listens where systemd does, and tells it how it goes"
python3 "$here/../http/service_manager.py" "$TOKCTL" "$API"
