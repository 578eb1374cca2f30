"""Names and emails that other programs stumble over: each comes back byte for byte by every way out, or is refused."""
import csv
import io
import itertools
import json
import os
import unicodedata

import lib

# ---- what a careless program takes for something else --------------------------------------------------------------

WORDS = """null NULL nil None undefined NaN nan Infinity -Infinity inf true false TRUE FALSE yes no on off 0 -0 -1 +1 1
 1.0 1e9 1E400 0x10 0777 0b1 1_000 ٣ ½ 9223372036854775807 9223372036854775808 -9223372036854775808
 99999999999999999999999999999999 2147483648 4294967296 .5 5. 1,5 1/0 $1.00 () [] {} [object_Object] undefined/null
 constructor __proto__ hasOwnProperty toString then CON PRN AUX NUL COM1 LPT1 - -- --- --help -h --version -o - . ..
 ~ ~root * ? ! ; & | && || < > << >> $ $$ $HOME ${HOME} $(id) `id` %s %n %x%x%x%x %d%n %p %1$s %00 %0a {0} {} {{}}
 {{7*7}} ${7*7} #{7*7} <%=7*7%> @{x} ~/.ssh/id_rsa /etc/passwd ../../../../etc/passwd ..\\..\\boot.ini C:\\x \\\\host\\share
 file:///etc/passwd http://a.example/?q=1&r=2#f javascript:alert(1) data:text/html,x sqlite: sqlite::memory: = =1+1
 =cmd|'/C_calc'!A0 +1+1 -1+1 @SUM(1) \\t \\n \\0 \\x00 \\u0000 \\' \\" \\\\ \\ / // /* */ -- # ; ' '' ''' " "" \"\"\" ` `` ´ ’ “ ”
 'x' "x" x'y x"y x,y x;y x:y a=b a\\,b ,, ;; :: '; ";" ',' '," ") ') ')) ');-- OR 1=1 ' OR ''=' admin'-- admin'/*
 1;DROP_TABLE_users x'||'y ?1 ? :name @name $1 $name %' _ % %% \\% LIKE_'%' E'\\x' U&'\\0041' X'00' 0x00 N'x' q'[x]' $$x$$
 <script>alert(1)</script> <b>x</b> <!-- --> <![CDATA[x]]> ]]> &amp; &#0; &lt; <?xml?> <svg/onload=x> "><x> '><x> </title>
 %3Cscript%3E +ADw-script+AD4- nullptr EOF \\. \\N \\q --data 1--1 `whoami` ;ls |ls &ls &&ls $IFS ${IFS} !! !$ ^x^y
 Robert');_DROP_TABLE_users;-- O'Brien D'Arcy l'Hôpital Müller-Lüdenscheidt Nguyễn Łukasz Ærøskøbing Þór Ðorđe İstanbul
 ıIiİ ß ẞ ﬁ ﬀ ſ Ǆ ĳ Ω \u2126 K \u212a Å \u212b µ μ ñ n\u0303 é e\u0301 a\u0323\u0308 Å Ç Ζαχαρίας Юрий Владимирович Иосиф محمد بن סבא עם नमस्ते क्षि ไทย ភាសា မြန်မာ
 ქართული Հայերեն ᚠᛇᚻ ⠓⠑⠇⠇⠕ 田中 王小明 김철수 ひらがな カタカナ ﾊﾝｶｸ Ｆｕｌｌ ㈱ ㍿ 𠮷野家 𩸽 𐍈 𝒳 𝔘𝔫𝔦 🅰 😀 👍🏽 👩\u200d👩\u200d👧\u200d👦 🏳\ufe0f\u200d🌈 🇩🇪 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f ❤\ufe0f ☠ ♂\ufe0f 1\ufe0f⃣ ☃ ™ © ® ℀ ﷽ ﷺ
 \u202eevil \u202dx \u202bx \u202ax \u2066x\u2069 \u2067x\u2069 \u2068x\u2069 \u200fx \u200ex \u061cx a\u202eb\u202cc a\u200bb a\u200cb a\u200db \u2060x \ufeffx x\ufeff \u3000x x\u3000 x x x x \u3000 \u00ad x\u00ady \u034f \u180e \u2061 \u2062 \u2063 ￼ � \ufffe\uffa0""".split()
