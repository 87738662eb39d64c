"""Fills of the octave below by the generator that is trained, as colours of samples that sharpen such a fill.

As `fedit train` makes them: the task at half its size (or at a quarter, and that as an octave at half) goes through the
weights' moving average, the result is doubled, and the target gets the fill's tone.
"""
import torch
from torch.nn import functional as F

SKETCH, COLOR, MASK, NOISE, COLOR_SET, OCTAVE, MIRROR, KNOWN = 3, slice(4, 7), 7, 8, 9, 10, slice(11, 14), 14
# A U-Net of six halvings takes sides that are multiples of this.
SIDE_MULTIPLE = 64


@torch.no_grad()
def put(average, x, picture, mask, halvings):
    """Replaces the colours of samples by fills.

    `average` is the network with the averaged weights, `x` its input, `halvings` how often each sample's size is halved
    (0 leaves it as it is). Returns the changed input and targets, and which samples have a fill.
    """
    deepest = sum(x.shape[-1] % (SIDE_MULTIPLE << n) == 0 for n in (1, 2))
    depths = torch.as_tensor(halvings, device=x.device).long().clamp(max=deepest)
    mirror, known = (x[:, MIRROR], x[:, KNOWN:]) if x.shape[1] > KNOWN else (torch.zeros_like(picture), torch.zeros_like(mask))
    tasks = [(picture, mask, x[:, SKETCH:SKETCH + 1], x[:, NOISE:NOISE + 1], mirror, known)]
    for _ in range(int(depths.max())):
        tasks.append(halved(*tasks[-1]))
    x, picture, fill = x.clone(), picture.clone(), None
    for depth in range(len(tasks) - 1, 0, -1):
        rows = depths >= depth
        small, hole, sketch, noise, mirror, known = (layer[rows] for layer in tasks[depth])
        # Those that come from below are octaves.
        chosen = hole * (depths[rows] > depth).view(-1, 1, 1, 1)
        color = torch.zeros_like(small) if fill is None else fill[rows] * chosen
        seen = torch.cat([
            small * (1 - hole), sketch * hole, color, hole, noise * hole, chosen, chosen, mirror * hole, known * hole], 1)
        made = torch.where(hole > 0, average(seen[:, :x.shape[1]]).float(), small)
        fill = torch.zeros_like(tasks[depth - 1][0])
        fill[rows] = doubled(made)
        if depth == 1:
            x[rows, COLOR] = fill[rows] * mask[rows]
            # The target gets the fill's low frequencies, less and less towards the mask's border.
            radius = max(1, small.shape[-1] // 32)
            share = (2 * blurred(hole, radius) - 1).clamp(0, 1)
            picture[rows] = (picture[rows] + doubled(blurred(made - small, radius) * share)).clamp(-1, 1)
    return x, picture, depths > 0


def halved(picture, mask, sketch, noise, mirror, known):
    """Half the size: means of colours; lines and masks wherever one of four pixels has them."""
    share = F.avg_pool2d(known, 2)
    opposite = F.avg_pool2d(mirror, 2) / share.clamp(min=0.25)
    return (F.avg_pool2d(picture, 2), F.max_pool2d(mask, 2), F.max_pool2d(sketch, 2), noise[..., ::2, ::2], opposite,
            (share > 0).float())


def doubled(picture):
    """Twice the size, linear between the pixels' middles."""
    return F.interpolate(picture, scale_factor=2, mode="bilinear", align_corners=False)


def blurred(plane, radius):
    for _ in range(2):
        plane = F.avg_pool2d(plane, 2 * radius + 1, 1, radius, count_include_pad=False)
    return plane
