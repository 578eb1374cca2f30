#!/usr/bin/python3
"""Does a test notice when the code that decides, decides wrongly? `tests/with-servers mutate.py [REGEX]`, of FILES.

In a copy of the tree each of FILES is compiled with every mutant in it, as clang sees the code: a comparison or
`and` and `or` replaced, a condition denied, a call or a throw left out. $TOKCTL_TEST_MUTANT wakes one. A first run
of each test tells which of them it comes past; each mutant then runs against just those. One that they let pass is
printed, unless tests/mutation/equivalent says why nobody could tell. Fails when more than one in twenty survives.
"""

import concurrent.futures
import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from clang.cindex import CursorKind as Kind
from clang.cindex import Index, TypeKind

ROOT = Path(__file__).resolve().parents[2]
TREE = ROOT / "build/mutation"
BIN = TREE / "build/dev/bin"
PROGRAMS = {"unit_tests": contextlib.nullcontext(), "redis_tests": threading.Lock()}  # those empty the one server
JOBS = int(os.environ.get("JOBS") or os.cpu_count())

# A wrong decision of these lets somebody in, or keeps somebody out.
FILES = """
src/auth/api_tokens src/auth/chain src/auth/jws src/auth/jwt_keys src/auth/jwt_terms src/auth/jwt_tokens
src/auth/lapsed src/auth/login src/auth/passwords src/auth/refresh_tokens src/auth/required src/auth/session_tokens
src/auth/sessions src/auth/token_issue src/auth/token_issue_jwt src/auth/token_kind src/auth/token_revoke
src/auth/token_validate src/auth/verification_tokens src/auth/web_tokens
src/cache/map src/cache/marks
src/crypto/ecdsa_signature src/crypto/ed25519_signature src/crypto/hmac_signature src/crypto/jws_algorithm
src/crypto/mac src/crypto/rsa_signature src/crypto/web_token
src/model/jwt src/model/jwt_parse src/model/opaque_token src/model/session src/model/web_token
""".split()

# Ahead of each of them. Nobody is warned of what a mutant looks like.
HEAD = """#pragma GCC system_header
#include <fcntl.h>
#include <sys/mman.h>
#include <cstdlib>
#include <type_traits>
namespace tokctl::mutation {
struct State {
  const char* awake = std::getenv("TOKCTL_TEST_MUTANT");
  const char* file = std::getenv("TOKCTL_TEST_REACHED");
  int number = awake != nullptr ? std::atoi(awake) : -1;
  void* bytes = file == nullptr ? MAP_FAILED
      : ::mmap(nullptr, 1 << 16, PROT_READ | PROT_WRITE, MAP_SHARED, ::open(file, O_RDWR | O_CLOEXEC), 0);
};
inline const State state;
inline bool woken(int number) {
  if (state.bytes != MAP_FAILED) static_cast<char*>(state.bytes)[number] = 1;
  return state.number == number;
}
constexpr bool on(int number) { return !std::is_constant_evaluated() && woken(number); }
}
"""
REPLACED = {"==": ["!="], "!=": ["=="], "<": [">=", "<="], "<=": [">", "<"], ">": ["<=", ">="], ">=": ["<", ">"],
            "&&": ["||"], "||": ["&&"], "+": ["-"], "-": ["+"]}
BODIES = (Kind.COMPOUND_STMT, Kind.IF_STMT, Kind.FOR_STMT, Kind.WHILE_STMT, Kind.CXX_FOR_RANGE_STMT, Kind.CASE_STMT,
          Kind.DEFAULT_STMT)


