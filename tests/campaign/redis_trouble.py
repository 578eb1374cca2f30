"""Redis is killed, stopped, emptied, full, a replica, loading, slow, or answers garbage, under a process that validates: no
wrong answer, none late once the breaker is open, a revocation arrives in time, one warning, and Redis is used again as
soon as it is well."""
import signal
import time

import lib
import lib_redis

ANSWERS = lib.rounds(2000)  # in each trouble
P99 = 0.1 * (20 if lib.UNDER else 1)  # seconds, once the breaker is open
BOUND = 1.0 * (20 if lib.UNDER else 1)
RETURN = 10 * (20 if lib.UNDER else 1)

store = lib.Store()
bill = store.user("bill@example.com", "Bill")


def timed(batch, token, active, what):
    start = time.monotonic()
    said = batch.accepts(token)
    took = time.monotonic() - start
    lib.check(said == active, f"{what}: a {'live' if active else 'dead'} token is {'accepted' if said else 'refused'}")
    return took


def key_of(ident):
    return "tokctl:token:" + store.query("SELECT digest FROM api_tokens WHERE id = ?", ident)[0][0]


def returned(batch, holds, what):
    """Redis is written to again."""
    start = time.monotonic()
    while time.monotonic() - start < RETURN:
        ident, token = store.api_tokens(bill, 1)[0]
        timed(batch, token, True, what)
        if holds(key_of(ident)):
            return time.monotonic() - start
        time.sleep(0.1)
    lib.check(False, f"{what}: Redis is well, and not used again")
    return RETURN


def trouble(what, url, holds, begin, end, warnings=1):
    batch = lib.Batch(store, TOKCTL_REDIS=url)
    tokens = store.api_tokens(bill, ANSWERS + 3)
    revoked = [tokens.pop() for _ in range(3)]  # before, amid and at the end
    for _, token in [*tokens[:50], *revoked]:
        timed(batch, token, True, what)
    lib.check(holds(key_of(tokens[0][0])), f"{what}: Redis was not used before")
    store.ok("token", "revoke", revoked[0][0], "--yes")
    begin()
    waits = []
    for number, (_, token) in enumerate(tokens):  # each for the first time, so that Redis is due
        waits.append(timed(batch, token, True, what))
        if number == len(tokens) // 2:
            store.ok("token", "revoke", revoked[1][0], "--yes")
            time.sleep(BOUND)
        if number % 10 == 0:
            timed(batch, "tka_" + "0" * 49, False, what)
    for _, token in revoked[:2]:
        timed(batch, token, False, what)
    # The breaker opens at the first answers: one that asks Redis, one that fills it.
    settled = sorted(waits[55:])
    p99 = settled[len(settled) * 99 // 100]
    lib.check(p99 <= P99, f"{what}: one of a hundred answers took {p99 * 1000:.0f} ms or more")
    store.ok("token", "revoke", revoked[2][0], "--yes")
    end()
    time.sleep(BOUND)
    timed(batch, revoked[2][1], False, what)
    back = returned(batch, holds, what)
    for _, token in revoked:
        timed(batch, token, False, what)
    err, counts = batch.close()
    said = [line for line in err.splitlines() if "Redis" in line]
    lib.check(len(said) == warnings, f"{what}: {len(said)} warnings, not {warnings}: {said}")
    lib.note(f"{what}: p99 {p99 * 1000:.1f} ms, the first answers {max(waits[:55]) * 1000:.0f} ms, back after {back:.1f} s; {counts}")


real = lib_redis.Real()


def with_real(what, begin, end, warnings=1):
    real("FLUSHALL")
    trouble(what, real.url, lambda key: real("EXISTS", key) == 1, begin, end, warnings)


def start_again(*options):
    real.link = None
    real.start(*options)
    lib.check(real.until(b"PONG", "PING"), "Redis does not start again")


def kill():
    real.signal(signal.SIGKILL)
    time.sleep(0.2)


def load():
    """A server that reads its data for longer than the trouble is looked at."""
    for number in range(20):
        real("MSET", *[word for n in range(1000) for word in (f"other:{number}:{n}", "x" * 10)])
    real("SAVE")
    kill()
    real.link = None
    real.start("--key-load-delay", "2000", "--loading-process-events-interval-bytes", "1024")
    lib.check(real.until("LOADING", "PING"), "it is not loading")


def loaded():
    real.link = None
    lib.check(real.until(b"PONG", "PING", seconds=120), "Redis never ends loading")


with_real("killed", kill, start_again)
with_real("stopped", lambda: real.signal(signal.SIGSTOP), lambda: real.signal(signal.SIGCONT))
with_real("emptied", lambda: real("FLUSHALL"), lambda: None, warnings=0)
with_real("full", lambda: real("CONFIG", "SET", "maxmemory", "1"), lambda: real("CONFIG", "SET", "maxmemory", "64mb"))
with_real("a replica", lambda: real("REPLICAOF", "127.0.0.1", "1"), lambda: real("REPLICAOF", "NO", "ONE"))
with_real("loading", load, loaded)


class Moody:
    """Well, or as `mood` says."""

    def __init__(self):
        self.well, self.mood = lib_redis.Liar(), None

    def __call__(self, words):
        return self.mood() if self.mood else self.well(words)


def with_fake(what, mood):
    moody = Moody()

    def set_mood(new):
        moody.mood = new

    trouble(what, lib_redis.Fake(moody).url, lambda key: key.encode() in moody.well.kept, lambda: set_mood(mood),
            lambda: set_mood(None))


GARBAGE = [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0" * 1000, b"$-7\r\n", b"*1000000000\r\n", b"$99999999999999999999\r\n",
           b"+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n", b"$10\r\nabc", b"?\r\n", b":1\r\n:2\r\n", lib.chance.randbytes(500)]
with_fake("garbage", lambda: lib.chance.choice(GARBAGE))
with_fake("10 s slow", lambda: time.sleep(10) or b"+OK\r\n")

store.sound("after all that")
lib.done(at_least=8 * ANSWERS)
