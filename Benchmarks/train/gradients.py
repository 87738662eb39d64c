"""Compares every gradient that `fedit train` computes with PyTorch's autograd in double precision.

    python3 Benchmarks/train/gradients.py [FEDIT]

Prints the relative difference ‖ours − theirs‖ / ‖theirs‖ of each output, value and gradient, and, to compare, that
of PyTorch in single precision. Fails where one is above 1e-4. Inputs are random; so are the weights of VGG-16.
"""
import os
import subprocess
import sys
import tempfile

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch.func import functional_call

import model
import network

LIMIT = 1e-4
fedit = sys.argv[1] if len(sys.argv) > 1 else ".build/release/fedit"
torch.manual_seed(1)
folder = tempfile.TemporaryDirectory()
nhwc = lambda x: x.permute(0, 2, 3, 1).contiguous()
nchw = lambda x: x.permute(0, 3, 1, 2)
worst = 0.0


def probe(kind, tensors, **metadata):
    """What fedit makes of tensors."""
    at = os.path.join(folder.name, "in.safetensors")
    result = os.path.join(folder.name, "out.safetensors")
    save_file(
        {name: tensor.detach().float().contiguous() for name, tensor in tensors.items()}, at,
        metadata={"probe": kind, **{name.replace("_", "-"): str(value) for name, value in metadata.items()}})
    subprocess.run([fedit, "train", "--probe", at, "-o", result], check=True)
    return load_file(result)


def relative(a, b):
    return ((a.double() - b.double()).norm() / b.double().norm().clamp_min(1e-30)).item()


def compare(title, ours, reference):
    """`reference(dtype)` gives PyTorch's tensors by name."""
    global worst
    truth, single = reference(torch.float64), reference(torch.float32)
    rows = [(name, relative(ours[name], truth[name]), relative(single[name], truth[name])) for name in truth]
    largest = max(row[1] for row in rows)
    worst = max(worst, largest)
    at = max(rows, key=lambda row: row[1])
    print(f"{title:46s} {largest:.1e} ({at[0]})  PyTorch in float32: {max(row[2] for row in rows):.1e}")
    for name, mine, theirs in rows:
        if "-v" in sys.argv:
            print(f"    {name:40s} {mine:.1e} {theirs:.1e}")


def layer(title, activation, kernel, stride, dilation, inputs, outputs, side):
    transposed, enlarging = activation == "self-gated", activation == "enlarging"
    to = side * stride if transposed else 2 * side if enlarging else side // stride
    x = torch.randn(2, side, side, inputs)
    gated = activation.startswith("gated") or activation == "glu"
    sums = 2 * outputs if gated else outputs
    fine, coarse = (sums, inputs) if transposed or enlarging else (inputs, sums)
    w = torch.randn(kernel, kernel, fine, coarse) / (kernel * kernel * inputs) ** 0.5
    b = torch.randn(sums) * 0.1
    d = torch.randn(2, to, to, outputs)
    ours = probe(
        "layer", {"input": x, "weights": w, "bias": b, "gradient": d}, activation=activation, kernel=kernel,
        stride=stride, dilation=dilation)

    def reference(dtype):
        leaves = [t.to(dtype).requires_grad_() for t in (x, w, b)]
        weight, bias = leaves[1].permute(3, 2, 0, 1), leaves[2]
        if activation == "leaky":
            padded = model.same_padding(nchw(leaves[0]), kernel, stride)
            y = F.leaky_relu(F.conv2d(padded, weight, bias, stride), 0.2)
        else:
            m = network.Upsampling(inputs, outputs) if transposed else network.Enlarging(
                inputs, outputs) if enlarging else network.Gated(
                inputs, outputs, kernel, stride, dilation, normalizes=activation == "gated-lrn",
                leaky=activation != "glu")
            if enlarging:
                weight = leaves[1].permute(2, 3, 0, 1)
            y = functional_call(
                m, {"convolution.weight": weight, "convolution.bias": bias}, (nchw(leaves[0]),))
        grads = torch.autograd.grad((y * nchw(d.to(dtype))).sum(), leaves)
        return dict(zip(("input", "weights", "bias"), grads)) | {"output": nhwc(y.detach())}

    compare(title, ours, reference)


