#!/bin/sh
# Makes a large portrait from a small one, both by fedit's own generator. Run it again when the model changes:
#
#   Examples/large-portrait/make.sh OUT.png [SIDE] [FEDIT]     # default: 1024 pixels; 3464 are 12 megapixels
#
# As the built-in model makes it, it is a painting rather than a photo: what is enlarged stays soft wherever nothing is
# drawn. So the result is not kept here; the pages' pictures of scales are made with it.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
out=$1
side=${2:-1024}
fedit=${3:-$root/.build/release/fedit}
case $out in /*) ;; *) out=$PWD/$out ;; esac
case $fedit in /*) ;; *) fedit=$PWD/$fedit ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$root/Examples/large-portrait/recipe/large.fedit" "$root/Examples/two-portraits/kofi.png" "$work"
cd "$work"
mv kofi.png portrait.png
python3 - "$side" <<'END'
# A grey PNG: there has to be a photo to begin with.
import struct, sys, zlib

side = int(sys.argv[1])


def chunk(name, data):
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


rows = (b"\0" + b"\x80" * (3 * side)) * side
with open("grey.png", "wb") as file:
    file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", side, side, 8, 2, 0, 0, 0))
               + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
END
"$fedit" run large.fedit -o "$out"
