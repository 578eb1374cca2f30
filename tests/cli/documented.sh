#!/usr/bin/env bash
# What people will copy from the documentation, as written there.
. "$(dirname "$0")/lib.sh"

export PW='correct horse battery'
export NEW='staple the second one'
prints() { eval "$1" >"$kept/out" 2>"$kept/err" || fail "exit $? from: $1"; }

it "keeps a user"
prints "printf '%s' \"\$PW\" | tokctl user create --email bill@ardanlabs.com --name 'Bill Kennedy' --password-stdin"
expect_out_match '^[0-9a-f-]{36}$'
ID=$(out)
prints 'tokctl user get bill@ardanlabs.com -o json | jq -r .public_id'
expect_out "$ID"
prints "printf '%s' \"\$NEW\" | tokctl user passwd bill@ardanlabs.com --password-stdin"
prints "printf '%s' \"\$NEW\" | tokctl user login bill@ardanlabs.com --password-stdin"
prints 'tokctl user disable bill@ardanlabs.com && tokctl user enable bill@ardanlabs.com'

it "keeps a token"
TOKEN=$(tokctl token issue bill@ardanlabs.com --ttl 365d)
expect_equal "${#TOKEN}" 108
prints "printf '%s\n' \"\$TOKEN\" | tokctl token validate - -o json"
expect_json .active true
expect_json .sub "$ID"
expect_json .username bill@ardanlabs.com
prints "printf '%s\n' \"\$TOKEN\" | tokctl token revoke - --yes"
{ printf '%s\n' "$TOKEN" && tokctl token issue bill@ardanlabs.com && printf 'x\n'; } >million-tokens.txt
prints 'cat million-tokens.txt | tokctl token validate --batch -o jsonl'
expect_equal "$(out | jq .active | tr '\n' ' ')" 'false true false '
prints "tokctl session list --user bill@ardanlabs.com -o json | jq -r '.data[].session_id'"
expect_equal "$(out | wc -l)" 2
prints 'tokctl session revoke --user bill@ardanlabs.com --all --yes'
prints 'tokctl token list --user bill@ardanlabs.com --expiring-within 7d -o json'
expect_out '{"data":[],"next_page":null}'

it "signs and verifies"
prints 'tokctl jwk create --alg EdDSA && tokctl jwk export > jwks.json'
expect_equal "$(jq '.keys | length' jwks.json)" 1
# shellcheck disable=SC2016  # the command is run as it is printed
prints 'JWT=$(tokctl token issue bill@ardanlabs.com --type jwt --role admin --source web --aud api --ttl 1h --single)'
expect_exit 0 tokctl token validate - <<<"$JWT"
# shellcheck disable=SC2016  # the command is run as it is printed
prints 'CODE=$(tokctl token issue bill@ardanlabs.com --type verify --purpose password_reset)'
prints "printf '%s\n' \"\$CODE\" | tokctl token validate - --consume --purpose password_reset"

it "keeps itself"
prints 'tokctl audit verify && tokctl audit list --user bill@ardanlabs.com --limit 20'
prints 'tokctl gc --dry-run'
