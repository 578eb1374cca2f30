"""Thirty-two processes at once: of as many logins with --single one session lives, one verification is spent once, a
short code is tried five times, and a refresh token that is replayed ends its family, while a retry in time gets the
same successor."""
import lib

PROCESSES = 32
ROUNDS = lib.rounds(200)

store = lib.Store()
store.ok("jwk", "create", "--alg", "EdDSA")
user = store.user("bill@example.com", "Bill")


def issue(*more):
    return store.ok("token", "issue", user, *more)


def rotate(token):
    return store.run("token", "rotate", "-", "-o", "json", stdin=token.encode())


def valid(token):
    return store.run("token", "validate", "-", stdin=token.encode()).code == 0


def all_at_once(work):
    return lib.at_once(PROCESSES, lambda _: work(), range(PROCESSES))


def single_sign_on(number):
    answers = all_at_once(lambda: store.run("token", "issue", user, "--type", "jwt", "--source", "web", "--single", "--timeout", "60s"))
    for answer in answers:
        lib.check(answer.code == 0, f"login {number}: exit {answer.code}", answer)
    live = store.number("SELECT count(*) FROM sessions WHERE revoked_at IS NULL AND source = 'web'")
    lib.check(live == 1, f"login {number}: {live} sessions live")
    if number == 0:
        lib.check(sum(valid(answer.text) for answer in answers) == 1, "not one JWT of all is valid")


def spend_once(number):
    token = issue("--type", "verify", "--purpose", "two_factor_auth").text
    answers = all_at_once(lambda: store.run("token", "validate", "-", "--consume", "--purpose", "two_factor_auth", "--timeout", "60s",
                                            stdin=token.encode()))
    codes = sorted(answer.code for answer in answers)
    lib.check(codes == [0] + [4] * (PROCESSES - 1), f"verification {number}: exits {codes}")


def five_tries(number):
    other = store.user(f"coder{number}@example.com", "Coder")
    code = store.ok("token", "issue", other, "--type", "verify", "--purpose", "two_factor_auth", "--code", "6").text
    wrong = f"{(int(code) + 1) % 1000000:06d}"
    all_at_once(lambda: store.run("token", "validate", "-", "--purpose", "two_factor_auth", "--user", other, "--timeout", "60s",
                                  stdin=wrong.encode()))
    tries = store.number("SELECT max(tries) FROM verification_tokens")
    lib.check(tries == 5, f"code {number}: {tries} tries were judged")
    answer = store.run("token", "validate", "-", "--purpose", "two_factor_auth", "--user", other, stdin=code.encode())
    lib.check(answer.code == 4, f"code {number}: the right one after too many tries: exit {answer.code}", answer)


def refresh(number):
    jwt, token = issue("--type", "jwt", "--source", "app", "--with-refresh").text.split("\n")
    answers = all_at_once(lambda: rotate(token))
    given = {answer.json["refresh_token"] for answer in answers if answer.code == 0}
    # All of them are retries of one another, within the grace or too late; never two successors.
    lib.check(len(given) == 1, f"refresh {number}: {len(given)} different successors")
    if any(answer.code != 0 for answer in answers):
        lib.note(f"refresh {number}: some of the processes came after the grace")
        return
    successor = given.pop()
    lib.check(valid(jwt), f"refresh {number}: the JWT died of an honest retry")
    next_one = rotate(successor)
    lib.check(next_one.code == 0, f"refresh {number}: the successor is refused", next_one)
    lib.check(rotate(token).code == 4, f"refresh {number}: a replay is answered")
    lib.check(rotate(next_one.json["refresh_token"]).code == 4, f"refresh {number}: the family outlives a replay")
    lib.check(not valid(jwt) and not valid(next_one.json["token"]), f"refresh {number}: a JWT outlives its family")


for number in range(ROUNDS):
    single_sign_on(number)
    spend_once(number)
    five_tries(number)
    refresh(number)
store.sound("after the races")
lib.done(at_least=ROUNDS * (PROCESSES + 8))
