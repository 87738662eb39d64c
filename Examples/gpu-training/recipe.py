"""A run's options, in the form that `fedit train` writes into RUN/config.txt: 'name = value' a line, stages in sections."""

DEFAULTS = {
    "architecture": "gated-unet", "width": 16, "size": 256, "batch": 4, "seed": 1, "steps": 0, "learning-rate": 3e-4,
    "beta1": 0.5, "beta2": 0.99, "warmup": 100, "decay-start": 0.6, "final-rate": 0.03, "clip": 5.0,
    "average-pictures": 20000.0, "average": 0.0, "inside": 5.0, "outside": 1.0, "pyramid": 4.0, "chroma": 0.0, "edges": 2.0,
    "variation": 0.0, "checkerboard": 0.0, "feature-crop": 112, "feature-share": 1.0, "feature-focus": 1,
    "perceptual": 0.0, "unit-features": 0.0,
    "style": 0.0, "adversarial": 0.0, "feature-matching": 0.0, "feature-adversarial": 0.0, "hinge": True,
    "mask-targets": False, "augment": False, "ground-truth": 0.0, "gradient-penalty": 0.0, "real-penalty": 0.0,
    "real-penalty-steps": 16, "discriminator-width": 32, "discriminator-layers": 6, "discriminator-rate": 3e-4,
}


def read(path):
    """The stages of a configuration file, each with all options: one stage where the file has no section."""
    common, stages = dict(DEFAULTS), []
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        if line.startswith("["):
            stages.append({"stage": line.strip("[]").removeprefix("stage").strip()})
            continue
        name, equals, value = (part.strip() for part in line.partition("="))
        if not equals:
            raise SystemExit(f"{path}:{number}: expected 'name = value', found '{line}'")
        (stages[-1] if stages else common)[name] = convert(name, value)
    if not stages:
        stages = [{"stage": ""}]
    return [{**common, **stage} for stage in stages]


def convert(name, value):
    default = DEFAULTS.get(name)
    if default is None:
        return value
    if isinstance(default, bool):
        return value == "true"
    return type(default)(float(value)) if not isinstance(default, str) else value


def rate(options, step):
    """What the learning rate is multiplied by: it rises over the warm-up and falls along a cosine at the end."""
    import math
    rise = min(1.0, (step + 1) / max(1, options["warmup"]))
    done = step / max(1, options["steps"])
    if done <= options["decay-start"]:
        return rise
    fall = 0.5 * (1 + math.cos(math.pi * (done - options["decay-start"]) / (1 - options["decay-start"])))
    return rise * (options["final-rate"] + (1 - options["final-rate"]) * fall)
