#!/usr/bin/env bash
# Serves the published files with Prism on loopback, looks at them, and ends the servers.
# mocks.sh <prism> <folder of Xero's files, or nothing> <GO1's file, or nothing> <the contract command>
set -euo pipefail
prism=$1 xero=$2 go1=$3 contract=$4
command -v "$prism" >/dev/null || { echo "error: $prism is not on PATH: name Prism with PRISM=/path/to/prism (tests/contract/README.md)" >&2; exit 1; }
started=()
trap 'kill "${started[@]}" 2>/dev/null || true' EXIT
serve() { # a port, a file
  test -f "$2" || { echo "error: $2 is not there" >&2; exit 1; }
  "$prism" mock --host 127.0.0.1 --port "$1" "$2" >/dev/null & started+=($!)
}
arguments=()
if [ -n "$xero" ]; then
  serve 4021 "$xero/xero-identity.yaml"
  serve 4022 "$xero/xero_accounting.yaml"
  serve 4023 "$xero/xero-payroll-au.yaml"
  arguments+=(--xero http://127.0.0.1:4021 --xero-accounting http://127.0.0.1:4022 --xero-payroll http://127.0.0.1:4023)
fi
if [ -n "$go1" ]; then
  serve 4024 "$go1"
  arguments+=(--go1 http://127.0.0.1:4024)
fi
# The largest of the files takes Prism half a minute.
for ((port = 4021; port <= 4024; port++)); do
  [[ " ${arguments[*]} " == *":$port "* ]] || continue
  for ((second = 0; second < 120; second++)); do
    (: </dev/tcp/127.0.0.1/$port) 2>/dev/null && break
    sleep 1
  done
done
"$contract" mocks "${arguments[@]}"
