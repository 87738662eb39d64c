#!/usr/bin/env python3
"""The gradient noise scale: the batch beyond which more pictures a step help little.

usage: noise.py CONFIG SAMPLES.safetensors MODEL.safetensors [--batches N]

McCandlish et al., "An Empirical Model of Large-Batch Training" (2018), appendix A.1: with |G|² of batches of b pictures and of
all N·b, the noise scale is S / |G|², in pictures; a batch of that size needs twice the pictures and half the steps of tiny ones.
Samples as `fedit train --export-samples` writes them; losses on pixels, as the configuration weighs them.
"""
import argparse
import os
import sys

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Examples", "gpu-training"))
import losses  # noqa: E402
import recipe  # noqa: E402
import train  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config")
    parser.add_argument("samples")
    parser.add_argument("model")
    parser.add_argument("--batches", type=int, default=32)
    options = parser.parse_args()
    stage = recipe.read(options.config)[0]
    network = train.network.load(options.model).train()
    samples, size = train.Samples([options.samples]), stage["batch"]
    total, squares = None, 0.0
    for index in range(options.batches):
        x, picture, mask = samples.batch(index * size, size, "cpu")
        network.zero_grad()
        losses.weighted(stage, losses.model.pixel_losses(network(x), picture, mask)).backward()
        gradient = torch.cat([p.grad.flatten() for p in network.parameters()]).double()
        squares += gradient.square().sum().item() / options.batches
        total = gradient if total is None else total + gradient
    large = (total / options.batches).square().sum().item()
    small, many = size, size * options.batches
    length = (many * large - small * squares) / (many - small)
    variance = (squares - large) / (1 / small - 1 / many)
    print(f"|G|² {length:.4g}, trace of the covariance {variance:.4g}, noise scale {variance / length:.0f} pictures")


if __name__ == "__main__":
    main()
