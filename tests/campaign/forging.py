"""An attacker has the database, and may write it, but not the root key: he forges nothing and opens nothing.

Every derivation that he may try is written down here a second time. That it is the right one is shown first, with the
root key: then it does make tokens that pass.
"""
import base64
import hashlib
import itertools
import os
import uuid

import lib

ROUNDS = lib.rounds(1000)

store = lib.Store()
PASSWORDS = {"alice@example.com": "correct horse battery", "bob@example.com": "staple the second",
             "carol@example.com": "another one of hers"}
ids = {email: store.user(email, "Somebody", password) for email, password in PASSWORDS.items()}
tokens = {email: store.token(email) for email in PASSWORDS}
key_id, root = lib.root_key(store.key_file)

other = lib.Store()  # another install, whose key the attacker owns
other.user("mallory@example.com", "Mallory", "mallory's own password")
other_id, other_root = lib.root_key(other.key_file)


def rows(where):
    """All that a token derives from, as the database has it."""
    names = ("session_id", "public_id", "private_id", "email", "tag", "hash", "scheme", "key_id")
    found = where.query(
        "SELECT s.session_id, u.public_id, u.private_id, u.email, u.password_tag, u.password_hash, s.scheme,"
        " s.root_key_id FROM sessions s JOIN users u ON u.public_id = s.public_id ORDER BY s.session_id")
    return [dict(zip(names, row)) for row in found]


def message(row):
    return lib.web_message(row["session_id"], row["public_id"], row["private_id"], row["email"], row["tag"])


def split(token):
    session_id, _, inner = base64.b64decode(token).partition(b":")
    return session_id.decode(), base64.b64decode(inner)


def judge(where, presented):
    """How many of these tokens pass."""
    answer = where.run("token", "validate", "--batch", "-o", "jsonl", stdin="\n".join(presented) + "\n")
    lines = answer.out.decode().splitlines()
    if not lib.check(answer.code == 0 and len(lines) == len(presented), "--batch did not judge every line", answer):
        return None
    return sum(line != '{"active":false}' for line in lines)


# ---- with the root key, the derivation written here is the program's own ------------------------------------------

everything = rows(store)
lib.check(len(everything) == 3, "three sessions were expected")
for row in everything:
    genuine = lib.mac(lib.subkey(root, b"web-token"), message(row))
    lib.check(lib.web_token(row["session_id"], genuine) == tokens[row["email"]], "the derivation is not the program's")
lib.check(judge(store, list(tokens.values())) == 3, "genuine tokens are refused")
stored = open(store.db, "rb").read()
for form in (root, root.hex().encode(), base64.b64encode(root)):
    lib.check(form not in stored, "the root key is in the database")

# ---- without it, by any guess ---------------------------------------------------------------------------------------

texts = sorted({str(value) for table in ("users", "sessions", "root_keys", "events", "event_head", "schema_version")
                for row in store.query(f"SELECT * FROM {table}") for value in row})
bytes_ = [text.encode() for text in texts]
for text in texts:
    for decode in (bytes.fromhex, lambda t: base64.b64decode(t, validate=True), lambda t: uuid.UUID(t).bytes):
        try:
            bytes_.append(decode(text))
        except ValueError:
            pass
guesses = {  # root keys and subkeys that somebody may hope for
    b"": "nothing", bytes(32): "zeros", b"\xff" * 32: "ones", bytes(range(32)): "the documented key",
    other_root: "another install's", hashlib.sha256(stored).digest(): "the whole database",
    b"tokctl": "the name", b"tokctl/v1/web-token": "the purpose", b"tokctl-web-token-v1": "the label",
}
for value in bytes_:
    guesses[value] = "a value of the database"
    guesses[hashlib.sha256(value).digest()] = "the hash of a value of the database"
purposes = (b"web-token", b"lookup", b"refresh", b"seal", b"cache", b"audit", b"throttle", b"key-id")


def v1_guesses():
    """Tokens made like ours, under keys that are not."""
    for key in guesses:
        for row in everything:
            yield row, lib.mac(key, message(row))
            for purpose in purposes:
                yield row, lib.mac(lib.subkey(key, purpose), message(row))
            yield row, lib.mac(lib.hkdf(key, b"tokctl/v1/web-token", salt=key), message(row))
            yield row, lib.hkdf(key, message(row))


