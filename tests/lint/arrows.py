#!/usr/bin/env python3
"""Checks that includes follow the arrows between folders, and that third-party headers stay at home."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# folder -> folders it may include, besides itself
ARROWS = {
    "base": set(),
    "model": {"base"},
    "crypto": {"base"},
    "cache": {"model", "crypto", "base"},
    "db": {"model", "crypto", "base"},
    "db/postgres": {"db", "base"},
    "db/mysql": {"db", "base"},
    "auth": {"cache", "db", "crypto", "model", "base"},
    "oauth": {"auth", "cache", "db", "crypto", "model", "base"},
    "http": {"oauth", "auth", "crypto", "model", "base"},
    "http/prometheus": {"http"},
    "cli": {"http", "oauth", "auth", "crypto", "model", "base"},
}
# A file straight in src/ is the facade, above every folder of the library.
FACADE = {folder for folder in ARROWS if "/" not in folder} - {"cli"}
# A module links nothing of the core, so of its folder it sees the seam alone.
SEAMS = {"db": {"db/connection.h", "db/lines.h"}, "http": {"http/metrics.h"}}

# header -> folders where any file may include it, and where only a .cpp may
THIRD_PARTY = {
    r"sodium(\.h|/.*)": (set(), {"base", "crypto"}),
    r"openssl/.*": ({"crypto"}, {"crypto"}),
    r"crypt\.h": (set(), {"crypto"}),
    r"zlib\.h": (set(), {"base", "model", "crypto", "db", "auth", "cli"}),
    r"sqlite3\.h": ({"db"}, {"db"}),
    r"(postgresql/)?(libpq.*|pg_config.*|postgres_ext\.h)": ({"db/postgres"}, {"db/postgres"}),
    r"(mysql|mariadb|errmsg|mysqld_error|ma_pvio)(\.h|/.*)": ({"db/mysql"}, {"db/mysql"}),
    r"hiredis/.*": ({"cache"}, {"cache"}),
    r"curl/.*": ({"oauth"}, {"oauth"}),
    r"microhttpd\.h": ({"http"}, {"http"}),
    r"gnutls/.*": (set(), {"http"}),
    r"prometheus/.*": ({"http/prometheus"}, {"http/prometheus"}),
    r"spdlog/.*": ({"http"}, {"http", "cli"}),
    r"toml\+\+/.*|toml\.hpp": (set(), {"base"}),
    r"nlohmann/json\.hpp": ({"cli", "http"}, {"base", "crypto", "model", "db", "auth", "oauth", "http", "cli"}),
    r"CLI/.*": ({"cli"}, {"cli"}),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def folder_of(path):
    parts = path.relative_to(ROOT).parts
    if parts[0] == "src":
        return "/".join(parts[1:-1]) or "facade"
    return "/".join(parts[:-1])


def check(path):
    folder = folder_of(path)
    allowed = FACADE if folder == "facade" else ARROWS.get(folder)
    if allowed is None:
        yield 0, f"folder {folder} has no arrows: add it to tests/lint/arrows.py"
        return
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quote, name = match.groups()
        if quote == '"':
            target = name.rpartition("/")[0] or "facade"
            if target == "embedded":
                continue
            if target == "facade":
                if not (ROOT / "src" / name).exists():
                    yield number, f'"{name}" is written without its folder'
                elif folder not in ("facade", "auth", "oauth", "http", "cli"):
                    yield number, f'{folder} may not include the facade "{name}"'
            elif target not in ARROWS:
                yield number, f'"{name}" is in no folder of the project'
            elif target != folder and (target not in allowed or ("/" in folder and name not in SEAMS.get(target, {name}))):
                yield number, f'{folder} may not include {target} ("{name}")'
        else:
            for pattern, (anywhere, in_source) in THIRD_PARTY.items():
                if not re.fullmatch(pattern, name) or folder in anywhere:
                    continue
                if path.suffix == ".h":
                    yield number, f"<{name}> does not belong in a header of {folder}"
                elif folder not in in_source:
                    yield number, f"{folder} may not include <{name}>"


def main():
    failures = 0
    for top in ("src", "db", "cli"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix not in (".h", ".cpp"):
                continue
            for number, message in check(path):
                print(f"{path.relative_to(ROOT)}:{number}: {message}")
                failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
