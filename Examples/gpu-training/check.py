#!/usr/bin/env python3
"""Check train.py against `fedit train` on one batch: every loss and the gradient's length, to 1e-4.

    python3 check.py SET FEDIT [--vgg16 VGG] [--init WEIGHTS]

Makes one step of both on the same samples from the same weights and compares the figures of metrics.csv with ours.
"""
import argparse
import csv
import os
import subprocess
import sys
import tempfile

import losses
import own_fills
import recipe
import train
from adversary import Adversary

CONFIG = """architecture = gated-unet-deep
width = 16
size = 128
batch = 4
seed = 3
steps = 1
report-steps = 1
inside = 1.5
outside = 0.5
pyramid = 4
chroma = 3
edges = 2
variation = 0.1
checkerboard = 5
clip = 0
octave = 0.5
own-fills = 1
"""
ON_FEATURES = """feature-crop = 0
unit-features = 1
perceptual = 0.1
style = 10
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", help="what 'fedit prepare' made")
    parser.add_argument("fedit", help="the command")
    parser.add_argument("--vgg16", help="its weights, to compare losses on features as well")
    parser.add_argument("--init", help="weights to begin with; random without")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        config, samples, run = (os.path.join(scratch, name) for name in ("c.config", "s.safetensors", "run"))
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG + (ON_FEATURES + f"vgg16 = {arguments.vgg16}\n" if arguments.vgg16 else ""))
        step = lambda output, *more: subprocess.run(
            [arguments.fedit, "train", arguments.set, "-o", output, "--config", config, "--set", "learning-rate=0", *more],
            check=True, stdout=subprocess.DEVNULL)
        subprocess.run(
            [arguments.fedit, "train", arguments.set, "--config", config, "--export-samples", samples], check=True)
        weights = arguments.init
        if weights is None:
            # A run that learns nothing leaves its random weights, rounded to float16, as a file for both.
            step(os.path.join(scratch, "random"))
            weights = os.path.join(scratch, "random", "model.safetensors")
        step(run, "--init", weights)
        with open(os.path.join(run, "metrics.csv"), encoding="utf-8") as file:
            theirs = list(csv.DictReader(file))[-1]
        options = recipe.read(config)[0]
        g = train.network.load(weights).train()
        x, picture, mask, halvings, _ = train.Samples([samples], g.inputs).batch(0, options["batch"], "cpu")
        x, picture, made = own_fills.put(g, x, picture, mask, halvings)
        print(f"{int(made.sum())} of {len(made)} samples sharpen a fill of the network's own")
        vgg = losses.vgg_weights(arguments.vgg16, "cpu") if arguments.vgg16 else None
        values, _ = train.judge(options, vgg, Adversary([options], "cpu"), g(x), x, picture, mask, 0)
        total = losses.weighted(options, values)
        total.backward()
        norm = sum(p.grad.double().pow(2).sum() for p in g.parameters()).sqrt()
        ours = {name.replace("-", "_"): value.item() for name, value in values.items()}
        ours |= {"total": total.item(), "gradient_norm": norm.item()}
        worst = 0.0
        for name, value in ours.items():
            other = float(theirs[name])
            error = abs(value - other) / max(abs(other), 1e-6)
            worst = max(worst, error)
            print(f"{name:14} {value:12.8f} {other:12.8f} {error:.1e}")
        print("OK" if worst <= 1e-4 else "NOT OK", f"largest relative difference {worst:.1e}")
        return 0 if worst <= 1e-4 else 1


if __name__ == "__main__":
    sys.exit(main())
