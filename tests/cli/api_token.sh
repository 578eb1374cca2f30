#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

tokctl user create --email bill@example.com --name Bill --no-password >"$kept/id"
tokctl user create --email ann@example.com --name Ann --no-password >/dev/null
ID=$(<"$kept/id")
issue() { tokctl token issue bill@example.com --type api "$@"; }

it "issues an API token of 53 characters and a newline"
issue --name ci --scope read --scope write --info '{"device":"ios"}' --ttl 90d --idle 30d >"$kept/token"
expect_equal "$(wc -c <"$kept/token")" 54
KEY=$(<"$kept/token")
[[ $KEY =~ ^tka_[0-9A-Za-z]{49}$ ]] || fail "not of the shape of a token"

it "says what a valid one means, in the fields of every type"
expect_exit 0 tokctl token validate - -o json <<<"$KEY"
expect_json .active true
expect_json .token_type api
expect_json .sub "$ID"
expect_json .username bill@example.com
expect_json .name Bill
expect_json .scope 'read write'
expect_json .token_name ci
expect_json .info.device ios
expect_lifetime $((90 * 86400))
expect_json .session_id null
TOKEN_ID=$(out | jq -r .jti)
fields=$(out | jq -c keys)
WEB=$(tokctl token issue bill@example.com)
expect_exit 0 tokctl token validate - -o json <<<"$WEB"
expect_equal "$(out | jq -c keys)" "$fields"
expect_json '.jti == .session_id' true

it "asks for scopes, and tells only the operator which is missing"
expect_exit 0 tokctl token validate --scope read --scope write <<<"$KEY"
expect_exit 4 tokctl token validate --scope read --scope admin -o json <<<"$KEY"
expect_out '{"active":false}'
expect_equal "$(err | jq -r .error.code)" token.refused
expect_exit 4 tokctl token validate --explain --scope admin -o json <<<"$KEY"
expect_json '.data[-1].detail' 'scope admin is missing'
expect_exit 4 tokctl token validate --scope read <<<"$WEB"
expect_exit 2 tokctl token validate --scope 'a b' <<<"$KEY"
printf '%s\n' "$KEY" "$WEB" x >batch.txt
expect_exit 0 tokctl token validate --batch --scope read <batch.txt
expect_equal "$(out | jq -c .active | tr '\n' ' ')" 'true false false '

it "judges a whole Authorization header"
expect_exit 0 tokctl token validate --header <<<"Authorization: Bearer $KEY"
expect_exit 4 tokctl token validate --header <<<"Basic $KEY"

it "refuses everything else in the same words"
for bad in "${KEY}x" "${KEY:0:52}" "${KEY/tka_/tkr_}" "${KEY/tka_/TKA_}" "${KEY:0:52}!" " $KEY" \
  tka_00000000000000000000000000000000000000000003jO17q; do
  expect_exit 4 tokctl token validate - <<<"$bad"
  expect_out ''
  expect_err 'error: the credential was refused [token.refused]'
done

it "shows one without the credential, and when it was last used"
expect_exit 0 tokctl token get "$TOKEN_ID" -o json
expect_json .token_name ci
expect_json .scope 'read write'
expect_json .idle_s $((30 * 86400))
expect_json '.last_used_at_unix >= .created_at_unix' true
expect_nowhere "$KEY"
expect_exit 0 tokctl token get - -o json <<<"$KEY"
expect_json .id "$TOKEN_ID"
expect_exit 3 tokctl token get "$TOKEN_ID" --type web
expect_exit 4 tokctl token get - <<<"tka_00000000000000000000000000000000000000000003jO17q"

it "takes what a token may have, and nothing else"
expect_exit 0 issue --name "José's 🔑 \"phone\"" -o json
expect_json .token_name "José's 🔑 \"phone\""
for bad in "--scope=a b" '--scope=' '--info=[]' '--info={"a":1,"a":2}' --info=nonsense --idle=1m --idle=0 --ttl=0 --ttl=-1h \
  --count=0 --count=-1 --count=1e9 --source=web --reuse --single $'--name=a\nb'; do
  expect_exit 2 issue "$bad"
  expect_out ''
done
for bad in --name=x --scope=x '--info={}' --idle=1d --count=2; do
  expect_exit 2 tokctl token issue bill@example.com "$bad"
done
expect_exit 2 issue --scope read --scope read

