#!/bin/sh
# Drives `fedit lsp` by real clients: pytest-lsp (from PyPI, in a virtual environment of its own) and,
# where it is installed, Neovim. Not part of `make test`.
#
#   Tests/lsp-client/run.sh [PATH-OF-FEDIT]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../find-fedit.sh"

venv=$here/.venv
if [ ! -x "$venv/bin/pytest" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
fi
"$venv/bin/pytest" -q -p no:cacheprovider "$here"
python3 "$here/latency.py"

if command -v nvim >/dev/null; then
  # Not -l, which begins Lisp mode in Debian's Neovim 0.7.
  nvim --headless -u NONE -c "luafile $here/neovim.lua"
else
  echo "Neovim is not installed; its part was left out"
fi