layer("first layer, 7×7 stride 2", "gated", 7, 2, 1, 9, 16, 32)
layer("gated with LRN, 5×5 stride 2", "gated-lrn", 5, 2, 1, 32, 64, 16)
layer("gated with LRN, 3×3 stride 2", "gated-lrn", 3, 2, 1, 64, 128, 16)
layer("gated with LRN, 3×3", "gated-lrn", 3, 1, 1, 48, 32, 16)
layer("gated with LRN, 3×3, dilation 4", "gated-lrn", 3, 1, 4, 64, 64, 8)
layer("gated with LRN, 3×3 by Winograd", "gated-lrn", 3, 1, 1, 64, 64, 32)
layer("last layer, 3×3 without LRN", "gated", 3, 1, 1, 12, 3, 32)
layer("upsampling, 5×5 transposed", "self-gated", 5, 2, 1, 64, 32, 8)
layer("linear with gate, 3×3, dilation 8", "glu", 3, 1, 8, 64, 64, 16)
layer("doubled, then 3×3", "enlarging", 3, 1, 1, 64, 32, 8)
layer("doubled, then 3×3, 20 channels", "enlarging", 3, 1, 1, 24, 20, 8)
layer("leaky ReLU, 3×3 stride 2", "leaky", 3, 2, 1, 64, 64, 16)