def plain_guesses():
    """Tokens of no key at all."""
    for row in everything:
        whole = message(row)
        fields = [row[name].encode() for name in ("session_id", "public_id", "private_id", "email", "tag")]
        for candidate in (whole, b"".join(fields), b":".join(fields), *fields):
            yield row, hashlib.sha256(candidate).digest()
            for field in fields:
                yield row, lib.mac(field, candidate)
        yield row, bytes.fromhex(row["tag"])
        yield row, bytes(32)
        yield row, os.urandom(32)


def kit_guesses():
    """Tokens by kit's algorithm, which needs nothing that the database does not have but the password's hash."""
    for row in everything:
        password = PASSWORDS[row["email"]].encode()
        for secret in (b"", row["tag"].encode(), bytes.fromhex(row["tag"]), row["hash"].encode(),
                       base64.b64decode(row["hash"]), password, row["private_id"].encode() + password):
            for email in (row["email"], row["email"].upper()):
                yield row, lib.kit_derivation(secret, row["public_id"], row["private_id"], email)


forged = [lib.web_token(row["session_id"], token) for row, token in itertools.chain(plain_guesses(), kit_guesses())]
by_key = [lib.web_token(row["session_id"], token) for row, token in v1_guesses()]
lib.check(len(by_key) > 1000, "too few guesses")
forged += by_key
while len(forged) < ROUNDS:
    forged.append(lib.web_token(lib.chance.choice(everything)["session_id"], os.urandom(32)))
lib.check(len(set(forged)) > ROUNDS, f"only {len(set(forged))} different forgeries")
passed = judge(store, forged)
lib.check(passed == 0, f"{passed} of {len(forged)} forged tokens pass")
lib.note(f"{len(forged)} forged tokens, {passed} pass")

# The one token part that passes is the genuine one, in no other session.
for (email, token), (_, elsewhere) in itertools.permutations(tokens.items(), 2):
    lib.check(judge(store, [lib.web_token(split(elsewhere)[0], split(token)[1])]) == 0,
              f"the token part of {email} passes in another's session")
again = store.token("alice@example.com")
lib.check(judge(store, [lib.web_token(split(again)[0], split(tokens["alice@example.com"])[1]),
                        lib.web_token(split(tokens["alice@example.com"])[0], split(again)[1])]) == 0,
          "the token parts of two sessions of one user can be swapped")

# The same database under the attacker's own key file is no use to him either.
answer = store.run("token", "validate", "-", stdin=tokens["alice@example.com"],
                   env={"TOKCTL_KEY_FILE": other.key_file})
lib.refused(answer, 10, what="another install's key file")

# ---- writing the database: any change to what a token is bound to kills it -----------------------------------------

alice, bob = ids["alice@example.com"], ids["bob@example.com"]
row = next(row for row in everything if row["public_id"] == alice)
new_id = str(uuid.uuid4())
changes = {
    "PublicID": [("UPDATE users SET public_id = ? WHERE public_id = ?", new_id, alice),
                 ("UPDATE sessions SET public_id = ? WHERE public_id = ?", new_id, alice)],
    "PrivateID": [("UPDATE users SET private_id = ? WHERE public_id = ?", new_id, alice)],
    "email": [("UPDATE users SET email = 'x@example.com', live_email = 'x@example.com' WHERE public_id = ?", alice)],
    "the email's domain": [("UPDATE users SET email = 'alice@example.org' WHERE public_id = ?", alice)],
    "SessionID": [("UPDATE sessions SET session_id = ? WHERE session_id = ?", new_id, row["session_id"])],
    "the password's tag": [("UPDATE users SET password_tag = ? WHERE public_id = ?", "00" * 32, alice)],
    "one digit of the tag": [("UPDATE users SET password_tag = ? WHERE public_id = ?",
                              row["tag"][:-1] + format(int(row["tag"][-1], 16) ^ 1, "x"), alice)],
    "the owner": [("UPDATE sessions SET public_id = ? WHERE session_id = ?", bob, row["session_id"])],
    "the scheme": [("UPDATE sessions SET scheme = 'kit' WHERE session_id = ?", row["session_id"])],
    "the kind": [("UPDATE sessions SET kind = 'jwt' WHERE session_id = ?", row["session_id"])],
}
for what, statements in changes.items():
    copy = store.copy()
    lib.check(copy.valid(tokens["alice@example.com"]), "the copy refuses a genuine token")
    writer = copy.open()
    for sql, *values in statements:
        lib.check(writer.execute(sql, values).rowcount > 0, f"{what}: nothing was changed")
    writer.close()
    presented = [tokens["alice@example.com"]]
    if what == "SessionID":
        presented.append(lib.web_token(new_id, split(tokens["alice@example.com"])[1]))
    for token in presented:
        lib.refused(copy.run("token", "validate", "-", stdin=token), 4, [token.encode()], f"{what} was changed")

