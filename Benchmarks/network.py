"""The generators in PyTorch: what fedit is timed and checked against.

SC-FEGAN is written from the layers that the paper (Jo and Park, ICCV 2019) and its published code describe, for
comparison only; gated-unet from its table in Docs/engine.md. A generator reads (batch, 9, 11 or 15, N, N) and gives
(batch, 3, N, N) after tanh; weight files are safetensors with the names and layouts of fedit's.
"""
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

REACH, BIAS = 5, 5e-5


class OperatorLRN(torch.autograd.Function):
    """The same normalisation, exported as ONNX's own operator."""

    @staticmethod
    def symbolic(graph, x):
        size = 2 * REACH + 1
        return graph.op("LRN", x, size_i=size, alpha_f=float(size), beta_f=0.5, bias_f=BIAS)

    @staticmethod
    def forward(ctx, x):
        return normalize(x)


def normalize(x):
    """Each channel over the root of the squares of the channels within REACH of it."""
    size = 2 * REACH + 1
    squares = F.pad((x * x)[:, None], (0, 0, 0, 0, REACH, REACH))
    mean = F.avg_pool3d(squares, (size, 1, 1), stride=1)[:, 0]
    return x / torch.sqrt(BIAS + size * mean)


class Gated(nn.Module):
    """Feature and gate: one convolution with twice the outputs, padded as TensorFlow's "SAME"."""

    def __init__(self, inputs, outputs, kernel, stride=1, dilation=1, normalizes=True, leaky=True):
        super().__init__()
        self.convolution = nn.Conv2d(inputs, 2 * outputs, kernel, stride, dilation=dilation)
        self.normalizes, self.leaky, self.operator = normalizes, leaky, False

    def forward(self, x):
        c = self.convolution
        pads = []
        for side, k, s, d in zip(map(int, x.shape[:1:-1]), c.kernel_size, c.stride, c.dilation):
            total = max((-(-side // s) - 1) * s + (k - 1) * d + 1 - side, 0)
            pads += [total // 2, total - total // 2]
        sums = c(F.pad(x, pads))
        feature, gate = sums[:, :c.out_channels // 2], sums[:, c.out_channels // 2:]
        if self.normalizes:
            feature = OperatorLRN.apply(feature) if self.operator else normalize(feature)
        if self.leaky:
            feature = F.leaky_relu(feature, 0.2)
        return feature * torch.sigmoid(gate)


class Upsampling(nn.Module):
    """5×5 transposed with stride 2, gated by itself."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.convolution = nn.ConvTranspose2d(inputs, outputs, 5, 2)

    def forward(self, x):
        # Output pixel o takes input i through tap o + 1 - 2i: the full result without its first row and column.
        h, w = 2 * int(x.shape[2]), 2 * int(x.shape[3])
        y = F.leaky_relu(self.convolution(x)[:, :, 1:h + 1, 1:w + 1], 0.2)
        return y * torch.sigmoid(y)


class Enlarging(nn.Module):
    """Doubled by nearest pixels, then 3×3, gated by itself."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, 3, padding=1)

    def forward(self, x):
        y = F.leaky_relu(self.convolution(F.interpolate(x, scale_factor=2, mode="nearest")), 0.2)
        return y * torch.sigmoid(y)


class GatedUNet(nn.Module):
    architecture, inputs, is_deep = "gated-unet", 11, False

    def __init__(self, width):
        super().__init__()
        w = width
        self.layers = nn.ModuleDict()
        below = self.inputs
        for i, (outputs, kernel) in enumerate([(w, 7), (2 * w, 5), (4 * w, 5), (8 * w, 3), (8 * w, 3), (8 * w, 3)]):
            self.layers[f"down{i + 1}"] = Gated(below, outputs, kernel, 2, normalizes=i > 0)
            below = outputs
        for i in (1, 2):
            self.layers[f"middle{i}"] = Gated(8 * w, 8 * w, 3)
        for i, outputs in enumerate([8 * w, 8 * w, 4 * w, 2 * w, w]):
            self.layers[f"up{i + 1}"] = Enlarging(below, outputs)
            self.layers[f"fuse{i + 1}"] = Gated(2 * outputs, outputs, 3)
            below = outputs
            dilations = {}
            if self.is_deep and i < 2:
                dilations = [{"body1": 1, "body2": 2}, {"body3": 1, "body4": 1}][i]
            elif i == 2:
                dilations = {f"context{c}": 2**c for c in (1, 2, 3)}
            for name, dilation in dilations.items():
                self.layers[name] = Gated(
                    outputs, outputs, 3, dilation=dilation, normalizes=False, leaky=False)
        self.layers["up6"] = Enlarging(w, w)
        self.layers["full1"] = Gated(self.inputs + w, w, 3, normalizes=False)
        self.layers["full2"] = Gated(w, w, 3, normalizes=False)
        self.layers["output"] = Gated(w, 3, 3, normalizes=False, leaky=False)

    def forward(self, x):
        frame, skips = x, []
        for name, layer in self.layers.items():
            if name.startswith("fuse"):
                x = torch.cat([skips.pop(), x], 1)
            elif name == "full1":
                x = torch.cat([frame, x], 1)
            x = layer(x)
            # The last layer down is not read again.
            if name.startswith("down") and name != "down6":
                skips.append(x)
        return torch.tanh(x)


class DeepGatedUNet(GatedUNet):
    architecture, inputs, is_deep = "gated-unet-deep", 15, True


class Generator(nn.Module):
    architecture, inputs = "sc-fegan", 9

    def __init__(self, width, inputs=9):
        super().__init__()
        w = width
        down = [(w, 7), (2 * w, 5), (4 * w, 5), (8 * w, 3), (8 * w, 3), (8 * w, 3), (8 * w, 3)]
        sources = [inputs] + [outputs for outputs, _ in down]
        self.layers = nn.ModuleDict()
        for i, (outputs, kernel) in enumerate(down):
            self.layers[f"gconv{i + 1}_ds"] = Gated(sources[i], outputs, kernel, 2, normalizes=i > 0)
        for i in range(1, 5):
            self.layers[f"co_conv{i}_dlt"] = Gated(8 * w, 8 * w, 3, dilation=2**i)
        below = 8 * w
        for i, outputs in enumerate([8 * w, 8 * w, 8 * w, 4 * w, 2 * w, w, 3]):
            self.layers[f"deconv{i + 1}"] = Upsampling(below, outputs)
            self.layers[f"gconv{i + 8}"] = Gated(
                sources[6 - i] + outputs, outputs, 3, normalizes=i < 6, leaky=i < 6)
            below = outputs

    def forward(self, x):
        skips = []
        for name, layer in self.layers.items():
            if name.endswith("_ds"):
                skips.append(x)
            elif name.startswith("gconv"):
                x = torch.cat([skips.pop(), x], 1)
            x = layer(x)
        return torch.tanh(x)

    def use_operator(self, operator):
        """Whether LRN is exported as ONNX's operator, or as pooling."""
        for layer in self.layers.values():
            if isinstance(layer, Gated):
                layer.operator = operator


NETWORKS = {network.architecture: network for network in (Generator, GatedUNet, DeepGatedUNet)}


def random(width, seed, architecture="sc-fegan"):
    """A generator with weights that keep activations' size, the same for a seed."""
    torch.manual_seed(seed)
    generator = NETWORKS[architecture](width).eval()
    for layer in generator.layers.values():
        nn.init.kaiming_uniform_(layer.convolution.weight, nonlinearity="leaky_relu", a=0.2)
        nn.init.uniform_(layer.convolution.bias, -0.05, 0.05)
    return generator


def parts(name, layer):
    """A layer's tensors in a weight file: name, parameter, rows of it, and the axes that bring it to the file's order."""
    weight, bias = layer.convolution.weight, layer.convolution.bias
    base = f"generator/{name}"
    if isinstance(layer, Upsampling):
        return [(base + "/w", weight, slice(None), (2, 3, 1, 0)), (base + "/biases1", bias, slice(None), (0,))]
    if isinstance(layer, Enlarging):
        return [(base + "/kernel", weight, slice(None), (2, 3, 1, 0)), (base + "/bias", bias, slice(None), (0,))]
    half = len(bias) // 2
    return [
        (base + gate + end, parameter, rows, axes)
        for gate, rows in (("", slice(0, half)), ("_g", slice(half, None)))
        for end, parameter, axes in (("/kernel", weight, (2, 3, 1, 0)), ("/bias", bias, (0,)))
    ]


@torch.no_grad()
def load(path):
    """A generator with the weights of a file, of any floating-point type."""
    tensors = load_file(path)
    with safe_open(path, "pt") as file:
        architecture = file.metadata()["architecture"]
    first = "gconv1_ds" if architecture == "sc-fegan" else "down1"
    generator = NETWORKS[architecture](tensors[f"generator/{first}/kernel"].shape[-1]).eval()
    for name, layer in generator.layers.items():
        for key, parameter, rows, axes in parts(name, layer):
            back = [axes.index(i) for i in range(len(axes))]
            parameter[rows] = tensors[key].float().permute(back)
    return generator


@torch.no_grad()
def save(generator, path, size):
    """Writes a generator's weights; `size` is the side that the file's metadata name."""
    tensors = {}
    for name, layer in generator.layers.items():
        for key, parameter, rows, axes in parts(name, layer):
            tensors[key] = parameter[rows].permute(axes).contiguous()
    width = next(iter(generator.layers.values())).convolution.out_channels // 2
    metadata = {
        "architecture": generator.architecture, "width": str(width), "size": str(size), "channel_order": "rgb",
        "licence": "none (random numbers)", "training": "none",
    }
    save_file(tensors, path, metadata=metadata)


def export(generator, size, path, operator):
    """Writes ONNX for one frame of a size, all shapes as constants."""
    generator.use_operator(operator)
    torch.onnx.export(generator, (torch.zeros(1, 9, size, size),), path, dynamo=False, opset_version=17)
    generator.use_operator(False)


def assemble(layers):
    """The input channels from image, sketch, color, mask and noise, each (1, N, N, channels): nine, eleven with
    color_set and octave, a single number, or fifteen with mirror and mirror_set."""
    mask = layers["mask"]
    colored = layers["color_set"] * mask if "color_set" in layers else mask
    channels = [
        layers["image"] * (1 - mask), layers["sketch"] * mask, layers["color"] * colored, mask, layers["noise"] * mask]
    if "color_set" in layers:
        channels += [colored, layers["octave"] * mask]
    if "mirror" in layers:
        known = layers["mirror_set"] * mask
        channels += [layers["mirror"] * known, known]
    return torch.cat(channels, 3).permute(0, 3, 1, 2).contiguous()