def is_smooth_network(g, x):
    """Whether no value before a leaky ReLU is so near 0 that rounding decides its slope, and on a map so small that
    it matters."""
    smooth = []

    def watch(module, inputs, sums):
        if isinstance(module.owner, network.Gated):
            sums = sums[:, : sums.shape[1] // 2]
        if sums.shape[-1] <= 32:
            smooth.append(sums.abs().min() > 1e-4 / sums.shape[-1] ** 2 * sums.std())

    m = model.parameters_like(g, torch.float64)
    for each in m.layers.values():
        object.__setattr__(each.convolution, "owner", each)
        each.convolution.register_forward_hook(watch)
    with torch.no_grad():
        m(nchw(x.double()))
    return all(smooth)


# The whole generator, each tensor's gradient by itself.
for architecture, width, size in [("sc-fegan", 16, 128), ("gated-unet", 16, 128), ("gated-unet", 4, 64),
                                  ("gated-unet-deep", 16, 128)]:
    images = 2
    g = model.generator(width, architecture)
    x = torch.randn(images, size, size, g.inputs)
    while not is_smooth_network(g, x):
        x = torch.randn(images, size, size, g.inputs)
    d = torch.randn(images, size, size, 3) / (images * size * size * 3)
    ours = probe("generator", {**model.tensors(g), "input": x, "gradient": d}, architecture=architecture)

    def generator(dtype):
        m = model.parameters_like(g, dtype)
        y = m(nchw(x.to(dtype)))
        (y * nchw(d.to(dtype))).sum().backward()
        return model.tensors(m, lambda p: p.grad) | {"output": nhwc(y.detach())}

    compare(f"{architecture}, width {width}, {size}×{size}", ours, generator)


def picture(side, channels=3, images=2):
    return torch.rand(images, side, side, channels) * 2 - 1


def mask(side, images=2):
    m = torch.zeros(images, side, side, 1)
    for i in range(images):
        m[i, side // 5 : side // 2 + 3 * i, side // 7 : side - side // 3] = 1
    return m


# Losses on pixels, each alone and all together.
names = ("inside", "outside", "pyramid", "chroma", "edges", "variation", "checkerboard")
y, p, m = picture(64), picture(64), mask(64)
for chosen in [(name,) for name in names] + [names]:
    weights = {name: (0.7 + i if name in chosen else 0) for i, name in enumerate(names)}
    ours = probe("pixels", {"generated": y, "photo": p, "mask": m}, **weights)

    def pixels(dtype):
        leaf = nchw(y.to(dtype)).requires_grad_()
        values = model.pixel_losses(leaf, nchw(p.to(dtype)), nchw(m.to(dtype)))
        (grad,) = torch.autograd.grad(sum(weights[name] * values[name] for name in names), leaf)
        return {"generated": nhwc(grad)} | {name: values[name].detach()[None] for name in chosen}

    compare("loss on pixels: " + ("all" if len(chosen) > 1 else chosen[0]), ours, pixels)

# Losses on features.
vgg = model.random_vgg()
vgg_file = os.path.join(folder.name, "vgg.safetensors")
save_file(vgg, vgg_file)
names = ("perceptual", "unit-features", "style")


def is_smooth(y, p):
    """Whether no difference under a modulus is so near 0 that rounding decides its sign: there the gradient jumps."""
    maps = [model.vgg_features(vgg, nchw(t.double())) for t in (y, p)]
    for f, t in zip(*maps):
        gram = lambda x: torch.einsum("nap,nbp->nab", x.flatten(2), x.flatten(2))
        for d in (f - t, gram(f) - gram(t)):
            d = d[d != 0].abs()
            if d.min() < 1e-5 * d.mean():
                return False
    return True


for chosen, side in [(names[1:2], 112), (names[:1], 32), (names[1:2], 32), (names[2:], 32), (names, 32)]:
    y, p, m = picture(side, images=1), picture(side, images=1), mask(side, images=1)
    while side == 32 and not is_smooth(y, p):
        y, p = picture(side, images=1), picture(side, images=1)
    weights = {name: (0.5 + i if name in chosen else 0) for i, name in enumerate(names)}
    ours = probe("features", {"judged": y, "target": p, "mask": m}, vgg16=vgg_file, **weights)

    def features(dtype):
        leaf = nchw(y.to(dtype)).requires_grad_()
        values = model.feature_losses(vgg, leaf, nchw(p.to(dtype)), nchw(m.to(dtype)))
        (grad,) = torch.autograd.grad(sum(weights[name] * values[name] for name in names), leaf)
        return {"judged": nhwc(grad)} | {name: values[name].detach()[None] for name in chosen}

    title = "all" if len(chosen) > 1 else chosen[0]
    compare(f"loss on features, {side}×{side}: {title}", ours, features)

# The discriminator: what the generator gets from it, and what it learns itself.
composite, photo, guides, m = picture(128), picture(128), picture(128, 4), mask(128)
composite = photo + (composite - photo) * m
shares = torch.tensor([0.3, 0.8])
changes = torch.tensor([[0.3, 0.6, 1.2, 7, -9, 40, 80, 10, 60], [-0.2, 1.7, 0.7, -16, 3, 100, 128, 90, 128]])
cases = {
    "adversarial": {"adversarial": 1}, "feature matching": {"feature_matching": 1},
    "discriminator, hinge": {"hinge": 1}, "discriminator, without hinge": {},
    "discriminator with ground truth term": {"hinge": 1, "ground_truth": 0.5},
    "discriminator with gradient penalty": {"hinge": 1, "gradient_penalty": 10},
    "adversarial, with the mask's targets": {"adversarial": 1, "mask_targets": 1, "layers": 4},
    "adversarial, augmented": {"adversarial": 1, "augment": changes},
    "discriminator with the mask's targets": {"hinge": 1, "mask_targets": 1, "layers": 4},
    "discriminator with R1": {"hinge": 1, "real_penalty": 5},
    "discriminator with all that is new": {
        "hinge": 1, "mask_targets": 1, "layers": 5, "real_penalty": 5, "augment": changes},
}
for title, chosen in cases.items():
    options = {
        "adversarial": 0, "feature_matching": 0, "hinge": 0, "ground_truth": 0, "gradient_penalty": 0,
        "real_penalty": 0, "mask_targets": 0, "layers": 6} | chosen
    lines = options.pop("augment", None)
    count = options["layers"]
    disc = model.Discriminator(16, count)
    start = [u.clone() for u in disc.directions]
    tensors = {"composite": composite, "photo": photo, "guides": guides, "mask": m, "shares": shares,
               "directions": torch.cat(start)}
    if lines is not None:
        tensors["augment"] = lines
    for i in range(count):
        tensors[f"conv{i + 1}/kernel"] = disc.weights[i].permute(2, 3, 1, 0)
        tensors[f"conv{i + 1}/bias"] = disc.biases[i]
    ours = probe("discriminator", tensors, width=16, **options)

    def discriminator(dtype):
        own = model.parameters_like(disc, dtype)
        own.directions = [u.to(dtype) for u in start]
        weights = own.iterate()
        c, p, gd, mk = (nchw(t.to(dtype)) for t in (composite, photo, guides, m))
        c.requires_grad_()
        see = lambda x: torch.cat([x, gd, mk], 1) if lines is None else model.augment(x, gd, mk, lines)
        fake, real = (own(weights, see(x)) for x in (c, p))
        made = model.made_places(see(c)[:, 7:8].detach(), 2**count) if options["mask_targets"] else 1
        score = model.generator_score(fake, real, made)
        loss = options["adversarial"] * score["adversarial"] + options["feature_matching"] * score["feature-matching"]
        result = {}
        if options["adversarial"] or options["feature_matching"]:
            (grad,) = torch.autograd.grad(loss, c, retain_graph=True)
            result = {"composite": nhwc(grad)}
            for name in ("adversarial", "feature-matching"):
                if options[name.replace("-", "_")]:
                    result[name] = score[name].detach()[None]
            return result
        fake = own(weights, see(c.detach()))
        values = model.discriminator_losses(fake, real, hinge=bool(options["hinge"]), made=made)
        if not options["ground_truth"]:
            del values["ground-truth"]
        loss = values["scores"] + options["ground_truth"] * values.get("ground-truth", 0)
        if options["gradient_penalty"]:
            values["gradient-penalty"] = model.gradient_penalty(own, weights, c.detach(), p, gd, mk, shares.to(dtype))
            loss = loss + options["gradient_penalty"] * values["gradient-penalty"]
        if options["real_penalty"]:
            seen = see(p).detach()
            values["real-penalty"] = model.real_penalty(own, weights, seen[:, :3], seen[:, 3:7], seen[:, 7:])
            loss = loss + options["real_penalty"] * values["real-penalty"]
        grads = torch.autograd.grad(loss, list(own.weights) + list(own.biases))
        for i in range(count):
            result[f"conv{i + 1}/kernel"] = grads[i].permute(2, 3, 1, 0)
            result[f"conv{i + 1}/bias"] = grads[count + i]
        return result | {name: value.detach()[None] for name, value in values.items()}

    compare(title, ours, discriminator)

# The discriminators on features, where no sum is so near 0 that PyTorch's own single precision finds another gradient.
heads = {"conv2_2": model.Head(128, 24), "conv3_3": model.Head(256, 24)}
starts = {name: [u.clone() for u in head.directions] for name, head in heads.items()}
tensors = {}
for name, head in heads.items():
    tensors[name + "/directions"] = torch.cat(starts[name])
    for i in range(2):
        tensors[f"{name}/conv{i + 1}/kernel"] = head.weights[i].permute(2, 3, 1, 0)
        tensors[f"{name}/conv{i + 1}/bias"] = head.biases[i]
def feature_heads(dtype):
    leaf = nchw(y.to(dtype)).requires_grad_()
    made, true = (model.vgg_features(vgg, x)[1:] for x in (leaf, nchw(p.to(dtype))))
    score, learned, result = 0, 0, {}
    for (name, head), f, t in zip(heads.items(), made, true):
        own = model.parameters_like(head, dtype)
        own.directions = [u.to(dtype) for u in starts[name]]
        weights = own.iterate()
        f, t = model.head_features(f, t)
        places = model.made_places_of_head(nchw(m.to(dtype)), f.shape[-1] // 2)
        score = score + model.head_losses(own(weights, f)[-1], own(weights, t)[-1], places)[0] / 2
        loss = model.head_losses(own(weights, f.detach())[-1], own(weights, t)[-1], places)[1]
        learned = learned + loss.detach() / 2
        grads = torch.autograd.grad(loss, list(own.weights) + list(own.biases))
        for i in range(2):
            result[f"{name}/conv{i + 1}/kernel"] = grads[i].permute(2, 3, 1, 0)
            result[f"{name}/conv{i + 1}/bias"] = grads[2 + i]
    (grad,) = torch.autograd.grad(0.7 * score, leaf)
    return result | {
        "judged": nhwc(grad), "feature-adversarial": score.detach()[None], "scores": learned[None]}


for _ in range(100):
    y, p, m = picture(32, images=1), picture(32, images=1), mask(32, images=1)
    y = p + (y - p) * m
    if relative(feature_heads(torch.float32)["judged"], feature_heads(torch.float64)["judged"]) < 2e-5:
        break
ours = probe(
    "heads", tensors | {"judged": y, "target": p, "mask": m}, vgg16=vgg_file, width=24, feature_adversarial=0.7)
compare("discriminators on features", ours, feature_heads)

# Seeds: two pairs, whose fills differ a little.
y = picture(64, images=4)
y[1], y[3] = y[0] + 0.1 * y[1], y[2] + 0.1 * y[3]
free, noise = mask(64, images=4), (torch.rand(4, 64, 64, 1) > 0.5).float()
free[1], free[3] = free[0], free[2]
ours = probe("seeds", {"generated": y, "free": free, "noise": noise * free}, seeds=1.3)


def seeds(dtype):
    leaf = nchw(y.to(dtype)).requires_grad_()
    value = model.seed_loss(leaf, nchw(free.to(dtype)), nchw((noise * free).to(dtype)))
    (grad,) = torch.autograd.grad(1.3 * value, leaf)
    return {"generated": nhwc(grad), "seeds": value.detach()[None]}


compare("seeds", ours, seeds)

print(f"largest relative difference: {worst:.1e}")
sys.exit(worst > LIMIT)
