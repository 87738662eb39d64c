"""Rounding errors of Winograd's transforms for several choices of points, beside a direct sum's.

    python3 winograd.py

Cook and Toom's construction F(m×m, r×r) in single precision with fused multiply-adds, as the kernels do it, against
double precision: random inputs in −1…1, weights that give sums of size 0.6.
"""
import numpy as np


def matrices(points, m, r):
    """Output, weight and input transforms for finite points and infinity."""
    n = m + r - 1
    p = np.array(points, float)
    out, weight, given = np.zeros((m, n)), np.zeros((n, r)), np.zeros((n, n))
    for i, at in enumerate(p):
        others = np.delete(p, i)
        weight[i] = at ** np.arange(r) / np.prod(at - others)
        out[:, i] = at ** np.arange(m)
        given[i, :n - 1] = np.poly(others)[::-1]
    weight[n - 1, r - 1] = out[m - 1, n - 1] = 1
    given[n - 1] = np.poly(p)[::-1]
    return out, weight, given


def chain(factors, values):
    """The sum of factor · value along the first axis, each step rounded to single precision once."""
    total = np.zeros(values[0].shape, np.float32)
    for factor, value in zip(factors, values):
        total = (total.astype(float) + np.float32(factor).astype(float) * value.astype(float)).astype(np.float32)
    return total


def apply(matrix, values, axis):
    moved = np.moveaxis(values, axis, 0)
    return np.moveaxis(np.stack([chain(row, moved) for row in matrix]), 0, axis)


def errors(points, m, r, channels, tiles=400):
    random = np.random.default_rng(0)
    out, weight, given = matrices(points, m, r)
    n = m + r - 1
    d = random.uniform(-1, 1, (tiles, n, n, channels)).astype(np.float32)
    w = (random.uniform(-1, 1, (r, r, channels)) * (3 / (r * r * channels)) ** 0.5).astype(np.float32)
    truth, direct = np.zeros((tiles, m, m)), np.zeros((tiles, m, m))
    for y in range(m):
        for x in range(m):
            window = d[:, y:y + r, x:x + r].reshape(tiles, -1)
            truth[:, y, x] = window.astype(float) @ w.reshape(-1).astype(float)
            direct[:, y, x] = chain(w.reshape(-1), window.T)
    u = np.einsum("ij,jkc,lk->ilc", weight, w.astype(float), weight).astype(np.float32)
    v = apply(given, apply(given, d, 1), 2)
    products = np.zeros((tiles, n, n), np.float32)
    for c in range(channels):
        products = (products.astype(float) + v[..., c].astype(float) * u[..., c].astype(float)).astype(np.float32)
    found = apply(out, apply(out, products, 1), 2)
    return [(np.abs(x - truth).max(), np.sqrt(((x - truth) ** 2).mean())) for x in (found, direct)]


if __name__ == "__main__":
    root = 2**0.5
    print("| transform | finite points | channels | largest error | rms | direct: largest | rms |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for channels in (64, 512):
        for name, m, r, label, points in (
            ("F(2×2, 3×3)", 2, 3, "0, ±1", (0, 1, -1)),
            ("F(4×4, 3×3)", 4, 3, "0, ±√½, ±√2", (0, root / 2, -root / 2, root, -root)),
            ("F(4×4, 3×3)", 4, 3, "0, ±1, ±2", (0, 1, -1, 2, -2)),
            ("F(4×4, 4×4)", 4, 4, "±5/16, ±7/8, ±2", (0.3125, -0.3125, 0.875, -0.875, 2, -2)),
            ("F(4×4, 4×4)", 4, 4, "0, ±1, ±2, ½", (0, 1, -1, 2, -2, 0.5)),
        ):
            (worst, rms), (plain, plain_rms) = errors(points, m, r, channels)
            print(f"| {name} | {label} | {channels} | {worst:.1e} | {rms:.1e} | {plain:.1e} | {plain_rms:.1e} |")
