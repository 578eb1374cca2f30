"""Reads the sources of the manual pages as far as the tests need: sections, options, examples."""
import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "man"
ESCAPES = {r"\e": "\\", r"\(aq": "'", r"\(dq": '"', r"\-": "-", r"\&": ""}


def unescape(line):
    return re.sub(r"\\(?:\((?:aq|dq)|[e&-])", lambda match: ESCAPES[match[0]], line)


class Page:
    def __init__(self, path):
        self.path = path
        self.name = path.stem
        self.text = path.read_text()
        lines = re.sub(r"\\\n", "", self.text).splitlines()
        self.sections = {}  # by name, `Sh/Ss` for what stands under a subsection
        section = subsection = ""
        for line in lines:
            if line.startswith(".Sh "):
                section, subsection = line[4:], ""
            elif line.startswith(".Ss "):
                subsection = line[4:]
            else:
                key = f"{section}/{subsection}" if subsection else section
                self.sections.setdefault(key, []).append(line)

    def summary(self):
        return next(line[4:] for line in self.sections["NAME"] if line.startswith(".Nd "))

    def subsections(self, section):
        return [key.split("/", 1)[1] for key in self.sections if key.startswith(section + "/")]

    def synopsis(self):
        """(command, its lines) for each entry of the synopsis."""
        entries = []
        for line in self.sections.get("SYNOPSIS", []):
            if line.startswith(".Nm"):
                entries.append(["", []])
            elif line.startswith(".Cm ") and not entries[-1][0]:
                entries[-1][0] = line[4:]
            else:
                entries[-1][1].append(line)
        return entries

    def examples(self):
        """The literal blocks of EXAMPLES, as a shell would get them."""
        blocks, inside = [], False
        for line in self.sections.get("EXAMPLES", []):
            if line.startswith(".Bd -literal"):
                blocks.append([])
                inside = True
            elif line.startswith(".Ed"):
                inside = False
            elif inside:
                blocks[-1].append(unescape(line))
        return ["\n".join(block) for block in blocks]


def options_in(lines):
    """Every option that the lines name, as it is typed."""
    found = set()
    for line in lines:
        if not line.startswith("."):
            continue
        for words in re.findall(r"\bFl\b((?: (?:-?[a-z][a-z-]*|[a-z])(?: ,(?= ))?)+)", line):
            found.update("-" + word for word in words.replace(",", " ").split())
    return found


def described_in(lines):
    """The options that the lines describe: those that head an item of a list."""
    return options_in([line for line in lines if line.startswith(".It ")])


def pages():
    return {path.stem: Page(path) for path in sorted(FOLDER.glob("*.[1-8]"))}
