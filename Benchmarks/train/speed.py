"""Times training steps of `fedit train` and of PyTorch in turns: pictures a second.

    python3 Benchmarks/train/speed.py [FEDIT] [ROUNDS]

`generator` is the generator's forward and backward pass alone. Each figure is the best of the rounds, for other work
on the machine only slows; the ratio's range is that over the rounds.
"""
import json
import os
import subprocess
import sys
import time

import torch

import model

fedit = sys.argv[1] if len(sys.argv) > 1 else ".build/release/fedit"
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
threads = len(os.sched_getaffinity(0))
torch.set_num_threads(threads)


def median_rate(step, batch, seconds=4):
    for _ in range(2):
        step()
    times, start = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        step()
        times.append(time.perf_counter() - before)
    return batch / sorted(times)[len(times) // 2]


def pytorch(width, size, batch, memory_format):
    torch.manual_seed(1)
    g = model.generator(width).to(memory_format=memory_format)
    x = torch.rand(batch, 9, size, size).contiguous(memory_format=memory_format)
    d = torch.full((batch, 3, size, size), 1e-3)

    def step():
        for p in g.parameters():
            p.grad = None
        g(x).backward(d)

    return median_rate(step, batch)


print(f"PyTorch {torch.__version__}, {threads} threads")
for width, size, batch in ((16, 128, 8), (16, 256, 4)):
    ours, adversarial, theirs, ratios = [], [], [], []
    for _ in range(rounds):
        arguments = ["--width", str(width), "--size", str(size), "--batch", str(batch), "--json"]
        output = subprocess.run([fedit, "train", "--bench", *arguments], check=True, capture_output=True).stdout
        figures = json.loads(output)["pictures_per_second"]
        ours.append(figures["generator"])
        adversarial.append(figures["with_discriminator"])
        theirs.append(
            max(pytorch(width, size, batch, f) for f in (torch.contiguous_format, torch.channels_last)))
        ratios.append(ours[-1] / theirs[-1])
    print(
        f"width {width}, {size}×{size}, batch {batch}: fedit {max(ours):.1f} a second "
        f"({max(adversarial):.1f} with discriminator), PyTorch {max(theirs):.1f}; "
        f"ratio {max(ours) / max(theirs):.2f} (rounds {min(ratios):.2f}…{max(ratios):.2f})")