it "issues many at once, a line each"
expect_exit 0 issue --name many --count 1500
expect_equal "$(out | sort -u | wc -l)" 1500
out >many
expect_exit 0 tokctl token validate --batch --fields active -o csv <many
expect_equal "$(out | tr -d '\r' | tail -n +2 | sort | uniq -c | tr -s ' ')" ' 1500 true'
expect_exit 0 issue --count 3 --secret-out secrets
expect_out ''
expect_equal "$(wc -l <secrets)" 3
expect_equal "$(stat -c %a secrets)" 600
expect_exit 0 issue --count 2 -o json
expect_json '.data | length' 2
expect_exit 0 issue --count 2 --dry-run -o jsonl
out | sed -n 1p | jq -r .token >rehearsed
expect_exit 4 tokctl token validate <rehearsed

it "lists everything that was issued, of every type"
expect_exit 0 tokctl token list -o jsonl
expect_equal "$(out | jq -r .token_type | sort | uniq -c | tr -s ' ' | tr '\n' ,)" ' 1507 api, 1 web,'
expect_nowhere "$KEY"
expect_nowhere "$WEB"
expect_equal "$(out | jq -r .username | sort -u)" bill@example.com
all=$(out | jq -r .id)
paged=
next=
while :; do
  expect_exit 0 tokctl token list --limit 700 ${next:+--page-token "$next"} -o json
  paged+=$(out | jq -r '.data[].id')$'\n'
  next=$(out | jq -r '.next_page // empty')
  [[ -n $next ]] || break
done
expect_equal "$paged" "$all"$'\n'
expect_exit 0 tokctl token list --type web -o id
expect_equal "$(out | wc -l)" 1
expect_exit 0 tokctl token list --filter name=ci -o id
expect_out "$TOKEN_ID"
expect_exit 0 tokctl token list --user ann@example.com -o json
expect_out '{"data":[],"next_page":null}'
expect_exit 0 tokctl token list --expiring-within 91d --type api -o id
expect_out "$TOKEN_ID"
expect_exit 0 tokctl token list --expiring-within 89d --type api -o id
expect_out ''
expect_exit 0 tokctl token list --unused-for 1d -o id
expect_out ''
expect_exit 2 tokctl token list --unused-for never
expect_exit 2 tokctl token list --type web --filter type=api
expect_exit 2 tokctl token list --filter $'name=\xff'
expect_exit 2 tokctl audit list --filter $'type=\xff'

it "replaces a token by a new one, with an overlap"
expect_exit 0 tokctl token rotate "$TOKEN_ID" --overlap 24h -o json
expect_json .token_name ci
expect_json .scope 'read write'
expect_lifetime $((90 * 86400))
NEW=$(out | jq -r .token)
NEW_ID=$(out | jq -r .id)
expect_exit 0 tokctl token validate <<<"$KEY"
expect_exit 0 tokctl token validate <<<"$NEW"
expect_exit 0 tokctl token get "$TOKEN_ID" -o json
expect_json .replaced_by "$NEW_ID"
expect_exit 5 tokctl token rotate "$TOKEN_ID"
expect_exit 3 tokctl token rotate "$ID"
expect_exit 2 tokctl token rotate "$NEW"
expect_exit 2 tokctl token rotate "$NEW_ID" --overlap soon
expect_exit 0 tokctl token rotate - --overlap 0 --ttl never <<<"$NEW"
out >rotated
expect_exit 4 tokctl token validate <<<"$NEW"
expect_exit 0 tokctl token validate <rotated

it "finds tokens in any text, tells whose they are, and ends them"
A=$(issue --name a)
B=$(tokctl token issue ann@example.com --type api --name b)
{
  printf 'GET /?key=%s HTTP/1.1\n' "$A"
  head -c 300000 /dev/urandom
  printf '\n{"Authorization":"Bearer %s"}%s\n' "$B" "$A"
  printf 'tka_00000000000000000000000000000000000000000003jO17q %s\n' "${A:0:52}~"
} >log
expect_exit 0 tokctl token leaked -o json <log
expect_json '[.data[].username] | join(" ")' 'bill@example.com ann@example.com '
expect_json '[.data[].state] | join(" ")' 'live live unknown'
expect_json '.data[0].line' 1
expect_json '.data[1].token_name' b
expect_json '.data[2].line' "$(grep -anF tka_0000 log | cut -d: -f1)"
expect_nowhere "$A"
expect_exit 0 tokctl token validate <<<"$A"
expect_exit 12 tokctl token leaked --revoke --no-input <log
expect_exit 0 tokctl token leaked --revoke --yes --dry-run -o json <log
expect_json '.data[0].changed' true
expect_exit 0 tokctl token validate <<<"$A"
expect_exit 0 tokctl token leaked --revoke --yes -o json <log
expect_json '[.data[].changed] | join(" ")' 'true true false'
expect_exit 4 tokctl token validate <<<"$A"
expect_exit 4 tokctl token validate <<<"$B"
expect_exit 0 tokctl token leaked --revoke --yes -o json <log
expect_json '[.data[].state] | join(" ")' 'revoked revoked unknown'
expect_exit 0 tokctl token leaked </dev/null
expect_out ''

