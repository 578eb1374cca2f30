#!/usr/bin/env bash
# A real nginx with auth_request in front of something to guard.
. "$(dirname "$0")/lib.sh"

nginx=$(PATH=$PATH:/usr/sbin command -v nginx) || fail "no nginx is installed: ./dev test installs it"
is_front() { front "${@:2}" && [[ $(out) == "$1" ]]; }

cat >nginx.conf <<CONF
$([[ $(id -u) != 0 ]] || echo 'user root;')
daemon off;
pid $PWD/nginx.pid;
error_log $PWD/nginx.log;
events {}
http {
  access_log off;
  client_body_temp_path $PWD/nginx.body;
  proxy_temp_path $PWD/nginx.proxy;
  fastcgi_temp_path $PWD/nginx.fastcgi;
  uwsgi_temp_path $PWD/nginx.uwsgi;
  scgi_temp_path $PWD/nginx.scgi;
  upstream tokctl {
    server unix:$socket;
    keepalive 16;
  }
  server {
    listen unix:$front;
    location / {
      auth_request /tokctl/auth;
      auth_request_set \$user \$upstream_http_x_auth_user;
      proxy_set_header X-Auth-User \$user;
      proxy_pass http://unix:$PWD/app.sock;
    }
    location /admin {
      auth_request /tokctl/admin;
      proxy_pass http://unix:$PWD/app.sock;
    }
    location = /tokctl/auth {
      internal;
      proxy_pass http://tokctl/auth;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_set_header X-Request-Id \$request_id;
    }
    location = /tokctl/admin {
      internal;
      proxy_pass http://tokctl/auth?role=admin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
    }
  }
  server {
    listen unix:$PWD/app.sock;
    location / { return 200 "user: \$http_x_auth_user\n"; }
  }
}
CONF
"$nginx" -p "$PWD" -c "$PWD/nginx.conf" 2>nginx.err &
nginx_pid=$!
trap 'kill $nginx_pid ${daemon:+"$daemon"} 2>/dev/null' EXIT

ID=$(tokctl -q user create --email bill@example.com --name Bill --no-password)
API=$(tokctl token issue bill@example.com --type api --name ci)
tokctl jwk create --alg ES256 >jwk.id
ADMIN=$(tokctl token issue bill@example.com --type jwt --role admin)
start
await test -S "$front"

it "lets the right ones pass"
expect_front 200 / -H "Authorization: Bearer $API"
expect_equal "$(body)" "user: $ID"
expect_front 200 / -H "Authorization: Bearer $API" -H 'X-Auth-User: somebody-else'
expect_equal "$(body)" "user: $ID"
expect_front 200 / -H "Authorization: Bearer $API" --data-binary @<(head -c 500000 /dev/zero)
expect_front 200 /admin -H "Authorization: Bearer $ADMIN"

it "refuses the others"
expect_front 401 /
expect_front 401 / -H 'Authorization: Bearer x'
expect_equal "$(header www-authenticate)" 'Bearer realm="tokctl", error="invalid_token"'
expect_front 403 /admin -H "Authorization: Bearer $API"
expect_front 401 '/?scope=none' -H 'Authorization: Bearer x'

it "hands on nothing with a NUL in it"
expect_exit 0 python3 "$here/../http/nul.py" "$front"

it "refuses what is revoked while it runs"
tokctl token revoke - --yes <<<"$API" >revoked.out
sleep 1
expect_front 401 / -H "Authorization: Bearer $API"

it "lets nothing pass while the daemon is down"
stop_by KILL || true
expect_front 500 / -H "Authorization: Bearer $ADMIN"
expect_front 500 /

it "goes on when it is up again"
start
await is_front 200 / -H "Authorization: Bearer $ADMIN"
stop
expect_front 500 / -H "Authorization: Bearer $ADMIN"
start
await is_front 200 / -H "Authorization: Bearer $ADMIN"

it "is asked by everybody at once"
for _ in {1..400}; do
  printf 'url = "http://app/"\noutput = "/dev/null"\n'
done >urls
expect_exit 0 curl -sS --parallel --parallel-max 32 --unix-socket "$front" -w '%{http_code}\n' \
  -H "Authorization: Bearer $ADMIN" -K urls
expect_equal "$(out | sort | uniq -c | tr -s ' ')" ' 400 200'
stop
