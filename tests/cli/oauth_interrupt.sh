#!/usr/bin/env bash
# A signal while a provider is asked: what it answers is kept, for nobody else has the refresh token any more.
. "$(dirname "$0")/lib.sh"

# A provider that gives each refresh token once, and answers when the file `answer` is there.
python3 - >provider <<'END' &
import http.server, json, os, time, urllib.parse

spent = set()

class Provider(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        token = form["refresh_token"][0]
        good = token not in spent
        spent.add(token)
        open("asked-" + token, "w").close()
        while not os.path.exists("answer"):
            time.sleep(0.02)
        body = {"access_token": "access-" + token, "refresh_token": token + "x", "token_type": "Bearer", "expires_in": 3600}
        text = json.dumps(body if good else {"error": "invalid_grant"}).encode()
        self.send_response(200 if good else 400)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
print(server.server_port, flush=True)
server.serve_forever()
END
provider=$!
trap 'kill $provider' EXIT
until [[ -s provider ]]; do sleep 0.02; done

tokctl init -q >/dev/null
tokctl oauth provider add slow --token-url "http://127.0.0.1:$(<provider)/token" --client-id tokctl --auth-method none \
  -q >/dev/null
save() {
  tokctl oauth save "$1" --provider slow -q >/dev/null <<<"{\"access_token\": \"old\", \"refresh_token\": \"$1\",
    \"token_type\": \"Bearer\", \"expires_in\": $2}"
}
asked() { until [[ -e asked-$1 ]]; do sleep 0.02; done; }

# interrupted ACCOUNTS COMMAND...: a signal comes when all of them are asked for, and their answers after it.
interrupted() {
  local accounts=$1 status=0 account
  shift
  rm -f answer
  "$TOKCTL" "$@" >out 2>err &
  for account in $accounts; do asked "$account"; done
  kill -TERM $!
  touch answer
  wait $! || status=$?
  return $status
}

it "keeps the answer to what was asked for a token"
save ann 0
expect_exit 130 interrupted ann oauth get ann --provider slow
expect_equal "$(<out)" ''
expect_equal "$(<err)" 'error: interrupted [interrupted]'
expect_exit 0 tokctl oauth get ann --provider slow
expect_out access-ann

it "keeps the answer to a refresh by hand"
save bob 3600
expect_exit 0 interrupted bob oauth refresh bob --provider slow
expect_exit 0 tokctl oauth get bob --provider slow
expect_out access-bob

it "finishes what was begun of many, and begins no more"
tokctl oauth delete ann --provider slow --yes -q >/dev/null
tokctl oauth delete bob --provider slow --yes -q >/dev/null
for account in a b c d e f g h; do save $account 3600; done
expect_exit 130 interrupted 'a b c d' oauth refresh --all -o json
expect_equal "$(jq -c '[.refreshed, .failed]' <out)" '[4,0]'
expect_exit 0 tokctl oauth get d --provider slow
expect_out access-d
expect_exit 0 tokctl oauth get h --provider slow
expect_out old
