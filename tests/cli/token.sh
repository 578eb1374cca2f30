#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

tokctl user create --email bill@example.com --name Bill --no-password >"$kept/id"
ID=$(<"$kept/id")

it "issues a web token of 108 characters and a newline"
tokctl token issue bill@example.com --ttl 365d >"$kept/token"
expect_equal "$(wc -c <"$kept/token")" 109
TOKEN=$(<"$kept/token")

it "says what a valid token means"
expect_exit 0 tokctl token validate - -o json <<<"$TOKEN"
expect_json .active true
expect_json .token_type web
expect_json .sub "$ID"
expect_json .username bill@example.com
expect_json .name Bill
expect_lifetime $((365 * 86400))
SESSION=$(out | jq -r .session_id)
expect_exit 0 tokctl token validate <<<"$TOKEN"
expect_exit 0 tokctl token validate -o id <<<"$TOKEN"
expect_out "$ID"
expect_exit 0 tokctl token validate - < <(printf '%s' "$TOKEN")

it "refuses everything else in the same words"
for bad in '' x "$TOKEN$TOKEN" "${TOKEN:1}" " $TOKEN" "$TOKEN " "$TOKEN"$'\r' "$TOKEN"$'\n'"$TOKEN" "${TOKEN//A/B}"; do
  [[ $bad != "$TOKEN" ]] || continue
  expect_exit 4 tokctl token validate - < <(printf '%s\n' "$bad")
  expect_out ''
  expect_err 'error: the credential was refused [token.refused]'
  expect_exit 4 tokctl token validate - -o json < <(printf '%s\n' "$bad")
  expect_out '{"active":false}'
  expect_equal "$(err | jq -r .error.code)" token.refused
done
expect_exit 4 tokctl token validate - </dev/null
expect_exit 4 tokctl token validate - < <(head -c 10000000 /dev/zero)

it "takes no token from the command line"
for verb in validate get revoke; do
  expect_exit 2 tokctl token "$verb" "$TOKEN" --yes
  expect_nowhere "$TOKEN"
done

it "judges a whole Authorization header"
expect_exit 0 tokctl token validate --header <<<"Authorization: Basic $TOKEN"
expect_exit 0 tokctl token validate --header <<<"basic $TOKEN"
expect_exit 4 tokctl token validate --header <<<"Bearer $TOKEN"
expect_exit 4 tokctl token validate --header <<<"$TOKEN"
expect_exit 4 tokctl token validate --header <<<"Basic $TOKEN, Basic $TOKEN"

it "explains a verdict, check by check"
expect_exit 0 tokctl token validate --explain -o json <<<"$TOKEN"
expect_json '.data[0].check' shape
expect_json '[.data[].passed] | all' true
expect_exit 4 tokctl token validate --explain -o json <<<nonsense
expect_json '.data[-1].passed' false
expect_err_match token.refused
expect_exit 2 tokctl token validate --explain --batch

it "judges a batch: a line out for a line in, in order, exit 0"
printf '%s\n%s\nx\n\n%s\r\n%s' "$TOKEN" "$TOKEN" "$TOKEN" "$TOKEN" >batch.txt
expect_exit 0 tokctl token validate --batch <batch.txt
expect_equal "$(out | jq -c '.active' | tr '\n' ' ')" 'true true false false false true '
expect_out_line '{"active":false}'
expect_exit 0 tokctl token validate --batch -o id <batch.txt
expect_out "$ID
$ID



$ID"
expect_exit 0 tokctl token validate --batch -o json <batch.txt
expect_json '.data | length' 6
expect_exit 0 tokctl token validate --batch </dev/null
expect_out ''
{
  printf '%s\n' "$TOKEN"
  head -c 3000000 /dev/zero | tr '\0' a
  printf '\n%s\n' "$TOKEN"
} >long
expect_exit 0 tokctl token validate --batch <long
expect_equal "$(out | jq -c '.active' | tr '\n' ' ')" 'true false true '

