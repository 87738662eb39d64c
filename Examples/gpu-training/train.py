#!/usr/bin/env python3
"""Train a generator on a GPU with the data, losses and schedule of `fedit train`.

    fedit train SET… --config recipe.config --steps 20000 --export-samples samples.safetensors
    python3 train.py recipe.config samples.safetensors… -o run --vgg16 vgg16.safetensors
    fedit model add run/model.safetensors

Samples are the very ones that `fedit train` would see (`--export-samples`); several files follow one another, and begin
again when they end. The run's folder has a checkpoint, from which the same command goes on, and the moving average of
the weights as `model.safetensors`, with fedit's tensor names. Not done here: validation, and the loss `seeds`.
"""
import argparse
import copy
import os
import time

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file

import losses
import own_fills
import recipe
from adversary import Adversary
from losses import model, network


NAMES = ("picture", "color", "sketch", "colorSet", "mask", "noise", "octave", "halvings", "mirror",
         "mirrorSet", "natural")


class Samples:
    """Batches of exported samples, in their order."""

    def __init__(self, paths, channels):
        self.channels = channels
        self.files = [safe_open(path, "np") for path in paths]
        for path, file in zip(paths, self.files):
            if (file.metadata() or {}).get("format") != "fedit-samples-2":
                raise SystemExit(f"{path}: not a file that 'fedit train --export-samples' wrote")
        self.lengths = [file.get_slice("octave").get_shape()[0] for file in self.files]
        self.size = self.files[0].get_slice("mask").get_shape()[1]
        self.count = sum(self.lengths)

    def rows(self, first, count):
        """Arrays by name of `count` samples from number `first` on."""
        parts = []
        while count > 0:
            at, index = first % self.count, 0
            while at >= self.lengths[index]:
                at, index = at - self.lengths[index], index + 1
            take = min(count, self.lengths[index] - at)
            parts.append({name: self.files[index].get_slice(name)[at:at + take] for name in NAMES})
            first, count = first + take, count - take
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def batch(self, first, count, device):
        """The network's input, the picture and the mask of a batch, NCHW; how often each sample's size is halved for a fill
        of the network's own, and whether its colours are those of a photo."""
        rows = self.rows(first, count)
        put = lambda values: torch.from_numpy(values).to(device, non_blocking=True).float()
        bits = lambda name: put(np.unpackbits(rows[name], axis=-1)).reshape(count, 1, self.size, self.size)
        level = lambda name: put(rows[name]).permute(0, 3, 1, 2) / 127.5 - 1
        picture, mask, chosen = level("picture"), bits("mask"), bits("colorSet")
        octave = put(rows["octave"]).reshape(count, 1, 1, 1) * mask
        known = bits("mirrorSet") * mask
        x = torch.cat([
            picture * (1 - mask), bits("sketch") * mask, level("color") * chosen * mask, mask, bits("noise") * mask,
            chosen * mask, octave, level("mirror") * known, known], 1)[:, :self.channels]
        return x, picture, mask, rows["halvings"], put(rows["natural"]) > 0


def judge(options, vgg, adversary, generated, x, picture, mask, step, judged=None):
    """The generator's losses by name, without weights, and the discriminators' own.

    `judged` says which samples the discriminators on features see; all where it is left out.
    """
    values = model.pixel_losses(generated, picture, mask)
    composite = generated * mask + picture * (1 - mask)
    features = None
    if vgg is not None:
        features = losses.Features(vgg, options, composite, picture, mask, step)
        values |= features.values
    scene = {"composite": composite, "photo": picture, "guides": x[:, 3:7], "mask": mask, "judged": judged}
    adversarial, own = adversary.judge(options, scene, features, step)
    return values | adversarial, own