SPACED = ["' OR '1'='1", "'; DROP TABLE users; --", "1; DELETE FROM users", "Robert'); DROP TABLE users;--", "a  b",
          " leading", "trailing ", "  both  ", "a , b", 'say "hello"', "it's", "null ", " null", "=1 + 1", "- -", "a -- b",
          "x; rm -rf /", "$(rm -rf /)", "`touch x`", "| cat", "> /dev/null", "< /etc/passwd", "%s %s %n", "{0} {1}",
          "a\u2003b", "a\u3000b", "a\u200bb c", "[name]", "error: x [y.z]", "hint:  x", "note:  x", "--name x",
          "next_page: null", '{"public_id":"x"}', '"},{"email":"x', "a,b,c\",\"d", '"quoted,field"', "x' AND 1=1 --",
          "/* comment */ x", "-- comment", "é vs e\u0301", "i\u0307 İ", "ﷺ x", "Z" + "\u0321\u0322\u031b\u0316\u0317\u0318\u0319\u031c\u031d\u031e" * 10, "a" + "\u0301" * 150,
          "\u202eevil\u202c good", "right שלום left", "العربية text", "🙂 🙃", "👨\u200d👩\u200d👧 family", "🇩🇪🇫🇷🇯🇵 flags"]
LONG = ["a" * 199, "a" * 200, "é" * 200, "田" * 200, "😀" * 200, "'" * 200, '"' * 200, "\\" * 200, "%" * 200, "," * 200,
        " " * 199 + "x", "x" + " " * 199, "👩\u200d👩\u200d👧\u200d👦" * 28, "\u202e" * 200]
EDGES = [chr(point) for point in (
    0x20, 0x21, 0x7e, 0xa0, 0xa1, 0xad, 0xff, 0x100, 0x2bc, 0x300, 0x34f, 0x378, 0x5d0, 0x60c, 0x7ff, 0x800, 0x180e, 0x1680,
    0x2000, 0x200b, 0x200d, 0x2028, 0x2029, 0x202e, 0x205f, 0x2060, 0x2066, 0x206f, 0x3000, 0xd7ff, 0xe000, 0xf8ff,
    0xfdd0, 0xfeff, 0xfff9, 0xfffd, 0xfffe, 0xffff, 0x10000, 0x1f600, 0x1fffe, 0x20000, 0xe0001, 0xe0100, 0xf0000, 0x10fffd,
    0x10fffe, 0x10ffff)]
EDGES += [edge + "x" for edge in EDGES] + ["x" + edge for edge in EDGES] + ["x" + edge + "y" for edge in EDGES]
CONTROLS = [f"x{chr(point)}y" for point in (*range(1, 32), *range(0x7f, 0xa0))]
ESCAPES = ["\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x1b[2J", "x\r\ny", "x\ny", "\nx", "x\n", "x\x08\x08y",
           "\x9b31m", "\t", "x\ty"]
TOO_LONG = ["a" * 201, "é" * 201, "😀" * 201, "a" * 1000, "a" * 100_000, "é" * 60_000]
NOT_UTF8 = [b"\xff", b"\xfe", b"x\x80", b"\xc3", b"x\xc3", b"\xc0\x80", b"\xc0\xaf", b"\xe0\x80\x80", b"\xe0\x80\xaf",
            b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xed\xa0\xbd\xed\xb8\x80", b"\xf0\x80\x80\x80", b"\xf4\x90\x80\x80",
            b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80", b"\xf0\x9f\x98", b"\xe2\x82", b"\xe4rger", b"a\xcc",
            b"\xbf", b"x\xffy", b"\xc1\xbf", b"\xf5\x80\x80\x80", "é".encode("latin-1"), "\u4e2d\u6587".encode("utf-16"), b"\x80" * 200]

texts = dict.fromkeys(itertools.chain(WORDS, SPACED, LONG, EDGES, CONTROLS, ESCAPES, TOO_LONG, [""]))
texts = [text.encode() for text in texts] + NOT_UTF8
lib.check(len(texts) >= 500, f"only {len(texts)} names")


