#!/bin/sh
# Drives the page of `fedit studio` in Debian's Chromium by WebDriver, and times it. Not part of `make test`.
#
#   Tests/studio-client/run.sh [PATH-OF-FEDIT [--without-times]]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../find-fedit.sh"

if ! command -v chromium >/dev/null || ! command -v chromedriver >/dev/null; then
  root=; [ "$(id -u)" = 0 ] || root=sudo
  $root apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $root apt-get install -y -qq --no-install-recommends chromium chromium-driver >/dev/null
fi
venv=$here/.venv
if [ ! -x "$venv/bin/pytest" ]; then
  # 75: without PyPI the page can't be driven, which says nothing about it.
  { python3 -m venv "$venv" &&
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"; } || { rm -rf "$venv"; exit 75; }
fi
"$venv/bin/pytest" -q -p no:cacheprovider "$here"
[ "${2:-}" = --without-times ] || "$venv/bin/python" "$here/latency.py"
