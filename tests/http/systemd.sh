#!/usr/bin/env bash
# The units that are installed: systemd understands them, and finds them closed.
. "$(dirname "$0")/lib.sh"

build=$(dirname "$(dirname "$TOKCTL")")
cp "$build"/systemd/*.service "$here/../../systemd"/*.{socket,timer} .

it "leaves a service that is taken over with nothing to do"
for unit in tokctl tokctl-gc; do
  expect_exit 0 systemd-analyze security --offline=yes --no-pager --threshold=25 "$PWD/$unit.service"
done

it "says what systemd understands"
for unit in *.service *.socket *.timer; do
  sed -i "s|^ExecStart=[^ ]*/tokctl|ExecStart=$TOKCTL|; /^Documentation=/d" "$unit"
done
for unit in *.service *.socket *.timer; do
  expect_exit 0 systemd-analyze verify --man=no "$PWD/$unit"
  expect_err ''
done
