"""Walks the tree of commands and fails for whatever one of four tells and another does not:
the program, --help, the manual pages and completion."""
import json
import os
import re
import subprocess
import sys

import manual_pages

TOKCTL = os.environ["TOKCTL"]
UNDER = os.environ.get("TOKCTL_UNDER", "").split()
failures = []


def expect(holds, message):
    if not holds:
        failures.append(message)


def run(*words):
    return subprocess.run([*UNDER, TOKCTL, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL)


def offered(*words):
    """What completion offers for the last word, without descriptions."""
    return [line.split("\t")[0] for line in run("__complete", "--", *words).stdout.splitlines()]


def alternatives(placeholder):
    return placeholder.split("|") if placeholder and "|" in placeholder else []


tree = [json.loads(line) for line in run("__commands").stdout.splitlines()]
commands = {entry["command"]: entry for entry in tree}
root = commands[""]
nouns = [name for name in commands if name and " " not in name]
children = {name: [c for c in commands if c.rpartition(" ")[0] == name and c] for name in commands}
leaves = [name for name in commands if not children[name]]
pages = manual_pages.pages()
expect(len(leaves) > 30, "the tree of commands has shrunk")


def option_names(entry):
    return {name for option in entry["options"] for name in option["names"]}


GLOBALS = option_names(root)


def check_help(name, entry):
    answer = run(*name.split(), "--help")
    title = f"tokctl {name} --help".replace("  ", " ")
    expect(answer.returncode == 0 and not answer.stderr, f"{title} fails")
    text = answer.stdout
    for option in entry["options"]:
        spelled = ", ".join(option["names"]) + (f" {option['value']}" if option["value"] else "")
        expect(re.search(rf"^ +{re.escape(spelled)}(  +|\n +)\S", text, re.M), f"{title} does not explain {spelled}")
        expect(not option["help"][0].islower() and not option["help"].endswith("."),
               f"{title}: {spelled}: begins with a capital, ends without a full stop")
    for argument in entry["arguments"]:
        expect(re.search(rf"^  {argument['value']}  +\S", text, re.M), f"{title} does not explain {argument['value']}")
    for child in children[name]:
        expect(re.search(rf"^  {child.split()[-1]}  +\S", text, re.M), f"{title} does not list {child}")
    expect("\nExample:\n  " in text, f"{title} has no example")
    for line in text.splitlines():
        expect(len(line) <= 100, f"{title}: a line of {len(line)} characters")
    expect(run("help", *name.split()).stdout == text, f"tokctl help {name} differs from {title}")


def check_completion(name, entry):
    words = name.split()
    for child in children[name]:
        expect(child.split()[-1] in offered(*words, ""), f"completion does not offer {child}")
    long_names = {option["names"][-1] for option in entry["options"] + root["options"]}
    got = set(offered(*words, "--"))
    expect(got == long_names, f"completion of {name} --: {sorted(got ^ long_names)}")
    for option in entry["options"]:
        long_name = option["names"][-1]
        for prefix in ([long_name, ""], [long_name + "="]):
            want = [(prefix[0] if len(prefix) == 1 else "") + value for value in alternatives(option["value"])]
            if want:
                expect(offered(*words, *prefix) == want, f"completion of {name} {long_name} is not {want}")
            if option["value"] == "FILE":
                expect(offered(*words, *prefix) == [":file"], f"completion of {name} {long_name} is no file")
    for argument in entry["arguments"][:1]:
        if argument["value"] == "FILE":
            expect(offered(*words, "") == [":file"], f"completion of {name}'s argument is no file")


def page_of(name):
    return pages.get("tokctl-" + name.split()[0] if name else "tokctl")


def check_page(name, entry):
    page = page_of(name)
    if page is None:
        return expect(False, f"man/ has no page for {name}")
    where = f"{page.path.name}: {name}"
    if not name:
        described = manual_pages.described_in(page.sections["OPTIONS"])
        expect(described == GLOBALS, f"{where}: OPTIONS differs from the program: {sorted(described ^ GLOBALS)}")
        for noun in nouns:
            expect(re.search(rf"^\.It Cm {noun} Ta Xr tokctl-{noun} 1 Ta \S", page.text, re.M),
                   f"{where}: the table lacks {noun}")
        for option in entry["options"]:
            for value in alternatives(option["value"]):
                expect(re.search(rf"\b{value}\b", page.text), f"{where} does not name {value}")
        return
    if children[name]:
        below = [f"tokctl {leaf}" for leaf in leaves if leaf.startswith(name + " ")]
        expect(" " in name or below == page.subsections("DESCRIPTION"),
               f"{where}: a subsection for each verb, in the program's order: {page.subsections('DESCRIPTION')}")
        return
    synopsis = [line for command, lines in page.synopsis() if command == name for line in lines]
    expect(name in [command for command, _ in page.synopsis()], f"{where} is not in the synopsis")
    section = page.sections.get(f"DESCRIPTION/tokctl {name}") or page.sections["DESCRIPTION"]
    own = option_names(entry)
    shown, described = manual_pages.options_in(synopsis), manual_pages.described_in(section)
    expect(shown == own, f"{where}: the synopsis differs from the program: {sorted(shown ^ own)}")
    expect(described == own, f"{where}: the list differs from the program: {sorted(described ^ own)}")
    for argument in entry["arguments"]:
        expect(re.search(rf"\bAr {argument['value']}\b", "\n".join(synopsis)),
               f"{where}: the synopsis lacks {argument['value']}")
    for option in entry["options"]:
        for value in alternatives(option["value"]):
            expect(re.search(rf"(?<![\w-]){value}(?!\w)", "\n".join(sum(page.sections.values(), []))),
                   f"{where} does not say what {option['names'][-1]} {value} is")


def check_names(page):
    """Whatever a page names exists."""
    lines = page.text.splitlines()
    noun = page.name.removeprefix("tokctl-")
    known = set(GLOBALS)
    for name, entry in commands.items():
        if noun not in commands or name.split()[:1] == [noun]:
            known |= option_names(entry)
    for option in manual_pages.options_in(lines) - known:
        expect(False, f"{page.path.name} names {option}, which does not exist")
    for words in re.findall(r"^\.(?:Cm|It Cm|Ic) (.*)", page.text, re.M):
        words = words.removeprefix("tokctl ").split()
        if len(words) > 1 and words[0] in nouns and re.fullmatch("[a-z]+", words[1]):
            expect(" ".join(words[:2]) in commands, f"{page.path.name} names {words[:2]}, which does not exist")
    for name, section in re.findall(r"\bXr (\S+) (\d)", page.text):
        expect((manual_pages.FOLDER / f"{name}.{section}").exists(), f"{page.path.name} refers to {name}({section})")
    for number, line in enumerate(page.path.read_bytes().splitlines(), 1):
        expect(len(line) <= 80, f"{page.path.name}:{number} is {len(line)} bytes long")


def check_settings():
    """tokctl.conf(5) has every setting with its default and variable."""
    page = pages["tokctl.conf"]
    shown = json.loads(run("config", "show", "-o", "json").stdout)["data"]
    items, name = {}, None
    for line in page.sections["SETTINGS"]:
        if line.startswith(".It Va "):
            name = line[7:]
            items[name] = ""
        elif line.startswith(".El"):
            name = None
        elif name:
            items[name] += line + "\n"
    names = {setting["name"] for setting in shown}
    expect(names == set(items), f"tokctl.conf.5: settings differ: {sorted(names ^ set(items))}")
    for setting in shown:
        text = items.get(setting["name"], "")
        variable = re.search(r"Variable:\n\.Ev (TOKCTL_\w+)", text)
        if not variable:
            expect(False, f"tokctl.conf.5: {setting['name']} has no variable")
            continue
        default = re.search(r"Default:(?:\n\.Ql (\S+)| (\d+))", text)
        value = (default[1] or default[2].rstrip(".")).replace("\\&", "") if default else "x"
        answer = subprocess.run([*UNDER, TOKCTL, "config", "show", "-o", "json"], capture_output=True, text=True,
                                env={**os.environ, variable[1]: value})
        now = {row["name"]: row for row in json.loads(answer.stdout)["data"]}[setting["name"]]
        expect(now["where"] == variable[1], f"tokctl.conf.5: {variable[1]} does not set {setting['name']}")
        if default:
            expect(now["value"] == setting["value"], f"tokctl.conf.5: {setting['name']} is by default {setting['value']}")


def check_events():
    """tokctl-audit(1) has every event that is known, and no other."""
    feed = (manual_pages.FOLDER.parent / "src/auth/feed.cpp").read_text()
    # After the last three nothing that was known before counts, so it does not name them.
    known = set(re.findall(r'{"([a-z_]+\.[a-z_]+)", Reach', feed))
    known |= {"database.copied", "database.restored", "root_key.retired"}
    expect(len(known) > 50, "the list of events has shrunk")
    told = {name for line in pages["tokctl-audit"].sections["EVENTS"] if line.startswith(".It Cm ")
            for name in line[7:].split(" , ")}
    expect(known == told, f"tokctl-audit.1: events differ: {sorted(known ^ told)}")


def check_hints():
    """Hints and messages in the sources name commands that exist."""
    sources = manual_pages.FOLDER.parent
    for path in sorted([*sources.glob("cli/*.cpp"), *sources.glob("src/**/*.cpp"), *sources.glob("db/*.cpp")]):
        for noun, verb in re.findall(r"tokctl ([a-z]+)(?: ([a-z]+))?", path.read_text()):
            if noun not in nouns:
                continue
            expect(not verb or not children[noun] or f"{noun} {verb}" in commands,
                   f"{path.relative_to(sources)} speaks of tokctl {noun} {verb}, which does not exist")


for name, entry in commands.items():
    check_help(name, entry)
    check_completion(name, entry)
    check_page(name, entry)
for page in pages.values():
    check_names(page)
    noun = page.name.removeprefix("tokctl-")
    if page.path.suffix == ".1" and page.name != "tokctl":
        expect(noun in nouns, f"{page.path.name} is about no noun")
        summary = commands.get(noun, {"help": ""})["help"].split("\n")[0]
        expect(summary[:1].lower() + summary[1:] == page.summary(),
               f"{page.path.name}: {page.summary()!r} is {summary!r} in --help")
check_settings()
check_events()
check_hints()

print(*failures, sep="\n")
sys.exit(1 if failures else 0)
