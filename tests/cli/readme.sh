#!/usr/bin/env bash
# Runs every command of README.md and of tokctl-databases(7) as it is printed.
exec python3 "$(dirname "$0")/readme.py"
