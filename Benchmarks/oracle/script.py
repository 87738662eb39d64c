"""Compares the pixels of `fedit run` with PyTorch's, for scripts whose layers come from pictures.

    python3 script.py FEDIT [NETWORK.py]

Both use the weights that fedit's binary carries; the noise is what `fedit layers` shows. Fails where a pixel of the
mask differs by more than 1 of 255, or one outside it at all.
"""
import importlib.util
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch
from PIL import Image, ImageDraw

parent = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, parent)
import network

fedit = os.path.abspath(sys.argv[1])
source = sys.argv[2] if len(sys.argv) > 2 else os.path.join(parent, "network.py")
spec = importlib.util.spec_from_file_location("oracle", source)
oracle = importlib.util.module_from_spec(spec)
spec.loader.exec_module(oracle)
weights = os.path.join(os.path.dirname(parent), "Sources/FeditBuiltInModels/portrait-256.safetensors")
generator = oracle.load(weights)

SCRIPT = """fedit 1
photo "photo.png"
model "portrait-256"
region (0, 0) size {size} at {size}
edit "one" {{
    seed {seed}
    blend none
    mask image("mask.png")
    sketch image("sketch.png")
    color image("color.png")
}}
"""


def pictures(size, seed):
    """A photo of soft blobs, and layers drawn over it."""
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 256, (9, 9, 3), dtype=np.uint8))
    photo = coarse.resize((size, size), Image.Resampling.BICUBIC)
    mask, sketch = (Image.new("L", (size, size)) for _ in range(2))
    color = Image.new("RGBA", (size, size))
    point = lambda: tuple(int(v) for v in random.integers(0, size, 2))
    for _ in range(3):
        x, y = point()
        reach = int(random.integers(size // 16, size // 4))
        ImageDraw.Draw(mask).ellipse((x - reach, y - reach, x + reach, y + reach // 2), fill=255)
        ImageDraw.Draw(sketch).line([point(), point(), point()], fill=255)
        shade = tuple(int(v) for v in random.integers(0, 256, 3)) + (255,)
        ImageDraw.Draw(color).line([point(), point()], fill=shade, width=4)
    return {"photo": photo, "mask": mask, "sketch": sketch, "color": color}


def tensor(picture):
    values = torch.from_numpy(np.asarray(picture).copy()).float()
    return values[None] if values.ndim == 3 else values[None, ..., None]


def run(size, seed):
    drawn = pictures(size, seed)
    with tempfile.TemporaryDirectory() as folder:
        for name, picture in drawn.items():
            picture.save(os.path.join(folder, name + ".png"))
        with open(os.path.join(folder, "s.fedit"), "w") as file:
            file.write(SCRIPT.format(size=size, seed=seed))
        for arguments in (["run", "s.fedit", "-o", "out.png"], ["layers", "s.fedit", "-o", "layers"]):
            subprocess.run([fedit, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
        found = tensor(Image.open(os.path.join(folder, "out.png")).convert("RGB"))
        noise = tensor(Image.open(os.path.join(folder, "layers/1-noise.png")).convert("L")) / 255
    photo, mask, sketch, color = (tensor(drawn[name]) for name in ("photo", "mask", "sketch", "color"))
    mask, sketch = mask / 255, sketch / 255
    color = torch.where(color[..., 3:] > 127, color[..., :3] / 127.5 - 1, torch.tensor(-1.0))
    layers = {"image": photo / 127.5 - 1, "sketch": sketch, "color": color, "mask": mask, "noise": noise}
    with torch.no_grad():
        generated = generator(network.assemble(layers)).permute(0, 2, 3, 1)
    expected = torch.where(mask > 0, torch.round((generated + 1) * 127.5).clamp(0, 255), photo)
    difference = (found - expected).abs()
    inside = difference[mask.expand_as(difference) > 0]
    outside = difference[mask.expand_as(difference) == 0]
    print(f"| {size} | {seed} | {inside.numel()} | {(inside > 0).sum().item()} | {inside.max().item():.0f} "
          f"| {outside.max().item():.0f} |", flush=True)
    return inside.max().item() <= 1 and outside.max().item() == 0


print("| size | seed | values in the mask | that differ | by at most | outside |\n| --- | --- | --- | --- | --- | --- |")
results = [run(size, seed) for size in (256, 384, 512) for seed in (1, 2, 3)]
sys.exit(not all(results))