class Mutated:
    """A file's text with every mutant in it. Offsets are of bytes."""

    def __init__(self, path, arguments, mutants):
        self.path, self.mutants = path, mutants
        self.text = (ROOT / path).read_bytes()
        self.wraps = {}  # (start, end) -> what stands before and after
        unit = Index.create().parse(str(ROOT / path), args=arguments)
        errors = [d for d in unit.diagnostics if d.severity >= d.Error]
        if errors:
            sys.exit(f"{path}: clang does not read it: {errors[0]}")
        for child in unit.cursor.get_children():
            if child.location.file and Path(child.location.file.name) == ROOT / path:
                self.visit(child, None, False)

    def span(self, cursor):
        return cursor.extent.start.offset, cursor.extent.end.offset

    def source(self, *span):
        return self.text[slice(*span)].decode()

    def add(self, cursor, what):
        self.mutants.append((self.path, cursor.extent.start.line, " ".join(what.split())))
        return f"tokctl::mutation::on({len(self.mutants) - 1})"

    def visit(self, cursor, parent, in_body):
        if cursor.kind == Kind.STATIC_ASSERT:
            return
        span = self.span(cursor)
        if in_body and cursor.kind.is_expression() and span[0] < span[1] and span not in self.wraps:
            self.mutate(cursor, parent, span)
        for child in cursor.get_children():
            self.visit(child, cursor, in_body or cursor.kind == Kind.COMPOUND_STMT)

    def mutate(self, cursor, parent, span):
        text = self.source(*span)
        operator = self.operator(cursor)
        if operator:
            left, name, right = operator
            before = ""
            for other in REPLACED[name]:
                replaced = f"{self.source(span[0], left)} {other} {self.source(right, span[1])}"
                before += f"{self.add(cursor, replaced)} ? ({replaced}) : "
            self.wraps[span] = f"({before}(", "))"
        elif self.condition(cursor, parent, span):
            self.wraps[span] = f"({self.add(cursor, f'!({text})')} != static_cast<bool>(", "))"
        elif parent.kind in BODIES and self.source(span[1], None).lstrip().startswith(";"):
            inner = self.inner(cursor)
            if inner.kind == Kind.CXX_THROW_EXPR or inner.kind == Kind.CALL_EXPR and inner.spelling != "operator=":
                self.wraps[span] = f"{self.add(cursor, f'without {text}')} ? void() : void(", ")"

    def inner(self, cursor):
        """Without conversions, and a comparison as it was written, not as <=>."""
        first = next(cursor.get_children(), None)
        if first and self.span(first)[0] == self.span(cursor)[0] and self.span(first)[1] >= self.span(cursor)[1]:
            return self.inner(first)
        return cursor

    def operator(self, cursor):
        """Where the left side ends, the name, and where the right one starts; overloaded or not."""
        kind, span = cursor.type.get_canonical(), self.span(cursor)
        cursor = self.inner(cursor)
        parts = list(cursor.get_children())
        if cursor.kind == Kind.CALL_EXPR and cursor.spelling.startswith("operator") and len(parts) == 3:
            parts = [parts[0], parts[2]]
        elif cursor.kind != Kind.BINARY_OPERATOR or len(parts) != 2:
            return None
        (start, left), (right, end) = map(self.span, parts)
        name = self.source(left, right).strip()
        counts = kind.spelling.startswith("std::chrono") or kind.kind in (TypeKind.INT, TypeKind.LONG, TypeKind.ULONG)
        counts = counts and "time_point" not in parts[1].type.get_canonical().spelling  # nothing but - takes one there
        fits = (start, end) == span and name in REPLACED and (name not in "+-" or counts)
        return (left, name, right) if fits else None

    def condition(self, cursor, parent, span):
        """What is taken for true or false and is no operator that is replaced."""
        inside = self.inner(cursor)
        while inside.kind == Kind.PAREN_EXPR:
            inside = self.inner(next(inside.get_children()))
        if self.operator(inside):
            return False
        if parent.kind == Kind.RETURN_STMT:
            return cursor.type.get_canonical().kind == TypeKind.BOOL
        if parent.kind == Kind.BINARY_OPERATOR:
            operator = self.operator(parent)
            return operator is not None and operator[1] in ("&&", "||")
        if parent.kind in (Kind.IF_STMT, Kind.WHILE_STMT):
            head = self.source(parent.extent.start.offset, span[0])
            return re.fullmatch(r"(if|while)\s*\(([^;]*;\s*)?", head) is not None
        return parent.kind == Kind.CONDITIONAL_OPERATOR and span[0] == parent.extent.start.offset

    def result(self):
        out, at = [], 0
        opens = [(start, -end, before) for (start, end), (before, _) in self.wraps.items()]
        closes = [(end, -start, after) for (start, end), (_, after) in self.wraps.items()]
        # At one place the inner ones close first, then the outer ones open first.
        for offset, _, _, text in sorted([(o, 1, n, t) for o, n, t in opens] + [(o, 0, n, t) for o, n, t in closes]):
            out += [self.source(at, offset), text]
            at = offset
        return HEAD + "".join(out) + self.source(at, None)


