#!/bin/sh
# Remakes the pictures of the pages for makers of pictures from the scripts that stand in them, with the portraits of
# Examples/. To be run again when the model changes:
#
#   Docs/pictures/make.sh [FEDIT]     # default: .build/release/fedit
#
# Python 3 with Pillow cuts out the parts that are shown of larger pictures.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
fedit=${1:-$root/.build/release/fedit}
case $fedit in /*) ;; *) fedit=$PWD/$fedit ;; esac
out=$root/Docs/pictures/pages
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
cd "$work"
cp "$root/Examples/eyebrows/portrait.png" portrait.png
cp portrait.png "$out/portrait.png"

# Every complete script of a page: a block that saves a picture, run on the portrait under the name that it saves.
for page in first-edit drawing limits; do
  awk -v page="$page" '
    /^```fedit$/ { inside = 1; text = ""; name = ""; next }
    /^```/ && inside { inside = 0; if (name != "") { printf "%s", text > name ".fedit"; print name } next }
    inside { text = text $0 "\n" }
    inside && /^save "/ { name = $0; sub(/^save "/, "", name); sub(/\.png".*/, "", name) }
  ' "$root/Docs/$page.md" >"$page.names"
  while read -r name; do
    sed -i 's/^photo ".*"/photo "portrait.png"/' "$name.fedit"
    "$fedit" run "$name.fedit" -o "$out/$name.png" --quiet
  done <"$page.names"
done

"$fedit" grid portrait.png -o "$out/grid.png" >/dev/null
"$fedit" grid lipstick.fedit --around 128,182 --size 80 -o "$out/grid-mouth.png" >/dev/null
mkdir photos
cp "$root/Examples/eyebrows/portrait.png" photos/anna.png
cp "$root/Examples/two-portraits/kofi.png" "$root/Examples/two-portraits/vera.png" photos
# A picture without a face, to show what becomes of it.
"$fedit" layers brows.fedit -o none --quiet
cp none/1-noise.png photos/wall.png
"$fedit" batch lipstick.fedit --photos 'photos/*.png' -o results --sheet "$out/batch.png" --quiet 2>/dev/null || test $? = 65

# One edit at three scales: the page's script, with the lines that its table names, on a portrait of 1024 pixels.
"$root/Examples/large-portrait/make.sh" large.png 1024 "$fedit" >/dev/null
awk '/^```fedit$/ { inside = 1; text = ""; next }
     /^```/ && inside { inside = 0; if (text ~ /large\.png/) printf "%s", text; next }
     inside { text = text $0 "\n" }' "$root/Docs/reference/scale.md" >own.fedit
sed 's/^edit "eye" {/&\n    region (0, 0) size 1024/' own.fedit >octaves.fedit
sed 's/^edit "eye" {/&\n    octaves off/' octaves.fedit >whole.fedit
for scale in own octaves whole; do
  "$fedit" run "$scale.fedit" -o "scale-$scale.png" --quiet 2>/dev/null
  python3 -c '
import sys
from PIL import Image
part = Image.open(sys.argv[1]).convert("RGB").crop((284, 405, 484, 555))
part.resize((400, 300), Image.NEAREST).save(sys.argv[2], optimize=True)' "scale-$scale.png" "$out/scale-$scale.png"
done

# The README's picture is the first row of a sheet; the guide to reviews shows all of it, and twelve seeds.
mkdir sunglasses
cp "$root/Examples/sunglasses/portrait.png" "$root/Examples/sunglasses/sunglasses.fedit" sunglasses
"$fedit" sheet sunglasses/sunglasses.fedit -o sunglasses-sheet.png >/dev/null
"$fedit" run sunglasses/sunglasses.fedit --seeds 1..12 --sheet seeds.png >/dev/null
python3 -c '
import sys
from PIL import Image
sheet = Image.open("sunglasses-sheet.png").convert("RGB")
sheet.crop((10, 70, 1606, 633)).save(f"{sys.argv[1]}/sunglasses.png", optimize=True)
for name, picture in ("sheet", sheet), ("seeds", Image.open("seeds.png").convert("RGB")):
    picture.thumbnail((1080, 1080), Image.LANCZOS)
    picture.save(f"{sys.argv[1]}/{name}.png", optimize=True)' "$root/Docs/pictures"

# Eyes and mouth of the example with warps before and after, pixel for pixel.
python3 -c '
import sys
from PIL import Image
example, out = sys.argv[1:]
sheet = Image.new("RGB", (890, 330), "white")
for column, name in enumerate(["portrait.jpg", "portrait-smiling.jpg"]):
    portrait = Image.open(f"{example}/{name}").convert("RGB")
    for row, top in enumerate([400, 680]):
        sheet.paste(portrait.crop((312, top, 752, top + 160)), (column * 450, row * 170))
sheet.save(out, optimize=True)' "$root/Examples/expression" "$out/warp.png"

# Parts of the yearbook's page before and after, pixel for pixel.
python3 -c '
import sys
from PIL import Image
example, out = sys.argv[1:]
sheet = Image.new("RGB", (890, 746), "white")
for row, name in enumerate(["page.jpg", "page-clean.jpg"]):
    page = Image.open(f"{example}/{name}").convert("RGB")
    for column, (x, y) in enumerate([(1290, 2400), (2271, 1330)]):
        sheet.paste(page.crop((x, y, x + 440, y + 368)), (column * 450, row * 378))
sheet.save(out, quality=90, subsampling=0, optimize=True)' "$root/Examples/yearbook" "$root/Docs/pictures/yearbook.jpg"

# All tasks of `fedit eval` on six portraits of nobody, none left out.
mkdir tasks
for name in sunglasses earring eyebrows hair-colour beads retouch; do
  for portrait in "$root/Examples/$name"/portrait.*; do cp "$portrait" "tasks/$name.${portrait##*.}"; done
done
"$fedit" prepare tasks -o tasks-set >/dev/null
"$fedit" eval portrait-2 tasks-set --tasks 6 --sheet-rows 24 --sheet tasks.png >tasks.txt
grep -q '^6 pictures' tasks.txt
python3 -c '
import sys
from PIL import Image
Image.open("tasks.png").convert("RGB").save(sys.argv[1], quality=90, subsampling=0, optimize=True)' "$root/Docs/models/portrait-2-tasks.jpg"
