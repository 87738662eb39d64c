#!/usr/bin/env python3
"""What training on many workers costs: traffic and efficiency, computed and simulated.

usage: scaling.py [--parameters N] [--rate R] [--batch B] [--spread S] [--latency US] [--plot OUT.json]

A worker computes B pictures a step at R pictures a second; then all workers add their gradients of N float32 numbers.

Ring (Patarasu and Yuan, 2009): each sends and receives 2 (n − 1) / n of the gradient in 2 (n − 1) messages.
Doubling, as fedit-mpi does it: the whole gradient in each of log2 n messages, which keeps the bits of one binary tree.

Computed: a step takes B / R plus that. Simulated: each worker's computing time is drawn from a log-normal distribution with a
relative spread S, and all wait for the slowest; the mean of 2,000 steps, seeded. Efficiency is the time of computing
alone over that.
"""
import argparse
import json
import math
import random

WORKERS = [1, 2, 4, 8, 16, 32, 64, 128, 256]
NETWORKS = {"1 Gbit/s": 1e9, "10 Gbit/s": 1e10, "100 Gbit/s": 1e11}


def ring(workers, size, bandwidth, latency):
    return 0.0 if workers == 1 else 2 * (workers - 1) * (size / workers * 8 / bandwidth + latency)


def doubling(workers, size, bandwidth, latency):
    return math.log2(workers) * (size * 8 / bandwidth + latency)


def simulated(workers, seconds, spread, exchange, steps=2000):
    rng = random.Random(workers)
    sigma = math.sqrt(math.log(1 + spread**2))
    total = 0.0
    for _ in range(steps):
        # The slowest of n by its distribution's inverse: one draw a step rather than n.
        quantile = rng.random() ** (1 / workers)
        total += seconds * math.exp(sigma * inverse_normal(quantile) - sigma**2 / 2) + exchange
    return seconds * steps / total


def inverse_normal(p):
    from statistics import NormalDist
    return NormalDist().inv_cdf(min(max(p, 1e-12), 1 - 1e-12))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parameters", type=int, default=3_478_000)
    parser.add_argument("--rate", type=float, default=12.0, help="pictures a second of a worker")
    parser.add_argument("--batch", type=int, default=8, help="pictures of a worker a step")
    parser.add_argument("--spread", type=float, default=0.05)
    parser.add_argument("--latency", type=float, default=20, help="microseconds a message")
    parser.add_argument("--plot")
    options = parser.parse_args()
    size, seconds, latency = 4 * options.parameters, options.batch / options.rate, options.latency * 1e-6
    print(f"gradient {size / 1e6:.1f} MB; computing {seconds:.3f} s a step ({options.batch} pictures a worker)\n")
    print("sent by each worker a step, MB: " + ", ".join(
        f"{n}: ring {2 * (n - 1) / n * size / 1e6:.1f}, doubling {math.log2(n) * size / 1e6:.1f}" for n in (2, 8, 64, 256)))
    print("\n| workers | " + " | ".join(f"{name}, {way}" for name in NETWORKS for way in ("ring", "doubling")) + " |")
    print("| --- |" + " --- |" * (2 * len(NETWORKS)))
    lines = {}
    for n in WORKERS:
        row = []
        for name, bandwidth in NETWORKS.items():
            for way, function in (("ring", ring), ("doubling", doubling)):
                value = simulated(n, seconds, options.spread, function(n, size, bandwidth, latency))
                lines.setdefault(f"{name}, {way}", []).append([math.log2(n), value])
                row.append(f"{100 * value:.1f} %")
        print(f"| {n} | " + " | ".join(row) + " |")
    if options.plot:
        panel = {"title": f"efficiency, {options.batch} pictures of a worker a step",
                 "lines": [{"name": name, "points": points} for name, points in lines.items()]}
        with open(options.plot, "w", encoding="utf-8") as file:
            json.dump({"unit": "log2 of the workers", "right": 8, "columns": 1, "panels": [panel]}, file)


if __name__ == "__main__":
    main()