def plant(paths):
    """Copies the tree, with the mutants in it, and configures the copy."""
    for folder in ("cli", "cmake", "completions", "db", "src", "tests"):
        shutil.rmtree(TREE / folder, ignore_errors=True)
    shutil.copytree(ROOT, TREE, ignore=lambda folder, names: ["build", ".git"] if folder == str(ROOT) else [],
                    dirs_exist_ok=True)
    launcher = shutil.which("ccache") or ""
    os.environ.update(CCACHE_BASEDIR=str(TREE), CCACHE_NOHASHDIR="1")
    subprocess.run(["cmake", "--preset", "dev", f"-DCMAKE_CXX_COMPILER_LAUNCHER={launcher}"], cwd=TREE, check=True,
                   stdout=subprocess.DEVNULL)
    commands = {e["file"]: e["command"] for e in json.loads((TREE / "build/dev/compile_commands.json").read_text())}
    mutants = []
    for path in paths:
        words = shlex.split(commands[str(TREE / path)])
        arguments = [w for w in words if w.startswith(("-I", "-D", "-std"))]
        mutated = Mutated(path, arguments, mutants)
        (TREE / f"{path}.mutated").write_text(mutated.result())
        (TREE / path).write_text(f'#include "{path}.mutated"\n')
    return mutants


def run(program, names, timeout, **environment):
    """Whether tests pass. One that takes much longer than it did does not."""
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("".join(re.sub(r"([\\,\[*])", r"\\\1", name) + "\n" for name in names))
        file.flush()
        try:
            with PROGRAMS[program]:
                return subprocess.run([BIN / program, "--abort", "-w", "NoTests", "-f", file.name], timeout=timeout,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                      cwd=TREE, env={**os.environ, **environment}).returncode == 0
        except subprocess.TimeoutExpired:
            return False


def reach(test):
    """The mutants that a test comes past, and the seconds it takes."""
    with tempfile.NamedTemporaryFile() as file:
        file.truncate(1 << 16)
        start = time.monotonic()
        if not run(test[0], [test[1]], 300, TOKCTL_TEST_REACHED=file.name):
            sys.exit(f"{test[1]}: fails without any mutant")
        return [i for i, byte in enumerate(Path(file.name).read_bytes()) if byte], time.monotonic() - start


def equivalents():
    """PATH | MUTANT | WHY, one a line."""
    known = set()
    for line in Path(__file__).with_name("equivalent").read_text().splitlines():
        if line and not line.startswith("#"):
            known.add(tuple(line.rsplit(" | ", 1)[0].split(" | ", 1)))
    return known


def main():
    mutants = plant([f"{f}.cpp" for f in FILES if re.search(sys.argv[1] if sys.argv[1:] else "", f)])
    print(f"{len(mutants)} mutants", flush=True)
    subprocess.run(["ninja", "-C", "build/dev", "-j", str(JOBS), "-k0", "--quiet", *PROGRAMS], cwd=TREE, check=True)
    tests = []
    for program in PROGRAMS:
        listed = subprocess.run([BIN / program, "--list-test-names-only"], text=True, stdout=subprocess.PIPE).stdout
        tests += [(program, name) for name in listed.splitlines() if name]
    known = equivalents()
    past = [[] for _ in mutants]
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for (program, name), (numbers, seconds) in zip(tests, pool.map(reach, tests)):
            for number in numbers:
                past[number].append((program, seconds, name))

        def survives(number):
            """The quickest tests first: most mutants need no more."""
            for program in PROGRAMS:
                by = sorted(test for test in past[number] if test[0] == program)
                for some in (by[i:i + 8] for i in range(0, len(by), 8)):
                    timeout = 10 + 10 * sum(seconds for _, seconds, _ in some)
                    if not run(program, [name for _, _, name in some], timeout, TOKCTL_TEST_MUTANT=str(number)):
                        return False
            return True

        survived, dropped = 0, 0
        for (path, line, what), alive, by in zip(mutants, pool.map(survives, range(len(mutants))), past):
            if (path, what) in known:
                dropped += 1
                if not alive:
                    print(f"{path} | {what} | is killed, and does not belong into the list of equivalents")
            elif alive:
                survived += 1
                print(f"{path}:{line} | {what} |{'' if by else ' no test comes past'}", flush=True)
    counted = len(mutants) - dropped
    print(f"{counted - survived} of {counted} killed, {1 - survived / max(counted, 1):.1%}; {dropped} change nothing")
    return survived * 20 > counted


if __name__ == "__main__":
    sys.exit(main())
