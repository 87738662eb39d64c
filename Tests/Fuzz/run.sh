#!/bin/sh
# Builds the language's modules and the language server with libFuzzer and runs both:
# Tests/Fuzz/run.sh [SECONDS], an hour by default: five sixths for reading, checking and formatting
# scripts, a sixth for the server's framing and its requests.
# What it finds is written to the build folder as crash-… or timeout-…; put it into corpus/ or framing/,
# where the tests read it.
set -eu
seconds=${1:-3600}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${FUZZ_BUILD:-$root/.build/fuzz}
mkdir -p "$build/corpus" "$build/framing"
cd "$build"
compile() { swiftc -O -parse-as-library -swift-version 6 -package-name fedit -sanitize=fuzzer -I . "$@"; }
for module in FeditSyntax FeditPixels FeditPlan FeditProgram FeditFormat FeditAssist FeditLanguageServer; do
  # shellcheck disable=SC2046
  compile -wmo -emit-module -c -module-name "$module" -o "$module.o" \
    $(find "$root/Sources/$module" -name '*.swift')
done
compile "$here/LanguageFuzz.swift" Fedit*.o -o language
compile "$here/FramingFuzz.swift" "$root/Tests/FeditLanguageServerTests/MapHost.swift" Fedit*.o -o framed
find "$root/Examples" -name '*.fedit' -exec cp {} corpus/ \;
cp "$here"/corpus/*.fedit corpus/
cp "$here"/framing/* framing/
options="-timeout=10 -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1"
# shellcheck disable=SC2086
./framed $options -max_total_time=$((seconds / 6)) -dict="$here/framing.dict" framing
# shellcheck disable=SC2086
./language $options -max_total_time=$((seconds - seconds / 6)) -dict="$here/fedit.dict" corpus
