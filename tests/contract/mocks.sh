#!/usr/bin/env bash
# Serves the published files with Prism on loopback, looks at them, and ends the servers.
# mocks.sh <how Prism is run> <folder of Xero's files, or nothing> <GO1's file, or nothing> <the contract command>
set -euo pipefail
xero=$2 go1=$3 contract=$4 log=target/prism.log
read -ra prism <<<"$1"
arguments=() started=()
fail() { echo "error: $1" >&2; exit 1; }
command -v "${prism[0]}" >/dev/null || fail "${prism[0]} is not on PATH"
files=()
[ -z "$xero" ] || files+=("$xero/xero-identity.yaml" "$xero/xero_accounting.yaml" "$xero/xero-payroll-au.yaml")
[ -z "$go1" ] || files+=("$go1")
for file in "${files[@]}"; do
  test -f "$file" || fail "$file is not there"
done
mkdir -p target
# Once before the four of them, which would install it at the same time.
"${prism[@]}" --version >"$log" 2>&1 || fail "Prism does not run; see $log"
# Each server is a process group of its own, so that what npx has started ends with it.
set -m
trap 'for group in "${started[@]}"; do kill -- "-$group" 2>/dev/null || true; done' EXIT
serve() { # the setting that it is for, a port, a file
  ! (: </dev/tcp/127.0.0.1/"$2") 2>/dev/null || fail "port $2 is in use: something else is served there"
  "${prism[@]}" mock --host 127.0.0.1 --port "$2" "$3" >>"$log" 2>&1 &
  started+=($!) arguments+=("--$1" "http://127.0.0.1:$2")
}
# The largest of the files takes Prism half a minute.
ready() { # a port, its process
  for ((second = 0; second < 300; second++)); do
    (: </dev/tcp/127.0.0.1/"$1") 2>/dev/null && return
    kill -0 "$2" 2>/dev/null || fail "Prism ended; see $log"
    sleep 1
  done
  fail "Prism does not listen on port $1 after five minutes; see $log"
}
if [ -n "$xero" ]; then
  serve xero 4021 "$xero/xero-identity.yaml"
  serve xero-accounting 4022 "$xero/xero_accounting.yaml"
  serve xero-payroll 4023 "$xero/xero-payroll-au.yaml"
fi
[ -z "$go1" ] || serve go1 4024 "$go1"
for ((each = 0; each < ${#started[@]}; each++)); do
  ready "${arguments[2 * each + 1]##*:}" "${started[each]}"
done
"$contract" mocks "${arguments[@]}"
