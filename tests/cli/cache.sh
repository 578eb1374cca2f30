#!/usr/bin/env bash
# cache, with a Redis of this script's own.
. "$(dirname "$0")/lib.sh"

trap '"$here/../servers/redis.sh" stop "$PWD/redis"' EXIT
"$here/../servers/redis.sh" start "$PWD/redis"
TOKCTL_REDIS=$(sed s/DATABASE/0/ redis/url)
export TOKCTL_REDIS
password=${TOKCTL_REDIS#*://:}
redis() { redis-cli --no-auth-warning -s redis/place/socket -a "${password%%@*}" "$@"; }
keys() { redis --scan --pattern "$1" | sort; }

tokctl user create --email bill@example.com --name Bill --no-password >/dev/null
tokctl user create --email ann@example.com --name Ann --no-password >/dev/null
for name in a b c; do tokctl token issue bill@example.com --type api --name "$name"; done >opaque
tokctl token issue ann@example.com --type api --name d >>opaque
tokctl token issue bill@example.com >web
validate() { cat "$@" | tokctl token validate --batch -o jsonl >verdicts; }

it "tells how each level is"
expect_exit 0 tokctl cache status -o json
expect_json '[.data[] | .level + " " + .state] | join(", ")' 'map up, redis up, database up'
expect_json '.data[1] | .entries, .hits' $'0\n0'
expect_json '.data[2].entries' null
expect_json '[.data[] | .latency_us >= 0] | all' true
expect_json '[.data[0, 1] | .memory_bytes > 100000] | all' true
expect_nowhere "${password%%@*}"
validate opaque opaque web
expect_equal "$(jq -r .active verdicts | sort | uniq -c | tr -s ' ')" ' 9 true'
printf 'no token\n' | tokctl token validate --batch >/dev/null
expect_exit 0 tokctl cache status -o json
expect_json '.data[1].entries' "$(keys 'tokctl:token:*' | wc -l)"
expect_json '.data[0].misses >= 6 and .data[2].hits >= 5 and .data[2].misses == 1' true
validate opaque
HITS=$(tokctl cache status -o json | jq '.data[1].hits')
[[ $HITS -ge 4 ]] || fail "of what Redis had it answered $HITS"

it "says which level is down, and exits with 7"
TOKCTL_REDIS=unix:///nowhere expect_exit 7 tokctl cache status -o json
expect_json '.data[1] | .state, .problem' $'down\nRedis cannot be reached'
expect_json '.data[2].state' up
expect_err_match 'cache.down.*not all is up: redis'
TOKCTL_REDIS='' expect_exit 0 tokctl cache status -o json
expect_json '.data[1].state' off
TOKCTL_DB=postgres://127.0.0.1:1/none expect_exit 7 tokctl cache status -o json --timeout 2s
expect_json '[.data[].state] | join(" ")' 'up up down'
TOKCTL_REDIS=rediss://localhost expect_exit 2 tokctl cache status
TOKCTL_REDIS=gibberish expect_exit 2 tokctl user list
expect_err_match redis.url

it "flushes everything, a user's, a type or a pattern"
expect_exit 2 tokctl cache flush --type api --user bill@example.com
expect_exit 2 tokctl cache flush --type nothing
expect_exit 2 tokctl cache flush --pattern $'a\nb'
expect_exit 3 tokctl cache flush --user nobody@example.com
redis set other:token:1 kept >/dev/null
validate opaque web
BEFORE=$(keys '*')
expect_exit 0 tokctl cache flush --dry-run -o json
expect_json '"\(.removed > 0) \(.changed) \(.dry_run)"' 'true true true'
expect_equal "$(keys '*')" "$BEFORE"
expect_exit 0 tokctl cache flush --user ann@example.com -o json
expect_json .removed 2
expect_json .public_id "$(tokctl user get ann@example.com -o id)"
expect_equal "$(keys 'tokctl:token:*' | wc -l)" "$(($(grep -c ^tokctl:token: <<<"$BEFORE") - 1))"
expect_exit 0 tokctl cache flush --type verify -o json
expect_json .removed 0
expect_exit 0 tokctl cache flush --type web -o json
expect_json .removed 1
expect_exit 0 tokctl cache flush --type api -o json
expect_json '"\(.removed) \(.token_type)"' '3 api'
validate opaque
expect_exit 0 tokctl cache flush --pattern 'token:[0-9a-f]*' -o json
expect_equal "$(keys 'tokctl:token:*')" ''
validate opaque
expect_exit 0 tokctl cache flush
expect_equal "$(keys '*token*')" other:token:1
expect_equal "$(tokctl audit list --filter type=cache.flushed -o json | jq '.data | length')" 6

it "takes the prefix to the letter"
(
  export TOKCTL_CACHE_REDIS_PREFIX='od*[d]?'
  redis set 'oddd:token:1' kept >/dev/null
  validate opaque
  [[ $(keys 'od\*\[d\]\?token:*' | wc -l) == 4 ]] || fail "no keys: $(keys '*')"
  expect_exit 0 tokctl cache flush
  expect_equal "$(keys 'od*token*')" oddd:token:1
)

it "never stops everybody else with KEYS"
expect_equal "$(redis info commandstats | grep -ciE 'cmdstat_(keys|flushall|flushdb):' || true)" 0

it "tells a process that runs on to forget"
coproc BATCH { tokctl token validate --batch --stats -o jsonl 2>stats; }
pid=$BATCH_PID
ask() {
  head -n 1 opaque >&"${BATCH[1]}"
  read -r -t 30 line <&"${BATCH[0]}"
  [[ $(jq .active <<<"$line") == true ]] || fail "refused"
}
ask
ask
tokctl cache flush >/dev/null
sleep 1
ask
exec {write}>&"${BATCH[1]}"
eval "exec ${BATCH[1]}>&-"
exec {write}>&-
wait "$pid" || true
expect_equal "$(awk '/^database/ {print $2}' stats)" 2

it "flushes without Redis too"
TOKCTL_REDIS=unix:///nowhere expect_exit 0 tokctl cache flush -o json
expect_json '"\(.removed) \(.changed)"' 'null true'
expect_err_match 'note:  Redis cannot be reached: what is in it counts no longer'
TOKCTL_REDIS='' expect_exit 0 tokctl cache flush -o json
expect_json '"\(.removed) \(.changed)"' 'null true'

it "warms Redis with what was used last, and no more than asked for"
tokctl cache flush >/dev/null
expect_exit 0 tokctl cache warm --dry-run -o json
expect_json '"\(.tokens) \(.dry_run)"' '4 true'
expect_equal "$(keys 'tokctl:token*')" ''
tokctl token issue bill@example.com --type api --name never-used >unused
sql "UPDATE api_tokens SET last_used_at = 1700000000 WHERE name = 'a'"
sql "UPDATE api_tokens SET last_used_at = 1700000100 WHERE name = 'd'"
expect_exit 0 tokctl cache warm --limit 3 -o json
expect_json '"\(.tokens) \(.changed)"' '3 true'
digest() { sql "SELECT digest FROM api_tokens WHERE name = '$1'"; }
expect_equal "$(keys 'tokctl:token:*')" "$(for name in b c d; do echo "tokctl:token:$(digest $name)"; done | sort)"
tokctl token validate --batch --stats <opaque >/dev/null 2>stats
expect_equal "$(awk '/^redis hits/ {print $3} /^database/ {print $2}' stats | tr '\n' ' ')" '3 1 '

it "warms Redis with the keys of JWTs, without what signs"
expect_equal "$(keys 'tokctl:jwt*')" tokctl:jwt_keys
for alg in EdDSA HS256; do tokctl jwk create --alg "$alg"; done >kids
expect_exit 0 tokctl cache warm --dry-run -o json
expect_json .keys 2
expect_equal "$(keys 'tokctl:jwt_key:*')" ''
expect_exit 0 tokctl cache warm -o json
expect_json '"\(.keys) \(.changed)"' '2 true'
expect_equal "$(keys 'tokctl:jwt*')" "$({ sed s/^/tokctl:jwt_key:/ kids; echo tokctl:jwt_keys; } | sort)"
TTL=$(redis ttl "tokctl:jwt_key:$(head -n 1 kids)")
[[ $TTL -gt 80000 && $TTL -le 86400 ]] || fail "it lives for $TTL s"
for key in $(keys 'tokctl:jwt*'); do ! redis get "$key" | grep -qaE 'kty|OKP' || fail "$key is not sealed"; done
BEFORE=$(tokctl cache status -o json | jq '.data[1].entries')
redis unlink tokctl:jwt_keys >/dev/null
expect_equal "$(tokctl cache status -o json | jq '.data[1].entries')" "$((BEFORE - 1))"
tokctl cache flush >/dev/null
expect_equal "$(keys 'tokctl:*token*'; keys 'tokctl:jwt*')" ''

tokctl user disable ann@example.com >/dev/null
tokctl cache flush >/dev/null
expect_exit 0 tokctl cache warm
expect_equal "$(keys 'tokctl:token:*' | wc -l)" 3
TOKCTL_REDIS='' expect_exit 2 tokctl cache warm
expect_err_match redis.none
TOKCTL_REDIS=unix:///nowhere expect_exit 7 tokctl cache warm
expect_err_match redis.down
expect_exit 2 tokctl cache warm --limit 0
