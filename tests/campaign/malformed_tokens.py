"""Presents everything that is not a live token to `token validate` and `token revoke`: each is refused, all alike."""
import base64
import re
import time
import uuid

import lib

store = lib.Store()
alice = store.user("alice@example.com", "Alice", "correct horse battery")
bob = store.user("bob@example.com", "Bob")
carol = store.user("carol@example.com", "Carol")
dave = store.user("dave@example.com", "Dave")
good = store.token(alice)
second = store.token(alice)
others = store.token(bob)
revoked = store.token(alice)
expiring = store.token(alice, "--ttl", "1s")
disabled = store.token(carol)
deleted = store.token(dave)
store.ok("token", "revoke", "-", "--yes", stdin=revoked)
store.ok("user", "disable", carol)
store.ok("user", "delete", dave, "--yes")


def parts(token):
    session, _, inner = base64.b64decode(token).partition(b":")
    return session, base64.b64decode(inner)


session, secret = parts(good)
inner = base64.b64encode(secret)


def outer(text):
    return base64.b64encode(text)


def trailing(token, at=-1):
    """The same text of base64 with a bit set where the padding begins: it decodes to the same bytes."""
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    text = bytearray(token)
    last = len(text.rstrip(b"=")) + at
    text[last] = alphabet[alphabet.index(text[last]) | 1]
    return bytes(text)


token = good.encode()
lib.check(len(token) == 108 and parts(good)[0] == session, "a web token is not what it should be")
lib.check(trailing(inner) != inner and base64.b64decode(trailing(inner)) == secret, "trailing bits")