def proper(name):
    """What a name may be, said a second time."""
    try:
        text = name.decode()
    except UnicodeDecodeError:
        return False
    if not 1 <= len(text) <= 200 or any(unicodedata.category(character) == "Cc" for character in text):
        return False
    return any(not character.isspace() for character in text)


store = lib.Store()
store.ok("init")

# ---- in, one by one ------------------------------------------------------------------------------------------------

good = {}


def create(item):
    number, name = item
    return store.run("user", "create", "--email", f"n{number}@example.com", b"--name=" + name, "--no-password", "-o", "id")


for (number, name), answer in zip(enumerate(texts), lib.at_once(4, create, enumerate(texts))):
    if proper(name):
        if lib.check(answer.code == 0, f"refuses {lib.short(name)}", answer):
            good[f"n{number}@example.com"] = (answer.text, name.decode())
    else:
        lib.refused(answer, 2, [name] if len(name) > 8 else [], f"takes {lib.short(name)}")
lib.check(len(good) > 300, f"only {len(good)} good names")

# ---- out, by every way ---------------------------------------------------------------------------------------------

def all_pages(*command):
    """The rows of a list, page by page."""
    token, rows_ = [], []
    while True:
        page = store.ok(*command, *token, "-o", "json").json
        rows_ += page["data"]
        if page["next_page"] is None:
            return rows_
        token = ["--page-token", page["next_page"]]


wanted = {email: name for email, (_, name) in good.items()}


def same(how, found):
    found = dict(found)
    lib.check(found.keys() == wanted.keys(), f"{how}: {len(found)} users, not {len(wanted)}")
    for email, name in found.items():
        lib.check(name == wanted.get(email), f"{how}: {ascii(wanted.get(email))} came back as {ascii(name)}")


same("list json", ((row["email"], row["name"]) for row in all_pages("user", "list", "--limit", "97")))
for form in ("jsonl", "csv"):
    out = store.ok("user", "list", "--limit", "1000", "-o", form).out.decode()
    rows = ([json.loads(line) for line in out.split("\n")[:-1]] if form == "jsonl"
            else list(csv.DictReader(io.StringIO(out, newline=""), strict=True)))
    same(f"list {form}", ((row["email"], row["name"]) for row in rows))
for form in ("jsonl", "csv"):
    out = store.ok("user", "export", "--format", form).out.decode()
    rows = ([json.loads(line) for line in out.split("\n")[:-1]] if form == "jsonl"
            else list(csv.DictReader(io.StringIO(out, newline=""), strict=True)))
    same(f"export {form}", ((row["email"], row["full_name"]) for row in rows))
    # And in again elsewhere.
    again = lib.Store()
    again.ok("init")
    path = os.path.join(again.folder, "users")
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(out)
    answer = again.run("user", "import", "--format", form, path)
    lib.check(answer.code == 0, f"an export as {form} cannot be imported", answer)
    same(f"import {form}", again.query("SELECT email, full_name FROM users"))

sample = lib.chance.sample(sorted(good), lib.rounds(len(good)))
for email in sample:
    for form, parse in {"json": json.loads, "jsonl": json.loads,
                        "csv": lambda out: next(csv.DictReader(io.StringIO(out, newline="")))}.items():
        answer = store.ok("user", "get", email, "-o", form)
        lib.check(parse(answer.out.decode())["name"] == wanted[email], f"get {form} {ascii(wanted[email])}", answer)
    # The token says whose it is.
    token = store.token(email)
    answer = store.ok("token", "validate", "-", "-o", "json", stdin=token)
    lib.check(answer.json["name"] == wanted[email], f"validate {ascii(wanted[email])}", answer)

# A table is for eyes: a name cannot make a line of its own, nor turn the direction of what follows.
table = store.ok("user", "list", "--limit", "1000").out.decode()
lib.check(len(table.splitlines()) <= len(good) + 2, f"a table of {len(table.splitlines())} lines for {len(good)} users")
lib.check(not any(unicodedata.category(character) == "Cc" and character != "\n" for character in table),
          "a control character in a table")

