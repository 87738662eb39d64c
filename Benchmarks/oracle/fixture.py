"""Writes the fixture of the gated-unet: random weights, layers, and what PyTorch makes of them in double precision.

    python3 fixture.py [FOLDER]

The folder is that of the generator's tests by default. Weights and layers are float16, so that the files are small.
"""
import os
import sys

import torch
from safetensors.torch import load_file, save_file

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(here))
import network  # noqa: E402

folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "../../Tests/FeditGeneratorTests/Fixtures")
weights = os.path.join(folder, "gated-unet-w2.safetensors")
network.save(network.random(2, 1, "gated-unet").half(), weights, 64)

torch.manual_seed(2)
shape = (1, 64, 64)
layers = {
    "image": torch.rand(*shape, 3) * 2 - 1, "sketch": (torch.rand(*shape, 1) > 0.95).float(),
    "color": torch.rand(*shape, 3) * 2 - 1, "color_set": (torch.rand(*shape, 1) > 0.5).float(),
    "mask": torch.zeros(*shape, 1), "noise": (torch.rand(*shape, 1) > 0.84).float(), "octave": torch.ones(1),
}
layers["mask"][:, 10:50, 20:60] = 1
layers = {name: layer.half() for name, layer in layers.items()}
with torch.no_grad():
    generator = network.load(weights).double()
    made = generator(network.assemble({name: layer.double() for name, layer in layers.items()}))
save_file(
    layers | {"generated": made.permute(0, 2, 3, 1).float().contiguous()},
    os.path.join(folder, "gated-unet-w2-io.safetensors"))
