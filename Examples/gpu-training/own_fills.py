"""Fills of the octave below by the generator that is trained, as colours of samples that sharpen such a fill.

As `fedit train` makes them: the task at half its size (or at a quarter, and that as an octave at half) goes through the
weights' moving average, the result is doubled, and the target gets the fill's tone.
"""
import torch
from torch.nn import functional as F

SKETCH, COLOR, MASK, NOISE, COLOR_SET, OCTAVE = 3, slice(4, 7), 7, 8, 9, 10
# A U-Net of six halvings takes sides that are multiples of this.
SIDE_MULTIPLE = 64


@torch.no_grad()
def put(average, x, picture, mask, halvings):
    """Replaces the colours of samples by fills.

    `average` is the network with the averaged weights, `x` its input, `halvings` how often each sample's size is halved
    (0 leaves it as it is). Returns the changed input and targets, and which samples have a fill.
    """
    deepest = sum(x.shape[-1] % (SIDE_MULTIPLE << n) == 0 for n in (1, 2))
    depths = [min(int(n), deepest) for n in halvings]
    x, picture = x.clone(), picture.clone()
    for i, depth in enumerate(depths):
        if depth:
            fill, picture[i:i + 1] = filled(average, x[i:i + 1], picture[i:i + 1], mask[i:i + 1], depth)
            x[i:i + 1, COLOR] = fill * mask[i:i + 1]
    return x, picture, torch.tensor([depth > 0 for depth in depths], device=x.device)


def filled(average, x, picture, mask, depth):
    """A sample's fill at its own size, and the target with the fill's tone."""
    tasks = [(picture, mask, x[:, SKETCH:SKETCH + 1], x[:, NOISE:NOISE + 1])]
    for _ in range(depth):
        picture_, mask_, sketch, noise = tasks[-1]
        tasks.append((F.avg_pool2d(picture_, 2), F.max_pool2d(mask_, 2), F.max_pool2d(sketch, 2), noise[..., ::2, ::2]))
    below = None
    for small, hole, sketch, noise in tasks[:0:-1]:
        color, chosen = (torch.zeros_like(small), torch.zeros_like(hole)) if below is None else (below * hole, hole)
        seen = torch.cat([small * (1 - hole), sketch * hole, color, hole, noise * hole, chosen, chosen], 1)
        fill = torch.where(hole > 0, average(seen).float(), small)
        below = doubled(fill)
    small, hole = tasks[1][:2]
    radius = max(1, small.shape[-1] // 32)
    share = (2 * blurred(hole, radius) - 1).clamp(0, 1)
    return below, (picture + doubled(blurred(fill - small, radius) * share)).clamp(-1, 1)


def doubled(picture):
    """Twice the size, linear between the pixels' middles."""
    return F.interpolate(picture, scale_factor=2, mode="bilinear", align_corners=False)


def blurred(plane, radius):
    for _ in range(2):
        plane = F.avg_pool2d(plane, 2 * radius + 1, 1, radius, count_include_pad=False)
    return plane
