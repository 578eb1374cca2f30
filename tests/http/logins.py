"""More logins at once than there is room for: those in the queue are judged, the others are told to come back, and whoever has a
token is answered meanwhile as ever."""
import asyncio
import collections
import os
import sys
import time

PATH, DAEMON, TOKEN = sys.argv[1], sys.argv[2], sys.argv[3]
LOGINS, THREADS, QUEUE = 100, 16, 64  # of the lane that logins wait in
SLOW = bool(os.environ.get("TOKCTL_UNDER"))  # so slow that only those are waited for who are turned away
# Four hashes of 64 MiB at a time, and the daemon itself.
MEMORY = 4 * 64 + 96
PATIENCE = 0.25 * (40 if SLOW else 1)  # seconds


def has(name):
    with open(os.environ["TOKCTL"], "rb") as program:
        return name in program.read()


async def request(text):
    reader, writer = await asyncio.open_unix_connection(PATH)
    writer.write(text)
    answer = await reader.read()
    writer.close()
    return answer


async def log_in(number):
    body = f"email=nobody{number}@example.com&password=wrong+password".encode()
    answer = await request(b"POST /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                           b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    head = answer.split(b"\r\n\r\n")[0].lower()
    assert head.startswith(b"http/1.1 503") == (b"\r\nretry-after: 1" in head), answer
    return int(head.split()[1])


async def ask(times, over):
    reader, writer = await asyncio.open_unix_connection(PATH)
    while not over.is_set() or len(times) < 100:
        begun = time.monotonic()
        writer.write(b"GET /auth HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + TOKEN.encode() + b"\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        times.append(time.monotonic() - begun)
        assert head.startswith(b"HTTP/1.1 200"), head
        await asyncio.sleep(0.005)
    writer.close()


async def main():
    times, over, statuses = [], asyncio.Event(), collections.Counter()
    asking = [asyncio.create_task(ask(times, over)) for _ in range(4)]
    logins = [asyncio.create_task(log_in(number)) for number in range(LOGINS)]
    for login in asyncio.as_completed(logins):
        statuses[await login] += 1
        if SLOW and statuses[503] >= LOGINS - QUEUE - THREADS:
            break
    over.set()
    await asyncio.gather(*asking)
    for login in logins:
        login.cancel()
    times.sort()
    p99 = times[len(times) * 99 // 100]
    with open(f"/proc/{DAEMON}/status", encoding="ascii") as status:
        memory = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) // 1024
    print(f"{dict(statuses)}; {len(times)} answers beside them, p99 {p99 * 1000:.1f} ms; {memory} MiB")
    # Threads take from the queue, and are done, while others are still coming.
    assert 1 <= statuses[503] <= LOGINS - QUEUE, statuses
    assert SLOW or statuses[401] == LOGINS - statuses[503], statuses
    assert p99 < PATIENCE, p99
    assert SLOW or has(b"__asan_init") or has(b"__tsan_init") or memory <= MEMORY, memory


asyncio.run(main())
