#!/usr/bin/env bash
# What only a database in a file can suffer.
. "$(dirname "$0")/lib.sh"

tokctl init -q >/dev/null
DB=$HOME/.local/share/tokctl/tokctl.db
closed() { "$@" >&-; }

it "does not put output into a file that took the closed descriptor"
before=$(sha256sum <"$DB")
expect_exit 1 closed tokctl user list
expect_equal "$(sha256sum <"$DB")" "$before"