bad = {
    "empty": b"",
    "one character": b"x",
    "107 characters": token[:107],
    "109 characters": token + b"A",
    "the first half": token[:54],
    "twice": token + token,
    "64 KiB": (token * 700)[:65536],
    "64 KiB of A": b"A" * 65536,
    "108 of =": b"=" * 108,
    "108 of A": b"A" * 108,
    "white space before": b" " + token,
    "white space after": token + b" ",
    "a tab before": b"\t" + token,
    "white space inside": token[:50] + b" " + token[50:],
    "white space for a character": token[:50] + b" " + token[51:],
    "a carriage return after": token + b"\r",
    "a vertical tab after": token + b"\x0b",
    "NUL before": b"\0" + token,
    "NUL after": token + b"\0",
    "NUL inside": token[:50] + b"\0" + token[51:],
    "NUL and more after": token + b"\0garbage",
    "a byte-order mark": b"\xef\xbb\xbf" + token,
    "invalid UTF-8": token[:50] + b"\xff" + token[51:],
    "a full-width character": token[:50] + "Ａ".encode() + token[53:],
    "a high bit": bytes([token[0] | 0x80]) + token[1:],
    "broken alphabet !": token[:50] + b"!" + token[51:],
    "broken alphabet *": token[:107] + b"*",
    "url-safe -": token[:50] + b"-" + token[51:],
    "url-safe _": token[:50] + b"_" + token[51:],
    "outer padding =": token + b"=",
    "outer padding ==": token + b"==",
    "outer padding for the end": token[:106] + b"==",
    "outer padding inside": token[:54] + b"=" + token[55:],
    "inner padding missing": outer(session + b":" + inner.rstrip(b"=")),
    "inner padding doubled": outer(session + b":" + inner + b"="),
    "inner padding for the end": outer(session + b":" + inner[:42] + b"=="),
    "inner padding inside": outer(session + b":" + inner[:20] + b"=" + inner[21:]),
    "inner trailing bits": outer(session + b":" + trailing(inner)),
    "inner url-safe": outer(session + b":" + inner[:20] + b"-" + inner[21:]),
    "inner white space": outer(session + b":" + inner[:20] + b" " + inner[21:]),
    "inner NUL": outer(session + b":" + inner[:20] + b"\0" + inner[21:]),
    "inner newline at the end": outer(session + b":" + inner[:43] + b"\n"),
    "both layers url-safe": base64.urlsafe_b64encode(session + b":" + base64.urlsafe_b64encode(b"\xff" * 32)),
    "not encoded": session + b":" + inner,
    "not encoded inside": outer(session + b":" + secret),
    "encoded once more": base64.b64encode(token),
    "token part in hex": outer(session + b":" + secret.hex().encode()),
    "no colon": outer(session + b"-" + inner),
    "nothing between": outer(session + inner),
    "two colons": outer(session + b"::" + inner),
    "two colons, same length": outer(session + b"::" + inner[1:]),
    "a leading colon": outer(b":" + session + inner),
    "a leading colon, moved": outer(b":" + session[1:] + b":" + inner),
    "a trailing colon": outer(session + inner + b":"),
    "a trailing colon, moved": outer(session + b":" + inner[:43] + b":"),
    "a third part": outer(session + b":" + inner + b":" + inner),
    "only the colon": outer(b":"),
    "no SessionID": outer(b":" + inner),
    "no token part": outer(session + b":"),
    "a semicolon": outer(session + b";" + inner),
    "parts the other way round": outer(inner + b":" + session),
    "SessionID upper case": outer(session.upper() + b":" + inner),
    "SessionID in part upper case": outer(re.sub(rb"[a-f]", lambda found: found.group().upper(), session, count=1) + b":" + inner),
    "SessionID braced": outer(b"{" + session + b"}:" + inner),
    "SessionID braced, same length": outer(b"{" + session[1:35] + b"}:" + inner),
    "SessionID without hyphens": outer(session.replace(b"-", b"") + b":" + inner),
    "SessionID with hyphens elsewhere": outer(session[:7] + b"-" + session[7:8] + session[9:] + b":" + inner),
    "SessionID urn": outer(b"urn:uuid:" + session + b":" + inner),
    "SessionID nil": outer(str(uuid.UUID(int=0)).encode() + b":" + inner),
    "SessionID max": outer(str(uuid.UUID(int=(1 << 128) - 1)).encode() + b":" + inner),
    "SessionID that never was": outer(str(uuid.uuid4()).encode() + b":" + inner),
    "SessionID of SQL": outer(b"' OR '1'='1' -- " + b"x" * 20 + b":" + inner),
    "SessionID of percent": outer(b"%" * 36 + b":" + inner),
    "SessionID with NUL": outer(session[:35] + b"\0:" + inner),
    "SessionID with a letter beyond f": outer(b"g" + session[1:] + b":" + inner),
    "SessionID of the user": outer(alice.encode() + b":" + inner),
    "SessionID of another session": outer(parts(second)[0] + b":" + inner),
    "SessionID of another user": outer(parts(others)[0] + b":" + inner),
    "SessionID of the revoked session": outer(parts(revoked)[0] + b":" + inner),
    "token part of 31 bytes": outer(session + b":" + base64.b64encode(secret[:31])),
    "token part of 33 bytes": outer(session + b":" + base64.b64encode(secret + b"\0")),
    "token part of 33 bytes in 44 characters": outer(session + b":" + base64.b64encode(b"\0" + secret)),
    "token part empty": outer(session + b":" + base64.b64encode(b"")),
    "token part of zeros": outer(session + b":" + base64.b64encode(bytes(32))),
    "token part of ones": outer(session + b":" + base64.b64encode(b"\xff" * 32)),
    "token part reversed": outer(session + b":" + base64.b64encode(secret[::-1])),
    "token part of another session": outer(session + b":" + base64.b64encode(parts(second)[1])),
    "token part of another user": outer(session + b":" + base64.b64encode(parts(others)[1])),
    "revoked": revoked.encode(),
    "expired": expiring.encode(),
    "of a disabled user": disabled.encode(),
    "of a deleted user": deleted.encode(),
    "an API token's shape": b"tka_" + b"0" * 49,
    "a refresh token's shape": b"tkr_" + b"A" * 49,
    "a JWT's shape": b"eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.",
    "JSON": b'{"token":"' + token + b'"}',
    "quoted": b'"' + token + b'"',
    "a header": b"Basic " + token,
    "a line before": b"\n" + token,
    "an escape sequence": b"\x1b[31m" + token,
    "an email": b"alice@example.com",
    "a PublicID": alice.encode(),
}
for bit in range(8):
    at = lib.chance.randrange(32)
    bad[f"bit {bit} of byte {at} flipped"] = outer(
        session + b":" + base64.b64encode(secret[:at] + bytes([secret[at] ^ 1 << bit]) + secret[at + 1:]))

# kit's derivation for a session of ours. Its inputs are in the database, but for the hash, which nobody has: what an
# attacker would take for it.
public_id, private_id, email, tag = store.query(
    "SELECT public_id, private_id, email, password_tag FROM users WHERE public_id = ?", alice)[0]
for name, password_hash in {"nothing": b"", "the tag": tag.encode(), "the tag's bytes": bytes.fromhex(tag),
                            "the password": b"correct horse battery"}.items():
    bad[f"kit's token over {name}"] = lib.web_token(
        session, lib.kit_derivation(password_hash, public_id, private_id, email)).encode()

