#!/usr/bin/env bash
# The life of a user and a token, told command by command; `./dev demo` runs it in an empty folder.
set -euo pipefail

tokctl() { "$TOKCTL" "$@"; }
export TOKCTL_DB="sqlite:$PWD/demo.db"
export PW='correct horse battery' NEW='staple the second'

# Prints each line as it is typed at a shell and runs it. One behind `!` must be refused, with exit 4.
while IFS= read -r line <&3; do
  case $line in
    '! '*)
      status=0
      printf '$ %s\n' "${line#! }"
      eval "${line#! }" || status=$?
      printf '[exit %s]\n' "$status"
      [[ $status == 4 ]]
      ;;
    '' | '#'*) printf '%s\n' "$line" ;;
    *)
      printf '$ %s\n' "$line"
      eval "$line"
      ;;
  esac
done 3<<'END'
# A user, in a new SQLite database.
printf '%s' "$PW" | tokctl user create --email bill@ardanlabs.com --name 'Bill Kennedy' --password-stdin

# A web token for him, and what it says.
TOKEN=$(tokctl token issue bill@ardanlabs.com --ttl 12h)
printf '%s\n' "$TOKEN" | tokctl token validate - -o json

# A new password ends every token that was issued under the old one.
printf '%s' "$NEW" | tokctl user passwd bill@ardanlabs.com --password-stdin
! printf '%s\n' "$TOKEN" | tokctl token validate - -o json

# Another token, and its revocation.
TOKEN=$(tokctl token issue bill@ardanlabs.com)
printf '%s\n' "$TOKEN" | tokctl token validate -
printf '%s\n' "$TOKEN" | tokctl token revoke - --yes
! printf '%s\n' "$TOKEN" | tokctl token validate -

# Every change is in the audit log.
tokctl audit verify
END
