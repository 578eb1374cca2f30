#!/usr/bin/env bash
# `oauth login` as a person has it, with a real browser, on the provider's own pages.
. "$(dirname "$0")/lib.sh"
. "$here/../servers/oauth/lib.sh"

start_provider pages
expect_exit 0 tokctl oauth provider add public --issuer "$ISSUER" --client-id public --scope 'openid offline_access'

it "ends at a page that says that the window may be closed"
begin alice --provider public --wait 300s -o json
run "$here/../servers/oauth/chromium" "$(said "$ADDRESS")"
expect_json .title 'You may close this window'
expect_json '.text | contains("You may close this window")' true
expect_json '.url | startswith("http://127.0.0.1:") and contains("/callback?code=")' true
# In its own style, which its policy has to let through, and with nothing that the policy had to stop.
expect_json '.max_width | endswith("px")' true
expect_json '.complaints | length' 0
wait $login || fail "$(<err)"
cp out "$kept/out"
expect_json .account alice
expect_json .state active
expect_json .refreshable true
expect_equal "$(<provider/calls)" 'authorization_code 200'
expect_exit 0 tokctl oauth get alice --provider public -o raw
expect_exit 0 tokctl oauth refresh alice --provider public

it "takes a no that was said on the provider's page"
begin bob --provider public --wait 300s
run "$here/../servers/oauth/chromium" "$(said "$ADDRESS")" cancel
expect_json .title 'You may close this window'
expect_json '.url | contains("error=access_denied")' true
status=0
wait $login || status=$?
expect_equal $status 12
expect_exit 3 tokctl oauth get bob --provider public
