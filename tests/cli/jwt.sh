#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

tokctl user create --email bill@example.com --name Bill --no-password --role ops >"$kept/id"
ID=$(<"$kept/id")
jwt() { tokctl token issue bill@example.com --type jwt "$@"; }

it "issues no JWT without a key, and says how to make one"
expect_exit 3 jwt
expect_err_line 'hint:  tokctl jwk create --alg EdDSA'

it "makes keys, one that signs of each type"
for alg in EdDSA ES256 RS256 HS256; do expect_exit 0 tokctl jwk create --alg $alg; done
expect_exit 5 tokctl jwk create --alg RS512
expect_exit 0 tokctl jwk list -o json
expect_equal "$(out | jq -r '[.data[] | .alg + "=" + .state] | sort | join(" ")')" \
  'ES256=signing EdDSA=signing HS256=signing RS256=signing'
expect_exit 2 tokctl jwk create --alg none

it "says what a valid one means, in the fields of every type"
expect_exit 0 jwt --role admin --source web --aud api --claim tenant=t1 --ttl 2h
JWT=$(out)
expect_exit 0 tokctl token validate - -o json --role admin --audience api <<<"$JWT"
expect_json .token_type jwt
expect_json .sub "$ID"
expect_json .username bill@example.com
expect_json '.roles | join(" ")' admin
expect_json '.aud | join(" ")' api
expect_json .claims.tenant t1
expect_json .source web
expect_lifetime 7200
expect_json '.jti == .session_id' true
expect_json .offline false
expect_exit 0 tokctl token validate - -o json <<<"$(jwt)"
expect_json '.roles | join(" ")' ops

it "judges a header, a batch and what is asked for beyond"
expect_exit 0 tokctl token validate --header <<<"Authorization: Bearer $JWT"
expect_exit 4 tokctl token validate --audience web <<<"$JWT"
expect_exit 4 tokctl token validate --role root <<<"$JWT"
printf '%s\n' "$JWT" "${JWT}x" "$JWT" >batch.txt
expect_exit 0 tokctl token validate --batch <batch.txt
expect_equal "$(out | jq -c .active | tr '\n' ' ')" 'true false true '

it "refuses everything else in the same words"
IFS=. read -r HEAD BODY SIGNATURE <<<"$JWT"
none=$(printf '{"alg":"none","kid":"%s"}' "$(tokctl jwk list -o json | jq -r '.data[0].kid')" | basenc --base64url -w0 | tr -d =)
for bad in "$HEAD.$BODY." "$HEAD.$BODY" "$HEAD..$SIGNATURE" ".$BODY.$SIGNATURE" "$JWT." "$JWT=" " $JWT" \
  "$none.$BODY." "$none.$BODY.$SIGNATURE" "$HEAD.${BODY}A.$SIGNATURE" "$HEAD.$BODY.${SIGNATURE%?}" "$JWT.$SIGNATURE"; do
  expect_exit 4 tokctl token validate - <<<"$bad"
  expect_out ''
  expect_err 'error: the credential was refused [token.refused]'
done

it "exports what others verify with, and no secret"
expect_exit 0 tokctl jwk export --to jwks.json
expect_equal "$(stat -c %a jwks.json)" 644
expect_equal "$(jq -r '[.keys[] | .kty] | sort | join(" ")' jwks.json)" 'EC OKP RSA'
expect_equal "$(jq '[.keys[] | has("d") or has("k") or has("p")] | any' jwks.json)" false
expect_exit 0 tokctl --db sqlite:/nowhere/x.db token validate --offline --jwks jwks.json -o json <<<"$JWT"
expect_json .offline true
expect_err 'note:  by the signature alone: whether its session lives, only the database knows'
expect_exit 4 tokctl token validate --offline --jwks jwks.json <<<"$(jwt --alg HS256)"
expect_exit 2 tokctl token validate --offline <<<"$JWT"