# Through the program: a new password and a new email end the tokens too.
for what, command in {"passwd": ["user", "passwd", alice, "--password-stdin"],
                      "update": ["user", "update", alice, "--email", "alice2@example.com"]}.items():
    copy = store.copy()
    copy.ok(*command, stdin="a new password here")
    lib.refused(copy.run("token", "validate", "-", stdin=tokens["alice@example.com"]), 4, what=what)

# ---- writing the database: values that are recognised as out of place ----------------------------------------------

UNKNOWN_KEY = {10, 4}
for what, statement in {
    "a key nobody has": ("UPDATE sessions SET root_key_id = ?", "0123456789abcdef"),
    "another install's key": ("UPDATE sessions SET root_key_id = ?", other_id),
    "a key of nothing": ("UPDATE sessions SET root_key_id = ?", ""),
    "a scheme nobody knows": ("UPDATE sessions SET scheme = ?", "none"),
    "a tag that is none": ("UPDATE users SET password_tag = ?", ""),
    "a kind nobody knows": ("UPDATE sessions SET kind = ?", "x"),
}.items():
    copy = store.copy()
    writer = copy.open()
    writer.execute(statement[0], statement[1:])
    writer.close()
    made = [lib.mac(key, message(row)) for key in (b"", bytes(32), other_root)]
    made += [lib.mac(lib.subkey(key, b"web-token"), message(row)) for key in (b"", bytes(32), other_root)]
    for token in [tokens["alice@example.com"], *(lib.web_token(row["session_id"], part) for part in made)]:
        lib.refused(copy.run("token", "validate", "-", stdin=token), UNKNOWN_KEY, [token.encode()], what)

# Registering the other install's key as this database's active one does not make it one.
copy = store.copy()
writer = copy.open()
writer.execute("UPDATE root_keys SET id = ?", (other_id,))
writer.close()
lib.refused(copy.run("token", "issue", alice), 10, what="the active key was replaced")

# ---- sealed values open only where they were written ---------------------------------------------------------------

sealed = {public_id: value for public_id, value in store.query("SELECT public_id, password_hash FROM users")}
foreign = other.query("SELECT password_hash FROM users")[0][0]
attack = "the attacker's password"
theirs = store.copy()
mallory = theirs.user("mallory@example.com", "Mallory", attack)
planted = theirs.query("SELECT password_hash FROM users WHERE public_id = ?", mallory)[0][0]


def login(where, email, password):
    return where.run("user", "login", email, "--password-stdin", stdin=password)


lib.check(login(theirs, "alice@example.com", PASSWORDS["alice@example.com"]).code == 0, "alice cannot log in")
lib.check(login(theirs, "mallory@example.com", attack).code == 0, "mallory cannot log in")

damaged = bytearray(base64.b64decode(sealed[alice]))
flips = {}
for at in (0, 1, 8, 9, 40, 41, 52, 53, len(damaged) - 17, len(damaged) - 16, len(damaged) - 1):
    flipped = bytearray(damaged)
    flipped[at] ^= 1
    flips[f"byte {at} flipped"] = base64.b64encode(flipped).decode()
plants = {
    "bob's": (sealed[bob], PASSWORDS["bob@example.com"]),
    "mallory's": (planted, attack),
    "another install's": (foreign, "mallory's own password"),
    "cut short": (base64.b64encode(damaged[:-1]).decode(), attack),
    "only a header": (base64.b64encode(damaged[:53]).decode(), attack),
    "empty": ("", ""),
    "not base64": ("%", attack),
    "a bcrypt string in clear": ("$2b$04$abcdefghijklmnopqrstuuIVCbjHkOtAL8rhXpDKtOKUNdVZLbDi6", attack),
    "an Argon2 string in clear": ("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$4ZPPkzLzPpDGs9xRGzC3OYIhP4XgVWRwsy9ALeZbzsY", attack),
    "the password in clear": (attack, attack),
    **{what: (value, PASSWORDS["alice@example.com"]) for what, value in flips.items()},
}
for what, (value, password) in plants.items():
    for scheme in ("v1", "bcrypt", "argon2", "kit", "none") if what in ("mallory's", "empty") else ("v1",):
        copy = theirs.copy()
        writer = copy.open()
        writer.execute("UPDATE users SET password_hash = ?, password_scheme = ? WHERE public_id = ?",
                       (value, scheme, alice))
        writer.close()
        answer = login(copy, "alice@example.com", password or attack)
        lib.refused(answer, {4, 10}, [(password or attack).encode()], f"login by a hash that was {what}, {scheme}")
        if what != "empty":
            answer = copy.run("db", "check")
            lib.check(answer.code == 10, f"`db check` passes over a hash that was {what}", answer)

