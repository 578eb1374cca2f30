"""Keeps a thousand connections busy with nothing, in every way there is, and asks beside them like anybody else."""
import asyncio
import os
import resource
import sys
import time

PATH, DAEMON, TOKEN = sys.argv[1], sys.argv[2], sys.argv[3]
SLOW = int(sys.argv[4])
PATIENCE = int(sys.argv[5])  # seconds, in which the daemon has to be rid of all who never finish a request
# MiB; whoever looks over its shoulder takes memory of his own.
program = open(os.environ["TOKCTL"], "rb").read()
MEMORY = 256 * (8 if os.environ.get("TOKCTL_UNDER") or b"__asan_init" in program or b"__tsan_init" in program else 1)
HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)


async def trickle(writer, text):
    for byte in text:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(1)


async def silent(_writer):
    await asyncio.sleep(60)


async def slow_head(writer):
    await trickle(writer, HEAD + b"X-Long: " + b"a" * 60)


async def slow_body(writer):
    writer.write(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n")
    await trickle(writer, b"a" * 60)


async def half_chunk(writer):
    writer.write(b"POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n")
    await trickle(writer, b"a" * 60)


async def be_slow(manner):
    """How long the daemon put up with it; nothing when it still does."""
    begun = time.monotonic()
    reader, writer = await asyncio.open_unix_connection(PATH)
    work = asyncio.create_task(manner(writer))
    try:
        async with asyncio.timeout(PATIENCE):
            while await reader.read(4096):
                pass
        return time.monotonic() - begun
    except (ConnectionError, BrokenPipeError):
        return time.monotonic() - begun
    except TimeoutError:
        return None
    finally:
        work.cancel()
        writer.close()


async def ask(times, until):
    while time.monotonic() < until:
        begun = time.monotonic()
        reader, writer = await asyncio.open_unix_connection(PATH)
        for _ in range(5):
            writer.write(b"GET /auth HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + TOKEN.encode() + b"\r\n\r\n")
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
            assert head.startswith(b"HTTP/1.1 200"), head
            times.append(time.monotonic() - begun)
            await asyncio.sleep(0.01)
            begun = time.monotonic()
        writer.close()


async def main():
    manners = [silent, slow_head, slow_body, half_chunk]
    slow = [asyncio.create_task(be_slow(manners[i % len(manners)])) for i in range(SLOW)]
    await asyncio.sleep(1)
    times = []
    await asyncio.gather(*(ask(times, time.monotonic() + 5) for _ in range(8)))
    endured = await asyncio.gather(*slow)
    times.sort()
    with open(f"/proc/{DAEMON}/status", encoding="ascii") as status:
        memory = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) // 1024
    print(f"{len(times)} answers, p99 {times[len(times) * 99 // 100] * 1000:.1f} ms; {memory} MiB; "
          f"put up with the slow for {max((t for t in endured if t), default=0):.1f} s")
    assert all(endured), f"{sum(not t for t in endured)} slow connections are still open"
    assert memory <= MEMORY, memory
    assert len(times) >= 40, len(times)


asyncio.run(main())
