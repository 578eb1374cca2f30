#!/usr/bin/env python3
"""Reads what Google Benchmark wrote (--benchmark_out), in files as many as there are, prints how tokctl stands to each peer of
the same run, and keeps it for plot.py."""
import json
import sys

import results

DISK = "a durable insert writes one page, a token and its event eight"
# What is measured, the peer, and at least how many times the peer's speed it is meant to reach, if that is the measure.
PAIRS = {
    "A web token, by SQLite": [
        ("validate", "raw_join_autocommit", 0.6),
        ("validate_in_batches", "raw_join_in_transaction", 0.6),
        ("validate", "kit_derivation", 6000, "the bare join is not 6,000 × kit either"),
    ],
    "An API token": [
        ("api_map_hit", "flat_table", 0.38),
        ("api_map_hit_8", "flat_table_8", 0.26),
        ("api_sqlite", "raw_api_join", 0.6),
    ],
    "An API token, by Redis": [
        ("redis_hit", "hiredis_get", 0.9, "client and server share one CPU"),
        ("redis_hit_8", "hiredis_get_8", 0.9, "eight threads and the server share two CPUs"),
        ("redis_hit_of_jwt", "hiredis_get", 0.85),
        ("redis_hit_in_batches", "hiredis_get_pipelined", None),
    ],
    "A web token, by PostgreSQL": [
        ("postgres_validate_unix", "libpq_join_unix", 0.85),
        ("postgres_validate_tcp", "libpq_join_tcp", 0.85),
        ("postgres_validate_in_batches", "libpq_join_unix", 0.85),
    ],
    "A web token, by MariaDB": [
        ("mysql_validate_unix", "libmariadb_join_unix", 0.85),
        ("mysql_validate_tcp", "libmariadb_join_tcp", 0.85),
        ("mysql_validate_in_batches", "libmariadb_join_unix", 0.85),
    ],
    "Issue, safe on the disk": [
        ("issue", "raw_durable_insert", 0.8, DISK),
        ("api_issue", "raw_durable_insert", 0.8, DISK),
        ("api_issue_many", "raw_batched_insert", None),
        ("postgres_issue", "libpq_durable_insert", 0.8),
    ],
    "Verify a JWT": [
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
    ],
    "As the database grows": [
        ("api_among_1m", "api_among_10k", 0.67),
        ("api_among_10m", "api_among_10k", 0.67),
    ],
}
# As people say it. Whatever is of tokctl begins with its name.
LABELS = {
    "validate": "tokctl", "raw_join_autocommit": "the bare join", "validate_in_batches": "tokctl, in batches",
    "raw_join_in_transaction": "the bare join, in a transaction", "kit_derivation": "kit",
    "api_map_hit": "tokctl, from memory", "flat_table": "a bare table in memory",
    "api_map_hit_8": "tokctl, from memory, 8 threads", "flat_table_8": "a bare table in memory, 8 threads",
    "api_sqlite": "tokctl, by SQLite", "raw_api_join": "SQLite's bare join",
    "redis_hit": "tokctl", "hiredis_get": "a bare GET",
    "redis_hit_8": "tokctl, 8 threads", "hiredis_get_8": "bare GETs, 8 threads", "redis_hit_of_jwt": "tokctl, a JWT and its session",
    "redis_hit_in_batches": "tokctl, in batches", "hiredis_get_pipelined": "bare GETs, pipelined",
    "postgres_validate_unix": "tokctl, Unix socket", "libpq_join_unix": "libpq's bare join, Unix socket",
    "postgres_validate_tcp": "tokctl, TCP", "libpq_join_tcp": "libpq's bare join, TCP",
    "postgres_validate_in_batches": "tokctl, in batches",
    "mysql_validate_unix": "tokctl, Unix socket", "libmariadb_join_unix": "libmariadb's bare join, Unix socket",
    "mysql_validate_tcp": "tokctl, TCP", "libmariadb_join_tcp": "libmariadb's bare join, TCP",
    "mysql_validate_in_batches": "tokctl, in batches",
    "issue": "tokctl, a web token", "raw_durable_insert": "SQLite's bare insert", "api_issue": "tokctl, an API token",
    "api_issue_many": "tokctl, API tokens by the thousand", "raw_batched_insert": "SQLite's bare inserts by the thousand",
    "postgres_issue": "tokctl, on PostgreSQL", "libpq_durable_insert": "libpq's bare insert",
    "jwt_hs256": "tokctl, HS256", "jwt_eddsa": "tokctl, EdDSA", "jwt_rs256": "tokctl, RS256", "jwt_es256": "tokctl, ES256",
    "jsonwebtoken_hs256": "jsonwebtoken, HS256", "jsonwebtoken_rs256": "jsonwebtoken, RS256",
    "jsonwebtoken_es256": "jsonwebtoken, ES256", "jose_hs256": "jose, HS256", "jose_eddsa": "jose, EdDSA",
    "jose_rs256": "jose, RS256", "jose_es256": "jose, ES256", "raw_ed25519": "the bare signature, EdDSA",
    "raw_rsa2048": "the bare signature, RS256", "raw_p256": "the bare signature, ES256",
    "api_among_10k": "10 thousand tokens", "api_among_1m": "tokctl, among 1 million tokens",
    "api_among_10m": "tokctl, among 10 million tokens",
}
WAIT_MS = 50  # at most, for a validation while the expired are swept

speeds = {}
rows = []
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
        if "longest_ms" in run:
            waited = max(run["longest_ms"], run["longest_without_upkeep_ms"])
            rows.append(results.row("While 1 million expired tokens are swept", "tokctl, longest wait of a validation", waited,
                                    "the same without a sweep", run["longest_alone_ms"], unit="ms", limit=WAIT_MS))
            print(f"  {name}: the longest wait was {waited:.1f} ms, meant to be at most {WAIT_MS}")
for group, pairs in PAIRS.items():
    for ours, peer, goal, *why in pairs:
        if ours in speeds and peer in speeds:
            rows.append(results.row(group, LABELS[ours], speeds[ours], LABELS[peer], speeds[peer], goal, why=" ".join(why)))
            meant = f", meant to be {goal} or more" if goal else ""
            print(f"  {ours:28} {speeds[ours]:12,.0f}/s  is {rows[-1]['ratio']:9,.2f} × {peer} ({speeds[peer]:,.0f}/s){meant}")
results.keep(rows)
