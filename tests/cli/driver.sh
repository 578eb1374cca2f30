#!/usr/bin/env bash
# Database drivers that are modules beside the program.
. "$(dirname "$0")/lib.sh"

it "names the package of a driver that is not installed"
mkdir alone
cp "$TOKCTL" alone/tokctl
while read -r scheme kind; do
  expect_exit 7 alone/tokctl user list --db "$scheme://db/tokctl"
  expect_err "error: the driver for $kind databases is not installed [db.driver_missing]
hint:  install the package tokctl-$kind"
done <<'SCHEMES'
postgres postgres
postgresql postgres
mysql mysql
SCHEMES
