"""Compares the generator's gradients, tensor by tensor, with PyTorch's autograd.

    python3 gradients.py FEDIT SCFEGAN.py [WIDTH SIZE BATCH]

SCFEGAN.py is a PyTorch version of the generator with load(path) and save(generator, path).
"""
import importlib.util, os, subprocess, sys, tempfile
import torch
from safetensors.torch import load_file, save_file

fedit, module = sys.argv[1:3]
width, size, batch = map(int, sys.argv[3:6]) if len(sys.argv) > 5 else (16, 128, 2)
spec = importlib.util.spec_from_file_location("scfegan", module)
scfegan = importlib.util.module_from_spec(spec)
spec.loader.exec_module(scfegan)
torch.manual_seed(1)

g = scfegan.G(width)
with tempfile.TemporaryDirectory() as folder:
    weights = os.path.join(folder, "weights.safetensors")
    probe = os.path.join(folder, "in.safetensors")
    result = os.path.join(folder, "out.safetensors")
    scfegan.save(g, weights)
    x = torch.randn(batch, size, size, 9)
    d = torch.randn(batch, size, size, 3) / (batch * size * size * 3)
    save_file({**load_file(weights), "input": x, "gradient": d}, probe)
    subprocess.run([fedit, "train", "--gradients", probe, "-o", result], check=True)
    ours = load_file(result)
    # Double precision is the truth; single precision shows how far PyTorch itself is from it.
    truth = {}
    for dtype in (torch.float64, torch.float32):
        g = scfegan.load(weights).to(dtype)
        y = g(x.permute(0, 3, 1, 2).to(dtype))
        (y * d.permute(0, 3, 1, 2).to(dtype)).sum().backward()
        grads = {}
        def conv(layer, name):
            w = layer.c.weight.grad.permute(2, 3, 1, 0)
            b = layer.c.bias.grad
            h = b.numel() // 2
            for s, part in (("", slice(0, h)), ("_g", slice(h, 2 * h))):
                grads[f"generator/{name}{s}/kernel"] = w[..., part]
                grads[f"generator/{name}{s}/bias"] = b[part]
        for i in range(7):
            conv(g.e[i], f"gconv{i+1}_ds")
        for i in range(4):
            conv(g.d[i], f"co_conv{i+1}_dlt")
        for i in range(7):
            grads[f"generator/deconv{i+1}/w"] = g.u[i].c.weight.grad.permute(2, 3, 1, 0)
            grads[f"generator/deconv{i+1}/biases1"] = g.u[i].c.bias.grad
            conv(g.g[i], f"gconv{i+8}")
        truth[dtype] = (y.permute(0, 2, 3, 1).detach(), grads)
y64, g64 = truth[torch.float64]
y32, g32 = truth[torch.float32]
def relative(a, b):
    return ((a.double() - b).norm() / b.norm().clamp_min(1e-30)).item()
print(f"{'output':40s} fedit {relative(ours['output'], y64):.1e}  PyTorch {relative(y32, y64):.1e}")
worst = 0
for name in g64:
    a = relative(ours[name], g64[name])
    worst = max(worst, a)
    print(f"{name:40s} fedit {a:.1e}  PyTorch {relative(g32[name], g64[name]):.1e}")
print(f"largest relative difference {worst:.1e}")
sys.exit(worst > 1e-4)
