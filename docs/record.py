#!/usr/bin/env python3
"""Draws docs/terminal.svg: runs docs/terminal.txt at a real shell with the real program ($TOKCTL), in a home of its own, and
draws what a terminal shows of it. `./dev record` runs this.

  docs/record.py            draws the picture anew
  docs/record.py --text     prints what it would show
"""
import html
import os
import pathlib
import pty
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
COLUMNS, FONT, ADVANCE, LINE, MARGIN, BAR = 112, 13, 7.83, 18.5, 18, 34
GROUND, TEXT, PROMPT, COMMENT = "#16191f", "#d7dce4", "#7fd38b", "#8b95a5"
COLORS = {31: "#ff8080", 32: "#7fd38b", 33: "#e8c66a", 34: "#86b7ff", 35: "#d8a2f0", 36: "#74d0d8", 90: COMMENT}


def record(lines):
    """What each line printed on a terminal, standard output and error together."""
    with tempfile.TemporaryDirectory() as home:
        programs = pathlib.Path(home, "bin")
        programs.mkdir()
        (programs / "tokctl").symlink_to(os.environ["TOKCTL"])
        environment = {"HOME": home, "PATH": f"{programs}:{os.environ['PATH']}", "TERM": "xterm-256color", "TZ": "UTC",
                       "LC_ALL": "C.UTF-8", "COLUMNS": str(COLUMNS), "PW": "correct horse battery",
                       "NEW": "staple the second"}
        mark = "\x1e"  # between what two lines print
        script = "".join(f"{line}\nprintf '{mark}'\n" for line in lines)
        pathlib.Path(home, "script").write_text(script)
        master, slave = pty.openpty()
        subprocess.run(["stty", "cols", str(COLUMNS), "rows", "50", "-onlcr"], stdin=slave, check=True)
        shell = subprocess.Popen(["bash", "--norc", "script"], cwd=home, env=environment, stdin=slave, stdout=slave,
                                 stderr=slave, start_new_session=True)
        os.close(slave)
        seen = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:  # the other end has closed
                break
            if not piece:
                break
            seen += piece
        os.close(master)
        shell.wait()
        parts = seen.decode().split(mark)
        if len(parts) != len(lines) + 1:
            sys.exit("the recording broke off:\n" + seen.decode())
        # Whoever records it is nobody in particular.
        return [re.sub(r"\bcli:\w+", "cli:bill", part.replace(home, "/home/bill")) for part in parts[:-1]]


def screen(lines, printed):
    """(color, bold, text) pieces of each line on the screen."""
    rows = []
    for line, output in zip(lines, printed):
        if line.startswith("#"):
            rows.append([(COMMENT, False, line)])
        else:
            rows.append([(PROMPT, True, "$ "), (TEXT, True, line)])
        for text in output.removesuffix("\n").split("\n") if output else []:
            pieces, color, bold = [], TEXT, False
            for part in re.split(r"(\x1b\[[\d;]*m)", text):
                if part.startswith("\x1b"):
                    for code in (int(code or 0) for code in part[2:-1].split(";")):
                        color, bold = (TEXT, False) if code == 0 else (COLORS.get(code, color), bold or code == 1)
                elif part:
                    pieces.append((color, bold, part))
            rows.append(pieces)
    return rows


def draw(rows):
    width, height = 2 * MARGIN + COLUMNS * ADVANCE, BAR + len(rows) * LINE + MARGIN
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
           f'height="{height:.0f}" role="img" aria-label="A terminal: the life of a user and its tokens">')
    yield (f'<rect x="0.5" y="0.5" width="{width - 1:.0f}" height="{height - 1:.0f}" rx="9" fill="{GROUND}" '
           'stroke="#5b6473"/>')
    for number, color in enumerate(("#e0635c", "#e2b549", "#58b368")):
        yield f'<circle cx="{MARGIN + 4 + 18 * number}" cy="17" r="5" fill="{color}"/>'
    yield (f'<g font-family="ui-monospace, \'DejaVu Sans Mono\', Menlo, Consolas, monospace" font-size="{FONT}">')
    for number, row in enumerate(rows):
        column = 0
        for color, bold, text in row:
            weight = ' font-weight="600"' if bold else ""
            for run in re.finditer(r"\S+( \S+)*", text):  # spaces in a row would become one
                # The length keeps columns where they are in whatever font there is.
                yield (f'<text x="{MARGIN + (column + run.start()) * ADVANCE:.1f}" y="{BAR + (number + 0.75) * LINE:.1f}" '
                       f'textLength="{len(run[0]) * ADVANCE:.1f}" fill="{color}"{weight}>{html.escape(run[0])}</text>')
            column += len(text)
        if column > COLUMNS:
            sys.exit(f"wider than the screen: {''.join(text for *_, text in row)}")
    yield "</g>"
    yield "</svg>"


def main():
    lines = (HERE / "terminal.txt").read_text().splitlines()
    printed = record(lines)
    rows = screen(lines, printed)
    if sys.argv[1:] == ["--text"]:
        print(*("".join(text for *_, text in row) for row in rows), sep="\n")
    else:
        (HERE / "terminal.svg").write_text("\n".join(draw(rows)) + "\n")


if __name__ == "__main__":
    main()
