#!/usr/bin/env python3
"""How edits hold up on photographs, in figures.

usage: measure.py PORTRAITS VGG.safetensors [--fedit FEDIT] [--count N] [--edit 'LINES'] [--keep DIR] [--all]

PORTRAITS is a folder of square portraits of 1024×1024 (JPEG or PNG), which no model was trained on: by default only
those are taken that `fedit prepare` holds out by the hash of their names. VGG.safetensors holds VGG-16's first
convolutions in HED's layout (hed/conv1_1/kernel …). LINES goes into each edit, such as 'octaves off; grain none'.

Fills: 24 masks of three kinds (wide polygon, box, thick strokes) without sketch or colour are generated, and the fill
is compared with what was there. Feature distance: unit-length features of conv1_2, conv2_2, conv3_3, mean squared
distance inside the mask. Sharpness: Laplacian energy of the fill over that of the true pixels, median. Tone step: the
mean difference in OKLab (× 100) between 12 pixels inside and 12 outside the border, beyond the photo's own. Border: the
mean difference of neighbours on either side of the mask's border, over that of the photo there; 1 is no line at all.
Walls: a rectangle of 180×150 pixels of a plain backdrop; how far its middle is off in OKLab (× 100), and its texture
(luma less its mean nearby, standard deviation) beside the photo's; 1 is right.
Skin: an ellipse of 160×180 pixels on a cheek without sketch or colour; tone step and sharpness as above.
Removal: a scratch of 5 pixels and a mole of radius 12 are drawn onto skin and masked 3 pixels wider; what is left of
their contrast, in percent.
"""
import argparse, json, os, struct, subprocess, sys, tempfile, time
import numpy as np
from PIL import Image, ImageDraw


def is_held_out(name):
    """TrainingSet.isHeldOut: FNV-1a, then xoshiro256** seeded through SplitMix64, one in twenty."""
    m = (1 << 64) - 1
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = ((h ^ byte) * 0x100000001B3) & m

    def mix(z):
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & m
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & m
        return z ^ z >> 31

    golden = 0x9E3779B97F4A7C15
    mixed = mix((h + golden) & m)
    second = mix((mixed + 2 * golden) & m)
    product = (second * 5) & m
    bits = (((product << 7 | product >> 57) & m) * 9) & m
    return bits * 20 >> 64 == 0


class Features:
    """VGG-16 up to conv3_3, as `fedit eval` compares pictures."""

    def __init__(self, path):
        import torch

        self.torch = torch
        with open(path, "rb") as file:
            size = struct.unpack("<Q", file.read(8))[0]
            header = json.loads(file.read(size))
            data = file.read()

        def tensor(name):
            entry = header["hed/" + name]
            kind = {"F16": np.float16, "F32": np.float32}[entry["dtype"]]
            start, end = entry["data_offsets"]
            return np.frombuffer(data[start:end], kind).astype(np.float32).reshape(entry["shape"])

        names = ["conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_2", "conv3_3"]
        self.layers = []
        for name in names:
            kernel = torch.from_numpy(tensor(name + "/kernel").copy()).permute(3, 2, 0, 1)
            if name == "conv1_1":
                kernel = kernel.flip(1)
            self.layers.append((name, kernel.contiguous(), torch.from_numpy(tensor(name + "/bias").copy())))
        self.mean = torch.tensor([122.67892, 116.66877, 104.00699]).view(1, 3, 1, 1)

    def __call__(self, picture):
        torch = self.torch
        x = torch.from_numpy(picture.astype(np.float32)).permute(2, 0, 1)[None] - self.mean
        found = []
        with torch.no_grad():
            for name, kernel, bias in self.layers:
                if name in ("conv2_1", "conv3_1"):
                    x = torch.nn.functional.max_pool2d(x, 2)
                x = torch.relu(torch.nn.functional.conv2d(x, kernel, bias, padding=1))
                if name in ("conv1_2", "conv2_2", "conv3_3"):
                    found.append(x / (x.square().sum(1, keepdim=True) + 1e-10).sqrt())
        return found

    def distance(self, a, b, mask):
        """Of two pictures around the mask, cropped with room for the features' reach."""
        ys, xs = np.nonzero(mask)
        room = 32
        top, left = max(ys.min() - room, 0) // 4 * 4, max(xs.min() - room, 0) // 4 * 4
        bottom, right = min(ys.max() + room, mask.shape[0]) // 4 * 4, min(xs.max() + room, mask.shape[1]) // 4 * 4
        part = (slice(top, bottom), slice(left, right))
        weights = self.torch.from_numpy(mask[part].astype(np.float32))[None, None]
        total = 0
        for p, q in zip(self(a[part]), self(b[part])):
            step = weights.shape[-1] // p.shape[-1]
            w = self.torch.nn.functional.avg_pool2d(weights, step)
            total += float(((p - q).square().sum(1, keepdim=True) * w).sum() / w.sum())
        return total / 3


