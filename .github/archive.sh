#!/usr/bin/env bash
# Packs the command built for a target with its manual page, completion scripts and licenses.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$1
name=port-webhooks-$target
built=target/$target/release
exe=
[[ $target != *windows* ]] || exe=.exe

rm -rf "$name"
mkdir -p "$name/completions"
cp "$built/port-webhooks$exe" LICENSE-* "$name"
cp crates/port-webhooks-cli/README.md CHANGELOG.md "$name"
for shell in bash elvish fish powershell zsh; do
  "$built/port-webhooks$exe" completions "$shell" >"$name/completions/port-webhooks.$shell"
done
"$built/port-webhooks$exe" man >"$name/port-webhooks.1"

if [ -n "$exe" ]; then
  7z a "$name.zip" "$name" >/dev/null
else
  tar -czf "$name.tar.gz" "$name"
fi
