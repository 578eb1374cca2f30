#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# What mongoexport made of kit's collections, in both of its spellings, and kit's tokens as kit derived them.
python3 - <<'PY'
import base64, hashlib, hmac, json, uuid

def token(user, session_id):
    salt = f'{user["public_id"]}:{user["private_id"]}:{user["email"]}'.encode()
    hashed = user["password"].encode()
    key = hashlib.scrypt(hashed, salt=salt, n=16384, r=8, p=1, dklen=32, maxmem=1 << 26)
    inner = base64.b64encode(hmac.new(key, hashed, hashlib.sha256).digest()).decode()
    return base64.b64encode(f"{session_id}:{inner}".encode()).decode()

def name_of(number):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, str(number)))

users, sessions, tokens = [], [], []
# The second password is "correct horse battery", the third "pässwörd 長い", each behind the PrivateID below.
private_id = "0b1f5a3e-7d1c-4c55-9a53-2f1f0f6f4d11"
for number, (email, password) in enumerate([
    ("bill@ardanlabs.com", "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"),
    ("Ada.Lovelace@Example.COM", "$2a$04$abcdefghijklmnopqrstuuT4SjQDOQlS9hUg4lJmSrUlXKJQGU.oG"),
    ("zoë@example.com", "$2a$04$zyxwvutsrqponmlkjihgfez9fDIFzJl74GbGoe7cF477u/hashwmG"),
]):
    user = {
        "_id": {"$oid": f"{number:024x}"}, "public_id": name_of(number), "private_id": private_id, "status": 1,
        "full_name": "Zoë, \"Z\" 王小明", "email": email, "password": password, "is_deleted": False,
        "date_modified": {"$date": "2015-11-20T15:04:05.123Z"}, "date_created": {"$date": "2015-11-20T10:04:05.123-0500"},
    }
    users.append(user)
    for more in range(3):
        session_id = name_of(f"session {number} {more}")
        expires = {"$date": "2015-11-21T15:04:05Z"} if more == 2 else {"$date": {"$numberLong": "4102444800000"}}
        sessions.append({"_id": {"$oid": f"{more:024x}"}, "session_id": session_id, "public_id": user["public_id"],
                         "date_expires": expires, "date_created": {"$date": 1448031845123}})
        tokens.append((token(user, session_id), more != 2))
disabled = dict(users[0], public_id=name_of("disabled"), email="off@example.com", status={"$numberInt": "2"})
deleted = dict(users[0], public_id=name_of("deleted"), email="gone@example.com", is_deleted=True)
users += [disabled, deleted]
for owner in (disabled, deleted):
    session = dict(sessions[0], session_id=name_of("of " + owner["email"]), public_id=owner["public_id"])
    sessions.append(session)
    tokens.append((token(owner, session["session_id"]), False))
with open("users.json", "w") as file:
    file.writelines(json.dumps(user) + "\n" for user in users)
with open("users-array.json", "w") as file:
    json.dump(users, file, indent=2, ensure_ascii=False)
with open("sessions.json", "w") as file:
    file.write("[" + ",\n".join(map(json.dumps, sessions)) + "]\n")
with open("tokens", "w") as file:
    file.writelines(text + "\n" for text, _ in tokens)
with open("verdicts", "w") as file:
    file.writelines(f"{str(good).lower()}\n" for _, good in tokens)
PY

check_tokens() {
  expect_exit 0 tokctl token validate --batch -o jsonl <tokens
  expect_equal "$(out | jq -r .active)" "$(<verdicts)"
}

it "takes kit's users and sessions over"
expect_exit 0 tokctl user import --format kit users.json --sessions sessions.json --dry-run -o json
expect_json '"\(.created) \(.sessions) \(.sessions_skipped) \(.failed)"' '5 7 4 0'
expect_exit 0 tokctl user import --format kit users.json --sessions sessions.json -o json
expect_json '"\(.created) \(.sessions) \(.sessions_skipped) \(.failed)"' '5 7 4 0'
expect_exit 0 tokctl user get bill@ardanlabs.com -o json
expect_json '.name, .created_at' $'Zoë, "Z" 王小明\n2015-11-20T15:04:05Z'
expect_exit 0 tokctl audit verify
expect_exit 0 tokctl db check

it "validates kit's web tokens"
check_tokens

it "lets kit's users log in, after which their tokens still hold"
expect_exit 0 tokctl user login ada.lovelace@example.com --password-stdin <<<'correct horse battery'
expect_exit 4 tokctl user login ada.lovelace@example.com --password-stdin <<<'correct horse batterY'
expect_exit 0 tokctl user login zoë@example.com --password-stdin <<<'pässwörd 長い'
check_tokens

it "ends a user's tokens with its password"
expect_exit 0 tokctl user passwd ada.lovelace@example.com --password-stdin <<<'another password'
sed -i '4,5s/true/false/' verdicts
check_tokens

it "finds everything there when run again"
expect_exit 0 tokctl user import --format kit users-array.json --if-not-exists -o json
expect_json '"\(.created) \(.skipped)"' '0 5'
expect_exit 11 tokctl user import --format kit users-array.json --sessions sessions.json
expect_err_line 'line 2: user bill@ardanlabs.com already exists [user.exists]'
expect_err_match '^sessions line 1: session [0-9a-f-]* already exists \[session.exists\]$'

it "lets an imported session be revoked"
first=$(head -n 1 tokens)
expect_exit 0 tokctl token revoke - --yes <<<"$first"
sed -i '1s/true/false/' verdicts
check_tokens

it "forgets nothing of kit's between users and their sessions, and all of it later"
TOKCTL_DB=$(new_database another)
export TOKCTL_DB
tokctl init -q >/dev/null
expect_exit 0 tokctl user import --format kit users.json -o json
expect_json '.created' 5
expect_exit 0 tokctl gc -o json
expect_json '.kit_users' 0
expect_exit 0 tokctl user import --format kit users.json --if-not-exists --sessions sessions.json -o json
expect_json '"\(.skipped) \(.sessions) \(.failed)"' '5 7 0'
TOKCTL_TEST_NOW=32503680000 expect_exit 0 clocked gc -o json  # the year 3000
expect_json '"\(.kit_users) \(.sessions)"' '5 7'