it "signs what openssl verifies"
der() { # public keys from the numbers of a JWK
  python3 - "$1" <<'PYTHON'
import base64, json, subprocess, sys
key = next(k for k in json.load(open("jwks.json"))["keys"] if k["alg"] == sys.argv[1])
raw = lambda name: base64.urlsafe_b64decode(key[name] + "==")
def tlv(tag, body):
    size = len(body)
    head = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2, "big")
    return bytes([tag]) + head + body
integer = lambda number: tlv(2, b"\0" + number)
if key["kty"] == "OKP":
    der = bytes.fromhex("302a300506032b6570032100") + raw("x")
elif key["kty"] == "EC":
    der = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200") + b"\4" + raw("x") + raw("y")
else:
    rsa = tlv(0x30, integer(raw("n")) + tlv(2, raw("e")))
    der = tlv(0x30, bytes.fromhex("300d06092a864886f70d0101010500") + tlv(3, b"\0" + rsa))
sys.stdout.buffer.write(der)
PYTHON
}
for alg in EdDSA ES256 RS256; do
  token=$(jwt --alg $alg)
  printf '%s' "${token%.*}" >signed
  python3 - "$token" $alg >signature <<'PYTHON'
import base64, sys
raw = base64.urlsafe_b64decode(sys.argv[1].split(".")[2] + "==")
if sys.argv[2] == "ES256":
    def integer(b):
        b = b.lstrip(b"\0"); b = b"\0" + b if b[0] > 127 else b
        return b"\2" + bytes([len(b)]) + b
    body = integer(raw[:32]) + integer(raw[32:])
    raw = b"\x30" + bytes([len(body)]) + body
sys.stdout.buffer.write(raw)
PYTHON
  der $alg >key.der
  case $alg in
    EdDSA) openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in signed -sigfile signature >/dev/null ;;
    *)
      openssl pkey -pubin -inform DER -in key.der -out key.pem
      openssl dgst -sha256 -verify key.pem -signature signature signed >/dev/null
      ;;
  esac || fail "openssl does not verify $alg"
done

it "verifies what openssl signed, once its key is imported"
fixed() { # ECDSA's two numbers as a JWS has them: RFC 7518, section 3.4
  python3 -c '
import sys
der = sys.stdin.buffer.read()
first = 4 + der[3]
for number in der[4:first], der[first + 2:]:
    sys.stdout.buffer.write(number.lstrip(b"\0").rjust(32, b"\0"))'
}
openssl genpkey -algorithm ed25519 -out EdDSA.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ES256.pem
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out RS256.pem 2>/dev/null
for alg in EdDSA ES256 RS256; do
  expect_exit 0 tokctl jwk import $alg.pem --alg $alg --verify-only
  KID=$(out)
  head=$(printf '{"alg":"%s","kid":"%s"}' $alg "$KID" | basenc --base64url -w0 | tr -d =)
  printf '%s' "$head.$BODY" >signed
  signature=$(case $alg in
    EdDSA) openssl pkeyutl -sign -rawin -inkey $alg.pem -in signed ;;
    ES256) openssl dgst -sha256 -sign $alg.pem signed | fixed ;;
    *) openssl dgst -sha256 -sign $alg.pem signed ;;
  esac | basenc --base64url -w0 | tr -d =)
  expect_exit 0 tokctl token validate - <<<"$head.$BODY.$signature"
  expect_exit 4 tokctl token validate - <<<"$head.${BODY%?}A.$signature"
done
expect_exit 5 tokctl jwk import RS256.pem
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out weak.pem 2>/dev/null
expect_exit 2 tokctl jwk import weak.pem
expect_err 'error: an RSA key has less than 2048 bits [jwk.invalid]'

it "retires a key at once, after asking"
expect_exit 12 tokctl jwk retire -- "$KID"
expect_exit 0 tokctl jwk retire --yes -o json -- "$KID"
expect_json .state retired
expect_exit 0 tokctl jwk retire --yes -o json -- "$KID"
expect_json .changed false
expect_exit 4 tokctl token validate - <<<"$head.$BODY.$signature"
expect_exit 3 tokctl jwk retire nobody --yes
expect_exit 3 tokctl jwk retire $'\xff' --yes
expect_exit 3 tokctl jwk rotate $'\xff'

