"""Redis servers for the campaigns: a real one of a campaign's own, and one that answers whatever the campaign wants."""
import atexit
import os
import signal
import socket
import socketserver
import subprocess
import tempfile
import threading
import time

SCRIPT = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "servers", "redis.sh")


class Real:
    """A server that nobody else uses, so that anything may be done to it."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="tokctl-redis-of-campaign.", dir="/tmp")
        subprocess.run([SCRIPT, "start", self.folder], check=True, cwd="/", stdout=subprocess.DEVNULL)
        self.place = os.path.realpath(os.path.join(self.folder, "place"))
        with open(os.path.join(self.folder, "url"), encoding="utf-8") as file:
            self.url = file.read().strip().replace("DATABASE", "0")
        self.password = self.url.split("@")[0].rpartition(":")[2]
        self.link = None
        atexit.register(self.stop)

    def stop(self):
        try:
            self.signal(signal.SIGCONT)
        except (OSError, ValueError):
            pass
        subprocess.run([SCRIPT, "stop", self.folder], check=False, cwd="/")

    def signal(self, number):
        with open(os.path.join(self.place, "pid"), encoding="ascii") as file:
            os.kill(int(file.read()), number)

    def start(self, *options):
        """Again, after a kill; with options as redis-server takes them."""
        subprocess.run(["redis-server", os.path.join(self.place, "conf"), *options], check=True, cwd="/", stdout=subprocess.DEVNULL)

    def __call__(self, *words):
        """What the server answers an administrator."""
        for attempt in range(2):
            try:
                if self.link is None:
                    self.link = Link(os.path.join(self.place, "socket"))
                    self.link.ask("AUTH", self.password)
                return self.link.ask(*words)
            except (OSError, EOFError):
                self.link = None
                if attempt:
                    raise
        return None

    def until(self, wanted, *words, seconds=30):
        """Asks again until the answer is `wanted`, bytes, or an error of that name, a str."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if self(*words) == wanted:
                    return True
            except Refusal as refusal:
                if str(refusal).split(" ")[0] == wanted:
                    return True
            except (OSError, EOFError):
                pass
            time.sleep(0.02)
        return False


class Refusal(Exception):
    """An error that Redis answered."""


class Link:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(path)
        self.file = self.socket.makefile("rwb")

    def ask(self, *words):
        self.file.write(command(*words))
        self.file.flush()
        return answer(self.file)


def command(*words):
    words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def answer(file):
    line = file.readline()
    if not line.endswith(b"\r\n"):
        raise EOFError
    kind, rest = line[:1], line[1:-2]
    if kind == b"-":
        raise Refusal(rest.decode())
    if kind == b"$":
        return None if rest == b"-1" else file.read(int(rest) + 2)[:-2]
    if kind == b"*":
        return [answer(file) for _ in range(int(rest))]
    return int(rest) if kind == b":" else rest


def text(value):
    return b"$-1\r\n" if value is None else b"$%d\r\n%s\r\n" % (len(value), value)


class Fake:
    """Answers each command, a list of words, with the bytes that `talk(words)` returns; with None, not at all."""

    def __init__(self, talk):
        self.talk = talk
        path = os.path.join(tempfile.mkdtemp(prefix="tokctl-fake.", dir="/tmp"), "socket")
        self.url = f"unix://{path}"

        class Handler(socketserver.StreamRequestHandler):
            def handle(handler):
                try:
                    while True:
                        said = self.talk(answer(handler.rfile))
                        if said is not None:
                            handler.wfile.write(said)
                except (OSError, EOFError, ValueError):
                    pass

        class Server(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True
            request_queue_size = 64

        self.server = Server(path, Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Liar:
    """What a Redis does that an attacker owns: it keeps the first value of every key for ever, says that it deleted what it
    keeps, and puts the value of any token under the key of another that it is asked for."""

    def __init__(self):
        self.kept = {}
        self.sets = {}
        self.asked = self.given = self.deleted = 0

    def __call__(self, words):
        name, rest = words[0].upper(), words[1:]
        if name == b"SET":
            if not rest[0].endswith(b":probe"):
                self.kept.setdefault(rest[0], rest[1])
            return b"+OK\r\n"
        if name == b"GET":
            self.asked += 1
            value = self.kept.get(rest[0])
            if value is None and self.kept:
                return text(next(iter(self.kept.values())))
            self.given += value is not None
            return text(value)
        if name in (b"UNLINK", b"DEL"):
            self.deleted += len(rest)
            return b":%d\r\n" % len(rest)
        if name == b"ZRANGE":
            return b"*0\r\n"
        if name == b"HGET":
            return text(None)
        return b":1\r\n"
