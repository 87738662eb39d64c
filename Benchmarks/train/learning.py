"""Trains the same network with `fedit train` and with PyTorch: same samples, losses, schedule and first weights.

    python3 Benchmarks/train/learning.py SET [FEDIT] [STEPS]

Width 16, 128×128, batch 8, the default losses on pixels. Prints the validation's PSNR inside the mask, of the moving
average, after half of the steps and at the end (1,000 steps: 4,000 and 8,000 pictures). Fails where PyTorch is better
by more than 0.3 dB.
"""
import csv
import math
import os
import subprocess
import sys
import tempfile
import time

import torch
from safetensors.torch import load_file, save_file

import model

LIMIT = 0.3
training_set = os.path.abspath(sys.argv[1])
fedit = sys.argv[2] if len(sys.argv) > 2 else ".build/release/fedit"
steps = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
width, size, batch, seed, tasks = 16, 128, 8, 1, 48
rate, warmup, decay_start, final_rate, clip = 3e-4, 100, 0.6, 0.03, 5.0
weights = {"inside": 5, "outside": 1, "pyramid": 4, "edges": 2}
torch.manual_seed(seed)
torch.set_num_threads(len(os.sched_getaffinity(0)))
folder = tempfile.TemporaryDirectory()
at = lambda name: os.path.join(folder.name, name)


def samples(**metadata):
    """The generator's input and the photo, made by fedit: so both see the same."""
    save_file({"nothing": torch.zeros(1)}, at("in"), metadata={
        "probe": "samples", "set": training_set, "size": str(size), "seed": str(seed),
        **{name: str(value) for name, value in metadata.items()}})
    subprocess.run([fedit, "train", "--probe", at("in"), "-o", at("out")], check=True)
    tensors = load_file(at("out"))
    return [tensors[name].permute(0, 3, 1, 2).contiguous() for name in ("input", "photo")]


def psnr(generator):
    with torch.no_grad():
        values = []
        for x, photo in zip(*validation):
            mask = x[None, 7:8] > 0
            error = ((generator(x[None]) - photo[None]) * mask).pow(2).sum() / (3 * mask.sum())
            values.append(10 * math.log10(4 / max(error.item(), 1e-10)))
    return sum(values) / len(values)


generator = model.generator(width)
save_file(model.tensors(generator), at("first.safetensors"))
options = [f"--set={name}={value}" for name, value in {
    "validation-steps": steps // 2, "validation-pictures": tasks, "checkpoint-steps": steps, "learning-rate": rate,
    "warmup": warmup, "decay-start": decay_start, "final-rate": final_rate, "clip": clip, "average": 0.999}.items()]
start = time.time()
subprocess.run(
    [fedit, "train", training_set, "-o", at("run"), "--init", at("first.safetensors"), "--width", str(width),
     "--size", str(size), "--batch", str(batch), "--seed", str(seed), "--steps", str(steps), "--quiet", *options],
    check=True)
with open(at("run/metrics.csv")) as file:
    ours = {int(row["step"]): float(row["psnr"]) for row in csv.DictReader(file) if row["psnr"]}
print(f"fedit: {time.time() - start:.0f} s", flush=True)

validation = samples(count=tasks, validation=1)
average = model.parameters_like(generator, torch.float32)
adam = torch.optim.Adam(generator.parameters(), betas=(0.5, 0.99))
theirs = {0: psnr(average)}
start = time.time()
CHUNK = 8
for step in range(steps):
    if step % CHUNK == 0:
        inputs, photos = samples(first=step * batch, count=CHUNK * batch)
    part = slice(step % CHUNK * batch, (step % CHUNK + 1) * batch)
    x, photo = inputs[part], photos[part]
    values = model.pixel_losses(generator(x), photo, x[:, 7:8])
    adam.zero_grad()
    sum(weights[name] * values[name] for name in weights).backward()
    torch.nn.utils.clip_grad_norm_(generator.parameters(), clip)
    share = step / steps
    fall = 1.0
    if share > decay_start:
        x = (share - decay_start) / (1 - decay_start)
        fall = final_rate + (1 - final_rate) * (1 + math.cos(math.pi * x)) / 2
    for group in adam.param_groups:
        group["lr"] = rate * min(1, (step + 1) / warmup) * fall
    adam.step()
    decay = min(0.999, (step + 1) / (step + 10))
    with torch.no_grad():
        for a, p in zip(average.parameters(), generator.parameters()):
            a.lerp_(p, 1 - decay)
    if (step + 1) % (steps // 2) == 0:
        theirs[step + 1] = psnr(average)
print(f"PyTorch: {time.time() - start:.0f} s")

worst = -math.inf
for step, value in theirs.items():
    worst = max(worst, value - ours[step])
    print(f"after {step * batch} pictures: fedit {ours[step]:.2f} dB, PyTorch {value:.2f} dB")
sys.exit(worst > LIMIT)
