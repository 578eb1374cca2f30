#!/usr/bin/env bash
# Types at bash, zsh and fish, and looks at what a tab makes of it.
exec python3 "$(dirname "$0")/completion.py"
