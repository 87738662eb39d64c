#!/usr/bin/env python3
"""Small masks without a drawing: filled by the generator and by `heal`.

usage: blemishes.py PORTRAITS VGG.safetensors [--fedit FEDIT] [--count N] [--side N] [--keep DIR] [--all]

PORTRAITS and VGG.safetensors are as for measure.py. Onto each portrait scratches (3 to 8 pixels wide) and moles (radius
4 to 14) are drawn: on a cheek, across a brow, an eye, the hair's edge. Each is masked three pixels wider, once as an edit
with `mask` and once with `heal`, and compared with what was there. Feature distance and sharpness as in measure.py, PSNR
in dB inside the mask, contrast left in percent of the blemish's.
"""
import os
import tempfile

import numpy as np
from PIL import Image, ImageDraw

import measure

# Places in an aligned portrait of 1024 pixels: kind, where, and for scratches how they run.
PLACES = [
    ("mole", "skin", (395, 610), None),
    ("mole", "skin", (520, 300), None),
    ("mole", "brow", (650, 425), None),
    ("mole", "hair", (230, 330), None),
    ("scratch", "skin", (620, 620), (60, 36)),
    ("scratch", "brow", (380, 425), (22, 50)),
    ("scratch", "eye", (650, 490), (46, 40)),
    ("scratch", "hair", (790, 330), (56, -20)),
    ("scratch", "mouth", (520, 745), (24, 56)),
]


def blemishes(index, scale):
    """Kind, where, statement's shape and what is drawn, of one portrait; deterministic by number."""
    rng = np.random.default_rng(7000 + index)
    for kind, where, (x, y), run in PLACES:
        x, y = (x + rng.uniform(-14, 14)) * scale, (y + rng.uniform(-10, 10)) * scale
        light = rng.random() < 0.5
        if kind == "mole":
            radius = rng.uniform(4, 14)
            shape = f"circle({measure.point(x, y)}, {radius + 3:.1f})"
            yield kind, where, shape, ("ellipse", (x - radius, y - radius, x + radius, y + radius)), light
        else:
            width = int(rng.integers(3, 9))
            dx, dy = run[0] * scale, run[1] * scale
            ends = (x - dx, y - dy, x + dx, y + dy)
            shape = f"line({measure.point(*ends[:2])}, {measure.point(*ends[2:])}) brush {width + 6}"
            yield kind, where, shape, ("line", ends, width), light


def area(drawing, shape, wider=0):
    image = Image.new("1", shape[1::-1])
    draw = ImageDraw.Draw(image)
    if drawing[0] == "ellipse":
        a, b, c, d = drawing[1]
        draw.ellipse((a - wider, b - wider, c + wider, d + wider), fill=1)
    else:
        draw.line(drawing[1], fill=1, width=drawing[2] + 2 * wider)
    return np.array(image)


def main():
    parser = measure.arguments(__doc__, 12)
    parser.add_argument("--side", type=int, default=1024)
    options = parser.parse_args()
    folder = options.keep or tempfile.mkdtemp()
    os.makedirs(folder, exist_ok=True)
    features = measure.Features(options.vgg)
    rows = {}
    for index, (_, photo) in enumerate(measure.photos(options.portraits, options.count, options.all)):
        if options.side != 1024:
            photo = np.array(Image.fromarray(photo).resize((options.side, options.side), Image.LANCZOS))
        all_of_them = list(blemishes(index, options.side / 1024))
        spoilt = photo.copy()
        for kind, _, _, drawing, light in all_of_them:
            inside = area(drawing, photo.shape)
            spoilt[inside] = (
                np.minimum(255, spoilt[inside].astype(int) + 70).astype(np.uint8) if light
                else (spoilt[inside] * 0.6).astype(np.uint8))
        for way in ("mask", "heal"):
            runner = measure.Runner([os.path.abspath(options.fedit), "run", "--quiet"], folder, "")
            body = f"{way} {all_of_them[0][2]}" + "".join(
                f'\n}}\nedit "{k + 2}" {{\n  {way} {one[2]}' for k, one in enumerate(all_of_them[1:]))
            result = runner.run(f"{way}{index}-{options.side}", spoilt, body)
            for kind, where, _, drawing, _ in all_of_them:
                inside, masked = area(drawing, photo.shape), area(drawing, photo.shape, 3)
                square = ((result.astype(float) - photo)[masked] ** 2).mean()
                before = np.abs(measure.luma(spoilt)[inside].mean() - measure.luma(photo)[inside].mean())
                after = np.abs(measure.luma(result)[inside].mean() - measure.luma(photo)[inside].mean())
                rows.setdefault((kind, where, way), []).append((
                    features.distance(result, photo, masked), 10 * np.log10(255 ** 2 / max(square, 1e-9)),
                    measure.laplacian_energy(result, masked) / max(measure.laplacian_energy(photo, masked), 1e-9),
                    100 * after / max(before, 1e-9)))
    print("kind     where  way   features   PSNR  sharpness  contrast left  worst")
    for (kind, where, way), values in rows.items():
        v = np.array(values)
        print(f"{kind:8} {where:6} {way:5} {v[:, 0].mean():8.3f} {v[:, 1].mean():6.2f} {np.median(v[:, 2]):10.2f} "
              f"{v[:, 3].mean():12.1f} % {v[:, 3].max():5.1f} %")


if __name__ == "__main__":
    main()
