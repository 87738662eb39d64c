"""The discriminators of a run and their own learning, as `fedit train` has them.

Definitions are those of Benchmarks/train/model.py, which fedit's gradients are checked against. Numbers drawn at random
(crops, augmentations, first weights) are PyTorch's.
"""
import torch
from torch import nn

import losses

model = losses.model


class Adversary:
    """One discriminator on pictures and two on VGG-16's features, those that the stages need."""

    def __init__(self, stages, device):
        self.pictures, self.heads = None, nn.ModuleList()
        if any(stage["adversarial"] or stage["feature-matching"] for stage in stages):
            self.pictures = model.Discriminator(stages[0]["discriminator-width"], stages[0]["discriminator-layers"])
            self.pictures = self.pictures.to(device)
        if any(stage["feature-adversarial"] for stage in stages):
            self.heads = nn.ModuleList(model.Head(inputs, 64) for inputs in (128, 256)).to(device)
        self.parts = [part for part in (self.pictures, *self.heads) if part is not None]
        for part in self.parts:
            part.directions = [direction.to(device) for direction in part.directions]
        parameters = [p for part in self.parts for p in part.parameters()]
        self.optimizer = torch.optim.Adam(
            parameters, stages[0]["discriminator-rate"], betas=(stages[0]["beta1"], stages[0]["beta2"]), eps=1e-8
        ) if parameters else None

    def judge(self, options, scene, features, step):
        """Values for the generator by name, and the discriminators' own loss."""
        values, own = {}, 0.0
        if self.pictures is not None and (options["adversarial"] or options["feature-matching"]):
            judged, learned = self.judge_pictures(options, scene, step)
            values |= judged
            own = own + learned
        if len(self.heads) and options["feature-adversarial"]:
            value = 0.0
            for head, (fake, photo), crops in zip(self.heads, features.pairs, [features.mask] * 2):
                weights = head.iterate()
                fake, photo = model.head_features(fake, photo)
                made = model.made_places_of_head(crops, fake.shape[-1] // 2)
                if scene["judged"] is not None:
                    made = made * scene["judged"][:len(made), None, None, None]
                seen = head(frozen(weights), fake)[-1], head(weights, fake.detach())[-1], head(weights, photo)[-1]
                value = value + model.head_losses(seen[0], seen[2], made)[0] / len(self.heads)
                own = own + model.head_losses(seen[1], seen[2], made)[1]
            values["feature-adversarial"] = value
        return values, own

    def judge_pictures(self, options, scene, step):
        guides, mask = scene["guides"], scene["mask"]
        made = 1
        if options["mask-targets"]:
            made = model.made_places(mask, 2 ** options["discriminator-layers"])
        see = lambda picture: torch.cat([picture, guides, mask], 1)
        if options["augment"]:
            lines = augmentations(len(mask), mask.shape[-1])
            see = lambda picture: model.augment(picture, guides, mask, lines)
        d, composite, photo = self.pictures, scene["composite"], scene["photo"]
        weights = d.iterate()
        real = d(weights, see(photo))
        fixed = frozen(weights)
        values = model.generator_verdict(d(fixed, see(composite)), [r.detach() for r in real], made)
        learned = model.discriminator_losses(
            d(weights, see(composite.detach())), real, options["hinge"], made)
        own = learned["verdicts"] + options["ground-truth"] * learned["ground-truth"]
        if options["gradient-penalty"]:
            shares = torch.rand(len(mask), device=mask.device)
            own = own + options["gradient-penalty"] * model.gradient_penalty(
                d, weights, composite, photo, guides, mask, shares)
        every = options["real-penalty-steps"]
        if options["real-penalty"] and step % every == 0:
            own = own + options["real-penalty"] * every * model.real_penalty(d, weights, photo, guides, mask)
        return values, own

    def learn(self, options, own, rate):
        if not torch.is_tensor(own):
            return
        own.backward()
        for group in self.optimizer.param_groups:
            group["lr"] = options["discriminator-rate"] * rate
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

    def state(self):
        return {"parts": [part.state_dict() for part in self.parts],
                "directions": [part.directions for part in self.parts],
                "optimizer": self.optimizer.state_dict() if self.optimizer else None}

    def restore(self, state):
        for part, saved, directions in zip(self.parts, state["parts"], state["directions"]):
            part.load_state_dict(saved)
            part.directions = directions
        if self.optimizer and state["optimizer"]:
            self.optimizer.load_state_dict(state["optimizer"])


def frozen(weights):
    """The generator's gradient goes through the discriminator, not into it."""
    return [weight.detach() for weight in weights]


def augmentations(count, size):
    """Brightness, saturation, contrast, shift, hole for each picture, as fedit draws them."""
    lines = torch.empty(count, 9)
    lines[:, 0] = torch.rand(count) - 0.5
    lines[:, 1] = torch.rand(count) * 2
    lines[:, 2] = torch.rand(count) + 0.5
    reach, quarter = size // 8, size // 4
    lines[:, 3:5] = torch.randint(-reach, reach + 1, (count, 2)).float()
    middle = torch.randint(0, size, (count, 2)).float()
    for axis in (0, 1):
        lines[:, 5 + 2 * axis] = (middle[:, axis] - quarter).clamp(min=0)
        lines[:, 6 + 2 * axis] = (middle[:, axis] + quarter).clamp(max=size)
    return lines
