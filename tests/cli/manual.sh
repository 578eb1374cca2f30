#!/usr/bin/env bash
# Holds commands, their --help, their manual pages and what completion offers against one another.
exec python3 "$(dirname "$0")/manual.py"
