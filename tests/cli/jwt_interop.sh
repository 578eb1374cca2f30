#!/usr/bin/env bash
# JWTs that go to and come from another implementation: jose, by Node.js.
. "$(dirname "$0")/lib.sh"

jose() { node "$here/../../build/npm/interop/jose.js" "$@"; }
jwt() { tokctl token issue bill@example.com --type jwt --aud api --role admin --claim tenant=t1; }
retire_all() {
  for kid in $(tokctl jwk list -o id); do tokctl jwk retire --yes -- "$kid" >/dev/null; done
}

# expect_same CLAIMS ANSWER: what jose read in a token, and what tokctl says of the same one.
expect_same() {
  local field
  for field in sub jti exp iat username; do
    expect_equal "$(jq -r ".claims.$field" <<<"$1")" "$(jq -r ".$field" <<<"$2")"
  done
}

tokctl user create --email bill@example.com --name 'Bill ⚡ O'\''Neil' --no-password >"$kept/id"

for alg in EdDSA ES256 RS256 RS384 RS512; do
  it "signs $alg so that jose verifies it by the exported set"
  expect_exit 0 tokctl jwk create --alg "$alg"
  expect_exit 0 tokctl jwk export --to set.jwks
  expect_exit 0 jwt
  JWT=$(out)
  expect_exit 0 jose verify set.jwks tokctl <<<"$JWT"
  expect_json .header.alg "$alg"
  expect_json .claims.name 'Bill ⚡ O'\''Neil'
  expect_json .claims.aud api
  expect_json '.claims.roles | join(" ")' admin
  expect_json .claims.tenant t1
  expect_same "$(out)" "$(tokctl token validate - -o json <<<"$JWT")"
  expect_exit 4 jose verify set.jwks another-issuer <<<"$JWT"
  expect_exit 4 jose verify set.jwks tokctl <<<"${JWT%.*}.${JWT%%.*}"
  while read -r thumbprint kid; do expect_equal "$kid" "$thumbprint"; done < <(jose thumbprints set.jwks)

  it "verifies what jose signed with $alg, by the private key and by the public one"
  retire_all
  jose generate "$alg" >key.jwk
  jose generate "$alg" >public.jwk
  jose pem public.jwk >public.pem
  expect_exit 3 jwt
  expect_exit 0 tokctl jwk import key.jwk
  expect_equal "$(out)" "$(jq -r .kid key.jwk)"
  expect_exit 0 tokctl jwk import public.pem --alg "$alg"
  expect_equal "$(out)" "$(jq -r .kid public.jwk)"
  JWT=$(jwt)
  tokctl token get - -o json <<<"$JWT" | jq .payload >claims.json
  for key in key.jwk public.jwk; do
    token=$(jose sign $key <claims.json)
    expect_exit 0 tokctl token validate - -o json --audience api --role admin <<<"$token"
    expect_json '.jti == .session_id' true
    expect_json .claims.tenant t1
    expect_exit 4 tokctl token validate - <<<"$(jq '.exp = .iat' claims.json | jose sign $key)x"
    expect_exit 4 tokctl token validate - <<<"$(jq '.iss = "other"' claims.json | jose sign $key)"
    expect_exit 4 tokctl token validate - <<<"$(jq '.jti = .sub' claims.json | jose sign $key)"
  done
  expect_exit 0 tokctl jwk export --to set.jwks
  expect_exit 0 jose verify set.jwks tokctl <<<"$JWT"
  jose generate "$alg" >stranger.jwk
  jq --slurpfile known key.jwk '.kid = $known[0].kid' stranger.jwk >impostor.jwk
  for key in stranger.jwk impostor.jwk; do
    expect_exit 4 tokctl token validate - <<<"$(jose sign $key <claims.json)"
  done
  retire_all
done

for alg in HS256 HS384 HS512; do
  it "shares a secret of $alg with jose, and publishes none"
  jose generate "$alg" >key.jwk
  expect_exit 0 tokctl jwk import - <<<"$(<key.jwk)"
  jq '{keys: [.]}' key.jwk >secrets.jwks
  JWT=$(jwt)
  expect_exit 0 jose verify secrets.jwks tokctl <<<"$JWT"
  expect_json .header.alg "$alg"
  expect_same "$(out)" "$(tokctl token validate - -o json <<<"$JWT")"
  tokctl token get - -o json <<<"$JWT" | jq .payload >claims.json
  expect_exit 0 tokctl token validate - <<<"$(jose sign key.jwk <claims.json)"
  jq '.alg = "HS" + (if .alg == "HS256" then "512" else "256" end)' key.jwk >other.jwk
  expect_exit 4 tokctl token validate - <<<"$(jose sign other.jwk <claims.json)"
  expect_exit 0 tokctl jwk export
  expect_json '.keys | length' 0
  retire_all
done
