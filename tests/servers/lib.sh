# What the scripts in this folder share. Each is a kind of server and is used as
#
#   KIND.sh start FOLDER       starts one, after stopping what a run before left behind in FOLDER
#   KIND.sh stop FOLDER
#   KIND.sh restart FOLDER     ends a database server as a crash would, and starts it again on the same data
#   KIND.sh create FOLDER NAME / drop FOLDER NAME
#   KIND.sh sql FOLDER NAME STATEMENT     prints a line for each row, with tabs between its columns
#   KIND.sh talk FOLDER NAME   runs the statements that it reads, one after the other over one connection
#
# `start` leaves in FOLDER what tests need to know: `url` and `tcp_url` (by Unix socket and by loopback), in which
# DATABASE is to be replaced by a name, and `ca.crt`, which has signed the server's certificate for `localhost` and
# `db.example.com`. The user in the URLs may do anything. With TOKCTL_TEST_FSYNC=on the server is as durable as a real one.
#
# A server lives in a short folder under /tmp, PLACE, since the path of a Unix socket has a limit of about a hundred
# bytes; FOLDER/place leads there. The folder is closed to others, so that its socket needs no password.
#
# A script defines `start PLACE`, `stop PLACE`, `create URL NAME`, `drop URL NAME` and, of a database, `restart PLACE`,
# `sql URL NAME STATEMENT` and `talk URL NAME`; it ends with `main "$@"`.
#
# shellcheck shell=bash

die() {
  printf '%s: %s\n' "$0" "$*" >&2
  exit 1
}

# as USER COMMAND...: servers refuse to run as root, who becomes USER for them.
as() {
  if [[ $(id -u) == 0 ]]; then
    setpriv --reuid "$1" --regid "$1" --init-groups --reset-env -- "${@:2}"
  else
    "${@:2}"
  fi
}

# own PLACE USER
own() { [[ $(id -u) != 0 ]] || chown -R "$2:$2" "$1"; }

# Taken by nobody at this moment; a start that loses it to somebody else is tried again.
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# make_certificates PLACE: a server.crt for localhost and db.example.com, signed by a ca.crt.
make_certificates() {
  local place=$1
  {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '/CN=tokctl test CA' \
      -addext basicConstraints=critical,CA:TRUE -keyout "$place/ca.key" -out "$place/ca.crt"
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost \
      -keyout "$place/server.key" -out "$place/server.csr"
    openssl x509 -req -in "$place/server.csr" -CA "$place/ca.crt" -CAkey "$place/ca.key" -CAcreateserial -days 30 \
      -extfile <(printf 'subjectAltName = DNS:localhost,DNS:db.example.com') -out "$place/server.crt"
  } >"$place/openssl.log" 2>&1 || { cat "$place/openssl.log" >&2; return 1; }
  chmod 600 "$place/server.key"
}

# remove FOLDER: ends what lives there, if anything does.
remove() {
  local folder=$1 place
  if [[ -L $folder/place ]]; then
    place=$(readlink "$folder/place")
    if [[ $place == /tmp/tokctl-*.?????? && -d $place ]]; then
      stop "$place"
      rm -rf "$place"
    fi
  fi
  rm -f "$folder"/{place,url,tcp_url,ca.crt}
  [[ ! -d $folder ]] || rmdir "$folder"
}

# launch FOLDER
launch() {
  local folder=$1 place status
  remove "$folder"
  umask 077
  mkdir -p "$folder"
  for _ in 1 2 3; do
    place=$(mktemp -d "/tmp/tokctl-$(basename "$0" .sh).XXXXXX")
    ln -sfn "$place" "$folder/place"
    # Outside of a condition, in which a failure would not end the subshell.
    set +e
    (set -e && start "$place") </dev/null
    status=$?
    set -e
    if [[ $status == 0 ]]; then
      cp "$place"/{url,tcp_url,ca.crt} "$folder"
      return
    fi
    stop "$place"
    rm -rf "$place"
  done
  die "the server does not start"
}

main() {
  case $1 in
    start) launch "$2" ;;
    stop) remove "$2" ;;
    restart) restart "$(readlink "$2/place")" </dev/null ;;
    create | drop | sql | talk)
      [[ -f $2/url ]] || die "no server was started in $2"
      "$1" "$(<"$2/url")" "${@:3}"
      ;;
    *) die "unknown: $1" ;;
  esac
}
