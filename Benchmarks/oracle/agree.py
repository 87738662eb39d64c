"""Compares fedit's networks with PyTorch ones on random weights and inputs.

    python3 agree.py FEDIT [NETWORK.py]

NETWORK.py has load(path), which makes a generator of a weight file; by default the one of this folder's parent.
Fails where the largest difference is over 1e-4 or the mean over 1e-5.
"""
import importlib.util
import os
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file, save_file

parent = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, parent)
import network

fedit = sys.argv[1]
source = sys.argv[2] if len(sys.argv) > 2 else os.path.join(parent, "network.py")
spec = importlib.util.spec_from_file_location("oracle", source)
oracle = importlib.util.module_from_spec(spec)
spec.loader.exec_module(oracle)

failed = False
print("| network | width | size | largest difference | mean |\n| --- | --- | --- | --- | --- |")
cases = [("sc-fegan", width, size) for width in (4, 16, 64) for size in (128, 256, 384, 512)]
cases += [("gated-unet", width, size) for width in (4, 16, 32) for size in (64, 192, 256, 512)]
cases += [("gated-unet-deep", width, size) for width in (4, 16) for size in (64, 256)]
for architecture, width, size in cases:
    with tempfile.TemporaryDirectory() as folder:
        weights, given, made = (os.path.join(folder, name + ".safetensors") for name in ("w", "in", "out"))
        network.save(network.random(width, width + size, architecture), weights, size)
        torch.manual_seed(size)
        shape = (1, size, size)
        layers = {
            "image": torch.rand(*shape, 3) * 2 - 1,
            "sketch": (torch.rand(*shape, 1) > 0.95).float(),
            "color": torch.rand(*shape, 3) * 2 - 1,
            "mask": torch.zeros(*shape, 1),
            "noise": (torch.rand(*shape, 1) > 0.84).float(),
        }
        if architecture != "sc-fegan":
            layers["color_set"] = (torch.rand(*shape, 1) > 0.5).float()
            layers["octave"] = torch.tensor([float(size % 128 == 0)])
        if architecture == "gated-unet-deep":
            layers["mirror"] = torch.rand(*shape, 3) * 2 - 1
            layers["mirror_set"] = (torch.rand(*shape, 1) > 0.5).float()
        layers["mask"][:, size // 4:size // 2, size // 5:size * 3 // 4] = 1
        save_file(layers, given)
        subprocess.run(
            [fedit, "model", "apply", weights, given, "-o", made], check=True, stdout=subprocess.DEVNULL)
        with torch.no_grad():
            expected = oracle.load(weights)(network.assemble(layers)).permute(0, 2, 3, 1)
        difference = (load_file(made)["generated"] - expected).abs()
        largest, mean = difference.max().item(), difference.mean().item()
        failed |= not (largest <= 1e-4 and mean <= 1e-5)
        print(f"| {architecture} | {width} | {size} | {largest:.1e} | {mean:.1e} |", flush=True)
sys.exit(failed)
