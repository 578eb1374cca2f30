"""Grants at rest: nothing of them is to be read in the database, its log or a backup; no value opens anywhere but where
it was sealed; and sealing them all under another root key loses none, wherever it is killed."""
import base64
import json
import os
import signal
import string
import time

import lib

GRANTS = lib.rounds(20000)
KILLS = lib.rounds(100)
PLANTED = 200


def secret():
    return "".join(lib.chance.choices(string.ascii_letters + string.digits, k=40))


store = lib.Store()
client_secret = secret()
store.ok("oauth", "provider", "add", "p", "--client-id", "c", "--client-secret-stdin", "--token-url",
         "http://127.0.0.1:1/token", stdin=client_secret)
tokens = {f"account{number}": (secret(), secret()) for number in range(GRANTS)}


def save(account):
    access, refresh = tokens[account]
    store.ok("oauth", "save", account, "--provider", "p",
             stdin=json.dumps({"access_token": access, "refresh_token": refresh, "expires_in": 3600 * 24 * 365}))


# As long as somebody has the database open, its write-ahead log stays.
reader = store.open()
reader.execute("SELECT count(*) FROM oauth_providers").fetchall()
lib.at_once(4, save, tokens)


def get(account):
    return store.run("oauth", "get", account, "--provider", "p", "-o", "raw")


# ---- nothing is to be read ----------------------------------------------------------------------------------------


def spellings(text):
    """The text as it is, in hex, and in base64 wherever it may begin in what is encoded."""
    raw = text.encode()
    yield raw
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    for before in range(3):
        whole = base64.b64encode(b"x" * before + raw)
        yield whole[(before * 8 + 5) // 6:len(whole) - 4]


def look(where, content):
    planted = [client_secret, *(each for pair in list(tokens.values())[:PLANTED // 2] for each in pair)]
    for each in planted:
        for spelling in spellings(each):
            lib.check(spelling not in content, f"{where} has a secret in it")


backup = os.path.join(store.folder, "backup.db")
store.ok("db", "backup", backup)
looked_at = [name for name in sorted(os.listdir(store.folder)) if name.startswith(("tokctl.db", "backup"))]
lib.check({"tokctl.db", "tokctl.db-wal", "backup.db"} <= set(looked_at), f"only {looked_at}")
for name in looked_at:
    with open(os.path.join(store.folder, name), "rb") as file:
        content = file.read()
    lib.check(name.endswith("-shm") or len(content) > 4096, f"{name} is empty")
    look(name, content)
reader.close()
look("the audit log", store.ok("audit", "list", "--limit", str(10 * GRANTS), "-o", "jsonl").out)

# ---- nothing opens elsewhere --------------------------------------------------------------------------------------

connection = store.open()
rows = connection.execute("SELECT account, access_token, refresh_token FROM oauth_grants").fetchall()
swaps = lib.rounds(1000)
for number in range(swaps + swaps // 5):
    (mine, own, refresh), (other, foreign, foreign_refresh) = lib.chance.sample(rows, 2)
    moved, damaged = (foreign, foreign_refresh, refresh), (own[:-5] + b"AAAA=", own[12:], b"", b"x" * len(own))
    value = lib.chance.choice(moved if number < swaps else damaged)
    connection.execute("UPDATE oauth_grants SET access_token = ? WHERE account = ?", (value.decode(), mine.decode()))
    lib.refused(get(mine.decode()), 10, [tokens[mine.decode()][0].encode(), tokens[other.decode()][0].encode()])
    connection.execute("UPDATE oauth_grants SET access_token = ? WHERE account = ?", (own.decode(), mine.decode()))
connection.close()
lib.check(get("account0").text == tokens["account0"][0], "the right value does not open any more")

# ---- another root key, killed on the way --------------------------------------------------------------------------


def active():
    return store.ok("db", "status", "-o", "json").json["active_root_key"]


kills = 0
while kills < KILLS:
    old = active()
    new = store.ok("init", "--new-root-key", "-o", "json").json["root_key"]
    store.ok("init", "--activate", new)
    lib.refused(store.run("init", "--retire", old, "--yes"), 6)
    left = store.ok("db", "rekey", "--dry-run", "-o", "json").json["values"]
    lib.check(left == 2 * GRANTS + 1, f"{left} values to be sealed anew, not {2 * GRANTS + 1}")
    patience = 0.05
    while True:
        process = store.start("db", "rekey", "-o", "json")
        time.sleep(lib.chance.uniform(0, patience))
        process.send_signal(signal.SIGKILL)
        out, err = process.communicate()
        if process.returncode == 0:
            break
        kills += 1
        patience *= 1.1  # so that it comes to an end, in the end
        # It goes on where it was, and everything opens meanwhile.
        now = store.ok("db", "rekey", "--dry-run", "-o", "json").json["values"]
        lib.check(now <= left, f"{now} are left, more than {left}")
        left = now
        account = lib.chance.choice(list(tokens))
        lib.check(get(account).text == tokens[account][0], f"{account} is lost")
        if left == 0:
            break
    lib.check(store.ok("db", "rekey", "-o", "json").json["values"] == 0, "something was left")
    store.ok("init", "--retire", old, "--yes")

for account in lib.chance.sample(list(tokens), min(GRANTS, 200)):
    lib.check(get(account).text == tokens[account][0], f"{account} is lost")
lib.note(f"{kills} kills, {GRANTS} grants")
store.sound("after all")
lib.done(at_least=500)
