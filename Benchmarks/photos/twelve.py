#!/usr/bin/env python3
"""Twelve ordinary edits on photographs, to be looked at.

usage: twelve.py PORTRAITS OUT.png [--fedit FEDIT] [--keep DIR] [--zoom Z]

PORTRAITS is jcpeterson/omi's folder of portraits of people who do not exist, 1024×1024; those that are taken are held
out from training. The scripts lie in twelve/. Each is run, and a part of the photo and of the result are put side by
side, pixel for pixel or Z times enlarged. No figure comes out: the question is whether a retoucher would keep it.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

from PIL import Image, ImageDraw, ImageFont

import measure

# The portrait, and the part of it that is shown.
EDITS = {
    "glasses-off": ("images-508.jpg", (140, 380, 860, 660)),
    "smile": ("images-819.jpg", (310, 630, 700, 860)),
    "open-mouth": ("images-396.jpg", (340, 640, 700, 900)),
    "brows": ("images-418.jpg", (280, 350, 740, 560)),
    "hair-colour": ("images-772.jpg", (0, 0, 1024, 1024)),
    "earring": ("images-575.jpg", (30, 480, 330, 780)),
    "sunglasses": ("images-51.jpg", (180, 370, 860, 640)),
    "letters-off": ("images-643.jpg", (640, 20, 1020, 240)),
    "wider-eyes": ("images-51.jpg", (270, 400, 750, 580)),
    "lipstick": ("images-418.jpg", (340, 640, 700, 840)),
    "scratches": ("images-610.jpg", (180, 230, 760, 920)),
    "missing-quarter": ("images-141.jpg", (420, 420, 1024, 1024)),
}


def prepared(name, picture):
    """What an edit is to take away, where the photo has no such thing."""
    draw = ImageDraw.Draw(picture)
    if name == "letters-off":
        draw.text((735, 65), "EXIT 4", font=ImageFont.load_default(90), fill=(60, 40, 30))
    if name == "scratches":
        for places in ([(420, 250), (520, 420), (480, 640), (560, 900)], [(200, 380), (400, 560), (700, 600)]):
            draw.line(measure.spline(places, False), fill=(235, 235, 225), width=5)
    return picture


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("portraits")
    parser.add_argument("out")
    parser.add_argument("--fedit", default=".build/release/fedit")
    parser.add_argument("--keep")
    parser.add_argument("--zoom", type=float, default=1)
    options = parser.parse_args()
    folder = options.keep or tempfile.mkdtemp()
    os.makedirs(folder, exist_ok=True)
    scripts = os.path.join(os.path.dirname(os.path.abspath(__file__)), "twelve")
    rows = []
    for name, (file, part) in EDITS.items():
        path = os.path.join(options.portraits, file)
        if not os.path.exists(path):
            sys.exit(f"{path} is not there")
        photo = prepared(name, Image.open(path).convert("RGB"))
        photo.save(os.path.join(folder, name + ".png"), compress_level=1)
        shutil.copy(os.path.join(scripts, name + ".fedit"), folder)
        out = os.path.join(folder, name + "-out.png")
        done = subprocess.run([options.fedit, "run", "--quiet", os.path.join(folder, name + ".fedit"), "-o", out],
                              capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{name}: {done.stderr}")
        size = [round((part[2 + k] - part[k]) * options.zoom) for k in (0, 1)]
        row = Image.new("RGB", (2 * size[0] + 8, size[1] + 8), "white")
        for column, picture in enumerate((photo, Image.open(out).convert("RGB"))):
            row.paste(picture.crop(part).resize(size, Image.LANCZOS), (column * (size[0] + 8), 0))
        rows.append(row)
    sheet = Image.new("RGB", (max(row.size[0] for row in rows), sum(row.size[1] for row in rows)), "white")
    y = 0
    for row in rows:
        sheet.paste(row, (0, y))
        y += row.size[1]
    sheet.save(options.out)


if __name__ == "__main__":
    main()
