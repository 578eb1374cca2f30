#!/usr/bin/env python3
"""Writes a file of users that is as odd as real ones are, and beside it what importing it has to come to.

    make_users.py FOLDER [--users N] [--passwords N] [--seed N]

FOLDER/users.csv has N good users among lines that are broken in every way known. FOLDER/expected.json has the counts,
the line and code of every fault, and every user as an export has to give it back. The same seed makes the same bytes.
"""
import argparse
import base64
import json
import pathlib
import random

HEADER = ["email", "full_name", "password", "status", "password_hash"]

SCRIPTS = {
    "latin": "José Zoë Łukasz Håkon Þórunn Çelik Ağaoğlu Nguyễn Ștefan Dvořák Müßig Ærø Ñandú Ōkubo".split(),
    "greek": "Ιωάννης Ελένη Σοφία Ωρίων Παπαδόπουλος Ἀχιλλεύς".split(),
    "cyrillic": "Юлия Дмитрий Щербаков Ёлкин Їжакевич Љиљана Ђорђе".split(),
    "arabic": "محمد فاطمة عبدالله الأمير یاسمین گلناز".split(),
    "hebrew": "יעל אברהם שָׁלוֹם נועה".split(),
    "devanagari": "अनुष्का श्रीमती कृष्ण ज्ञानेश".split(),
    "thai": "สมชาย ณัฐวุฒิ กิ่งแก้ว ปัญญา".split(),
    "han": "王小明 李娜 𠮷田 歐陽 張偉 㐂".split(),
    "hangul": "김민준 이서연 박지훈 최수아".split(),
    "kana": "さくら タナカ ヒデキ ゆうこ ﾊﾝｶｸ".split(),
    "emoji": ["👩‍👩‍👧‍👦", "🏳️‍🌈", "🧑🏿‍🚀", "🇨🇭", "👍🏽", "🦄"],
    "four bytes": ["𝔄𝔩𝔦𝔠𝔢", "𐍈𐌹𐌽", "𓀀𓁐", "🜁🜂"],
    "decomposed": ["Jose\u0301", "Zoe\u0308", "A\u030Angstro\u0308m"],
    "directed": ["\u200fיעל\u200e", "\u2067محمد\u2069", "a\u200db", "x\u200cy"],
}

ODD = [
    '"Quoted"', "O'Neil", 'Robert "Bobby" Tables', "Robert'); DROP TABLE users;--", "' OR '1'='1", "Doe, John",
    ",", '"', '""', "a,b,\"c\"", "NULL", "null", "true", "0", "-1", "=1+1", "@SUM(A1)", "+4144", "<script>alert(1)</script>",
    "%s%n%x", "$(reboot)", "`id`", "\\n", "\\", "../../etc/passwd", "{{7*7}}", "${HOME}", "null\\u0000", " leading", "trailing ",
    "a  b", "#comment", "--", "'", ";", "\u00a0x", "ﬁ", "İstanbul", "ß", "x" * 200, "𝔵" * 200,
]

BAD_EMAILS = [
    "", "nobody", "@example.com", "a@", "a@@example.com", "a@b@example.com", "a b@example.com", "a@exa mple.com", "a\u00a0@example.com",
    "a@-example.com", "a@example..com", "a@.example.com", "<a@example.com>", '"a b"@example.com', "a@example.com,b@example.com",
    "a\tb@example.com", "a\nb@example.com", "x" * 89 + "@example.com", "a@exa_mple.com", "\u202ea@ex ample.com",
]

BCRYPT_DIGITS = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def bcrypt_base64(data):
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 6)
    return "".join(BCRYPT_DIGITS[int(bits[i:i + 6], 2)] for i in range(0, len(bits), 6))