headers = {
    "nothing": b"",
    "the scheme alone": b"Basic",
    "the scheme and a space": b"Basic ",
    "the name alone": b"Authorization:",
    "the token alone": token,
    "another name": b"Proxy-Authorization: Basic " + token,
    "Bearer": b"Bearer " + token,
    "Bearer for Basic": b"Authorization: Bearer " + token,
    "Digest": b"Digest " + token,
    "no scheme": b"Authorization: " + token,
    "no space": b"Basic" + token,
    "two spaces": b"Basic  " + token,
    "a tab": b"Basic\t" + token,
    "a space before": b" Basic " + token,
    "a space after": b"Basic " + token + b" ",
    "two spaces after the name": b"Authorization:  Basic " + token,
    "a space before the colon": b"Authorization : Basic " + token,
    "doubled scheme": b"Basic Basic " + token,
    "doubled name": b"Authorization: Authorization: Basic " + token,
    "doubled value": b"Basic " + token + b" " + token,
    "a list": b"Basic " + token + b", Basic " + token,
    "a list of two schemes": b"Bearer x, Basic " + token,
    "a list of two tokens": b"Basic " + token + b"," + token,
    "a parameter": b"Basic " + token + b"; charset=utf-8",
    "quoted": b'Basic "' + token + b'"',
    "equals": b"Basic=" + token,
    "a colon": b"Basic: " + token,
    "folded": b"Basic\r\n " + token,
    "a carriage return": b"Basic " + token + b"\r",
    "NUL after": b"Basic " + token + b"\0",
    "another token": b"Basic " + outer(session + b":" + base64.b64encode(bytes(32))),
    "revoked": b"Basic " + revoked.encode(),
    "64 KiB": b"Basic " + b"A" * 65536,
    "RFC 7617": b"Basic " + outer(b"alice@example.com:correct horse battery"),
}
# The same that must pass, or all the refusals mean nothing.
fine = {
    "Basic": b"Basic " + token,
    "a lower-case scheme": b"basic " + token,
    "an upper-case scheme": b"BASIC " + token,
    "the whole header": b"Authorization: Basic " + token,
    "a lower-case name": b"authorization: Basic " + token,
    "no space after the name": b"Authorization:Basic " + token,
}

time.sleep(1.1)  # until the short-lived one has expired
for name, text in {"": token, " with a newline": token + b"\n"}.items():
    for dash in ([], ["-"]):
        answer = store.run("token", "validate", *dash, stdin=text)
        lib.check(answer.code == 0, f"a good token{name} is refused", answer)
for name, text in fine.items():
    answer = store.run("token", "validate", "--header", "-", stdin=text + b"\n")
    lib.check(answer.code == 0, f"a good header is refused: {name}", answer)

before = store.content()
texts = set()


def presented(what, text, args, secrets):
    answer = store.run("token", "validate", *args, stdin=text)
    lib.refused(answer, 4, secrets, what)
    texts.add(answer.err)


def secrets_of(text):
    return [text] if len(text) > 20 else []


for name, text in bad.items():
    for how, args in {"": ["-"], ", no argument": []}.items():
        presented(f"{name}{how}", text, args, secrets_of(text))
    if not text.startswith(b"\n"):
        presented(f"{name}, with a newline", text + b"\n", ["-"], secrets_of(text))
for name, text in headers.items():
    presented(f"header: {name}", text + b"\n", ["--header", "-"], secrets_of(text))
lib.check(len(texts) == 1, f"the refusals differ: {texts}")

# -o json: the verdict on standard output, and nothing that tells one refusal from another.
said = set()
for name in lib.chance.sample(sorted(bad), len(bad) if lib.FULL else 20):
    answer = store.run("token", "validate", "-", "-o", "json", stdin=bad[name])
    lib.decent(answer, secrets_of(bad[name]))
    lib.check(answer.code == 4 and answer.json == {"active": False}, f"{name}: -o json", answer)
    said.add((answer.out, answer.err))
lib.check(len(said) == 1, f"the refusals differ with -o json: {said}")

# --batch: a line out for a line in, in order, whatever the verdicts.
lines = [text for text in bad.values() if b"\n" not in text]
lines += [token]
lib.chance.shuffle(lines)
answer = store.run("token", "validate", "--batch", "-o", "jsonl", stdin=b"\n".join(lines) + b"\n")
lib.check(answer.code == 0 and answer.err == b"", "--batch", answer)
verdicts = answer.out.split(b"\n")
lib.check(verdicts.pop() == b"" and len(verdicts) == len(lines), f"--batch: {len(verdicts)} lines for {len(lines)}")
for text, verdict in zip(lines, verdicts):
    if text == token:
        lib.check(b'"active":true' in verdict.replace(b" ", b""), "--batch refuses a good token", answer)
    else:
        lib.check(verdict == b'{"active":false}', f"--batch: {lib.short(text)} gives {lib.short(verdict)}")
lib.check(all(text not in answer.out for text in lines if len(text) > 40), "--batch echoes a token", answer)

# A token that is not one cannot be revoked either, and that too reads the same for all.
texts.clear()
for name, text in bad.items():
    if name in ("revoked", "expired", "of a disabled user", "of a deleted user"):
        continue  # genuine
    answer = store.run("token", "revoke", "-", "--yes", stdin=text)
    lib.refused(answer, 4, secrets_of(text), f"revoke: {name}")
    texts.add(answer.err)
lib.check(len(texts) == 1, f"the refusals to revoke differ: {texts}")

lib.check(store.content() == before, "a refused token changed the database")
lib.check(store.valid(good), "the good token is refused after all that")
store.sound("after all that")
lib.note(f"{len(bad)} tokens and {len(headers)} headers, each refused")
lib.done(at_least=1000)
