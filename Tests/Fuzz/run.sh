#!/bin/sh
# Builds the language's modules with libFuzzer and runs it: Tests/Fuzz/run.sh [SECONDS].
# What it finds is written to the build folder as crash-… or timeout-…; put it into corpus/, where the
# tests read it.
set -eu
seconds=${1:-3600}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${FUZZ_BUILD:-$root/.build/fuzz}
mkdir -p "$build/corpus"
cd "$build"
for module in FeditSyntax FeditPlan FeditProgram FeditFormat; do
  # shellcheck disable=SC2046
  swiftc -O -wmo -parse-as-library -swift-version 6 -sanitize=fuzzer -emit-module -c -module-name "$module" \
    -I . -o "$module.o" $(find "$root/Sources/$module" -name '*.swift')
done
swiftc -O -parse-as-library -swift-version 6 -sanitize=fuzzer -I . "$here/Fuzz.swift" ./*.o -o fuzz
find "$root/Examples" -name '*.fedit' -exec cp {} corpus/ \;
cp "$here"/corpus/* corpus/ 2>/dev/null || true
./fuzz -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 -dict="$here/fedit.dict" corpus
