# What tests of `oauth login` share: a provider that runs, and a login in the background.
#
# shellcheck shell=bash

export SECRET='the client secret & more'

# start_provider agreeing|pages: ISSUER is its URL, and `provider` its folder and its process.
start_provider() {
  mkdir provider
  node "$here/../../build/npm/oauth/provider.js" "$PWD/provider" "$1" >provider/log 2>&1 &
  provider=$!
  trap 'kill $provider 2>/dev/null || true' EXIT
  await provider_told
  [[ -f provider/url ]] || fail "the provider ended: $(<provider/log)"
  ISSUER=$(<provider/url)
}
provider_told() { [[ -f provider/url ]] || ! kill -0 "$provider" 2>/dev/null; }

# begin ARGUMENT...: `oauth login` in the background, which ends by itself when nobody comes. Nothing of one before it is
# left to be taken for what it says.
begin() {
  rm -f out err
  tokctl oauth login "$@" >out 2>err &
  login=$!
}

# said REGEX: what matches its group, as soon as the login says it.
said() {
  await grep -qs "$1" err
  sed -n "s/$1/\\1/p" err
}
export ADDRESS='^  \(http.*\)'