def csv_field(data, always=False):
    if always or any(c in data for c in b',"\r\n'):
        return b'"' + data.replace(b'"', b'""') + b'"'
    return data


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.out = bytearray()
        self.line = 1
        self.faults = []
        self.users = []

    def write(self, data):
        self.out += data
        self.line += data.count(b"\n")

    def record(self, email, name, password="", status="", password_hash=""):
        always = self.random.random() < 0.2
        end = b"\r\n" if self.random.random() < 0.3 else b"\n"
        encoded = [x if isinstance(x, bytes) else x.encode() for x in (email, name, password, status, password_hash)]
        self.write(b",".join(csv_field(x, always) for x in encoded) + end)
        if self.random.random() < 0.005:
            self.write(b"\n")

    def good(self, email, name, password="", status="", password_hash=""):
        self.users.append({"email": "".join(c.lower() if c.isascii() else c for c in email), "full_name": name,
                           "status": status or "active", "has_password": bool(password or password_hash)})
        self.record(email, name, password, status, password_hash)

    def bad(self, code, email, name="Somebody", password="", status="", password_hash=""):
        self.faults.append({"line": self.line, "code": code})
        self.record(email, name, password, status, password_hash)

    def raw(self, code, data):
        self.faults.append({"line": self.line, "code": code})
        self.write(data)

    def name(self):
        if self.random.random() < 0.1:
            return self.random.choice(ODD)
        words = self.random.sample(SCRIPTS[self.random.choice(list(SCRIPTS))], self.random.randint(1, 3))
        if self.random.random() < 0.1:
            words += self.random.choice(list(SCRIPTS.values()))[:1]
        return " ".join(words)

    def email(self, number):
        local = self.random.choice(["user", "User", "first.last", "o'neil", "a+b", "josé", "юлия", "用户", "x_y-z"])
        domain = self.random.choice(["example.com", "EXAMPLE.org", "mail.example.net", "bücher.example", "localhost"])
        return f"{local}{number}@{domain}"

    def password(self):
        length = self.random.randint(8, 20)
        return "".join(self.random.choice("abcXYZ019 ,\"'éλж漢🔑-;%") for _ in range(length))

    def argon2(self):
        def encoded(size):
            return base64.b64encode(self.random.randbytes(size)).decode().rstrip("=")
        return f"$argon2id$v=19$m=65536,t=3,p=1${encoded(16)}${encoded(32)}"

    def bcrypt(self, cost):
        prefix = self.random.choice(["2a", "2b", "2y"])
        return f"${prefix}${cost:02}${bcrypt_base64(self.random.randbytes(16))}{bcrypt_base64(self.random.randbytes(23))}"

    # Every way to be broken, and the code that has to be given for it.
    def broken(self, number):
        random = self.random
        email = f"broken{number}@example.com"
        return random.choice([
            lambda: self.raw("import.malformed", f"{email},Too Few\n".encode()),
            lambda: self.raw("import.malformed", f"{email},Too Many,,active,,more\n".encode()),
            lambda: self.raw("import.malformed", f"{email},Stray \"Quote\",,,\n".encode()),
            lambda: self.raw("import.malformed", f"{email},\"Text\" behind,,,\n".encode()),
            lambda: self.raw("import.malformed", f"{email},Carriage\rReturn,,,\n".encode()),
            lambda: self.raw("import.malformed", f"{email},\"".encode() + b"long " * 14000 + b"\nsmuggled@example.com,Me,,,\n\",,,\n"),
            lambda: self.raw("user.name", f"{email},".encode() + random.choice([b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"a\xe4b", b"\xf5\x80\x80\x80"]) + b",,,\n"),
            lambda: self.raw("user.email", b"bad\xff" + f"{number}@example.com,Name,,,\n".encode()),
            lambda: self.bad("user.name", email, random.choice(["", " ", "\u3000", "x" * 201, "🦄" * 201, "two\nlines", "\x1b[31mred", "nul\0", "\u0085next", "tab\tbed"])),
            lambda: self.bad("user.email", random.choice(BAD_EMAILS)),
            lambda: self.bad("password.weak", email, password=random.choice(["short", "é" * 7, "1234567"])),
            lambda: self.bad("password.invalid", email, password=random.choice(["x" * 129, "nul\0nul\0"])),
            lambda: self.bad("password.is_hash", email, password=self.bcrypt(random.choice([10, 14]))),
            lambda: self.bad("password.twice", email, password="correct horse", password_hash=self.argon2()),
            lambda: self.bad("password.cost", email, password_hash=self.bcrypt(random.randint(13, 31))),
            lambda: self.bad("password.hash", email, password_hash=random.choice([
                "5f4dcc3b5aa765d61d8327deb882cf99", "$2a$10$tooshort", "$2x$10$" + "." * 53, "$1$salt$hash", "$argon2id$v=19$m=4294967295,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"])),
            lambda: self.bad("import.value", email, status=random.choice(["1", "Active", "gone", "ACTIVE"])),
            lambda: self.bad("user.exists", random.choice(self.users)["email"].replace("user", "USER")),
        ])()


def make(users, passwords, seed):
    maker = Maker(seed)
    maker.write(b"\xef\xbb\xbf" + ",".join(HEADER).encode() + b"\r\n")
    kinds = ["password"] * passwords + ["argon2"] * (users // 100) + ["bcrypt"] * (users // 100)
    kinds += ["none"] * (users - len(kinds))
    maker.random.shuffle(kinds)
    for number, kind in enumerate(kinds):
        email, name = maker.email(number), maker.name()
        status = maker.random.choice(["", "", "active", "disabled"])
        if kind == "password":
            maker.good(email, name, password=maker.password(), status=status)
        elif kind == "argon2":
            maker.good(email, name, status=status, password_hash=maker.argon2())
        elif kind == "bcrypt":
            maker.good(email, name, status=status, password_hash=maker.bcrypt(maker.random.randint(4, 12)))
        else:
            maker.good(email, name, status=status)
        if maker.random.random() < 0.05:
            maker.broken(number)
    maker.raw("import.malformed", b"last@example.com,\"never closed,,,\nswallowed@example.com,Nobody,,,\n")
    return maker


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--passwords", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    maker = make(args.users, args.passwords, args.seed)
    args.folder.mkdir(parents=True, exist_ok=True)
    (args.folder / "users.csv").write_bytes(maker.out)
    (args.folder / "expected.json").write_text(json.dumps(
        {"created": len(maker.users), "failed": len(maker.faults), "faults": maker.faults, "users": maker.users},
        ensure_ascii=False))


if __name__ == "__main__":
    main()
