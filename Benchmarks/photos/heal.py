#!/usr/bin/env python3
"""Healing beside OpenCV's inpainting and the generator, on photographs.

usage: heal.py PORTRAITS VGG.safetensors [--fedit FEDIT] [--count N] [--keep DIR] [--all]

PORTRAITS and VGG.safetensors are as for measure.py. On each portrait a scratch across a cheek (11 pixels wide), a mole
(radius 15) and letters on the wall are masked, filled from what lies around them, and compared with what was there:
by `heal`, by OpenCV's Telea (2004) and Navier-Stokes (Bertalmio and others 2001) with a radius of 5, and by the built-in
generator (`mask`). Feature distance as in measure.py (lower is better), PSNR in dB, sharpness as the fill's Laplacian
energy over that of the true pixels; means, sharpness the median. Times are milliseconds a 1,000 masked pixels, the
command's from the difference between five such edits and one.
"""
import os
import statistics
import subprocess
import tempfile
import time

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

import measure

KINDS = ("scratch", "mole", "letters")


def mask_of(kind, index, shape):
    """What is to go: True where it lies. Coordinates are those of an aligned portrait of 1024 pixels."""
    rng = np.random.default_rng(2000 + index)
    x = rng.uniform(340, 420) if index % 2 else rng.uniform(600, 680)
    y = rng.uniform(560, 660)
    image = Image.new("1", (1024, 1024))
    draw = ImageDraw.Draw(image)
    if kind == "mole":
        draw.ellipse((x - 15, y - 15, x + 15, y + 15), fill=1)
    elif kind == "scratch":
        draw.line((x - 60, y - 40, x + 60, y + 40), fill=1, width=11)
    else:
        font = ImageFont.load_default(48)
        for k in (0, 1):
            draw.text((30 + k * 700, 80 + 60 * (index % 3)), f"SALE {index}", fill=1, font=font, stroke_width=3)
    return np.array(image.resize(shape[1::-1]))


def by_fedit(fedit, folder, photo, mask, statement, times=1):
    """The photo with the mask filled, and how long the command took."""
    Image.fromarray(photo).save(f"{folder}/p.png")
    Image.fromarray(mask.astype(np.uint8) * 255).save(f"{folder}/m.png")
    edits = "".join(f'edit "{i}" {{ {statement} image("m.png") }}\n' for i in range(times))
    with open(f"{folder}/s.fedit", "w") as file:
        file.write('photo "p.png"\n' + edits)
    start = time.perf_counter()
    subprocess.run(
        [fedit, "run", f"{folder}/s.fedit", "-o", f"{folder}/o.png", "--no-metadata"], check=True,
        stdout=subprocess.DEVNULL)
    return np.array(Image.open(f"{folder}/o.png").convert("RGB")), time.perf_counter() - start


def main():
    parser = measure.arguments(__doc__, 16, "puts a strip of each of the first four portraits here")
    options = parser.parse_args()
    fedit = os.path.abspath(options.fedit)
    features = measure.Features(options.vgg)
    figures, speeds = {}, {}
    for index, (_, photo) in enumerate(measure.photos(options.portraits, options.count, options.all)):
        for kind in KINDS:
            mask = mask_of(kind, index, photo.shape)
            # Masked three pixels wider than it is, as a hand would: feathers let a little of the photo through.
            inner = measure.eroded(mask, 3)
            spoilt = photo.copy()
            spoilt[inner] = (spoilt[inner] * 0.6).astype(np.uint8)
            levels = mask.astype(np.uint8) * 255
            fills = {}
            with tempfile.TemporaryDirectory() as folder:
                fills["heal"], once = by_fedit(fedit, folder, spoilt, mask, "heal")
                _, often = by_fedit(fedit, folder, spoilt, mask, "heal", times=5)
                fills["generator"], _ = by_fedit(fedit, folder, spoilt, mask, "mask")
            speeds.setdefault((kind, "heal"), []).append((often - once) / 4 * 1e6 / mask.sum())
            for name, method in (("Telea", cv2.INPAINT_TELEA), ("Navier-Stokes", cv2.INPAINT_NS)):
                start = time.perf_counter()
                fills[name] = cv2.inpaint(spoilt, levels, 5, method)
                speeds.setdefault((kind, name), []).append((time.perf_counter() - start) * 1e6 / mask.sum())
            for name, fill in fills.items():
                error = ((fill.astype(float) - photo)[mask] ** 2).mean()
                figures.setdefault((kind, name), []).append((
                    features.distance(fill, photo, mask), 10 * np.log10(255**2 / max(error, 1e-9)),
                    measure.laplacian_energy(fill, mask) / max(measure.laplacian_energy(photo, mask), 1e-9)))
            if options.keep and index < 4:
                os.makedirs(options.keep, exist_ok=True)
                ys, xs = np.nonzero(mask)
                if kind == "letters":
                    xs = xs[xs < photo.shape[1] // 2]
                top, left = max(int(ys.mean()) - 90, 0), max(int(xs.mean()) - 90, 0)
                parts = [spoilt, photo] + [fills[n] for n in ("heal", "Telea", "Navier-Stokes", "generator")]
                strip = np.hstack([p[top:top + 180, left:left + 180] for p in parts])
                Image.fromarray(strip).resize((strip.shape[1] * 3, strip.shape[0] * 3), 0).save(
                    f"{options.keep}/{kind}-{index}.png")
    print("| | filled by | features | PSNR | sharpness | ms a 1,000 pixels |")
    print("| --- | --- | --- | --- | --- | --- |")
    for kind in KINDS:
        for name in ("heal", "Telea", "Navier-Stokes", "generator"):
            own = np.array(figures[kind, name])
            speed = speeds.get((kind, name))
            words = f"{statistics.median(speed):.1f}" if speed else "–"
            print(f"| {kind} | {name} | {own[:, 0].mean():.3f} | {own[:, 1].mean():.1f} | "
                  f"{np.median(own[:, 2]):.2f} | {words} |")


if __name__ == "__main__":
    main()