def write(path, tensors, metadata=None):
    """Complete, or what was there before stays."""
    save_file(tensors, path + ".part", metadata=metadata)
    os.replace(path + ".part", path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", help="options as in RUN/config.txt; its stages are trained one after another")
    parser.add_argument("samples", nargs="+", help="files of 'fedit train --export-samples', of every stage's size")
    parser.add_argument("-o", "--output", required=True, help="the run's folder")
    parser.add_argument("--vgg16", help="weights of VGG-16, torchvision's names, for losses on features")
    parser.add_argument("--init", help="weights to start from, of the same architecture and width")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--precision", choices=["float32", "bf16"], default="float32")
    parser.add_argument("--minutes", type=float, default=0, help="write a checkpoint and stop after so long")
    arguments = parser.parse_args()
    stages = recipe.read(arguments.config)
    first = stages[0]
    torch.manual_seed(first["seed"])
    g = network.load(arguments.init).train() if arguments.init else model.generator(first["width"], first["architecture"])
    g = g.to(arguments.device, memory_format=torch.channels_last)
    average = [p.detach().clone() for p in g.parameters()]
    shadow = copy.deepcopy(g).requires_grad_(False)
    optimizer = torch.optim.Adam(g.parameters(), first["learning-rate"], betas=(first["beta1"], first["beta2"]), eps=1e-8)
    adversary = Adversary(stages, arguments.device)
    os.makedirs(arguments.output, exist_ok=True)
    checkpoint = os.path.join(arguments.output, "checkpoint.pt")
    stage, step, seen = 0, 0, 0
    if os.path.exists(checkpoint):
        state = torch.load(checkpoint, map_location=arguments.device)
        g.load_state_dict(state["weights"])
        optimizer.load_state_dict(state["optimizer"])
        adversary.restore(state["adversary"])
        average = state["average"]
        stage, step, seen = state["stage"], state["step"], state["seen"]
    vgg = losses.vgg_weights(arguments.vgg16, arguments.device) if arguments.vgg16 else None
    sets = {}
    for path in arguments.samples:
        sets.setdefault(Samples([path], g.inputs).size, []).append(path)
    sets = {size: Samples(paths, g.inputs) for size, paths in sets.items()}

    def save():
        state = {"weights": g.state_dict(), "optimizer": optimizer.state_dict(), "average": average,
                 "adversary": adversary.state(), "stage": stage, "step": step, "seen": seen}
        torch.save(state, checkpoint + ".part")
        os.replace(checkpoint + ".part", checkpoint)
        kept = [p.detach().clone() for p in g.parameters()]
        with torch.no_grad():
            for p, a in zip(g.parameters(), average):
                p.copy_(a)
            tensors = {k: v.float().cpu().contiguous() for k, v in model.tensors(g).items()}
            for p, k in zip(g.parameters(), kept):
                p.copy_(k)
        write(os.path.join(arguments.output, "model.safetensors"), tensors, {
            "architecture": first["architecture"], "width": str(first["width"]), "size": str(stages[-1]["size"]),
            "channel_order": "rgb", "licence": first.get("licence", "depends on the training pictures"),
            "training": f"{seen} samples of fedit in PyTorch {torch.__version__}, {arguments.precision}"})

    start, reported = time.time(), time.time()
    while stage < len(stages):
        options = stages[stage]
        if options["size"] not in sets:
            raise SystemExit(f"no samples of {options['size']} pixels for the stage '{options['stage']}'")
        weighs = any(options[name] for name in losses.ON_FEATURES)
        if weighs and vgg is None:
            raise SystemExit("losses on features need --vgg16")
        halving = 0.5 ** (options["batch"] / options["average-pictures"])
        while step < options["steps"]:
            x, picture, mask, halvings, natural = sets[options["size"]].batch(
                step * options["batch"], options["batch"], arguments.device)
            # A shrunk photo tells too little from a fill for what sharpens it to be judged.
            judged = natural & (x[:, own_fills.OCTAVE].amax((1, 2)) == 0)
            with torch.autocast(arguments.device, dtype=torch.bfloat16, enabled=arguments.precision == "bf16"):
                if halvings.any() and g.inputs > own_fills.OCTAVE:
                    torch._foreach_copy_(list(shadow.parameters()), average)
                    x, picture, made = own_fills.put(shadow, x, picture, mask, halvings)
                    judged = judged | (natural & made)
                x = x[:, :g.inputs].contiguous(memory_format=torch.channels_last)
                generated = g(x)
            values, own = judge(
                options, vgg if weighs else None, adversary, generated.float(), x, picture, mask, step, judged)
            total = losses.weighted(options, values)
            optimizer.zero_grad(set_to_none=True)
            total.backward()
            limit = options["clip"] or float("inf")
            norm = torch.nn.utils.clip_grad_norm_(g.parameters(), limit)
            if not torch.isfinite(norm):
                raise SystemExit(f"the gradient is no longer finite at step {step}: take a smaller learning rate")
            for group in optimizer.param_groups:
                group["lr"] = options["learning-rate"] * recipe.rate(options, step)
            optimizer.step()
            adversary.learn(options, own, recipe.rate(options, step))
            taken = optimizer.state[next(g.parameters())]["step"].item() if optimizer.state else 1
            decay = min(options["average"] or halving, taken / (taken + 9))
            torch._foreach_lerp_(average, [p.detach() for p in g.parameters()], 1 - decay)
            step, seen = step + 1, seen + options["batch"]
            if step % 100 == 0 or step == options["steps"]:
                line = " ".join(f"{name} {value.item():.6g}" for name, value in values.items() if options.get(name))
                print(f"{options['stage']} step {step} total {total.item():.6g} {line} gradient {norm.item():.6g}"
                      f" {seen / (time.time() - start):.1f} pictures/s", flush=True)
            if time.time() - reported > 120:
                save()
                reported = time.time()
            if arguments.minutes and time.time() - start > arguments.minutes * 60:
                save()
                return
        stage, step = stage + 1, 0
    save()


if __name__ == "__main__":
    main()
