"""Guesses passwords: one after another by a clock that is ticked by hand, many at once, of users there are and users
there are not. What slows a guesser down is told from the outside alone."""
import datetime
import os
import statistics
import subprocess
import threading
import time

import lib

PASSWORD = "correct horse battery"
WRONG = "wrong horse battery"
NOON = int(datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.timezone.utc).timestamp())
DAY = 86400

store = lib.Store(program=lib.CLOCKED)
lib.check(os.path.exists(lib.CLOCKED), "there is no tokctl-clocked")


def at(now, *args, **options):
    return store.run(*args, env={"TOKCTL_TEST_NOW": str(now)}, **options)


def login(now, email, password=WRONG):
    return at(now, "user", "login", email, "--password-stdin", stdin=password)


def create(email, password=PASSWORD):
    secret = ["--password-stdin"] if password else ["--no-password"]
    answer = at(NOON - DAY, "user", "create", "--email", email, "--name", "N", *secret, "-o", "id", stdin=password or "")
    lib.check(answer.code == 0, "cannot create a user", answer)
    return answer.text


# ---- the rule, said a second time -----------------------------------------------------------------------------------


class Rule:
    """From the third failure in a row on: not judged until 1, 2, 4 … at most 60 s after the last judged failure. A hundred
    failures in a day: not judged until midnight."""

    def __init__(self):
        self.row, self.today, self.last = 0, 0, None

    def expects(self, now, right):
        """The exit code, and what it leaves behind."""
        if self.last is not None and self.today >= 100 and self.last // DAY == now // DAY:
            return 6
        if self.row >= 3 and now < self.last + min(2 ** (self.row - 3), 60):
            return 6
        if right:
            self.row = 0
            return 0
        self.today = self.today + 1 if self.last is not None and self.last // DAY == now // DAY else 1
        self.row, self.last = self.row + 1, now
        return 4


create("walk@example.com")
for email in ("walk@example.com", "nobody-walks@example.com"):
    rule, now = Rule(), NOON
    for step in range(lib.rounds(250)):
        now += lib.chance.choice((0, 0, 0, 1, 1, 1, 2, 3, 4, 8, 16, 31, 32, 59, 60, 61, 3600, 7 * 3600))
        right = email == "walk@example.com" and lib.chance.random() < 0.15
        wanted = rule.expects(now, right)
        answer = login(now, email, PASSWORD if right else WRONG)
        lib.check(answer.code == wanted, f"{email}, step {step}: exit {answer.code}, not {wanted}", answer)
        if answer.code != 0:
            lib.refused(answer, {4, 6}, [PASSWORD.encode(), WRONG.encode()])

# Exactly: three are judged at once, then the waits double, and refused attempts do not prolong them.
create("exact@example.com")
for _ in range(3):
    lib.refused(login(NOON, "exact@example.com"), 4)
now, wait = NOON, 1
while wait <= 60:
    lib.refused(login(now, "exact@example.com", PASSWORD), 6, what=f"the right password {wait} s too early")
    lib.refused(login(now + wait - 1, "exact@example.com", PASSWORD), 6, what="the right password 1 s too early")
    lib.refused(login(now + wait, "exact@example.com"), 4, what=f"a wrong password after {wait} s")
    now += wait
    wait = 60 if wait == 32 else wait * 2
lib.check(login(now + 60, "exact@example.com", PASSWORD).code == 0, "the right password is refused after 60 s")
for _ in range(3):
    lib.refused(login(now + 60, "exact@example.com"), 4, what="after a login the count begins anew")
lib.refused(login(now + 60, "exact@example.com", PASSWORD), 6)

# ---- a hundred a day ------------------------------------------------------------------------------------------------