def luma(picture):
    return picture.astype(np.float64) @ [0.299, 0.587, 0.114]


def laplacian_energy(picture, mask):
    y = luma(picture)
    lap = np.zeros_like(y)
    lap[1:-1, 1:-1] = 4 * y[1:-1, 1:-1] - y[:-2, 1:-1] - y[2:, 1:-1] - y[1:-1, :-2] - y[1:-1, 2:]
    inner = eroded(mask, 2)
    return float((lap[inner] ** 2).mean())


def eroded(mask, n):
    for _ in range(n):
        m = mask.copy()
        m[1:] &= mask[:-1]
        m[:-1] &= mask[1:]
        m[:, 1:] &= mask[:, :-1]
        m[:, :-1] &= mask[:, 1:]
        mask = m
    return mask


def oklab(picture):
    v = picture / 255.0
    v = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    lms = np.cbrt(v @ np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                                [0.0883024619, 0.2817188376, 0.6299787005]]).T)
    return lms @ np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                           [0.0259040371, 0.7827717662, -0.8086757660]]).T


def tone_step(result, photo, mask):
    """Local means inside and outside along the border, beyond those of the photo itself."""
    inside = mask & ~eroded(mask, 12)
    outside = ~mask & ~eroded(~mask, 12)
    size, steps = 48, []
    a, b = oklab(result), oklab(photo)
    for y in range(0, mask.shape[0], size):
        for x in range(0, mask.shape[1], size):
            part = (slice(y, y + size), slice(x, x + size))
            i, o = inside[part], outside[part]
            if i.sum() < 200 or o.sum() < 200:
                continue
            step = (a[part][i].mean(0) - a[part][o].mean(0)) - (b[part][i].mean(0) - b[part][o].mean(0))
            steps.append(100 * np.sqrt((step ** 2).sum()))
    return float(np.mean(steps)) if steps else 0.0


def border_gradient(result, photo, exact):
    """The mean step across the mask's border, over the photo's own.

    exact is the mask as it was composited; its outermost pixels and their neighbours outside are compared, and so are
    those two pixels farther on either side, for a line that lies a little inside.
    """
    def steps(picture):
        y = luma(picture)
        total, count = 0.0, 0
        for axis in (0, 1):
            inside = np.moveaxis(exact, axis, 0)
            levels = np.moveaxis(y, axis, 0)
            crossing = inside[2:-3] != inside[3:-2]
            for shift in (-1, 0, 1):
                a, b = levels[2 + shift:-3 + shift], levels[3 + shift:len(levels) - 2 + shift]
                total += np.abs(a - b)[crossing].sum()
                count += crossing.sum()
        return total / count

    return steps(result) / steps(photo)


def point(x, y):
    return f"({x:.1f}, {y:.1f})"


