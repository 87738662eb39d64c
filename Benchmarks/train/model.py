"""The generator's training in PyTorch, written from descriptions: what `fedit train` is compared with.

Losses and discriminator; the generator itself is network.py's. Pictures are (N, C, H, W), RGB, -1…1.
"""
import copy
import os
import sys

import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import network  # noqa: E402

_bands = {}


def normalize(x):
    """LRN with its sum over channels as a product with a banded matrix, which is faster forward and backward."""
    key = (x.shape[1], x.dtype)
    if key not in _bands:
        i = torch.arange(x.shape[1])
        _bands[key] = ((i[:, None] - i[None]).abs() <= network.REACH).to(x.dtype)[:, :, None, None]
    return x * torch.rsqrt(F.conv2d(x * x, _bands[key]) + network.BIAS)


network.normalize = normalize


def generator(width, architecture="sc-fegan"):
    """First weights as fedit's: uniform up to ±1/√(values that a sum has), biases 0."""
    g = network.NETWORKS[architecture](width)
    for layer in g.layers.values():
        w = layer.convolution.weight
        terms = w.shape[0] * 25 / 4 if isinstance(layer, network.Upsampling) else w[0].numel()
        nn.init.uniform_(w, -(terms**-0.5), terms**-0.5)
        nn.init.zeros_(layer.convolution.bias)
    return g


def tensors(g, part=lambda parameter: parameter.detach()):
    """Weights, or what `part` makes of them, under the published names and in the published layouts."""
    return {
        key: part(parameter)[rows].permute(axes).contiguous()
        for name, layer in g.layers.items()
        for key, parameter, rows, axes in network.parts(name, layer)
    }


