"""The losses of `fedit train` on pixels and features; definitions in Benchmarks/train/model.py."""
import os
import sys

import numpy as np
import torch
from safetensors.torch import load_file

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Benchmarks", "train"))
import model  # noqa: E402,F401
import network  # noqa: E402,F401

ON_FEATURES = ("perceptual", "unit-features", "style", "feature-adversarial")


class Features:
    """VGG-16's features of crops around the mask, of composites and photos."""

    def __init__(self, weights, options, composite, picture, mask, step):
        side, share = options["feature-crop"] or options["size"], options["feature-share"]
        count = max(1, round(len(mask) * share))
        if side < options["size"]:
            places = [best_corner(options, picture[i], mask[i, 0], step, i, side) for i in range(count)]
            cut = lambda x: torch.stack([x[i, :, y:y + side, z:z + side] for i, (y, z) in enumerate(places)])
        else:
            cut = lambda x: x[:count]
        self.mask = cut(mask)
        self.values = model.feature_losses(weights, cut(composite), cut(picture), self.mask)
        self.pairs = []
        if options["feature-adversarial"]:
            made = model.vgg_features(weights, cut(composite))[1:]
            with torch.no_grad():
                photos = model.vgg_features(weights, cut(picture))[1:]
            self.pairs = list(zip(made, photos))


def best_corner(options, picture, mask, step, index, side):
    """Of the crops drawn, the one with the most detail under the mask."""
    drawn = [corner(options, mask, step, index, side, draw) for draw in range(options["feature-focus"])]
    if len(drawn) == 1:
        return drawn[0]
    green = picture[1]
    edges = torch.zeros_like(green)
    edges[:-1, :-1] = (green[:-1, 1:] - green[:-1, :-1]).abs() + (green[1:, :-1] - green[:-1, :-1]).abs()
    edges = edges * mask
    return max(drawn, key=lambda at: edges[at[0]:at[0] + side, at[1]:at[1] + side].sum().item())


def corner(options, mask, step, index, side, draw=0):
    """The first pixel of a crop around a masked pixel."""
    random = np.random.default_rng([options["seed"], step, index, draw])
    places = torch.nonzero(mask).cpu().numpy()
    y, x = places[random.integers(len(places))] if len(places) else (side, side)
    limit = options["size"] - side
    return tuple(int(np.clip(at - side // 4 - random.integers(side // 2 + 1), 0, limit)) for at in (y, x))


def weighted(options, values):
    """The sum of what the options weigh."""
    return sum(options[name] * value for name, value in values.items() if options.get(name))


def vgg_weights(path, device):
    """VGG-16 under torchvision's names; of an HED file its trunk, with its input's mean."""
    tensors = load_file(path)
    if "hed/conv1_1/kernel" not in tensors:
        return {name: value.to(device).float() for name, value in tensors.items()}
    # Levels less a mean, blue first.
    result = {"input": tuple(tuple(v / 255 for v in values) for values in ((122.67892, 116.66877, 104.00699), (1, 1, 1)))}
    for name, number, inputs, _, _ in model.VGG_LAYERS:
        kernel = tensors[f"hed/{name}/kernel"].float().permute(3, 2, 0, 1)
        kernel = kernel.flip(1) if inputs == 3 else kernel
        result[f"features.{number}.weight"] = kernel.contiguous().to(device)
        result[f"features.{number}.bias"] = tensors[f"hed/{name}/bias"].float().to(device)
    return result