# Two rows swapped, both ways at once.
copy = theirs.copy()
writer = copy.open()
writer.execute("UPDATE users SET password_hash = ? WHERE public_id = ?", (sealed[bob], alice))
writer.execute("UPDATE users SET password_hash = ? WHERE public_id = ?", (sealed[alice], bob))
writer.close()
for email in ("alice@example.com", "bob@example.com"):
    for password in PASSWORDS.values():
        lib.refused(login(copy, email, password), {4, 6, 10}, what="two hashes swapped")

# Into another column of the same row: kit's hash decides what a session of scheme kit takes for its token.
copy = theirs.copy()
writer = copy.open()
writer.execute("UPDATE users SET kit_hash = password_hash, kit_email = password_hash WHERE public_id = ?", (alice,))
writer.execute("UPDATE sessions SET scheme = 'kit' WHERE public_id = ?", (alice,))
writer.close()
for part in (lib.kit_derivation(sealed[alice].encode(), alice, row["private_id"], row["email"]),
             lib.kit_derivation(b"", alice, row["private_id"], row["email"]), split(tokens["alice@example.com"])[1]):
    lib.refused(copy.run("token", "validate", "-", stdin=lib.web_token(row["session_id"], part)), {4, 10},
                what="a sealed value in another column")

# ---- writing the audit log -----------------------------------------------------------------------------------------

events = store.query("SELECT MAX(seq) FROM events")[0][0]
middle = events // 2
for what, sql in {
    "a type": f"UPDATE events SET type = 'user.created' WHERE seq = {events}",
    "an actor": f"UPDATE events SET actor = 'cli:mallory' WHERE seq = {middle}",
    "a time": f"UPDATE events SET occurred_at = occurred_at + 1 WHERE seq = {middle}",
    "a user": f"UPDATE events SET public_id = '{bob}' WHERE seq = {middle}",
    "a subject": f"UPDATE events SET subject = 'x' WHERE seq = {middle}",
    "a detail": f"UPDATE events SET detail = '{{ }}' WHERE seq = {middle}",
    "a mac": f"UPDATE events SET mac = '{'0' * 64}' WHERE seq = {middle}",
    "a key id": f"UPDATE events SET root_key_id = '{other_id}' WHERE seq = {middle}",
    "the first gone": "DELETE FROM events WHERE seq = 1",
    "one gone": f"DELETE FROM events WHERE seq = {middle}",
    "the last gone": f"DELETE FROM events WHERE seq = {events}",
    "all gone": "DELETE FROM events",
    "one too many": f"INSERT INTO events SELECT {events + 1}, occurred_at, type, actor, public_id, subject, detail,"
                    f" root_key_id, mac FROM events WHERE seq = {events}",
    "two swapped": f"UPDATE events SET seq = CASE seq WHEN {middle} THEN -1 ELSE seq END",
    "the head's mac": f"UPDATE event_head SET mac = '{'0' * 64}'",
    "the head's seq": "UPDATE event_head SET seq = seq - 1",
    "the head gone": "DELETE FROM event_head",
    "an anchor": "UPDATE event_head SET anchor_seq = 1, anchor_mac = (SELECT mac FROM events WHERE seq = 1)",
}.items():
    copy = store.copy()
    writer = copy.open()
    lib.check(writer.execute(sql).rowcount > 0, f"{what}: nothing was changed")
    writer.close()
    lib.refused(copy.run("audit", "verify"), 10, what=f"the audit log was changed: {what}")
# Cutting the end off together with the head leaves a chain that holds; who noted its end sees it.
copy = store.copy()
writer = copy.open()
writer.execute(f"DELETE FROM events WHERE seq > {middle}")
writer.execute("UPDATE event_head SET seq = ?, mac = (SELECT mac FROM events WHERE seq = ?)", (middle, middle))
writer.close()
noted = "{}:{}".format(*store.query("SELECT seq, mac FROM event_head")[0])
lib.refused(copy.run("audit", "verify", "--expect", noted), 10, what="the end of the audit log was cut off")
lib.check(store.run("audit", "verify", "--expect", noted).code == 0, "the noted end of the whole log is not in it")

lib.check(judge(store, list(tokens.values())) == 3, "genuine tokens are refused after all that")
store.sound("after all that")
lib.done(at_least=300)
