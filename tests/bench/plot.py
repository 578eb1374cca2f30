#!/usr/bin/env python3
"""Draws docs/performance.svg from what results.py has kept, and writes the table of README.md, between its markers. As long
as a benchmark has not been run there is nothing to say of the whole; with --partial it draws what there is."""
import html
import re
import sys

import results

GROUPS = ["A web token, by SQLite", "An API token", "An API token, by Redis", "A web token, by PostgreSQL", "A web token, by MariaDB",
          "Issue, safe on the disk", "Verify a JWT", "Over HTTP, 32 connections", "99 of 100 answered within",
          "As the database grows", "While 1 million expired tokens are swept", "A whole process, 1 million sessions"]
BEGIN, END = "<!-- written by ./dev bench -->\n", "<!-- to here -->"
WIDTH, PAD, BAR, ROW, HEAD, GAP = 860, 20, 15, 22, 30, 14
LABEL, FIGURE = 290, 90  # room for a bar's name before it, and for its figure behind it

STYLE = """<style>
  svg { --ground: #ffffff; --ink: #1f2733; --soft: #56616f; --line: #8a95a5; --ours: #2f6fd6; --peer: #b3bcc8; }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #14171c; --ink: #e3e8ef; --soft: #a2adbb; --line: #6d7889; --ours: #5d98f2; --peer: #4b5563; }
  }
  text { font-family: system-ui, "Segoe UI", "DejaVu Sans", Helvetica, Arial, sans-serif; font-size: 12.5px; fill: var(--soft); }
  .head { font-size: 14.5px; font-weight: 600; fill: var(--ink); }
  .name { text-anchor: end; }
  rect.ours { fill: var(--ours); } rect.peer { fill: var(--peer); } text.ours { font-weight: 600; fill: var(--ink); }
</style>"""


def figure(value, unit):
    if unit == "ms":
        return f"{value:.3g} ms"
    if value >= 100:
        digits = len(str(int(value))) - 3
        return f"{int(round(value, -digits)) if digits > 0 else round(value):,}/s"
    return f"{value:.3g}/s"


def bars(rows):
    """(name, value, unit, is it tokctl) for each that the rows compare, the peers behind those that they are beside."""
    found = {}
    for row in rows:
        found[row["name"]] = (row["name"], row["value"], row["unit"], True)
        if row["peer"]:
            found.setdefault(row["peer"], (row["peer"], row["peer_value"], row["unit"], False))
    return list(found.values())


def draw(groups):
    height = PAD + sum(HEAD + ROW * len(bars(rows)) + GAP for rows in groups.values())
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
           'role="img" aria-label="tokctl beside its peers; the figures are in the table">')
    yield STYLE
    yield (f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="9" style="fill: var(--ground); '
           'stroke: var(--line)"/>')
    y = PAD
    for group, rows in groups.items():
        shown = bars(rows)
        longest = max(value for _, value, _, _ in shown)
        better = ", less is better" if shown[0][2] == "ms" else ""
        yield f'<text class="head" x="{PAD}" y="{y + 14}">{html.escape(group + better)}</text>'
        y += HEAD
        for name, value, unit, ours in shown:
            kind = "ours" if ours else "peer"
            length = max(1.5, (WIDTH - 2 * PAD - LABEL - FIGURE) * value / longest)
            yield f'<text class="name {kind}" x="{PAD + LABEL - 10}" y="{y + 12}">{html.escape(name)}</text>'
            yield f'<rect class="{kind}" x="{PAD + LABEL}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2"/>'
            yield f'<text x="{PAD + LABEL + length + 7:.1f}" y="{y + 12}">{figure(value, unit)}</text>'
            y += ROW
        y += GAP
    yield "</svg>"


def table(groups):
    yield "| work | tokctl | beside | ratio | goal | |"
    yield "|---|---:|---:|---:|---:|---|"
    for group, rows in groups.items():
        for row in rows:
            unit, ratio = row["unit"], row["ratio"]
            beside = f"{row['peer']} {figure(row['peer_value'], unit)}" if row["peer"] else ""
            sign = "≥" if unit == "/s" else "≤"
            goal = f"≤ {row['limit']} {unit}" if row["limit"] is not None else f"{sign} {row['goal']:,}" if row["goal"] else ""
            said = {None: "", True: "reached", False: f"short{': ' if row['why'] else ''}{row['why']}"}[row["met"]]
            times = "" if ratio is None else f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.2g}" if ratio >= 10 else f"{ratio:.2f}"
            name = re.sub("^tokctl(, )?", "", row["name"])
            yield (f"| {group}{': ' if name else ''}{name} | {figure(row['value'], unit)} | {beside} | {times} | {goal} | "
                   f"{said} |").replace("  ", " ")


def main():
    kept = results.read()
    groups = {group: rows for group in GROUPS if (rows := [row for row in kept if row["group"] == group])}
    if unknown := {row["group"] for row in kept} - set(GROUPS):
        sys.exit(f"plot: where are these to be drawn: {unknown}")
    missing = [group for group in GROUPS if group not in groups]
    if not groups or missing and sys.argv[1:] != ["--partial"]:
        print(f"plot: docs/performance.svg stays as it is: not yet run are {'; '.join(missing)}", file=sys.stderr)
        return
    (results.ROOT / "docs/performance.svg").write_text("\n".join(draw(groups)) + "\n")
    readme = results.ROOT / "README.md"
    before, _, rest = readme.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    if not after:
        sys.exit("README.md has lost its markers")
    readme.write_text(before + BEGIN + "\n".join(table(groups)) + "\n" + END + after)


if __name__ == "__main__":
    main()
