#!/usr/bin/env bash
# Standard output that fails: 1, and after a change the message names what was made.
. "$(dirname "$0")/lib.sh"

tokctl init -q >/dev/null
into() { local file=$1; shift; "$@" >"$file"; }
closed() { "$@" >&-; }

it "fails on a full device"
expect_exit 1 into /dev/full tokctl user list -o csv
expect_err 'error: cannot write standard output: no space left [output.failed]'

it "names what was created all the same"
expect_exit 1 into /dev/full tokctl user create --email bill@example.com --name Bill --no-password
ID=$(tokctl user get bill@example.com -o id)
expect_err "error: cannot write standard output: no space left; user $ID was created [output.failed]"
expect_exit 1 into /dev/full tokctl token issue bill@example.com
SESSION=$(tokctl session list -o id)
expect_err "error: cannot write standard output: no space left; session $SESSION was created [output.failed]"
expect_exit 1 into /dev/full tokctl session revoke "$SESSION" --yes -o json
expect_equal "$(err | jq -r .error.message)" \
  "cannot write standard output: no space left; session $SESSION was revoked"

it "takes the limit of a file's size for a full disk"
limited() { (ulimit -f 1000; "$@" >>long); }
head -c 1024000 /dev/zero >long
expect_exit 1 limited tokctl user create --email long@example.com --name Long --no-password
ID=$(tokctl user get long@example.com -o id)
expect_err "error: cannot write standard output: the file is too large; user $ID was created [output.failed]"

it "does not claim that a rehearsal changed anything"
expect_exit 1 into /dev/full tokctl user create --email dry@example.com --name Dry --no-password --dry-run
expect_err 'error: cannot write standard output: no space left [output.failed]'

it "does nothing when standard output is closed from the start"
expect_exit 1 closed tokctl user create --email eve@example.com --name Eve --no-password
expect_err 'error: cannot write standard output: it is closed [output.failed]'
expect_exit 3 tokctl user get eve@example.com
expect_exit 1 closed tokctl version

it "survives a reader that has gone"
printf 'x\n%.0s' {1..400} >lines
python3 - "$TOKCTL" <<'END'
import os, subprocess, sys
read, write = os.pipe()
os.close(read)
done = subprocess.run([sys.argv[1], "token", "validate", "--batch"], stdin=open("lines"), stdout=write,
                      stderr=subprocess.PIPE, text=True)
assert done.returncode == 1, done
assert done.stderr == "error: cannot write standard output: nobody reads it [output.failed]\n", done
END

it "is not disturbed by closed standard input and error"
expect_exit 0 tokctl user get bill@example.com <&-
status=0
"$TOKCTL" user get nobody@example.com 2>&- || status=$?
expect_equal "$status" 3
expect_exit 2 tokctl user create --email fay@example.com --name Fay --password-stdin <&-
expect_err 'error: cannot read standard input [input.failed]'