def fill_mask(index):
    """A mask as script text, in pixels of a 1024 px portrait; deterministic by number."""
    rng = np.random.default_rng(1000 + index)
    cx, cy = rng.uniform(330, 700, 2)
    if index % 3 == 0:
        angles = np.sort(rng.uniform(0, 2 * np.pi, 7))
        return "mask blob(" + ", ".join(point(cx + rng.uniform(90, 210) * np.cos(a), cy + rng.uniform(90, 210) * np.sin(a))
                                        for a in angles) + ")"
    if index % 3 == 1:
        w, h = rng.uniform(160, 420, 2)
        return f"mask rect({point(cx - w / 2, cy - h / 2)}, {point(w, h)})"
    lines = []
    for _ in range(3):
        places = [(cx + rng.uniform(-260, 260), cy + rng.uniform(-260, 260)) for _ in range(4)]
        lines.append("mask curve(" + ", ".join(point(*p) for p in places) + f") brush {rng.uniform(30, 70):.0f}")
    return "\n  ".join(lines)


class Runner:
    def __init__(self, fedit, folder, lines):
        self.fedit, self.folder, self.lines = fedit, folder, lines
        self.seconds = []

    def run(self, name, photo, body):
        script = os.path.join(self.folder, name + ".fedit")
        Image.fromarray(photo).save(os.path.join(self.folder, name + ".png"), compress_level=1)
        with open(script, "w") as file:
            file.write(f'photo "{name}.png"\nedit "e" {{\n  {self.lines}\n  {body}\n}}\n')
        out = os.path.join(self.folder, name + "-out.png")
        begin = time.monotonic()
        done = subprocess.run(self.fedit + [script] + (["-o"] if len(self.fedit) > 1 else []) + [out],
                              capture_output=True, text=True)
        self.seconds.append(time.monotonic() - begin)
        if done.returncode != 0:
            sys.exit(f"{script}: {done.stderr}{done.stdout}")
        return np.array(Image.open(out).convert("RGB"))


def photos(folder, count, everything):
    found = []
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            relative = os.path.relpath(path, folder)
            if name.lower().endswith((".jpg", ".png")) and (everything or is_held_out(relative)):
                found.append(path)
    taken = []
    for path in sorted(found):
        picture = Image.open(path)
        if picture.size == (1024, 1024):
            taken.append((path, np.array(picture.convert("RGB"))))
        if len(taken) == count:
            break
    return taken


def measure_fills(runner, portraits, features):
    rows = []
    for index, (_, photo) in enumerate(portraits):
        body = fill_mask(index)
        result = runner.run(f"fill{index}", photo, body)
        mask = drawn_mask(runner, f"fill{index}", photo.shape[:2])
        exact = composited_mask(runner, photo, body)
        square = ((result.astype(float) - photo)[mask] ** 2).mean()
        row = (
            features.distance(result, photo, mask),
            laplacian_energy(result, mask) / max(laplacian_energy(photo, mask), 1e-9),
            10 * np.log10(255 ** 2 / max(square, 1e-9)),
            tone_step(result, photo, mask),
            border_gradient(result, photo, exact),
        )
        rows.append(row)
        print(f"  fill {index:2}  features {row[0]:.3f}  sharpness {row[1]:.3f}  PSNR {row[2]:.2f}  tone {row[3]:.2f}  "
              f"border {row[4]:.2f}", flush=True)
    rows = np.array(rows)
    print(f"feature distance {rows[:, 0].mean():.3f}  sharpness {np.median(rows[:, 1]):.3f}  PSNR {rows[:, 2].mean():.2f}  "
          f"tone step {rows[:, 3].mean():.2f}  border {rows[:, 4].mean():.2f}")


def composited_mask(runner, photo, body):
    """The mask to the pixel: what a hard composite changes. Where single pixels came out as they were, their
    neighbours decide."""
    lines, runner.lines = runner.lines, "blend none; octaves off"
    changed = (runner.run("mask", photo, body) != photo).any(2)
    runner.lines = lines
    runner.seconds.pop()
    padded = np.pad(changed, 1).astype(int)
    around = sum(padded[1 + v:padded.shape[0] - 1 + v, 1 + u:padded.shape[1] - 1 + u]
                 for v in (-1, 0, 1) for u in (-1, 0, 1))
    return around >= 5


