#!/usr/bin/env bash
# What shells are told when somebody presses Tab.
. "$(dirname "$0")/lib.sh"

DB=$HOME/.local/share/tokctl/tokctl.db
# expect_offers WORD... = OFFER...: what may follow the words, the last of which is being typed.
expect_offers() {
  local words=() wanted
  while [[ $1 != = ]]; do words+=("$1") && shift; done
  shift
  wanted=$(printf '%s\n' "$@")
  expect_exit 0 tokctl __complete -- "${words[@]}"
  expect_err ''
  expect_equal "$(out | cut -f 1)" "$wanted"
}

it "makes no database"
expect_offers user get '' =
[[ ! -e $DB ]] || fail "it was made"

it "offers nouns, verbs, options and their values"
expect_offers us = user
expect_offers to = token
expect_offers token v = validate
expect_offers user create --em = --email
expect_offers user create --email a@example.com --em =
expect_offers -o js = json jsonl
expect_offers user list -o js = json jsonl
expect_offers user list --output=cs = --output=csv
expect_offers user list --sort = --sort
expect_offers user list --sort -c = -created
expect_offers token issue --type j = jwt
expect_offers completion '' = bash zsh fish
expect_offers user list --key-file '' = :file
expect_offers user create --password-file x = :file
expect_offers token issue a@example.com --secret-out x = :file

it "offers nothing after nonsense"
expect_offers sesame '' =
expect_offers user list --nope '' =
expect_offers user list extra =
expect_exit 0 tokctl __complete
expect_out ''
expect_exit 0 tokctl __complete --
expect_out ''

it "offers users, sessions and tokens of the database"
tokctl user create --email bill@example.com --name Bill --no-password -q >id
tokctl user create --email zoe@example.com --name Zoe --no-password >/dev/null
tokctl token issue bill@example.com >/dev/null
SESSION=$(tokctl session list -o id)
expect_offers user get '' = bill@example.com zoe@example.com
expect_offers user get B = bill@example.com
expect_offers token issue bi = bill@example.com
expect_offers session list --user z = zoe@example.com
expect_offers session list --user=z = --user=zoe@example.com
expect_offers user get "$(cut -c 1-9 id)" = "$(<id)"
expect_offers session get "${SESSION:0:6}" = "$SESSION"
expect_offers token revoke "${SESSION:0:6}" = "$SESSION"
tokctl token revoke "$SESSION" --yes -q
tokctl jwk create --alg EdDSA -q
KID=$(tokctl jwk list -o id)
tokctl token issue bill@example.com --type jwt --with-refresh >/dev/null
REFRESH=$(tokctl token list --type refresh -o id)
tokctl token issue bill@example.com --type verify --purpose password_reset >/dev/null
VERIFY=$(tokctl token list --type verify -o id)
for verb in get revoke rotate; do
  expect_offers token "$verb" "${REFRESH:0:13}" = "$REFRESH"
  expect_offers token "$verb" "${VERIFY:0:13}" = "$VERIFY"
done
expect_offers jwk rotate '' = "$KID"
expect_offers jwk retire "${KID:0:3}" = "$KID"
tokctl jwk retire "$KID" --yes -q
expect_offers jwk retire '' =
expect_offers --db "sqlite:$PWD/none.db" user get '' =

it "says nothing when the database is broken"
expect_offers --db sqlite:/ user get '' =
printf 'garbage, and enough of it to be read' >garbage.db
expect_offers --db "sqlite:$PWD/garbage.db" user get '' =
expect_exit 0 tokctl __complete -- user get '' >/dev/full

it "prints the scripts that ask"
expect_exit 0 tokctl completion bash
expect_exit 0 bash -n <(out)
for shell in zsh fish; do
  expect_exit 0 tokctl completion "$shell"
  expect_out_match __complete
done
