"""Presents every JWT that is not one of ours to whoever judges: for each algorithm, what an attacker can make without the
key, and what its holder could sign but never should. Each is refused, all alike, byte for byte."""
import base64
import hashlib
import hmac
import itertools
import json
import os
import subprocess
import time
import uuid

import lib

ALGORITHMS = ("EdDSA", "ES256", "RS256", "RS384", "RS512", "HS256", "HS384", "HS512")
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
MIB = 1 << 20
DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

store = lib.Store()
bill = store.user("bill@example.com", "Bill")
eve = store.user("eve@example.com", "Eve")


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def unb64(text):
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))


def openssl(*args, stdin=b""):
    return subprocess.run(["openssl", *args], input=stdin, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


# ---- keys ---------------------------------------------------------------------------------------------------------


class Key:
    """A key that tokctl knows as well; its private part signs whatever we like."""

    def __init__(self, alg, known=True):
        self.alg, self.kid = alg, "nobody"
        self.hash = getattr(hashlib, f"sha{alg[2:]}", None)
        self.file = os.path.join(store.folder, f"{uuid.uuid4()}.pem")
        if alg.startswith("HS"):
            self.secret = os.urandom(int(alg[2:]) // 8)
            text = json.dumps({"kty": "oct", "alg": alg, "k": b64(self.secret).decode()})
        else:
            kind = {"Ed": ["ED25519"], "ES": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"], "RS": ["RSA"]}[alg[:2]]
            openssl("genpkey", "-algorithm", *kind, "-out", self.file)
            with open(self.file, encoding="ascii") as file:
                text = file.read()
        if known:
            self.kid = store.ok("jwk", "import", "-", "--alg", alg, stdin=text).text

    def sign(self, message):
        if self.alg.startswith("HS"):
            return hmac.new(self.secret, message, self.hash).digest()
        if self.alg == "EdDSA":
            with open(self.file + ".message", "wb") as file:  # which openssl wants the size of
                file.write(message)
            return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.file, "-in", file.name)
        signature = openssl("dgst", f"-{self.hash().name}", "-sign", self.file, stdin=message)
        return b"".join(number.to_bytes(32, "big") for number in ecdsa_numbers(signature)) if self.alg == "ES256" else signature

    def texts(self):
        """The public key in every form in which it goes about: what might be taken for a secret."""
        yield from (openssl("pkey", "-in", self.file, "-pubout", *form) for form in ((), ("-outform", "DER")))
        if self.alg.startswith("RS"):
            yield from (openssl("rsa", "-in", self.file, "-RSAPublicKey_out", *form) for form in ((), ("-outform", "DER")))
        for jwk in json.loads(store.ok("jwk", "export").text)["keys"]:
            if jwk["kid"] == self.kid:
                yield json.dumps(jwk).encode()
                yield json.dumps(jwk, separators=(",", ":")).encode()
                yield from (unb64(jwk[name].encode()) for name in ("x", "y", "n") if name in jwk)


def ecdsa_numbers(der):
    first = 4 + der[3]
    return int.from_bytes(der[4:first], "big"), int.from_bytes(der[first + 2:], "big")


def der_of(*numbers):
    body = b"".join(b"\2" + bytes([len(data)]) + data for data in
                    (number.to_bytes(number.bit_length() // 8 + 1, "big") for number in numbers))
    return b"\x30" + bytes([len(body)]) + body


# ---- what is presented --------------------------------------------------------------------------------------------


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


class Scene:
    """A key, a live token under it, and what can be done to that."""

    def __init__(self, alg):
        self.key = Key(alg)
        self.good = store.ok("token", "issue", bill, "--type", "jwt", "--alg", alg, "--aud", "api", "--ttl", "2h").text.encode()
        self.parts = self.good.split(b".")
        self.header, self.payload, self.signature = (unb64(part) for part in self.parts)
        self.claims = json.loads(self.payload)
        lib.check(json.loads(self.header) == {"alg": alg, "kid": self.key.kid, "typ": "JWT"}, f"{alg}: the header", None)

    def signed(self, header, payload, key=None):
        text = b64(header) + b"." + b64(payload)
        return text + b"." + b64((key or self.key).sign(text))

    def with_header(self, **members):
        return self.signed(compact({**json.loads(self.header), **members}), self.payload)

    def without(self, name):
        return self.signed(compact({n: v for n, v in json.loads(self.header).items() if n != name}), self.payload)

    def with_raw_header(self, text):
        return self.signed(text if isinstance(text, bytes) else text.encode(), self.payload)

    def with_claims(self, **members):
        return self.signed(self.header, compact({**self.claims, **members}))

    def with_raw_claim(self, name, text):
        """The claim with a value that only its text can express."""
        claims = {n: v for n, v in self.claims.items() if n != name}
        return self.signed(self.header, compact(claims)[:-1] + b',"' + name.encode() + b'":' + text.encode() + b"}")

    def with_signature(self, signature):
        return b".".join(self.parts[:2]) + b"." + b64(signature)


def trailing(text):
    """The same part with another last digit that decodes to the same bytes; nothing when there is none."""
    if len(text) % 4 == 0:
        return None
    last = DIGITS.index(text[-1:])
    return text[:-1] + DIGITS[last ^ 1:(last ^ 1) + 1]


def of_header(scene, other):
    """Headers that contradict the key or bring one of their own, under the right signature and without any."""
    alg, kid = scene.key.alg, scene.key.kid
    spellings = {"".join(letters) for letters in itertools.product(*((c, c.upper()) for c in "none"))}
    for name in sorted(spellings) + ["", " none", "none\0", alg.lower(), alg + " ", alg + "\0", "ECDSA", "ES256K", "PS256", "dir"]:
        if name == alg:
            continue
        header = compact({"alg": name, "kid": kid, "typ": "JWT"})
        yield f"alg {name!r}", scene.signed(header, scene.payload)
        yield f"alg {name!r}, no signature", b64(header) + b"." + scene.parts[1] + b"."
    for name in ALGORITHMS:
        if name != alg:
            yield f"alg {name} for {alg}", scene.with_header(alg=name)
    yield "alg missing", scene.without("alg")
    for value in ([alg], [], {}, None, True, 0, {"alg": alg}):
        yield f"alg {value!r}", scene.with_header(alg=value)

    for value in ("../../../../dev/null", "/dev/null", "' OR '1'='1", "'; DROP TABLE jwks; --", "a\0b", kid + "\0", "%s%n", "*",
                  "k" * 65536, "k" * 4096, "unknown", "", kid[:-1], kid + "x", kid.swapcase(), " " + kid, other.kid,
                  [kid], {"kid": kid}, None, 0, True):
        yield f"kid {lib.short(value, 30)}", scene.with_header(kid=value)
    yield "kid missing", scene.without("kid")
    yield "kid twice", scene.with_raw_header(f'{{"alg":"{alg}","kid":"{kid}","kid":"{kid}"}}')
    yield "kid twice, escaped", scene.with_raw_header(f'{{"alg":"{alg}","\\u006bid":"unknown","kid":"{kid}"}}')
    yield "alg twice", scene.with_raw_header(f'{{"alg":"none","alg":"{alg}","kid":"{kid}"}}')
    yield "alg twice, the other way round", scene.with_raw_header(f'{{"alg":"{alg}","alg":"none","kid":"{kid}"}}')
    yield "alg twice, the same", scene.with_raw_header(f'{{"alg":"{alg}","alg":"{alg}","kid":"{kid}"}}')

    own = Key.__new__(Key)
    own.__dict__.update(stranger[alg].__dict__, kid=kid)
    jwk = {"kty": "oct", "k": b64(b"secret").decode()}
    for name, value in {"jwk": jwk, "jku": "https://attacker.example/jwks.json", "x5u": "https://attacker.example/cert.pem",
                        "x5c": ["MIIB"], "x5t": "AAAA", "x5t#S256": "AAAA", "crit": ["exp"], "b64": False, "zip": "DEF", "cty": "JWT",
                        "enc": "A128GCM", "epk": jwk, "p2c": 2147483647, "nonce": "x"}.items():
        yield f"header {name}", scene.with_header(**{name: value})
        header = compact({"alg": alg, "kid": kid, name: value})
        yield f"header {name}, signed by a stranger", scene.signed(header, scene.payload, own)
    yield "crit empty", scene.with_header(crit=[])
    yield "crit b64", scene.with_header(crit=["b64"], b64=False)
    for value in ("JWE", "at+jwt", "JOSE", "", ["JWT"], None, 1):
        yield f"typ {value!r}", scene.with_header(typ=value)
    yield "a stranger's key", scene.signed(scene.header, scene.payload, own)

    for name, text in {"array": b"[]", "text": b'"x"', "null": b"null", "nothing": b"", "number": b"1", "brace": b"{",
                       "two": scene.header + scene.header, "more behind": scene.header + b" x", "NUL behind": scene.header + b"\0",
                       "comment": b"/**/" + scene.header, "single quotes": scene.header.replace(b'"', b"'"),
                       "BOM": b"\xef\xbb\xbf" + scene.header, "bad UTF-8": scene.header[:-1] + b',"typ":"\xff"}',
                       "UTF-16": scene.header.decode().encode("utf-16"), "deep": b"[" * 10000, "deep in": b'{"a":' * 1000}.items():
        yield f"header: {name}", scene.with_raw_header(text)


def of_shape(scene):
    """Other spellings of the good token."""
    header, payload, signature = scene.parts
    good = scene.good
    yield "empty", b""
    yield "1 part", header
    yield "2 parts", header + b"." + payload
    yield "4 parts", good + b"." + signature
    yield "4 parts, the last empty", good + b"."
    yield "5 parts", b".".join([header, b"", payload, b"", signature])
    yield "5 parts of a JWE", good + b"." + payload + b"." + signature
    for name, parts in {"no header": (b"", payload, signature), "no payload": (header, b"", signature),
                        "no signature": (header, payload, b""), "nothing but points": (b"", b"", b""),
                        "parts in another order": (payload, header, signature)}.items():
        yield name, b".".join(parts)
    yield "JSON, flattened", compact({"payload": payload.decode(), "protected": header.decode(), "signature": signature.decode()})
    yield "JSON, general", compact({"payload": payload.decode(), "signatures": [
        {"protected": header.decode(), "signature": signature.decode()}]})
    yield "nested", scene.signed(scene.header, good)
    yield "nested and named so", scene.signed(compact({**json.loads(scene.header), "cty": "JWT"}), good)
    for index, name in enumerate(("header", "payload", "signature")):
        changes = {"padding": lambda part: part + b"=" * (-len(part) % 4 or 4), "one =": lambda part: part + b"=",
                   "white space": lambda part: part[:5] + b" " + part[5:], "a newline": lambda part: part[:5] + b"\n" + part[5:],
                   "NUL": lambda part: part[:5] + b"\0" + part[5:], "+": lambda part: part[:5] + b"+" + part[6:],
                   "/": lambda part: part[:5] + b"/" + part[6:], "percent": lambda part: part[:5] + b"%2B" + part[5:],
                   "a digit more": lambda part: part + b"A", "a digit less": lambda part: part[:-1],
                   "trailing bits": trailing, "high bit": lambda part: bytes([part[0] | 0x80]) + part[1:]}
        for change, make in changes.items():
            part = make(scene.parts[index])
            if part is not None:
                yield f"{name}: {change}", b".".join(scene.parts[:index] + [part] + scene.parts[index + 1:])
    for name, text in {"white space before": b" " + good, "white space after": good + b" ", "a tab after": good + b"\t",
                       "quoted": b'"' + good + b'"', "twice": good + good, "a list": good + b"," + good, "Bearer": b"Bearer " + good,
                       "BOM": b"\xef\xbb\xbf" + good, "NUL after": good + b"\0", "encoded": b64(good),
                       "1 MiB": scene.signed(scene.header, compact({**scene.claims, "more": "x" * MIB})),
                       "1 MiB of points": b"." * MIB, "1 MiB of A": b"A" * MIB,
                       "longer than any": scene.signed(scene.header, compact({**scene.claims, "more": "x" * 8192}))}.items():
        yield name, text


def of_signature(scene):
    """Signatures that are nearly right."""
    signature = scene.signature
    for name, changed in {"short at the end": signature[:-1], "short at the front": signature[1:], "half": signature[:len(signature) // 2],
                          "16 bytes": signature[:16], "zeros": bytes(len(signature)), "ones": b"\xff" * len(signature),
                          "longer": signature + b"\0", "longer at the front": b"\0" + signature, "doubled": signature * 2,
                          "reversed": signature[::-1]}.items():
        yield f"signature {name}", scene.with_signature(changed)
    for bit in range(8):
        at = lib.chance.randrange(len(signature))
        changed = bytearray(signature)
        changed[at] ^= 1 << bit
        yield f"signature with bit {bit} of byte {at} flipped", scene.with_signature(bytes(changed))
    yield "the signature of other claims", scene.with_signature(unb64(scene.with_claims(name="Other").split(b".")[2]))
    changed = compact({**scene.claims, "roles": ["root"]})
    yield "other claims under the signature", b".".join([scene.parts[0], b64(changed), scene.parts[2]])
    if scene.key.alg == "ES256":
        r, s = (int.from_bytes(signature[at:at + 32], "big") for at in (0, 32))
        yield "ECDSA in DER", scene.with_signature(der_of(r, s))
        for first, second in itertools.product((0, 1, P256_ORDER, P256_ORDER - 1, 2**256 - 1), repeat=2):
            yield f"ECDSA {first:x}, {second:x}", scene.with_signature(first.to_bytes(32, "big") + second.to_bytes(32, "big"))
        yield "ECDSA r 0", scene.with_signature(bytes(32) + signature[32:])
        yield "ECDSA s 0", scene.with_signature(signature[:32] + bytes(32))
    elif scene.key.alg == "EdDSA":
        s = int.from_bytes(signature[32:], "little") + ED25519_ORDER
        yield "Ed25519 S + L", scene.with_signature(signature[:32] + s.to_bytes(32, "little"))
    elif scene.key.alg.startswith("RS"):
        modulus = int(openssl("rsa", "-in", scene.key.file, "-noout", "-modulus").split(b"=")[1], 16)
        more = int.from_bytes(signature, "big") + modulus
        yield "RSA s + n", scene.with_signature(more.to_bytes(len(signature) + 1, "big"))
        for number in (0, 1, modulus - 1, modulus):
            yield f"RSA {number.bit_length()} bits", scene.with_signature(number.to_bytes(len(signature), "big"))
        if signature[0] == 0:
            yield "RSA without its zero", scene.with_signature(signature[1:])
    if scene.key.alg.startswith("HS"):
        yield "HMAC without a key", scene.with_signature(hmac.new(b"", b".".join(scene.parts[:2]), scene.key.hash).digest())
        return
    for size, (number, secret) in itertools.product((256, 384, 512), enumerate(scene.key.texts())):
        text = b64(compact({"alg": f"HS{size}", "kid": scene.key.kid, "typ": "JWT"})) + b"." + scene.parts[1]
        mac = hmac.new(secret, text, getattr(hashlib, f"sha{size}")).digest()
        yield f"HS{size} by the public key's form {number}", text + b"." + b64(mac)


def of_claims(scene):
    """What the holder of the key could sign, and is refused all the same."""
    now = int(time.time())
    for name in ("exp", "iat", "nbf"):
        for text in ('"%d"' % (now + 3600), "1e400", "-1", "-0", str(2**63), str(2**64 + now + 3600), str(2**31 * 2**31), "1.5", "1e12",
                     f"{now + 3600}.0", "null", "true", f"[{now + 3600}]", "{}", '"never"', "0x7fffffff", f"0{now + 3600}", "NaN", "Infinity"):
            yield f"{name} {text}", scene.with_raw_claim(name, text)
        yield f"{name} twice", scene.with_raw_claim(name, f'1,"{name}":{scene.claims[name]}')
        yield f"{name} twice, the other way round", scene.with_raw_claim(name, f'{scene.claims[name]},"{name}":1')
    for name in ("exp", "sub", "jti", "iss"):
        yield f"{name} missing", scene.signed(scene.header, compact({n: v for n, v in scene.claims.items() if n != name}))
    yield "exp past", scene.with_claims(exp=now - 3600, iat=now - 7200, nbf=now - 7200)
    yield "exp just past", scene.with_claims(exp=now - 61, iat=now - 7200, nbf=now - 7200)
    yield "exp 0", scene.with_claims(exp=0)
    yield "nbf future", scene.with_claims(nbf=now + 3600)
    yield "nbf after exp", scene.with_claims(nbf=now + 30, exp=now + 10)
    yield "iat future", scene.with_claims(iat=now + 3600)
    yield "begins after the end of time", scene.with_claims(nbf=253402300800)
    for value in ("attacker", "", "TOKCTL", "tokctl ", "tokctl\0", ["tokctl"], None, 0, {"iss": "tokctl"}):
        yield f"iss {value!r}", scene.with_claims(iss=value)
    for value in (eve, bill.upper(), bill + " ", "", "' OR 1=1 --", "bill@example.com", [bill], None, 1, str(uuid.UUID(int=0))):
        yield f"sub {value!r}", scene.with_claims(sub=value)
    jti = scene.claims["jti"]
    for value in (jti.upper(), f"{{{jti}}}", jti.replace("-", ""), bill, str(uuid.UUID(int=0)), str(uuid.uuid4()), replaced, revoked,
                  web_session, "' OR '1'='1", "", [jti], None, 0, jti + "\0"):
        yield f"jti {value!r}", scene.with_claims(jti=value)
    for value in (0, None, [0], [["api"]], {"api": 1}, ["api", "api"], [""], ["api", None]):
        yield f"aud {value!r}", scene.with_claims(aud=value)
    for value in ("admin", [0], [None], ["a", "a"], {"a": 1}):
        yield f"roles {value!r}", scene.with_claims(roles=value)
    for name, text in {"nothing": b"", "array": b"[]", "text": b'"x"', "null": b"null", "brace": scene.payload[:-1],
                       "BOM": b"\xef\xbb\xbf" + scene.payload, "bad UTF-8": scene.payload[:-1] + b',"x":"\xc0\x80"}',
                       "half a surrogate": scene.payload[:-1] + b',"x":"\\ud800"}', "UTF-16": scene.payload.decode().encode("utf-16"),
                       "more behind": scene.payload + b"{}", "NUL behind": scene.payload + b"\0",
                       "deep": scene.payload[:-1] + b',"x":' + b"[" * 2500 + b"]" * 2500 + b"}",
                       "deep and open": b"[" * 6000, "sub twice": scene.payload[:-1] + b',"sub":"' + eve.encode() + b'"}',
                       "jti twice, nested": scene.payload[:-1] + b',"x":{"a":1,"a":2}}',
                       "sub twice, escaped": scene.payload[:-1] + b',"\\u0073ub":"' + eve.encode() + b'"}'}.items():
        yield f"claims: {name}", scene.signed(scene.header, text)


# ---- presenting it ------------------------------------------------------------------------------------------------

stranger = {alg: Key(alg, known=False) for alg in ALGORITHMS}
another = Key("EdDSA")  # known, of another type or at least another key than the scene's
store.ok("jwk", "retire", "--yes", "--", another.kid)
web = store.token(bill)
web_session = base64.b64decode(web).split(b":")[0].decode()
store.ok("jwk", "create", "--alg", "EdDSA")
revoked_token = store.ok("token", "issue", bill, "--type", "jwt").text.encode()
revoked = json.loads(unb64(revoked_token.split(b".")[1]))["jti"]
store.ok("token", "revoke", "-", "--yes", stdin=revoked_token)
replaced_token = store.ok("token", "issue", bill, "--type", "jwt", "--source", "tv").text.encode()
replaced = json.loads(unb64(replaced_token.split(b".")[1]))["jti"]
store.ok("token", "issue", bill, "--type", "jwt", "--source", "tv", "--single")
for key in json.loads(store.ok("jwk", "list", "-o", "json").text)["data"]:
    store.ok("jwk", "rotate", "--", key["kid"])

texts, json_texts, counts = set(), set(), {}


def present(what, text, *args):
    secrets = [text] if len(text) > 40 else []
    answer = store.run("token", "validate", *args, stdin=text)
    lib.refused(answer, 4, secrets, what)
    texts.add(answer.err)


def attack(alg):
    for signing in json.loads(store.ok("jwk", "list", "-o", "json").text)["data"]:
        if signing["state"] == "signing":
            store.ok("jwk", "retire", "--yes", "--", signing["kid"])
    scene = Scene(alg)
    lib.check(store.valid(scene.good.decode()), f"{alg}: a good token is refused")
    resigned = scene.signed(json.dumps(json.loads(scene.header), indent=1).encode(), json.dumps(scene.claims, indent=1).encode())
    lib.check(store.valid(resigned.decode()), f"{alg}: what we sign is refused, so that nothing is shown by all the rest")
    lib.check(store.valid(scene.with_claims(exp=int(time.time()) + 60, more={"a": [1, True, None]}).decode()), f"{alg}: other claims")

    forged = {**dict(of_header(scene, another)), **dict(of_shape(scene)), **dict(of_signature(scene))}
    bad = {**forged, **dict(of_claims(scene)), "revoked": revoked_token, "replaced": replaced_token}
    counts[alg] = len(bad)
    before = store.content()
    lib.at_once(2, lambda item: present(f"{alg}: {item[0]}", item[1], "-"), bad.items())
    for name in lib.chance.sample(sorted(bad), len(bad) if lib.FULL else 20):
        if b"\n" not in bad[name]:
            present(f"{alg}: header: {name}", b"Bearer " + bad[name] + b"\n", "--header")
        said = store.run("token", "validate", "-", "-o", "json", stdin=bad[name])
        lib.check(said.code == 4 and said.out == b'{"active":false}\n', f"{alg}: -o json: {name}", said)
        json_texts.add(said.err)
    for name, value in {"for another": ("--audience", "web"), "without the role": ("--role", "root")}.items():
        present(f"{alg}: {name}", scene.good, "-", *value)

    # In one process that remembers the good one, and with the public keys alone.
    lines = [text for text in bad.values() if b"\n" not in text]
    lib.chance.shuffle(lines)
    answer = store.run("token", "validate", "--batch", "-o", "jsonl",
                       stdin=b"".join(scene.good + b"\n" + text + b"\n" for text in lines))
    verdicts = answer.out.splitlines()
    lib.check(answer.code == 0 and len(verdicts) == 2 * len(lines), f"{alg}: --batch", answer)
    lib.check(all(b'"active":true' in verdict for verdict in verdicts[::2]), f"{alg}: --batch refuses the good one")
    lib.check(set(verdicts[1::2]) == {b'{"active":false}'}, f"{alg}: --batch accepts something, or says more than no")
    if not alg.startswith("HS"):
        jwks = os.path.join(store.folder, "set.jwks")
        store.ok("jwk", "export", "--to", jwks)
        store.ok("token", "validate", "-", "--offline", "--jwks", jwks, stdin=scene.good)
        for name in lib.chance.sample(sorted(forged), len(forged) if lib.FULL else 40):
            present(f"{alg}: offline: {name}", forged[name], "-", "--offline", "--jwks", jwks)

    # What no key of ours has signed can end no session either.
    for name in lib.chance.sample(sorted(forged), len(forged) if lib.FULL else 20):
        answer = store.run("token", "revoke", "-", "--yes", stdin=forged[name])
        lib.refused(answer, 4, [], f"{alg}: revoke: {name}")
    lib.check(store.content() == before, f"{alg}: a refused token changed the database")
    lib.check(store.valid(scene.good.decode()), f"{alg}: the good token is refused after all that")

    store.ok("jwk", "retire", "--yes", "--", scene.key.kid)
    present(f"{alg}: of a retired key", scene.good, "-")


for algorithm in ALGORITHMS:
    attack(algorithm)
lib.check(len(texts) == 1 and len(json_texts) == 1, f"the refusals differ: {texts | json_texts}")
store.sound("after all that")
lib.note(f"{sum(counts.values())} tokens over {len(counts)} algorithms: " + ", ".join(f"{alg} {n}" for alg, n in counts.items()))
lib.done(at_least=10000)
