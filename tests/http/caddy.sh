#!/usr/bin/env bash
# A real Caddy with forward_auth in front of something to guard.
. "$(dirname "$0")/lib.sh"

command -v caddy >/dev/null || fail "no Caddy is installed: ./dev test installs it"

cat >Caddyfile <<CONF
{
  admin off
  auto_https off
}
http://app {
  bind unix/$front
  route {
    request_header -X-Auth-*
    forward_auth unix/$socket {
      uri /auth?scope=read
      copy_headers X-Auth-User X-Auth-Email X-Auth-Roles X-Auth-Scopes
    }
    respond "user: {http.request.header.X-Auth-User} roles: {http.request.header.X-Auth-Roles}"
  }
}
CONF
ID=$(tokctl -q user create --email bill@example.com --name Bill --no-password)
API=$(tokctl token issue bill@example.com --type api --name ci --scope read)
WRITE=$(tokctl token issue bill@example.com --type api --name other --scope write)
start
caddy run --config Caddyfile --adapter caddyfile >caddy.log 2>&1 &
caddy=$!
trap 'kill -KILL $caddy $daemon 2>/dev/null || true' EXIT
await test -S "$front"

it "lets the right ones pass, and nobody say who he is"
expect_front 200 / -H "Authorization: Bearer $API" -H 'X-Auth-User: root' -H 'X-Auth-Roles: admin'
expect_equal "$(body)" "user: $ID roles: "
expect_front 200 /upload -H "Authorization: Bearer $API" --data-binary @<(head -c 500000 /dev/zero)

it "refuses the others"
expect_front 401 / -H 'X-Auth-User: root'
expect_header www-authenticate 'Bearer realm="tokctl"'
expect_front 403 / -H "Authorization: Bearer $WRITE"
tokctl token revoke - --yes <<<"$API" >revoked.out
sleep 1
expect_front 401 / -H "Authorization: Bearer $API"

it "hands on nothing with a NUL in it"
expect_exit 0 python3 "$here/../http/nul.py" "$front"

it "lets nothing pass while the daemon is down"
stop
expect_front 502 / -H "Authorization: Bearer $API"