def drawn_mask(runner, name, shape):
    """The mask, from a run with a magenta fill would need the generator; PIL draws near enough what fedit does."""
    import re

    text = open(os.path.join(runner.folder, name + ".fedit")).read()
    picture = Image.new("1", shape[::-1])
    draw = ImageDraw.Draw(picture)
    for line in text.splitlines():
        line = line.strip()
        if not line.startswith("mask"):
            continue
        numbers = [float(v) for v in re.findall(r"-?\d+\.\d", line.split("brush")[0])]
        places = list(zip(numbers[::2], numbers[1::2]))
        if "rect" in line:
            (x, y), (w, h) = places
            draw.rectangle((round(x), round(y), round(x + w) - 1, round(y + h) - 1), fill=1)
        elif "blob" in line:
            draw.polygon(spline(places, True), fill=1)
        elif "curve" in line:
            width = float(line.split("brush")[1])
            curve = spline(places, False)
            draw.line(curve, fill=1, width=int(width), joint="curve")
    return eroded(np.array(picture), 2)


def spline(places, closed):
    """Catmull-Rom, near enough to fedit's smooth curves for a mask that is eroded afterwards."""
    p = np.array(places)
    n = len(p)
    result = []
    for i in range(n if closed else n - 1):
        a, b, c, d = (p[(i + k) % n] if closed else p[min(max(i + k, 0), n - 1)] for k in (-1, 0, 1, 2))
        for t in np.linspace(0, 1, 17):
            m0, m1 = (c - a) / 2, (d - b) / 2
            t2, t3 = t * t, t ** 3
            q = (2 * t3 - 3 * t2 + 1) * b + (t3 - 2 * t2 + t) * m0 + (-2 * t3 + 3 * t2) * c + (t3 - t2) * m1
            result.append((float(q[0]), float(q[1])))
    return result


def contrast(picture, area, ring):
    y = luma(picture)
    return y[ring].mean() - y[area].mean()


def cheek(index):
    """A place on a cheek of an aligned portrait of 1024 pixels; deterministic by number."""
    rng = np.random.default_rng(2000 + index)
    return rng.uniform(340, 420) if index % 2 else rng.uniform(600, 680), rng.uniform(560, 660)


def measure_walls(runner, portraits):
    """Where an upper corner is plain: a rectangle of it, 180×150 pixels, 60 from the photo's edges."""
    rows = []
    for index, (_, photo) in enumerate(portraits):
        detail = detail_of(photo)
        for x in (60, 1024 - 60 - 180):
            if not plain(detail, x):
                continue
            area = np.zeros(photo.shape[:2], bool)
            area[60:210, x:x + 180] = True
            result = runner.run(f"wall{index}-{x}", photo, f"mask rect({point(x, 60)}, {point(180, 150)})")
            inner = eroded(area, 12)
            tone = np.sqrt(((oklab(result) - oklab(photo)) ** 2).sum(-1))[inner].mean() * 100
            made = detail_of(result)
            rows.append((tone, made[inner].std() / max(detail[inner].std(), 0.3)))
    if rows:
        tone, texture = np.array(rows).T
        print(f"walls: {len(rows)}, tone off by {tone.mean():.2f}, worst {tone.max():.2f}; texture of the photo's, median "
              f"{np.median(texture):.2f}, worst {texture.max():.2f}")


def detail_of(picture):
    """Luma less its mean over 17×17 pixels."""
    y = luma(picture)
    padded = np.pad(y, ((9, 8), (9, 8)), mode="edge").cumsum(0).cumsum(1)
    return y - (padded[17:, 17:] - padded[:-17, 17:] - padded[17:, :-17] + padded[:-17, :-17]) / 289


