#!/usr/bin/env bash
# Times fedit beside ONNX Runtime, OpenVINO and PyTorch, and prints the tables of Docs/engine.md.
#
#     Benchmarks/run.sh            all tables, about a quarter of an hour
#     Benchmarks/run.sh --quick    the first table alone
#
# Python packages go into Benchmarks/.venv, in the versions of requirements.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=Benchmarks/.venv
fedit=${FEDIT:-.build/release/fedit}
[ -x "$fedit" ] || { echo "$fedit is missing: make build" >&2; exit 1; }
if ! cmp -s Benchmarks/requirements.txt "$venv/installed.txt"; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r Benchmarks/requirements.txt
  cp Benchmarks/requirements.txt "$venv/installed.txt"
fi
exec "$venv/bin/python" Benchmarks/compare.py "$fedit" "$@"