it "shows what a JWT says, unjudged"
expect_exit 0 tokctl token get - -o json <<<"$JWT"
expect_json .state live
expect_json .payload.iss tokctl
expect_json .header.alg EdDSA
expect_exit 0 tokctl token get - -o json <<<"$head.$BODY.$signature"
expect_json .state unknown
expect_json .payload.sub "$ID"

it "rotates: the old one verifies"
EDDSA=$(tokctl jwk list -o json | jq -r '.data[] | select(.alg=="EdDSA" and .state=="signing") | .kid')
expect_exit 2 tokctl jwk rotate
expect_exit 0 tokctl jwk rotate "$EDDSA" -o json
expect_json .replaced "$EDDSA"
expect_exit 0 tokctl token validate - <<<"$JWT"
expect_exit 5 tokctl jwk rotate "$EDDSA"

it "ends the session with the token, and the token with the session"
expect_exit 0 tokctl token revoke - --yes -o json <<<"$JWT"
expect_json .token_type jwt
expect_exit 4 tokctl token validate - <<<"$JWT"
PHONE=$(jwt --source phone)
WEB=$(jwt --source web)
expect_exit 0 tokctl token validate - <<<"$PHONE"
expect_exit 0 jwt --source phone --single
expect_exit 4 tokctl token validate - <<<"$PHONE"
expect_exit 0 tokctl token validate - <<<"$WEB"
expect_exit 0 env TOKCTL_SSO=user "$TOKCTL" token issue bill@example.com --type jwt --source tv
expect_exit 4 tokctl token validate - <<<"$WEB"

it "gives a pair, and exchanges the refresh token for the next one"
expect_exit 0 jwt --with-refresh
expect_equal "$(out | wc -l)" 2
REFRESH=$(out | tail -1)
[[ $REFRESH =~ ^tkr_[0-9A-Za-z]{49}$ ]] || fail "not of the shape of a refresh token"
expect_exit 0 tokctl token rotate - -o json <<<"$REFRESH"
NEXT=$(out | jq -r .refresh_token)
expect_exit 0 tokctl token validate - <<<"$(out | jq -r .token)"
expect_exit 0 tokctl token rotate - -o json <<<"$REFRESH" # the answer was lost: the same again
expect_json .refresh_token "$NEXT"
expect_exit 0 tokctl token rotate - -o json <<<"$NEXT"
LAST=$(out | jq -r .token)
expect_exit 4 tokctl token rotate - <<<"$REFRESH"
expect_out ''
expect_exit 4 tokctl token rotate - <<<"$NEXT"
expect_exit 4 tokctl token validate - <<<"$LAST"
expect_exit 4 tokctl token validate --header <<<"Bearer $NEXT"
expect_exit 2 tokctl token issue bill@example.com --type jwt --ttl never
expect_exit 2 jwt --refresh-ttl 1h

it "gives a refresh token alone, whose JWTs live as the policy has it"
expect_exit 0 env TOKCTL_JWT_TTL=2m "$TOKCTL" token issue bill@example.com --type refresh --role admin --ttl 1h -o json
expect_json .token_type refresh
expect_json '.expires_at_unix - .created_at_unix' 3600
expect_exit 0 tokctl token rotate - -o json <<<"$(out | jq -r .token)"
expect_exit 0 tokctl token validate - -o json <<<"$(out | jq -r .token)"
expect_json '.roles[]' admin
expect_json '.exp - .iat' 120
expect_exit 2 tokctl token issue bill@example.com --type refresh --with-refresh
expect_exit 2 tokctl token issue bill@example.com --type refresh --refresh-ttl 1h

