"""Two processes remember verdicts. What one of them revokes it refuses at once and the other within a second: with a Redis
between them, without, and with one that lies. Whoever starts later refuses it too."""
import os
import subprocess
import time

import lib
import lib_redis

ROUNDS = lib.rounds(500)  # with each Redis
BOUND = 1.0 * (20 if lib.UNDER else 1)  # seconds
POLL = 0.01
LATE = 10  # rounds after which somebody starts late

COMPANION = os.path.join(os.path.dirname(lib.PROGRAM), "tokctl-companion")


class Companion:
    """A program with the library that remembers verdicts, and revokes."""

    def __init__(self, store, redis):
        self.process = subprocess.Popen([*lib.UNDER, COMPANION], env={**store.env, "TOKCTL_REDIS": redis}, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def ask(self, command, what):
        self.process.stdin.write(f"{command} {what}\n".encode())
        self.process.stdin.flush()
        return self.process.stdout.readline().decode().strip()

    def accepts(self, token):
        said = self.ask("validate", token)
        lib.check(said in ("valid", "refused"), f"the companion says {said}")
        return said == "valid"

    def close(self):
        self.process.stdin.close()
        lib.check(self.process.wait(lib.PATIENCE) == 0, f"the companion ended by {self.process.returncode}")
        return self.process.stderr.read().decode()


store = lib.Store()
bill = store.user("bill@example.com", "Bill")


def revocations(redis, what):
    here, there = Companion(store, redis), lib.Batch(store, TOKCTL_REDIS=redis)
    kept = store.api_tokens(bill, 1)[0][1]  # lives through it all
    longest, polls = 0, 0
    for number, (ident, token) in enumerate(store.api_tokens(bill, ROUNDS)):
        for _ in range(2):  # in both maps now
            lib.check(here.accepts(token) and there.accepts(token), f"{what}, round {number}: a live token is refused")
        said = here.ask("revoke", ident)
        revoked = time.monotonic()
        lib.check(said == "revoked", f"{what}, round {number}: {said}, not revoked")
        lib.check(not here.accepts(token), f"{what}, round {number}: who revoked it still accepts it")
        while there.accepts(token) and time.monotonic() - revoked < 2 * BOUND:
            polls += 1
            time.sleep(POLL)
        took = time.monotonic() - revoked
        longest = max(longest, took)
        lib.check(took < BOUND, f"{what}, round {number}: accepted elsewhere for {took:.2f} s")
        lib.check(not there.accepts(token) and not here.accepts(token), f"{what}, round {number}: it came back to life")
        if number % LATE == 0:
            late = lib.Batch(store, TOKCTL_REDIS=redis)
            lib.check(not late.accepts(token), f"{what}, round {number}: who starts late accepts it")
            lib.check(late.accepts(kept), f"{what}, round {number}: who starts late refuses a live token")
            late.close()
        lib.check(there.accepts(kept) and here.accepts(kept), f"{what}, round {number}: another token died")
    here.close()
    err, counts = there.close()
    lib.check(counts["map hits"] > ROUNDS, f"{what}: hardly anything came from memory: {counts}")
    lib.note(f"{what}: {ROUNDS} revocations, the last poll that was answered yes within {longest:.2f} s, {polls} polls; {counts}")
    return err, counts


real = lib_redis.Real()
_, counts = revocations(real.url, "Redis up")
lib.check(counts["redis hits"] > ROUNDS // 2, f"Redis answered hardly anything: {counts}")

err, counts = revocations("unix:///nowhere/at/all", "Redis down")
lib.check(counts["redis hits"] == 0, f"a Redis that is not there answered: {counts}")
lib.check(err.count("Redis cannot be reached") == 1, f"not one warning: {err}")

liar = lib_redis.Liar()
_, counts = revocations(lib_redis.Fake(liar).url, "Redis lying")
lib.check(liar.given > ROUNDS and liar.deleted > ROUNDS // 2, f"it was hardly asked: {vars(liar)['given']}, {liar.deleted}")
store.sound("after all that")
lib.done(at_least=15 * ROUNDS)