# A name cannot be changed to what it could not be from the start; the rest can.
first = next(iter(good))
for name in lib.chance.sample(texts, lib.rounds(len(texts))):
    answer = store.run("user", "update", first, b"--name=" + name, "-o", "json")
    if proper(name):
        lib.check(answer.code == 0 and answer.json["name"] == name.decode(), f"update to {lib.short(name)}", answer)
    else:
        lib.refused(answer, 2, [name] if len(name) > 8 else [], f"update to {lib.short(name)}")

# ---- emails --------------------------------------------------------------------------------------------------------

GOOD_EMAILS = ["a@b", "A@B.C", "x+tag@example.com", "o'brien@example.com", "x.y.z@sub.sub.example.com", "!#$%&'*+-/=?^_`{|}~@x.y",
               "josé@example.com", "jose@example.com", "用户@例子.广告", "юзер@пример.рф", "😀@example.com", "x@xn--bcher-kva.example",
               "x@bücher.example", "null@null", "0@0", "-@x", "--@x", "%s@x.y", "{}@x.y", "ﬁ@x.y", "a@" + "b" * 60 + ".c",
               "a" * 64 + "@example.com", "a" * 88 + "@example.com", "é" * 88 + "@example.com", "i@x.y", "ı@x.y", "\u212a@x.y",
               "$id@x.y", "é@x.y", "e\u0301@x.y", "x@1.2.3.4", "x--y@z", "x@y-z"]
BAD_EMAILS = ["", "@", "a", "a@", "@b", "a@@b", "a@b@c", "a b@c", " a@b", "a@b ", "a@b c", "a@.b", "a@b.", "a@b..c", "a@-b", "a@b-",
              "a\t@b", "a@b\n", "\na@b", "a@b\r\nBcc: x@y", "a\x01b@c", "a\x7f@b", "\x1b[31m@b", "a@b,c@d",
              "a@b;c@d", "<a@b>", "A <a@b>", '"a b"@c', '"a"@b', "a(b)@c", "a[b]@c", "a:b@c", "a\\b@c", "a,b@c", "a@[127.0.0.1]", "a@b_c",
              "a@b/c", "a@b?c", "a@b#c", "a@b:80", "a@b%c", "a@'b'", "mailto:a@b", "a\u3000@b", "a\u00a0@b", "a\u2028@b", "a" * 89 + "@example.com",
              "a" * 101 + "@b", "a" * 100_000 + "@b", "é" * 101 + "@b", "a@" + "b" * 100, "' OR 1=1 --", "a'; DROP TABLE users;--@b"]
kept = {}
for email in GOOD_EMAILS:
    key = "".join(c.lower() if "A" <= c <= "Z" else c for c in email)
    answer = store.run("user", "create", f"--email={email}", "--name", "Email", "--no-password", "-o", "json")
    if key in kept:
        lib.refused(answer, 5, what=f"{email} a second time")
        continue
    if lib.check(answer.code == 0, f"refuses the email {ascii(email)}", answer):
        kept[key] = answer.json["public_id"]
        lib.check(answer.json["email"] == key, f"{ascii(email)} became {ascii(answer.json['email'])}", answer)
lib.check(len(kept) >= len(GOOD_EMAILS) - 1, "emails that differ by bytes were taken for one")
for key, public_id in kept.items():
    for way in (key, key.upper() if key.isascii() else key, public_id):
        answer = store.run("user", "get", "-o", "json", "--", way)
        lib.check(answer.code == 0 and answer.json["public_id"] == public_id, f"{ascii(way)} is not found", answer)
before = store.content()
for email in [*BAD_EMAILS, *NOT_UTF8]:
    email = email.encode() if isinstance(email, str) else email + b"@example.com"
    secrets = [email] if len(email) > 12 else []
    lib.refused(store.run("user", "create", b"--email=" + email, "--name", "Email", "--no-password"), 2, secrets, f"email {lib.short(email)}")
    if email:
        lib.refused(store.run("user", "get", "--", email), 2, secrets, f"get {lib.short(email)}")
lib.check(store.content() == before, "a refused email changed the database")

store.sound("after all the names")
lib.note(f"{len(texts)} names, {len(good)} of them good")
lib.done(at_least=2000)
