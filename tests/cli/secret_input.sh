#!/usr/bin/env bash
# Passwords: from standard input, a file, a descriptor or a person; never from argv.
. "$(dirname "$0")/lib.sh"

PW='correct horse battery'
create() { tokctl user create --email "$1" --name Name "${@:2}"; }
login() { tokctl user login "$1" --password-stdin <<<"$PW"; }
ask() { python3 "$here/on_terminal.py" "$@"; }

it "strips one newline and nothing else"
expect_exit 0 create a@example.com --password-stdin < <(printf '%s' "$PW")
expect_exit 0 login a@example.com
expect_exit 0 create b@example.com --password-stdin < <(printf '%s \n' "$PW")
expect_exit 4 login b@example.com
expect_exit 0 tokctl user login b@example.com --password-stdin < <(printf '%s ' "$PW")
expect_exit 2 create c@example.com --password-stdin < <(printf '%s\n\n' "$PW")
expect_err 'error: the password is more than one line [password.lines]'
expect_exit 2 create c@example.com --password-stdin </dev/null
expect_err 'error: the password is empty [password.empty]'
expect_exit 2 create c@example.com --password-stdin < <(head -c 5000 /dev/zero | tr '\0' x)
expect_err 'error: the password is longer than 4096 bytes [password.too_long]'
expect_exit 2 create c@example.com --password-stdin </
expect_err 'error: cannot read standard input [input.failed]'

it "reads a file, and says when others can read it"
(umask 077 && printf '%s\n' "$PW" >password)
expect_exit 0 create d@example.com --password-file password
expect_err ''
expect_exit 0 login d@example.com
chmod 644 password
expect_exit 0 create e@example.com --password-file password
expect_err 'note:  others can read password'
expect_exit 2 create f@example.com --password-file no-such-file
expect_exit 2 create f@example.com --password-file /
mkfifo fifo
expect_exit 2 create f@example.com --password-file fifo

it "reads an open descriptor and a process substitution"
expect_exit 0 create g@example.com --password-fd 7 7< <(printf '%s' "$PW")
expect_exit 0 login g@example.com
expect_exit 0 create h@example.com --password-file <(printf '%s' "$PW")
expect_exit 0 login h@example.com
expect_exit 2 create i@example.com --password-fd 77
expect_err 'error: cannot read the descriptor [input.failed]'
expect_exit 2 create i@example.com --password-fd -1
expect_exit 2 create i@example.com --password-fd 0x7
expect_exit 2 create i@example.com --password-fd 99999

it "takes one source"
expect_exit 2 create i@example.com --password-stdin --password-file password <<<"$PW"
expect_err_match 'give only one of'
expect_exit 2 create i@example.com --password "$PW"
expect_nowhere "$PW"
expect_exit 2 create i@example.com "--password=$PW"
expect_nowhere "$PW"

it "asks a person twice, without echo"
expect_exit 0 ask "$PW" "$PW" -- "$TOKCTL" user create --email j@example.com --name J
expect_err_match '^Password: $'
expect_err_match '^Once more: $'
expect_nowhere "$PW"
expect_exit 0 login j@example.com
expect_exit 2 ask "$PW" "$PW." -- "$TOKCTL" user create --email k@example.com --name K --color never
expect_err_line 'error: the two passwords differ [password.differ]'
expect_exit 3 tokctl user get k@example.com

it "asks once to log in"
expect_exit 0 ask "$PW" -- "$TOKCTL" user login j@example.com
expect_exit 4 ask wrong -- "$TOKCTL" user login j@example.com

it "asks without echo for a token too"
tokctl token issue j@example.com >issued
expect_exit 0 ask "$(<issued)" -- "$TOKCTL" token validate -o id
expect_nowhere "$(<issued)"

it "gives the terminal back after ^C, and changes nothing"
expect_exit 130 ask "^C" -- "$TOKCTL" user create --email l@example.com --name L --color never
expect_err_line 'error: interrupted [interrupted]'
expect_exit 130 ask "$PW" "^C" -- "$TOKCTL" user create --email l@example.com --name L
expect_exit 3 tokctl user get l@example.com
expect_exit 130 ask "^C" -- "$TOKCTL" user delete j@example.com
expect_exit 0 tokctl user get j@example.com

it "names the options when nobody can be asked"
expect_exit 2 create m@example.com --no-input
expect_err 'error: a password is needed, and nobody can be asked [password.missing]
hint:  give it by --password-stdin, --password-file FILE or --password-fd N'
expect_exit 2 setsid "$TOKCTL" user create --email m@example.com --name M </dev/null
expect_exit 2 ask -- "$TOKCTL" user create --email m@example.com --name M --no-input

it "refuses a bad email before it asks for anything"
expect_exit 2 ask -- "$TOKCTL" user create --email nonsense --name N