for email in ("locked@example.com", "nobody-locked@example.com"):
    if "nobody" not in email:
        create(email)
    now = NOON
    for number in range(100):
        if not lib.FULL and 2 < number < 98:
            if number == 3:  # a plain run writes down what ninety-five more would leave
                writer = store.open()
                row = writer.execute("SELECT email_digest FROM login_throttle ORDER BY last_failure_at DESC, failures").fetchall()
                known = {digest for digest, in row}
                changed = writer.execute("UPDATE login_throttle SET failures = 98, day_failures = 98 WHERE failures = 3 AND"
                                         " day_failures = 3 AND last_failure_at = ?", (now,)).rowcount
                lib.check(changed == 1 and known, f"{changed} counts of three failures")
                writer.close()
            continue
        now += 61
        lib.refused(login(now, email), 4, what=f"failure {number} of {email}")
    for later in (0, 61, 3600):
        for password in (PASSWORD, WRONG):
            answer = login(now + later, email, password)
            lib.refused(answer, 6, [password.encode()], f"{email} after a hundred failures")
            lib.check(b"midnight" in answer.err, "does not say until when", answer)
    midnight = (now // DAY + 1) * DAY
    lib.refused(login(midnight - 1, email, PASSWORD), 6, what="a second before midnight")
    if "nobody" not in email:
        copy = store.content()
        lib.check(login(midnight, email, PASSWORD).code == 0, "the right password is refused at midnight")
        lib.check(store.content() != copy, "a login leaves no trace")
        # Logging in does not buy a guesser more tries on the same day, unlocking does.
        writer = store.open()
        writer.execute("UPDATE login_throttle SET day_failures = 99, last_failure_at = ? WHERE failures = 0 AND day_failures = 100",
                       (midnight + 5,))
        writer.close()
        lib.check(login(midnight + 10, email, PASSWORD).code == 0, "99 failures lock")
        lib.refused(login(midnight + 20, email), 4)
        lib.refused(login(midnight + 100, email, PASSWORD), 6, what="a login in between took failures off the day's count")
        answer = at(midnight + 101, "user", "unlock", email, "-o", "json")
        lib.check(answer.code == 0 and answer.json["changed"] is True, "cannot unlock", answer)
        lib.check(login(midnight + 102, email, PASSWORD).code == 0, "the right password is refused after unlock")
    answer = at(midnight + 103, "user", "unlock", "never-tried@example.com", "-o", "json")
    lib.check(answer.code == 0 and answer.json["changed"] is False, "unlocks who was not locked", answer)

# ---- users there are and users there are not read the same ----------------------------------------------------------

create("present@example.com")
create("disabled@example.com")
create("deleted@example.com")
create("without@example.com", None)
at(NOON, "user", "disable", "disabled@example.com")
at(NOON, "user", "delete", "deleted@example.com", "--yes")
EMAILS = ("present@example.com", "unknown@example.com", "disabled@example.com", "deleted@example.com", "without@example.com")
stories = {}
for email in EMAILS:
    answers = []
    for number, now in enumerate((0, 0, 0, 0, 1, 1, 2, 3, 100)):
        password = PASSWORD if email not in ("present@example.com", "unknown@example.com") and number % 2 else WRONG
        answer = login(NOON + now, email, password)
        answers.append((answer.code, answer.out, answer.err.replace(email.encode(), b"EMAIL")))
    stories[email] = answers
lib.check([code for code, _, _ in stories[EMAILS[0]]] == [4, 4, 4, 6, 4, 6, 6, 4, 4], f"a story of its own: {stories[EMAILS[0]]}")
for email, answers in stories.items():
    lib.check(answers == stories[EMAILS[0]], f"{email} reads otherwise: {answers}")

# Emails that differ by case alone are one, as they are for the user.
create("case@example.com")
for email in ("case@example.com", "CASE@example.com", "Case@Example.Com"):
    lib.refused(login(NOON, email), 4)
lib.refused(login(NOON, "caSe@example.com", PASSWORD), 6, what="another spelling gets more tries")

# ---- and take the same time, by the real clock ----------------------------------------------------------------------

real = store.copy()
real.program = None


def work(email, floor):
    """Seconds on the clock, and of work, that a login takes."""
    start = time.monotonic()
    process = real.start("user", "login", email, "--password-stdin", stdin=subprocess.PIPE, env={"TOKCTL_LOGIN_FLOOR": floor})
    process.stdin.write(WRONG.encode())
    process.stdin.close()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    process.stderr.close()
    return process.returncode, seconds, usage.ru_utime + usage.ru_stime


def forget():
    writer = real.open()
    writer.execute("DELETE FROM login_throttle")
    writer.close()


floor_times, works = {email: [] for email in EMAILS}, {email: [] for email in EMAILS}
for number in range(lib.rounds(20) + 1):
    forget()
    for email in lib.chance.sample(EMAILS, len(EMAILS)):
        code, seconds, _ = work(email, "400ms")
        lib.check(code == 4 and seconds >= 0.4, f"{email} is refused after {seconds:.3f} s, exit {code}")
        floor_times[email].append(seconds)
        code, _, busy = work(email, "0")
        lib.check(code == 4, f"{email}: exit {code}")
        works[email].append(busy)
usual = {email: statistics.median(found) for email, found in works.items()}
for email in EMAILS:
    lib.check(0.6 < usual[email] / usual[EMAILS[0]] < 1.6, f"{email} takes {usual[email]:.3f} s of work, not {usual[EMAILS[0]]:.3f}")
# A refusal that is not judged costs nothing to make, and is held back all the same.
for _ in range(3):
    work(EMAILS[0], "0")
writer = real.open()
writer.execute("UPDATE login_throttle SET failures = 9")  # a minute's delay: however slow the machine, it is not over
writer.close()
code, seconds, busy = work(EMAILS[0], "400ms")
lib.check(code == 6 and seconds >= 0.4, f"a refusal unjudged came after {seconds:.3f} s, exit {code}")
code, seconds, _ = work(EMAILS[0], "300ms")
lib.check(code == 6 and seconds >= 0.3, f"a refusal unjudged came after {seconds:.3f} s, exit {code}")

# ---- many at once ---------------------------------------------------------------------------------------------------

CROWD = 32


def crowd(email, passwords, now, last=None):
    """All these guesses at once, one of them a little after the others; the exit codes."""
    barrier = threading.Barrier(len(passwords))

    def guess(number):
        barrier.wait()
        if number == last:
            time.sleep(0.05)
        return login(now, email, passwords[number])

    answers = lib.at_once(len(passwords), guess, range(len(passwords)))
    for answer in answers:
        lib.check(answer.code in (0, 4, 6), f"one of many at once: exit {answer.code}", answer)
    return [answer.code for answer in answers]


for number in range(max(1, lib.rounds(10))):
    for email in (f"crowd{number}@example.com", f"nobody-crowd{number}@example.com"):
        if "nobody" not in email:
            create(email)
        codes = crowd(email, [WRONG] * CROWD, NOON)
        lib.check(codes.count(4) == 3 and codes.count(6) == CROWD - 3, f"of {CROWD} at once {codes.count(4)} were judged")
    codes = crowd(email, [WRONG] * CROWD, NOON + 1)
    lib.check(codes.count(4) == 1, f"of {CROWD} at once in the next window {codes.count(4)} were judged")
# The right one among them, last: it is refused unjudged like the rest.
kept_out = 0
for number in range(max(3, lib.rounds(10))):
    email = f"right{number}@example.com"
    create(email)
    for _ in range(2):
        lib.refused(login(NOON, email), 4)
    codes = crowd(email, [WRONG] * (CROWD - 1) + [PASSWORD], NOON, CROWD - 1)
    if codes[-1] == 0:  # it came first after all; then the count began anew
        lib.check(codes.count(4) <= 3 + 1, f"{codes.count(4)} were judged beside the right one")
        continue
    lib.check(codes[-1] == 6 and codes.count(4) == 1, f"the right one: exit {codes[-1]}, {codes.count(4)} judged")
    kept_out += 1
    if not lib.FULL:
        break
lib.check(kept_out > 0, "the right one was never behind the third failure")

answer = at(NOON + 2 * DAY, "audit", "verify")
lib.check(answer.code == 0, "audit verify", answer)
lib.note("work of a login by who it is: " + ", ".join(f"{email.split('@')[0]} {usual[email]:.3f} s" for email in EMAILS))
lib.done(at_least=250)