it "revokes by the token, by id, by name, by user"
expect_exit 0 tokctl token revoke - --yes -o json <<<"$KEY"
expect_json .id "$TOKEN_ID"
expect_json .token_type api
expect_json .changed true
expect_exit 0 tokctl token revoke "$TOKEN_ID" --yes -o json
expect_json .changed false
expect_exit 4 tokctl token validate <<<"$KEY"
expect_exit 12 tokctl token revoke --name many --no-input
expect_exit 0 tokctl token revoke --name many --yes --dry-run -o json
expect_json .tokens_revoked 1500
expect_exit 0 tokctl token revoke --name many --user bill@example.com --yes -o json
expect_json .tokens_revoked 1500
expect_json .sessions_revoked 0
expect_exit 0 tokctl token revoke --user bill@example.com --type api --yes -o json
expect_exit 0 tokctl token validate <<<"$WEB"
expect_exit 0 tokctl token revoke --user bill@example.com --yes -o json
expect_json .sessions_revoked 1
expect_exit 4 tokctl token validate <<<"$WEB"
expect_exit 0 tokctl token revoke --user bill@example.com --yes -o json
expect_json .changed false
expect_exit 2 tokctl token revoke "$TOKEN_ID" --user bill@example.com --yes
expect_exit 3 tokctl token revoke --user nobody@example.com --yes
expect_exit 0 tokctl token list --live -o json
expect_json '.data | length' 0

it "ends them with their user"
C=$(issue)
expect_exit 0 tokctl user delete bill@example.com --yes -o json
expect_exit 4 tokctl token validate <<<"$C"
tokctl user restore bill@example.com
expect_exit 4 tokctl token validate <<<"$C"
tokctl user disable bill@example.com
expect_exit 6 issue

it "leaves a whole audit log and a sound database"
tokctl audit verify
tokctl db check

it "lets an idle token lapse, and a used one go on"
elsewhere=${TOKCTL_DB:-}
export TOKCTL_DB=sqlite:clocked.db
at() { TOKCTL_TEST_NOW=$((1800000000 + $1)) clocked "${@:2}"; }
at 0 user create --email bill@example.com --name Bill --no-password >/dev/null
at 0 token issue bill@example.com --type api --idle 1h >idle
at 0 token issue bill@example.com --type api --idle 1h >cold
at 0 token issue bill@example.com --type api --ttl 1h >short
expect_exit 0 at 3000 token validate <idle
expect_exit 0 at 6000 token validate <idle
expect_exit 4 at 6000 token validate <cold
expect_exit 4 at 6000 token validate --explain -o json <cold
expect_json '.data[-1].check' idle
expect_exit 0 at 6000 token list --live -o id
expect_equal "$(out | wc -l)" 1

it "forgets what ended long ago"
expect_exit 0 at 6000 gc --older-than 1m --dry-run -o json
expect_json .tokens 2
expect_exit 0 at 6000 gc --older-than 1m -o json
expect_json .tokens 2
expect_exit 0 at 6000 gc --older-than 1m -o json
expect_json .tokens 0
expect_exit 0 at 6000 token validate <idle
expect_exit 0 at 10000000 gc -o json
expect_json .tokens 1

it "remembers verdicts in a batch, and hears of a revocation within a second"
if [[ -n $elsewhere ]]; then export TOKCTL_DB=$elsewhere; else unset TOKCTL_DB; fi
tokctl user enable bill@example.com >/dev/null
issue >hot
for _ in {1..50}; do cat hot; done >fifty
expect_exit 0 tokctl token validate --batch --stats -o id <fifty
expect_err_match '^database +[0-9]+$'
coproc JUDGE { tokctl token validate --batch; }
batch=$JUDGE_PID
ask() {
  cat hot >&"${JUDGE[1]}"
  IFS= read -r -t 20 answer <&"${JUDGE[0]}" || fail "no answer"
  jq -r .active <<<"$answer"
}
expect_equal "$(ask)" true
expect_equal "$(ask)" true
tokctl token revoke --yes <hot >/dev/null
for _ in {1..100}; do
  [[ $(ask) == true ]] || break
  sleep 0.01
done
expect_equal "$(ask)" false
input=${JUDGE[1]}
exec {input}>&-
wait "$batch"
expect_exit 2 tokctl token validate --stats
