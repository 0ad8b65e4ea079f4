#!/usr/bin/env bash
# Builds Port's published jq library into target/port-jq, for the tests that compare with it. Needs Node with its headers,
# a C++ compiler, make, Python, autoconf, automake and libtool; without them it says so, and the tests are skipped.
set -euo pipefail
cd "$(dirname "$0")/../../.."
to=target/port-jq
[ -f "$to/node_modules/@port-labs/jq-node-bindings/build/Release/jq-node-bindings.node" ] && exit 0
for program in node npm g++ make python3 autoreconf libtoolize; do
  command -v "$program" >/dev/null || { echo "not compared with Port's jq library: $program is missing"; exit 0; }
done
headers=()
[ -d /usr/include/node ] && headers=(--nodedir=/usr)
mkdir -p "$to"
if ! npm install --silent --no-audit --no-fund --prefix "$to" "${headers[@]}" @port-labs/jq-node-bindings@0.0.12 >"$to/log" 2>&1; then
  echo "not compared with Port's jq library: it does not build, see $to/log"
  rm -rf "$to/node_modules"
fi
