"""Thirty-two processes at once: of as many logins with --single one session lives, one verification is spent once, a
short code is tried five times, and all who retry with a refresh token get the same successor. One that is replayed ends
its family: for who asks the database at once, within a second for who remembers, in memory or in Redis."""
import json
import time

import lib
import lib_redis

PROCESSES = 32
ROUNDS = lib.rounds(200)
GRACE = 10  # seconds in which a used refresh token is answered with the same successor
BOUND = 1.0  # seconds until a revocation has arrived everywhere
PATIENT = ("--timeout", "60s")  # for their turn, when thirty-one others want the same row

store = lib.Store()
store.ok("jwk", "create", "--alg", "EdDSA")
user = store.user("bill@example.com", "Bill")

# Processes that judge token after token and remember their verdicts: one by itself, one that shares them in Redis, and one
# that has them from there.
redis = lib_redis.Real()
validators = {"memory": lib.Batch(store), "sharing": lib.Batch(store, TOKCTL_REDIS=redis.url),
              "Redis": lib.Batch(store, TOKCTL_REDIS=redis.url)}


def last_accepted(validator, tokens, since):
    """When it was last asked about one of the tokens and accepted it, in seconds after `since`."""
    last = 0.0
    for token in tokens:
        while (asked := time.monotonic() - since) < 5 * BOUND and validator.accepts(token):
            last = asked
            time.sleep(0.01)
    return last


def issue(*more):
    return store.ok("token", "issue", user, *more, *PATIENT).text


def rotate(token, now):
    """Exchanges a refresh token at a time of our choice, so that a slow machine is no late retry."""
    return store.run("token", "rotate", "-", "-o", "json", *PATIENT, stdin=token, program=lib.CLOCKED,
                     env={"TOKCTL_TEST_NOW": str(now)})


def all_at_once(work):
    return lib.at_once(PROCESSES, lambda _: work(), range(PROCESSES))


def single_sign_on(number):
    answers = all_at_once(lambda: store.run("token", "issue", user, "--type", "jwt", "--source", "web", "--single", *PATIENT))
    for answer in answers:
        lib.check(answer.code == 0, f"login {number}: exit {answer.code}", answer)
    live = store.number("SELECT count(*) FROM sessions WHERE revoked_at IS NULL AND source = 'web'")
    lib.check(live == 1, f"login {number}: {live} sessions live")
    verdicts = store.run("token", "validate", "--batch", "-o", "jsonl", stdin="".join(answer.text + "\n" for answer in answers))
    valid = sum(json.loads(line)["active"] for line in verdicts.text.splitlines())
    lib.check(valid == 1, f"login {number}: {valid} of the JWTs are valid", verdicts)


def spend_once(number):
    token = issue("--type", "verify", "--purpose", "two_factor_auth")
    answers = all_at_once(
        lambda: store.run("token", "validate", "-", "--consume", "--purpose", "two_factor_auth", *PATIENT, stdin=token))
    codes = sorted(answer.code for answer in answers)
    lib.check(codes == [0] + [4] * (PROCESSES - 1), f"verification {number}: exits {codes}")


def five_tries(number):
    other = store.user(f"coder{number}@example.com", "Coder")
    code = store.ok("token", "issue", other, "--type", "verify", "--purpose", "two_factor_auth", "--code", "6").text
    wrong = f"{(int(code) + 1) % 1000000:06d}"
    validate = ("token", "validate", "-", "--purpose", "two_factor_auth", "--user", other, *PATIENT)
    all_at_once(lambda: store.run(*validate, stdin=wrong))
    tries = store.number("SELECT max(tries) FROM verification_tokens")
    lib.check(tries == 5, f"code {number}: {tries} tries were judged")
    answer = store.run(*validate, stdin=code)
    lib.check(answer.code == 4, f"code {number}: the right one after too many tries: exit {answer.code}", answer)


def family(number):
    now = int(time.time())
    jwt, token = issue("--type", "jwt", "--source", "app", "--with-refresh").split("\n")
    answers = all_at_once(lambda: rotate(token, now))
    for answer in answers + [rotate(token, now + GRACE)]:
        if not lib.check(answer.code == 0, f"refresh {number}: a retry within the grace: exit {answer.code}", answer):
            return
        lib.check(answer.json["refresh_token"] == answers[0].json["refresh_token"], f"refresh {number}: another successor")
    held = [jwt, answers[0].json["token"]]
    successor = answers[0].json["refresh_token"]
    if number % 2 == 0:  # The thief is late; or the successor has been used, which shows that its owner has it.
        replayed = now + GRACE + 1
    else:
        replayed = now
        used = rotate(successor, now)
        lib.check(used.code == 0, f"refresh {number}: the successor is refused", used)
        held.append(used.json["token"])
        successor = used.json["refresh_token"]
    time.sleep(0.3)  # who remembers does so once what happened has reached it
    for name, validator in validators.items():
        for held_jwt in held:
            lib.check(validator.accepts(held_jwt), f"refresh {number}: {name}: a JWT died of an honest retry")

    lib.check(rotate(token, replayed).code == 4, f"refresh {number}: a replay is answered")
    since = time.monotonic()
    lasts = lib.at_once(3, lambda validator: last_accepted(validator, held, since), validators.values())
    for name, last in zip(validators, lasts):
        slowest[name] = max(slowest[name], last)
        lib.check(last < BOUND, f"refresh {number}: {name}: a JWT outlives its family by {last:.2f} s")
    verdicts = store.run("token", "validate", "--batch", "-o", "jsonl", stdin="".join(held_jwt + "\n" for held_jwt in held),
                         env={"TOKCTL_REDIS": redis.url})
    lib.check(b'"active":true' not in verdicts.out, f"refresh {number}: a process that came later accepts a JWT", verdicts)
    lib.check(rotate(successor, replayed).code == 4, f"refresh {number}: the family outlives a replay")


slowest = dict.fromkeys(validators, 0.0)
for round_number in range(ROUNDS):
    single_sign_on(round_number)
    spend_once(round_number)
    five_tries(round_number)
    family(round_number)
for name, validator in validators.items():
    _, counts = validator.close()
    lib.note(f"{name}: accepted a JWT until {slowest[name]:.2f} s after its family had ended")
lib.check(counts["redis hits"] > ROUNDS // 4, f"Redis answered hardly anything: {counts}")
store.sound("after the races")
lib.done(at_least=ROUNDS * (3 * PROCESSES + 10))
