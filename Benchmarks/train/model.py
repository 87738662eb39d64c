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
    levels = [F.avg_pool2d(composite_error, k) for k in (2, 4, 8)]
    across = lambda x: x[..., 1:] - x[..., :-1]
    down = lambda x: x[..., 1:, :] - x[..., :-1, :]
    some = lambda m: (m > 0).to(mask.dtype)
    count = generated.numel()
    return {
        "inside": (error.abs() * mask).mean(),
        "outside": (error.abs() * (1 - mask)).mean(),
        "pyramid": sum(level.abs().mean() for level in levels),
        "chroma": sum((levels[0][:, c] - levels[0][:, 1]).abs().mean() for c in (0, 2)) / 2,
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


IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def vgg_features(weights, picture):
    """Maps of the compared layers; `weights` may have a mean and deviation of its own under "input"."""
    column = lambda values: torch.tensor(values, dtype=picture.dtype, device=picture.device)[None, :, None, None]
    mean, deviation = (column(values) for values in weights.get("input", IMAGENET))
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


class Patches(nn.Module):
    """3×3 convolutions with spectral normalisation and leaky ReLU between them."""

    def __init__(self, inputs, outputs, strides):
        super().__init__()
        self.strides = strides
        self.weights = nn.ParameterList(
            torch.empty(o, i, 3, 3).uniform_(-((9 * i) ** -0.5), (9 * i) ** -0.5)
            for i, o in zip([inputs] + outputs, outputs))
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
        """The maps after each layer; the last are the scores."""
        maps = []
        for i, w in enumerate(weights):
            x = F.conv2d(same_padding(x, 3, self.strides[i]), w, self.biases[i], self.strides[i])
            if i < len(weights) - 1:
                x = F.leaky_relu(x, 0.2)
            maps.append(x)
        return maps


class Discriminator(Patches):
    """Six 3×3 convolutions of stride 2, or fewer; input: picture, sketch, colour, mask."""

    def __init__(self, width, layers=6):
        super().__init__(8, [width * k for k in (1, 2, 4, 4, 4, 4)][:layers], [2] * layers)


class Head(Patches):
    """A discriminator on a layer's features: stride 2, then 16 scores a place."""

    def __init__(self, inputs, width):
        super().__init__(inputs, [width, 16], [2, 1])


def generator_score(fake, real, made=1):
    """Adversarial and feature matching losses from the maps of composites and photos."""
    matching = sum((f - r.detach()).abs().mean() for f, r in zip(fake[:-1], real[:-1])) / (len(fake) - 1)
    return {"adversarial": -(fake[-1] * made).mean(), "feature-matching": matching}


def discriminator_losses(fake, real, hinge=True, made=1):
    f, r = 1 + (2 * made - 1) * fake[-1], 1 - real[-1]
    if hinge:
        f, r = F.relu(f), F.relu(r)
    return {"scores": f.mean() + r.mean(), "ground-truth": real[-1].pow(2).mean()}


def gradient_penalty(discriminator, weights, composite, photo, guides, mask, shares):
    u = (composite + shares[:, None, None, None] * (photo - composite)).detach().requires_grad_()
    score = discriminator(weights, torch.cat([u, guides, mask], 1))[-1].flatten(1).sum(1)
    (g,) = torch.autograd.grad(score.sum(), u, create_graph=True)
    return ((g * mask).flatten(1).norm(dim=1) - 1).pow(2).mean()


def real_penalty(discriminator, weights, photo, guides, mask):
    """R1: the squared length of the scores' gradient on photos."""
    u = photo.detach().requires_grad_()
    score = discriminator(weights, torch.cat([u, guides, mask], 1))[-1].sum()
    (g,) = torch.autograd.grad(score, u, create_graph=True)
    return g.flatten(1).pow(2).sum(1).mean()


def made_places(mask, stride):
    """Where the mask reaches into what a score of a network of strides 2 sees."""
    return F.max_pool2d(F.pad(mask, (0, stride - 1) * 2), 2 * stride - 1, stride)


def head_losses(fake, real, made):
    """The generator's loss and a head's own, means over the places that are made."""
    mean = lambda x: (x * made).sum() / (made.sum().clamp(min=1) * x.shape[1])
    return -mean(fake), mean(F.relu(1 + fake)) + mean(F.relu(1 - real))


def made_places_of_head(mask, places):
    return F.max_pool2d(F.max_pool2d(mask, mask.shape[-1] // places), 3, 1, 1)


def augment(picture, guides, mask, lines):
    """DiffAugment: brightness, saturation, contrast, shift (x, y), hole (x from, to, y from, to) for each picture."""
    result = []
    for image, line in enumerate(lines.tolist()):
        brightness, saturation, contrast = line[:3]
        dx, dy, x0, x1, y0, y1 = map(int, line[3:])
        p = picture[image] + brightness
        grey = p.mean(0, keepdim=True)
        p = (p - grey) * saturation + grey
        p = (p - p.mean()) * contrast + p.mean()
        x = torch.cat([p, guides[image], mask[image]])
        side = x.shape[-1]
        x = F.pad(x, (side,) * 4)[:, side - dy : 2 * side - dy, side - dx : 2 * side - dx]
        keep = torch.ones_like(x[:1])
        keep[:, y0:y1, x0:x1] = 0
        result.append(x * keep)
    return torch.stack(result)


def head_features(features, targets):
    """Over the root mean square of the photos'."""
    scale = targets.detach().pow(2).mean().rsqrt()
    return features * scale, targets.detach() * scale


def seed_loss(generated, free, noise):
    """Of the pairs 2i, 2i + 1 of a batch."""
    losses = []
    for a in range(0, len(generated), 2):
        squares = -F.max_pool2d(-free[a : a + 1], 8)
        pixels = F.interpolate(squares, scale_factor=8)
        apart = ((noise[a] - noise[a + 1]).abs() * pixels[0]).sum() / pixels.sum()
        means = F.avg_pool2d(generated[a : a + 1] - generated[a + 1 : a + 2], 8).abs()
        distance = (means * squares).sum() / (3 * squares.sum()) / apart
        losses.append(F.relu(0.125 - distance))
    return torch.stack(losses).mean()