it "answers each line of a batch before it waits for the next"
coproc JUDGE { tokctl token validate --batch; }
batch=$JUDGE_PID  # which bash forgets as soon as it has ended
for wanted in true false true; do
  if [[ $wanted == true ]]; then line=$TOKEN; else line=x; fi
  printf '%s\n' "$line" >&"${JUDGE[1]}"
  IFS= read -r -t 20 answer <&"${JUDGE[0]}" || fail "no answer"
  expect_equal "$(jq -c .active <<<"$answer")" "$wanted"
done
input=${JUDGE[1]}
exec {input}>&-
wait "$batch"

it "gives back the live session's token with --reuse"
expect_exit 0 tokctl token issue bill@example.com --reuse
expect_out "$TOKEN"
expect_exit 0 tokctl token issue bill@example.com --reuse -o json
expect_json .reused true
expect_json .changed false
expect_json .token "$TOKEN"
expect_json .session_id "$SESSION"

it "ends the other sessions of the same source with --single"
tokctl token issue bill@example.com --source phone >"$kept/phone"
expect_exit 0 tokctl token issue bill@example.com --source phone --single -o json
expect_json .sessions_revoked 1
expect_exit 4 tokctl token validate <"$kept/phone"
expect_exit 0 tokctl token validate <<<"$TOKEN"

it "takes a time to live as people write it"
for ttl in 90m 12h 7d @4102444800 2099-12-31T23:59:59Z never; do
  expect_exit 0 tokctl token issue bill@example.com --ttl "$ttl"
done
for ttl in 0 -1h 1e9 1x '' yesterday 2020-01-01T00:00:00Z @1; do
  expect_exit 2 tokctl token issue bill@example.com --ttl "$ttl"
  expect_out ''
done
expect_exit 2 tokctl token issue bill@example.com --source 'A B'

it "writes the token into a new private file and nowhere else"
expect_exit 0 tokctl token issue bill@example.com --secret-out secret
expect_out ''
expect_equal "$(stat -c %a secret)" 600
expect_exit 0 tokctl token validate <secret
cp secret before
expect_exit 5 tokctl token issue bill@example.com --secret-out secret
cmp secret before
expect_exit 0 tokctl token issue bill@example.com --secret-out second -o json
expect_json 'has("token")' false
expect_nowhere "$(<second)"
expect_exit 3 tokctl token issue nobody@example.com --secret-out third
[[ ! -e third ]] || fail "a file was left behind"
expect_exit 2 tokctl token issue bill@example.com --secret-out no/such/folder
expect_err_match 'cannot create no/such/folder: no such file or folder'

it "lists tokens and shows one without the credential"
expect_exit 0 tokctl token list --user bill@example.com -o json
expect_nowhere "$TOKEN"
expect_json '[.data[].token_type] | unique[]' web
expect_exit 0 tokctl token get "$SESSION" -o json
expect_json .id "$SESSION"
expect_exit 0 tokctl token get - -o json <<<"$TOKEN"
expect_json .id "$SESSION"
expect_nowhere "$TOKEN"

it "knows which types there are"
expect_exit 0 tokctl token list --type web
expect_exit 2 tokctl token issue bill@example.com --type saml

it "revokes, and says when it was so already"
expect_exit 12 tokctl token revoke - --no-input <<<"$TOKEN"
expect_exit 0 tokctl token revoke - --yes --dry-run -o json <<<"$TOKEN"
expect_json .changed true
expect_exit 0 tokctl token validate <<<"$TOKEN"
expect_exit 0 tokctl token revoke - --yes -o json <<<"$TOKEN"
expect_json .id "$SESSION"
expect_json .changed true
expect_exit 4 tokctl token validate <<<"$TOKEN"
expect_exit 0 tokctl token revoke - --yes -o json <<<"$TOKEN"
expect_json .changed false
expect_exit 0 tokctl token revoke "$SESSION" --yes -o json
expect_json .changed false
expect_exit 3 tokctl token revoke 3f2504e0-4f89-41d3-9a0c-0305e82c3301 --yes
expect_exit 4 tokctl token revoke - --yes <<<"${TOKEN/M/N}"
