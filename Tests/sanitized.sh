#!/usr/bin/env bash
# Builds fedit with sanitizers, and runs every example and one training step with it:
# AddressSanitizer over Swift and C, and in a second build clang's undefined-behaviour checks over the C targets, whose
# first finding ends the program. The pictures have to be those of the examples, byte for byte. A debug build: slow.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

try() {
  local name=$1 fedit=$2
  echo "== $name"
  mkdir -p "$work/$name/faces"
  for script in Examples/*/*.fedit; do
    "$fedit" check "$script" >/dev/null
    if [ -f "$script.lock" ]; then "$fedit" verify "$script"; fi
  done
  for photo in Examples/*/portrait.png; do
    cp "$photo" "$work/$name/faces/$(basename "$(dirname "$photo")").png"
  done
  "$fedit" prepare "$work/$name/faces" -o "$work/$name/set" --size 128
  "$fedit" train "$work/$name/set" -o "$work/$name/run" --steps 1 --size 128 --width 4 --batch 2 --quiet
  "$fedit" inspect Examples/sunglasses/portrait-sunglasses.png >/dev/null
}

# Swift's runtime keeps what it allocates once until the end.
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1
swift build --sanitize address --scratch-path .build-address --product fedit
try address .build-address/debug/fedit

# Traps, since the runtime that prints findings is not in every tool chain.
swift build --scratch-path .build-undefined --product fedit \
  -Xcc -fsanitize=undefined -Xcc -fsanitize-trap=undefined
try undefined .build-undefined/debug/fedit
echo "no finding"