def plain(detail, x):
    """Whether a corner shows nothing but a backdrop, with 40 pixels around it."""
    part = (slice(20, 250), slice(max(0, x - 40), x + 220))
    return detail[part].std() < 2.5 and np.abs(detail[part]).max() < 25


def measure_skin(runner, portraits):
    rows = []
    for index, (_, photo) in enumerate(portraits):
        x, y = cheek(index)
        area = Image.new("1", photo.shape[1::-1])
        ImageDraw.Draw(area).ellipse((x - 80, y - 90, x + 80, y + 90), fill=1)
        area = np.array(area)
        result = runner.run(f"skin{index}", photo, f"mask ellipse({point(x, y)}, (80, 90))")
        inner = eroded(area, 2)
        rows.append((tone_step(result, photo, area), laplacian_energy(result, inner) / laplacian_energy(photo, inner)))
    tones, sharpness = np.array(rows).T
    print(f"skin: tone step {tones.mean():.2f}, median {np.median(tones):.2f}; sharpness {np.median(sharpness):.3f}")


def measure_removal(runner, portraits):
    left = {"scratch": [], "mole": []}
    for index, (_, photo) in enumerate(portraits):
        x, y = cheek(index)
        for kind in left:
            area = Image.new("1", photo.shape[1::-1])
            draw = ImageDraw.Draw(area)
            if kind == "mole":
                draw.ellipse((x - 12, y - 12, x + 12, y + 12), fill=1)
                body = f"mask circle({point(x, y)}, 15)"
            else:
                ends = (x - 60, y - 40, x + 60, y + 40)
                draw.line(ends, fill=1, width=5)
                body = f"mask line({point(*ends[:2])}, {point(*ends[2:])}) brush 11"
            area = np.array(area)
            spoiled = photo.copy()
            spoiled[area] = (spoiled[area] * 0.72).astype(np.uint8) if kind == "mole" else np.minimum(
                255, spoiled[area].astype(int) + 70).astype(np.uint8)
            ring = ~eroded(~area, 12) & eroded(~area, 6)
            result = runner.run(f"{kind}{index}", spoiled, body)
            own = contrast(photo, area, ring)
            left[kind].append(abs(contrast(result, area, ring) - own) / abs(contrast(spoiled, area, ring) - own))
    for kind, shares in left.items():
        print(f"{kind}: contrast left {100 * np.mean(shares):.1f} %, worst {100 * np.max(shares):.1f} %")


def arguments(doc, count, keep=None):
    """The options that all measures on photos have."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("portraits")
    parser.add_argument("vgg")
    parser.add_argument("--fedit", default=".build/release/fedit")
    parser.add_argument("--count", type=int, default=count)
    parser.add_argument("--keep", help=keep)
    parser.add_argument("--all", action="store_true", help="take training pictures too")
    return parser


def main():
    parser = arguments(__doc__, 24)
    parser.add_argument("--edit", default="")
    parser.add_argument("--only", choices=["fills", "walls", "skin", "removal"])
    options = parser.parse_args()
    portraits = photos(options.portraits, options.count, options.all)
    if not portraits:
        sys.exit("no held-out portrait of 1024×1024 was found")
    folder = options.keep or tempfile.mkdtemp()
    os.makedirs(folder, exist_ok=True)
    command = options.fedit.split()
    if len(command) == 1:
        command = [command[0], "run", "--quiet"]
    runner = Runner(command, folder, options.edit)
    if options.only in (None, "fills"):
        measure_fills(runner, portraits, Features(options.vgg))
        print(f"median time {np.median(runner.seconds):.2f} s")
        runner.seconds = []
    if options.only in (None, "walls"):
        measure_walls(runner, portraits)
        runner.seconds = []
    if options.only in (None, "skin"):
        measure_skin(runner, portraits)
        runner.seconds = []
    if options.only in (None, "removal"):
        measure_removal(runner, portraits)
        print(f"median time {np.median(runner.seconds):.2f} s")


if __name__ == "__main__":
    main()