it "verifies once, for one purpose"
verify() { tokctl token validate - --purpose "$@"; }
CODE=$(tokctl token issue bill@example.com --type verify --purpose email_verification)
expect_exit 4 verify password_reset --consume <<<"$CODE"
expect_exit 0 verify email_verification <<<"$CODE"
expect_exit 0 verify email_verification --consume -o json <<<"$CODE"
expect_json .purpose email_verification
expect_exit 4 verify email_verification --consume <<<"$CODE"
expect_exit 0 tokctl user get bill@example.com -o json
expect_json '.email_verified_at != null' true
expect_exit 2 tokctl token validate - --consume <<<"$CODE"
expect_exit 2 tokctl token issue bill@example.com --type verify

it "lists verifications too, with what they are for and whether they still stand"
tokctl token issue bill@example.com --type verify --purpose account_deactivation >/dev/null
expect_exit 0 tokctl token list --user bill@example.com --type verify -o json
expect_json '[.data[] | .purpose + "=" + .state] | sort | join(" ")' \
  'account_deactivation=live email_verification=used'
expect_exit 0 tokctl token list -o json
expect_json '[.data[].token_type] | unique | join(" ")' 'jwt refresh verify'

it "takes a short code five times, however often it is issued"
code() { tokctl token issue bill@example.com --type verify --purpose two_factor_auth --code 6; }
FIRST=$(code)
[[ $FIRST =~ ^[0-9]{6}$ ]] || fail "not a code"
wrong=$(((10#$FIRST + 1) % 1000000))
for _ in 1 2 3 4; do
  expect_exit 4 verify two_factor_auth --user bill@example.com <<<"$(printf %06d $wrong)"
done
SECOND=$(code)
expect_exit 0 verify two_factor_auth --user bill@example.com --consume <<<"$SECOND"
THIRD=$(code)
expect_exit 4 verify two_factor_auth --user bill@example.com --consume <<<"$THIRD"

it "resets a password by a token for it, and ends everything else"
JWT=$(jwt)
expect_exit 4 tokctl user passwd bill@example.com --with-token <<<"$CODE"$'\n'"a new password"
RESET=$(tokctl token issue bill@example.com --type verify --purpose password_reset)
expect_exit 6 tokctl user passwd bill@example.com --with-token <<<"$RESET"$'\n'"short"
expect_exit 2 tokctl user passwd bill@example.com --with-token <<<"$RESET"
expect_exit 0 tokctl user passwd bill@example.com --with-token <<<"$RESET"$'\n'"a new password"
expect_exit 0 tokctl user login bill@example.com --password-stdin <<<"a new password"
expect_exit 4 tokctl token validate - <<<"$JWT"
expect_exit 4 tokctl user passwd bill@example.com --with-token <<<"$RESET"$'\n'"another password"

it "changes roles and phone"
expect_exit 0 tokctl user update bill@example.com --add-role admin --remove-role ops --phone +966500000000 -o json
expect_json '.roles | join(" ")' admin
expect_json .phone +966500000000
expect_exit 2 tokctl user update bill@example.com --phone 0500
expect_exit 0 tokctl user update bill@example.com --no-phone -o json
expect_json .phone null

it "refuses nothing when the database cannot be asked: nobody knows"
mkdir down.db
for token in "$JWT" "$LAST" "$REFRESH" "$CODE"; do
  expect_exit 7 tokctl --db sqlite:down.db token validate - <<<"$token"
  expect_out ''
  expect_exit 7 tokctl --db sqlite:down.db token validate - --purpose password_reset --consume <<<"$token"
done
expect_exit 7 tokctl --db sqlite:down.db token rotate - <<<"$REFRESH"
expect_out ''

it "leaves a database that is sound, and a log that holds"
expect_exit 0 tokctl db check
expect_exit 0 tokctl audit verify

it "publishes its keys although one that is nobody else's business is damaged"
tokctl jwk export | jq -S . >whole.json
sql "UPDATE jwks SET jwk = 'damaged' WHERE algorithm = 'HS256'"
expect_exit 0 tokctl jwk export
expect_equal "$(out | jq -S .)" "$(<whole.json)"
