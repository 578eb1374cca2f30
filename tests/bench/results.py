"""What benchmarks found, kept together in build/bench/results.json: a row for each comparison, replaced when it is run again."""
import json
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILE = ROOT / "build/bench/results.json"


def row(group, name, value, peer, peer_value, goal=None, unit="/s", limit=None, why=""):
    """NAME reached VALUE, PEER beside it PEER_VALUE. What is counted by the second is meant to reach at least GOAL times
    its peer, what is timed to take at most GOAL times as long; or at most LIMIT, in its unit. WHY is said of one that
    falls short."""
    ratio = value / peer_value if peer_value else None
    met = None
    if limit is not None:
        met = value <= limit
    elif goal is not None:
        met = ratio >= goal if unit == "/s" else ratio <= goal
    return {"group": group, "name": name, "value": value, "peer": peer, "peer_value": peer_value, "unit": unit,
            "ratio": ratio, "goal": goal, "limit": limit, "met": met, "why": why}


def read():
    return json.loads(FILE.read_text())["rows"] if FILE.exists() else []


def keep(rows):
    kept = {(old["group"], old["name"], old["peer"]): old for old in read()}
    kept.update({(new["group"], new["name"], new["peer"]): new for new in rows})
    FILE.parent.mkdir(parents=True, exist_ok=True)
    beside = FILE.with_suffix(".new")
    beside.write_text(json.dumps({"rows": list(kept.values())}, indent=1, ensure_ascii=False) + "\n")
    os.replace(beside, FILE)