def same_padding(x, kernel, stride):
    """TensorFlow's "SAME" for sides that are multiples of the stride: the smaller half before."""
    total = max(kernel - stride, 0)
    return F.pad(x, (total // 2, total - total // 2) * 2)


def parameters_like(module, dtype):
    """The same module in another precision, with gradients of its own."""
    return copy.deepcopy(module).to(dtype)


# Losses on pixels


def pixel_losses(generated, photo, mask):
    """Values by name, without weights; mask (N, 1, H, W)."""
    error = generated - photo
    composite_error = error * mask
    composite = photo + composite_error
    half = F.avg_pool2d(composite_error, 2)
    across = lambda x: x[..., 1:] - x[..., :-1]
    down = lambda x: x[..., 1:, :] - x[..., :-1, :]
    some = lambda m: (m > 0).to(mask.dtype)
    count = generated.numel()
    return {
        "inside": (error.abs() * mask).mean(),
        "outside": (error.abs() * (1 - mask)).mean(),
        "pyramid": half.abs().mean() + F.avg_pool2d(half, 2).abs().mean(),
        "edges": across(composite_error).abs().mean() + down(composite_error).abs().mean(),
        "variation": (
            (across(composite).abs() * some(mask[..., 1:] + mask[..., :-1])).sum()
            + (down(composite).abs() * some(mask[..., 1:, :] + mask[..., :-1, :])).sum()
        ) / count,
        "checkerboard": grid_deviation(composite_error).abs().mean(),
    }


def grid_deviation(error):
    """In windows of 32x32 the means over the pixels of each of 4x4 places, less their mean."""
    n, c, side, _ = error.shape
    window = min(side, 32)
    windows = error.reshape(n, c, side // window, window // 4, 4, side // window, window // 4, 4)
    means = windows.mean((3, 6), keepdim=True)
    return means - means.mean((4, 7), keepdim=True)


# Losses on VGG-16's features

VGG_LAYERS = [  # name, number among torchvision's features, inputs, outputs, whether the map is halved before
    ("conv1_1", 0, 3, 64, False), ("conv1_2", 2, 64, 64, False), ("conv2_1", 5, 64, 128, True),
    ("conv2_2", 7, 128, 128, False), ("conv3_1", 10, 128, 256, True), ("conv3_2", 12, 256, 256, False),
    ("conv3_3", 14, 256, 256, False),
]
COMPARED = ("conv1_2", "conv2_2", "conv3_3")


def random_vgg(generator=None):
    """Random weights under torchvision's names, scaled so that activations stay of one size."""
    tensors = {}
    for _, number, inputs, outputs, _ in VGG_LAYERS:
        tensors[f"features.{number}.weight"] = torch.randn(outputs, inputs, 3, 3) * (2 / (9 * inputs)) ** 0.5
        tensors[f"features.{number}.bias"] = torch.randn(outputs) * 0.1
    return tensors


def vgg_features(weights, picture):
    mean = torch.tensor([0.485, 0.456, 0.406], dtype=picture.dtype)[None, :, None, None]
    deviation = torch.tensor([0.229, 0.224, 0.225], dtype=picture.dtype)[None, :, None, None]
    x = ((picture + 1) / 2 - mean) / deviation
    result = []
    for name, number, _, _, halves in VGG_LAYERS:
        if halves:
            x = F.max_pool2d(x, 2)
        w, b = weights[f"features.{number}.weight"], weights[f"features.{number}.bias"]
        x = F.relu(F.conv2d(x, w.to(x.dtype), b.to(x.dtype), padding=1))
        if name in COMPARED:
            result.append(x)
    return result


def feature_losses(weights, judged, target, mask):
    """Values by name, without weights."""
    values = {"perceptual": 0.0, "unit-features": 0.0, "style": 0.0}
    ts = [t.detach() for t in vgg_features(weights, target)]
    for f, t in zip(vgg_features(weights, judged), ts):
        n, c, h, w = f.shape
        values["perceptual"] = values["perceptual"] + (f - t).abs().sum() / t.abs().sum()
        unit = lambda x: x / (x.pow(2).sum(1, keepdim=True) + 1e-6).sqrt()
        share = F.avg_pool2d(mask, mask.shape[-1] // w)
        distance = (unit(f) - unit(t)).pow(2).sum(1, keepdim=True)
        values["unit-features"] = values["unit-features"] + (distance * share).sum() / share.sum() / len(ts)
        gram = lambda x: torch.einsum("nap,nbp->nab", x.flatten(2), x.flatten(2)) / (h * w * c)
        values["style"] = values["style"] + (gram(f) - gram(t)).abs().mean()
    return values


# The discriminator


class Discriminator(nn.Module):
    """Six 3×3 convolutions of stride 2; input: picture, sketch, colour, mask."""

    def __init__(self, width):
        super().__init__()
        outputs = [width * k for k in (1, 2, 4, 4, 4, 4)]
        self.weights = nn.ParameterList(
            torch.empty(o, i, 3, 3).uniform_(-((9 * i) ** -0.5), (9 * i) ** -0.5)
            for i, o in zip([8] + outputs, outputs))
        self.biases = nn.ParameterList(torch.zeros(o) for o in outputs)
        self.directions = [F.normalize(torch.randn(o), dim=0) for o in outputs]

    def iterate(self):
        """One power iteration; the normalised weights, the singular vectors taken as constants."""
        result = []
        for i, w in enumerate(self.weights):
            matrix = w.flatten(1)
            with torch.no_grad():
                v = F.normalize(matrix.t() @ self.directions[i].to(w.dtype), dim=0)
                u = F.normalize(matrix @ v, dim=0)
                self.directions[i] = u
            result.append(w / torch.dot(u, matrix @ v))
        return result

    def forward(self, weights, x):
        """The maps after each layer; the last are the verdicts."""
        maps = []
        for i, w in enumerate(weights):
            x = F.conv2d(same_padding(x, 3, 2), w, self.biases[i], 2)
            if i < len(weights) - 1:
                x = F.leaky_relu(x, 0.2)
            maps.append(x)
        return maps


def generator_verdict(fake, real):
    """Adversarial and feature matching losses from the maps of composites and photos."""
    matching = sum((f - r.detach()).abs().mean() for f, r in zip(fake[:-1], real[:-1])) / (len(fake) - 1)
    return {"adversarial": -fake[-1].mean(), "feature-matching": matching}


def discriminator_losses(fake, real, hinge=True):
    f, r = 1 + fake[-1], 1 - real[-1]
    if hinge:
        f, r = F.relu(f), F.relu(r)
    return {"verdicts": f.mean() + r.mean(), "ground-truth": real[-1].pow(2).mean()}


def gradient_penalty(discriminator, weights, composite, photo, guides, mask, shares):
    u = (composite + shares[:, None, None, None] * (photo - composite)).detach().requires_grad_()
    verdict = discriminator(weights, torch.cat([u, guides, mask], 1))[-1].flatten(1).sum(1)
    (g,) = torch.autograd.grad(verdict.sum(), u, create_graph=True)
    return ((g * mask).flatten(1).norm(dim=1) - 1).pow(2).mean()
