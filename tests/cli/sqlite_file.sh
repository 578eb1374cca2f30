#!/usr/bin/env bash
# What only a database in a file can suffer.
. "$(dirname "$0")/lib.sh"

DATA=$HOME/.local/share/tokctl
DB=$DATA/tokctl.db
closed() { "$@" >&-; }

it "is made private, with its folder, and not by a rehearsal"
tokctl init --dry-run -q >/dev/null
[[ ! -e $DATA ]] || fail "something was made"
tokctl init -q >/dev/null
expect_equal "$(stat -c %a "$DATA" "$DB" "$DATA/tokctl.key" | tr '\n' ' ')" '700 600 600 '

it "does not make a database only to look at it"
expect_exit 7 tokctl db status --db "sqlite:$PWD/none.db"
expect_exit 7 tokctl db check --db "sqlite:$PWD/none.db"
expect_exit 10 tokctl doctor --db "sqlite:$PWD/none.db"
[[ ! -e none.db ]] || fail "it was made"

it "does not take an empty file for a database that it may only look at"
touch empty.db
chmod 600 empty.db
expect_exit 10 tokctl db status --db "sqlite:$PWD/empty.db"
expect_err_line 'error: the database is empty [db.empty]'
[[ ! -s empty.db ]] || fail "it was changed"

it "does not pass over a file that everybody may read"
chmod 644 "$DB"
expect_exit 10 tokctl doctor
expect_out_match "^database +false +everybody on this machine may use the database file: chmod o= $DB$"
expect_exit 10 tokctl db check
chmod 640 "$DB" # the group is its owner's choice
tokctl doctor >/dev/null
chmod 600 "$DB"

it "does not put output into a file that took the closed descriptor"
before=$(sha256sum <"$DB")
expect_exit 1 closed tokctl user list
expect_equal "$(sha256sum <"$DB")" "$before"
