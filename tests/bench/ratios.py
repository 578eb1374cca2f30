#!/usr/bin/env python3
"""Reads what Google Benchmark wrote (--benchmark_out), in files as many as there are, and prints how tokctl stands to each
peer of the same run."""
import json
import sys

# What is measured, the peer, and at least how many times the peer's speed it is meant to reach, if that is the measure.
PAIRS = [
    ("validate", "raw_join_autocommit", 0.6),
    ("validate_in_batches", "raw_join_in_transaction", 0.6),
    ("validate", "kit_derivation", 6000),
    ("issue", "raw_durable_insert", 0.8),
    ("jwt_hs256", "jsonwebtoken_hs256", 3),
    ("jwt_hs256", "jose_hs256", None),
    ("jwt_eddsa", "raw_ed25519", 0.9),
    ("jwt_eddsa", "jose_eddsa", None),
    ("jwt_rs256", "raw_rsa2048", 0.9),
    ("jwt_rs256", "jsonwebtoken_rs256", None),
    ("jwt_rs256", "jose_rs256", None),
    ("jwt_es256", "raw_p256", 0.9),
    ("jwt_es256", "jsonwebtoken_es256", None),
    ("jwt_es256", "jose_es256", None),
    ("api_map_hit", "flat_table", 0.38),
    ("api_map_hit_8", "flat_table_8", 0.26),
    ("api_sqlite", "raw_api_join", 0.6),
    ("api_issue", "raw_durable_insert", 0.8),
    ("api_issue_many", "raw_batched_insert", None),
    ("redis_hit", "hiredis_get", 0.9),
    ("redis_hit_of_jwt", "hiredis_get", 0.85),
    ("redis_hit_in_batches", "hiredis_get_pipelined", None),
    ("api_among_1m", "api_among_10k", 0.67),
    ("api_among_10m", "api_among_10k", 0.67),
    ("postgres_validate_unix", "libpq_join_unix", 0.85),
    ("postgres_validate_tcp", "libpq_join_tcp", 0.85),
    ("postgres_validate_in_batches", "libpq_join_unix", 0.85),
    ("postgres_issue", "libpq_durable_insert", 0.8),
    ("mysql_validate_unix", "libmariadb_join_unix", 0.85),
    ("mysql_validate_tcp", "libmariadb_join_tcp", 0.85),
    ("mysql_validate_in_batches", "libmariadb_join_unix", 0.85),
]

speeds = {}
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        runs = json.load(file)["benchmarks"]
    for run in runs:
        # Of what waits for the disk the wall clock counts, of the rest the processor.
        if run.get("aggregate_name", "median") != "median":
            continue
        name, *how = run["run_name"].split("/")
        clock = "real_time" if "real_time" in how else "cpu_time"
        speeds[name] = run.get("items_per_second") or 1e9 / run[clock]
for ours, peer, goal in PAIRS:
    if ours in speeds and peer in speeds:
        ratio = speeds[ours] / speeds[peer]
        meant = f", meant to be {goal} or more" if goal else ""
        print(f"  {ours:28} {speeds[ours]:12,.0f}/s  is {ratio:9,.2f} × {peer} ({speeds[peer]:,.0f}/s){meant}")
