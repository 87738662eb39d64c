#!/bin/sh
# An archive to unpack into a prefix: tarball.sh FEDIT FOLDER. Prints its path.
# The same commit and tool chain give the same bytes.
set -eu
cd "$(dirname "$0")/.."
fedit=$(realpath "$1")
mkdir -p "$2"
folder=$(realpath "$2")
name=fedit-$("$fedit" --version | cut -d ' ' -f 2)-linux-$(uname -m)
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
Packaging/stage.sh "$fedit" "$work/" "$name"
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$epoch" -c "$name" |
  xz -6 >"$folder/$name.tar.xz"
echo "$folder/$name.tar.xz"
