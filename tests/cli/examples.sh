#!/usr/bin/env bash
# Runs every example of --help and of the manual pages as it is printed.
exec python3 "$(dirname "$0")/examples.py"
