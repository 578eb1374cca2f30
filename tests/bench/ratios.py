#!/usr/bin/env python3
"""Reads what Google Benchmark wrote (--benchmark_out) and prints how tokctl stands to each peer of the same run."""
import json
import sys

# What is measured, the peer, and at least how many times the peer's speed it is meant to reach.
PAIRS = [
    ("validate", "raw_join_autocommit", 0.6),
    ("validate_in_batches", "raw_join_in_transaction", 0.6),
    ("validate", "kit_derivation", 6000),
    ("issue", "raw_durable_insert", 0.8),
    ("jwt_eddsa", "raw_ed25519", 0.9),
    ("jwt_rs256", "raw_rsa2048", 0.9),
    ("jwt_es256", "raw_p256", 0.9),
    ("postgres_validate_unix", "libpq_join_unix", 0.85),
    ("postgres_validate_tcp", "libpq_join_tcp", 0.85),
    ("postgres_validate_in_batches", "libpq_join_unix", 0.85),
    ("postgres_issue", "libpq_durable_insert", 0.8),
    ("mysql_validate_unix", "libmariadb_join_unix", 0.85),
    ("mysql_validate_tcp", "libmariadb_join_tcp", 0.85),
    ("mysql_validate_in_batches", "libmariadb_join_unix", 0.85),
]

speeds = {}
for run in json.load(open(sys.argv[1], encoding="utf-8"))["benchmarks"]:
    # Of what waits for the disk the wall clock counts, of the rest the processor.
    if run.get("aggregate_name", "median") != "median":
        continue
    name, *how = run["run_name"].split("/")
    clock = "real_time" if "real_time" in how else "cpu_time"
    speeds[name] = run.get("items_per_second") or 1e9 / run[clock]
for ours, peer, goal in PAIRS:
    if ours in speeds and peer in speeds:
        ratio = speeds[ours] / speeds[peer]
        print(f"  {ours:28} {speeds[ours]:12,.0f}/s  is {ratio:9,.2f} × {peer} ({speeds[peer]:,.0f}/s), meant to be {goal} or more")
