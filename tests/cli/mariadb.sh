#!/usr/bin/env bash
# What is particular to MySQL and MariaDB: how a URL leads to a server, and what it refuses.
. "$(dirname "$0")/lib.sh"

FOLDER=$TOKCTL_TEST_SERVERS/mariadb
NAME=$(head -n 1 "$TOKCTL_TEST_DATABASES")
UNIX=$TOKCTL_DB
TCP=$(sed "s/DATABASE/$NAME/" "$FOLDER/tcp_url")
PASSWORD=${TCP#*tokctl:} PASSWORD=${PASSWORD%%@*}
PORT=${TCP##*:} PORT=${PORT%%/*}
SOCKET=${UNIX#*socket=}
# Names of users are for all databases of the server.
READER=r_$NAME STRANGER=s_$NAME TLS_ONLY=t_$NAME
sql "CREATE USER $READER IDENTIFIED BY 'r'"
sql "GRANT SELECT ON $NAME.* TO $READER"
sql "CREATE USER $STRANGER IDENTIFIED BY 's'"
sql "CREATE USER $TLS_ONLY IDENTIFIED BY 't' REQUIRE SSL"
sql "GRANT ALL ON $NAME.* TO $TLS_ONLY"
tokctl user create --email bill@example.com --name Bill --no-password >/dev/null

# through URL: what a command on that database prints, or how it fails.
through() { TOKCTL_DB="$1" run "$TOKCTL" user list -o raw --fields email; }
# reaches URL
reaches() {
  through "$1"
  [[ $(<"${kept:?}/status") == 0 ]] || fail "exit $(<"$kept/status")"
  expect_out bill@example.com
}
# refuses ID URL: exit 7, one line and a hint.
refuses() {
  through "$2"
  [[ $(<"$kept/status") == 7 ]] || fail "exit $(<"$kept/status"), not 7"
  expect_out ''
  expect_err_match "^error: .*\\[$1\\]\$"
  expect_equal "$(err | sed 's/:.*//' | tr '\n' ' ')" 'error hint '
  expect_nowhere "$PASSWORD"
}

it "reaches a server by socket and by TCP"
reaches "$UNIX"
reaches "$TCP"
reaches "mysql://tokctl:$PASSWORD@localhost:$PORT/$NAME"
reaches "mysql://t%6fkctl:$PASSWORD@/$NAME?socket=${SOCKET//\//%2F}"

it "takes user and password from where MySQL's clients do"
refuses db.password_missing "mysql://tokctl@127.0.0.1:$PORT/$NAME"
printf '[mysqld]\nuser=nobody\n\n[client]\n# not this one\npassword = "%s"\nuser=tokctl\nhost=nowhere.invalid\nssl\n' \
  "$PASSWORD" >"$HOME/.my.cnf"
refuses db.password_file "mysql://127.0.0.1:$PORT/$NAME"
expect_err_match "may be used by others"
chmod 600 "$HOME/.my.cnf"
reaches "mysql://127.0.0.1:$PORT/$NAME"
reaches "mysql://tokctl@127.0.0.1:$PORT/$NAME"
refuses db.password_missing "mysql://$READER@127.0.0.1:$PORT/$NAME"  # it is another user's
printf "[tokctl]\nuser = %s\npassword='r'\n" "$READER" >>"$HOME/.my.cnf"
reaches "mysql://127.0.0.1:$PORT/$NAME"
reaches "mysql://$READER@127.0.0.1:$PORT/$NAME"
rm "$HOME/.my.cnf"
printf '%s\n' "$PASSWORD" >password
chmod 600 password
reaches "mysql://tokctl@127.0.0.1:$PORT/$NAME?password-file=$PWD/password"
chmod 640 password
refuses db.password_file "mysql://tokctl@127.0.0.1:$PORT/$NAME?password-file=password"
refuses db.password_file "mysql://tokctl@127.0.0.1:$PORT/$NAME?password-file=none"
refuses db.password_file "mysql://tokctl@127.0.0.1:$PORT/$NAME?password-file=$PWD"
sql "CREATE USER odd_$NAME IDENTIFIED BY ':/?#[]@% \"\\'"
sql "GRANT ALL ON $NAME.* TO odd_$NAME"
reaches "mysql://odd_$NAME:%3A%2F%3F%23%5B%5D%40%25%20%22%5C@127.0.0.1:$PORT/$NAME"
cat >"$HOME/.my.cnf" <<CONF
[client]
user=odd_$NAME
password=":/?#[]@%\s\"\\\\"
CONF
chmod 600 "$HOME/.my.cnf"
reaches "mysql://127.0.0.1:$PORT/$NAME"
rm "$HOME/.my.cnf"

it "says what is wrong with a URL, a host, a password, a user, a database"
refuses db.host "mysql://nobody.invalid/$NAME?ssl-mode=disabled"
refuses db.unreachable "mysql://127.0.0.1:1/$NAME"
expect_err_line 'error: nobody answers at the MySQL server 127.0.0.1:1 [db.unreachable]'
refuses db.unreachable "mysql:///$NAME?socket=$PWD/none"
refuses db.password "mysql://tokctl:wrong@127.0.0.1:$PORT/$NAME"
refuses db.password "mysql://nobody:wrong@127.0.0.1:$PORT/$NAME"
refuses db.denied "mysql://$STRANGER:s@127.0.0.1:$PORT/$NAME"
refuses db.missing "${UNIX/\/$NAME/\/${NAME}_none}"
expect_err_match "there is no database ${NAME}_none"
for url in "$UNIX&nonsense=1" "$UNIX&ssl-mode=nonsense" "$UNIX&ssl-mode=" "$UNIX&socket=x" mysql://h mysql://h/ \
  mysql://h:/x mysql://h:0/x mysql://h:70000/x mysql://h:1x/x mysql://:1/x mysql://%zz/x mysql://h%00/x 'mysql://a,b/x' \
  'mysql://host=a/x' 'mysql://h;x/x' 'mysql://[::1/x' 'mysql://[::1]x/x' 'mysql://h/x#y' 'mysql://h/x?socket=/x' \
  'mysql://h/x?password-file=%' 'mysql://h/x?local-infile=1'; do
  TOKCTL_DB=$url expect_exit 2 tokctl user list
  expect_err_match '^error: .*\[db.url\]$'
done

it "shows nothing of a password that breaks its URL, nor asks the network about it"
for password in '12/cret' 'se@h/cret' '12/c?ret'; do
  TOKCTL_DB="mysql://u:$password@nobody.invalid/x" expect_exit 2 tokctl user list
  expect_err_match '^error: .*\[db.url\]$'
  expect_nowhere ret
  expect_nowhere 12
done

it "verifies a server on another host, unless told otherwise in words"
elsewhere="mysql://tokctl:$PASSWORD@0.0.0.0:$PORT/$NAME"  # which is this host, but not by its looks
refuses db.tls "$elsewhere"
refuses db.tls "$elsewhere?ssl-ca=$FOLDER/ca.crt"  # for it is localhost's certificate
refuses db.tls_file "$elsewhere?ssl-ca=$PWD/none.crt"
reaches "$elsewhere?ssl-mode=required"
reaches "$elsewhere?ssl-mode=disabled"
named="mysql://tokctl:$PASSWORD@localhost:$PORT/$NAME"
reaches "$named?ssl-ca=$FOLDER/ca.crt"
reaches "$named?ssl-mode=verify_identity&ssl-ca=$FOLDER/ca.crt"
refuses db.tls "$named?ssl-mode=verify_identity"
tls_only="mysql://$TLS_ONLY:t@localhost:$PORT/$NAME"
reaches "$tls_only?ssl-ca=$FOLDER/ca.crt"
reaches "$tls_only?ssl-mode=required"
refuses db.tls_required "$tls_only"
expect_err_match '^hint:  say ssl-mode='
refuses db.password "${tls_only/:t@/:wrong@}"

it "reads for a user who may only read, and tells them so on writes"
reader="mysql://$READER:r@localhost/$NAME?socket=$SOCKET"
reaches "$reader"
TOKCTL_DB=$reader expect_exit 0 tokctl audit verify
TOKCTL_DB=$reader expect_exit 0 tokctl db check
TOKCTL_DB=$reader expect_exit 7 tokctl user disable bill@example.com
expect_err "error: the user $READER may not do that in the database $NAME at $SOCKET [db.denied]
hint:  grant them the right, or take another user"
expect_exit 0 tokctl user get bill@example.com -o raw --fields status
expect_out active

it "takes no more rights than the manual says"
fresh=$(new_database fresh)
USER=u_$NAME
sql "CREATE USER $USER IDENTIFIED BY 'u'"
sql "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, REFERENCES, DROP ON ${NAME}_fresh.* TO $USER"
fresh="mysql://$USER:u@${fresh#*@}"
(
  # shellcheck disable=SC2030  # meant
  export TOKCTL_DB=$fresh TOKCTL_KEY_FILE=$PWD/fresh.key
  expect_exit 0 tokctl init
  sql "REVOKE CREATE, ALTER, INDEX, REFERENCES, DROP ON ${NAME}_fresh.* FROM $USER"
  expect_exit 0 tokctl user create --email ada@example.com --name Ada --no-password
  expect_exit 0 tokctl token issue ada@example.com -o raw
  expect_exit 0 tokctl user update ada@example.com --name 'Ada L.'
  expect_exit 0 tokctl gc --yes
  expect_exit 0 tokctl db check
)

it "never shows a password, whichever way it came"
# shellcheck disable=SC2031  # changed in a subshell only
export TOKCTL_DB=$TCP
for command in 'config show' 'db status' doctor 'db check' 'user list -v'; do
  # shellcheck disable=SC2086  # words are meant
  expect_exit 0 tokctl $command
  expect_nowhere "$PASSWORD"
done
expect_exit 2 tokctl user list --db "$TCP"
expect_nowhere "$PASSWORD"
export TOKCTL_DB=$UNIX

it "waits for a lock as long as it is told"
expect_no_wait 'SLEEP(8)'

it "keeps texts apart that look alike, and keeps them whole"
for email in jose@example.com josé@example.com JOSE2@example.com; do
  expect_exit 0 tokctl user create --email "$email" --name "$(printf '\xf0\x9f\x94\x91 O'\''Neil "%s"' "$email")" --no-password
done
expect_exit 0 tokctl user get josé@example.com -o raw --fields name
expect_out "🔑 O'Neil \"josé@example.com\""
for user in "$READER" "$STRANGER" "$TLS_ONLY" "odd_$NAME" "$USER"; do sql "DROP USER $user"; done
