"""The life of a user and a token under valgrind: no read of what was never written, no access out of bounds, no leak."""
import os

import lib

VALGRIND = ["valgrind", "-q", "--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=definite", "--vgdb=no",
            "--log-file=valgrind.%p"]
if lib.UNDER or b"__asan_init" in open(lib.PROGRAM, "rb").read() or b"__tsan_init" in open(lib.PROGRAM, "rb").read():
    lib.note("something else watches this build")
    lib.done(at_least=0)

store = lib.Store()


def run(*args, code=0, **options):
    answer = store.run(*args, under=VALGRIND, patience=300, **options)
    lib.check(answer.code == code, f"exit {answer.code}, not {code}", answer)
    for name in os.listdir("."):
        if name.startswith("valgrind."):
            with open(name, encoding="utf-8") as file:
                said = file.read()
            lib.check(not said, f"valgrind has something to say:\n{said}", answer)
            os.unlink(name)
    return answer


run("user", "create", "--email", "a@example.com", "--name", "Alice", "--no-password", "-o", "id")
token = run("token", "issue", "a@example.com", "-o", "raw").text
run("token", "validate", "-", stdin=token)
run("token", "validate", "-", stdin=token[:-3] + "A==", code=4)
run("token", "validate", "--batch", stdin=f"{token}\nnot a token\n")
run("user", "passwd", "a@example.com", "--password-stdin", stdin="a new password")
run("token", "validate", "-", stdin=token, code=4)
token = run("token", "issue", "a@example.com", "-o", "raw").text
run("token", "revoke", "-", "--yes", stdin=token)
with open("people.csv", "w", encoding="utf-8") as file:
    file.write("email,full_name\nb@example.com,Bob\nnot an email,X\n")
run("user", "import", "--format", "csv", "people.csv", code=11)
run("user", "get", "nobody@example.com", code=3)
run("user", "list", "--limit", "x", code=2)
run("user", "login", "a@example.com", "--password-stdin", stdin="a new password")
run("audit", "verify")
lib.done(at_least=28)
