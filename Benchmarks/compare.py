"""Times fedit, ONNX Runtime, OpenVINO and PyTorch in turn on the same weights and the same input; prints Markdown tables.

    compare.py FEDIT [--quick] [--threads T] [--rounds R]

Every runtime runs in a process of its own, so that its peak memory is its own, and the processes take turns for
several rounds, so that a change of the machine's speed meets them all. A time is the median of all runs of all
rounds.
"""
import argparse
import functools
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


# MARK: One runtime, in a process of its own

def bench_input(size, fraction=1.0):
    """The input of `fedit model bench`: a smooth picture, a centred square mask, a sketched diagonal, noise."""
    y, x = np.mgrid[0:size, 0:size]
    side = max(1, min(size, int(np.floor(size * fraction**0.5 + 0.5))))
    start = (size - side) // 2
    inside = (y >= start) & (y < start + side) & (x >= start) & (x < start + side)
    image = np.stack([(x * (c + 1) + y * 3) % 256 / 127.5 - 1 for c in range(3)], -1)
    layers = {
        "image": image,
        "sketch": (inside & (x == y))[..., None],
        "color": np.repeat(np.where(inside, -1.0, 0.0)[..., None], 3, -1),
        "mask": inside[..., None],
        "noise": (inside & ((x * 7919 + y * 104729) % 6 == 0))[..., None],
    }
    return {name: values[None].astype(np.float32) for name, values in layers.items()}


def measure(run, runs):
    for _ in range(2):
        run()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        result = run()
        times.append(time.perf_counter() - start)
    # ru_maxrss would count what this process had before it became Python.
    with open("/proc/self/status") as file:
        peak = int(re.search(r"VmHWM:\s+(\d+)", file.read())[1]) << 10
    return {"seconds": times, "peak": peak}, result


def run_onnx(path, frame, threads, runs, result):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    given = {session.get_inputs()[0].name: np.load(frame)}
    measured, output = measure(lambda: session.run(None, given)[0], runs)
    np.save(result, output)
    print(json.dumps(measured))


def run_openvino(path, frame, threads, runs, result, precision):
    import openvino
    core = openvino.Core()
    model = core.compile_model(path, "CPU", {
        "INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"})
    request = model.create_infer_request()
    given = [np.load(frame)]
    measured, output = measure(lambda: request.infer(given)[0], runs)
    np.save(result, output)
    print(json.dumps(measured))


def run_torch(path, frame, threads, runs, result):
    import torch
    import network
    torch.set_num_threads(threads)
    generator = network.load(path).to(memory_format=torch.channels_last)
    x = torch.from_numpy(np.load(frame)).contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        measured, output = measure(lambda: generator(x), runs)
    np.save(result, output.numpy())
    print(json.dumps(measured))


def child(*arguments):
    command = [sys.executable, os.path.abspath(__file__), *map(str, arguments)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


# MARK: fedit

def bench(fedit, *arguments):
    command = [fedit, "model", "bench", *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return done.stdout, done.stderr


def bench_json(fedit, *arguments):
    return json.loads(bench(fedit, *arguments, "--json")[0])


# MARK: Tables

def milliseconds(seconds):
    return f"{seconds * 1e3:.0f} ms" if seconds >= 0.1 else f"{seconds * 1e3:.1f} ms"


def megabytes(count):
    return f"{count / 2**20:.0f} MiB"


def side_by_side(fedit, width, size, threads, rounds, runs):
    """The first table: every runtime on one network and one input."""
    import network
    from safetensors.numpy import load_file, save_file
    import torch
    print(f"\n### Width {width}, {size}×{size}\n")
    with tempfile.TemporaryDirectory() as folder:
        at = lambda name: os.path.join(folder, name)
        generator = network.random(width, seed=1)
        network.save(generator, at("w.safetensors"), size)
        for operator in (False, True):
            network.export(generator, size, at(f"{operator}.onnx"), operator)
        layers = bench_input(size)
        save_file(layers, at("in.safetensors"))
        np.save(at("x.npy"), network.assemble({k: torch.from_numpy(v) for k, v in layers.items()}).numpy())
        del generator

        times, peaks = {}, {}

        def add(name, seconds, peak):
            times.setdefault(name, []).extend(seconds)
            peaks[name] = max(peaks.get(name, 0), peak)

        def ours(name, *arguments):
            one = bench_json(fedit, at("w.safetensors"), "--size", size, "--runs", runs, *arguments)
            add(name, [one["median_seconds"]], one["peak_rss_bytes"])

        for _ in range(rounds):
            for count in (threads, 1):
                for operator in (False, True):
                    one = child("onnx", at(f"{operator}.onnx"), at("x.npy"), count, runs, at("onnx.npy"))
                    add(("onnx", count, operator), one["seconds"], one["peak"])
                if count == threads:
                    one = child("torch", at("w.safetensors"), at("x.npy"), count, runs, at("torch.npy"))
                    add(("torch", count), one["seconds"], one["peak"])
                    for precision in ("f32", "bf16"):
                        for operator in (False, True):
                            one = child(f"openvino-{precision}", at(f"{operator}.onnx"), at("x.npy"), count, runs,
                                        at(f"openvino-{precision}.npy"))
                            add((precision, count, operator), one["seconds"], one["peak"])
                ours(("fedit", count), "--threads", count)
                ours(("openblas", count), "--threads", count, "--engine", "openblas")
            ours("mask", "--threads", threads, "--mask-fraction", 0.1)
            ours("edit", "--threads", threads, "--mask-fraction", 0.1, "--reedit")

        subprocess.run([fedit, "model", "apply", at("w.safetensors"), at("in.safetensors"), "-o", at("out.safetensors")],
                       check=True, stdout=subprocess.DEVNULL)
        made = load_file(at("out.safetensors"))["generated"]
        far = {}
        for name, most in (("onnx", 1e-3), ("torch", 1e-3), ("openvino-f32", 1e-3), ("openvino-bf16", 1)):
            other = np.load(at(name + ".npy")).transpose(0, 2, 3, 1)
            far[name] = np.abs(made - other).max()
            assert far[name] < most, (name, far[name])
        agreement = max(value for name, value in far.items() if name != "openvino-bf16")
        median = {name: statistics.median(values) for name, values in times.items()}

        def best(count):
            return min((("onnx", count, operator) for operator in (False, True)), key=median.get)

        base, base_one = best(threads), best(1)
        goals = {64: (0.50, 0.25, 0.12, 0.55, 1.3), 16: (0.60, 0.35, None, None, None)}.get(width, (None,) * 5)
        lrn = "ONNX's operator" if base[2] else "pooling"
        print(f"Threads: {threads} where nothing else is said. ONNX Runtime with LRN as {lrn}, which was the faster. "
              f"Largest difference of the results: {agreement:.0e}; of OpenVINO in bfloat16: "
              f"{far['openvino-bf16']:.0e}, of values from −1 to 1.\n")
        print("| what | time | of ONNX Runtime | goal | peak memory |\n| --- | --- | --- | --- | --- |")

        def row(what, name, relative, goal=None):
            ratio = median[name] / median[relative]
            print(f"| {what} | {milliseconds(median[name])} | {ratio:.2f} | {f'≤ {goal:.2f}' if goal else ''} "
                  f"| {megabytes(peaks[name])} |")

        row("ONNX Runtime, whole frame", base, base)
        for precision, words in (("f32", "float32"), ("bf16", "bfloat16")):
            fastest = min(((precision, threads, operator) for operator in (False, True)), key=median.get)
            row(f"OpenVINO, {words}, whole frame", fastest, base)
        row("PyTorch, whole frame", ("torch", threads), base)
        row("**fedit, whole frame**", ("fedit", threads), base, goals[0])
        row("fedit with OpenBLAS, whole frame", ("openblas", threads), base, goals[4])
        row("fedit, a 10 % mask, first run", "mask", base, goals[1])
        row("fedit, the same, one stroke changed", "edit", base, goals[2])
        row("ONNX Runtime, one thread", base_one, base_one)
        row("fedit, one thread", ("fedit", 1), base_one, goals[3])
        print(f"\nPeak memory of the whole frame, weights included, of ONNX Runtime's: "
              f"{peaks[('fedit', threads)] / peaks[base]:.2f}.")


def sgemm_rates(threads):
    """GFLOP/s of single-precision products of 2048×2048 matrices: NumPy's OpenBLAS and PyTorch's library."""
    code = (
        "import sys,time,numpy as np\n"
        "n=2048; r=np.random.default_rng(0)\n"
        "a=r.random((n,n),dtype=np.float32); b=r.random((n,n),dtype=np.float32)\n"
        "if sys.argv[1]=='torch':\n"
        "    import torch; torch.set_num_threads(int(sys.argv[2])); a,b=map(torch.from_numpy,(a,b))\n"
        "ts=[]\n"
        "for _ in range(12):\n"
        "    t=time.perf_counter(); a@b; ts.append(time.perf_counter()-t)\n"
        "print(2*n**3/sorted(ts)[len(ts)//2]/1e9)\n")
    rates = {}
    for name in ("NumPy", "torch"):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS")}
        environment |= {"OPENBLAS_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
        done = subprocess.run([sys.executable, "-c", code, name, str(threads)], env=environment, check=True,
                              stdout=subprocess.PIPE, text=True)
        rates[name] = float(done.stdout)
    return rates


def layer_table(fedit, width, size, threads, runs):
    rates = sgemm_rates(threads)
    print(f"\n### Layer by layer, width {width}, {size}×{size}, {threads} threads\n")
    print(f"`sgemm` of 2048×2048: {rates['NumPy']:.0f} GFLOP/s with NumPy's OpenBLAS, {rates['torch']:.0f} with "
          "PyTorch's library. GFLOP are those of a direct convolution: Winograd layers go beyond `sgemm`'s rate "
          "because they multiply less.\n")
    columns = [("whole frame", []), ("10 % mask", ["--mask-fraction", 0.1]),
               ("one stroke changed", ["--mask-fraction", 0.1, "--reedit"])]
    tables = []
    for _, arguments in columns:
        _, text = bench(fedit, "--random-width", width, "--size", size, "--threads", threads, "--runs", runs,
                        "--layers", *arguments)
        tables.append(re.findall(r"^(\w+)\s+([\d.]+)\s+([\d.]+) %\s+([\d.]+)\s+(\d+)$", text, re.M))
    print("| layer | GFLOP | " + " | ".join(f"{name}: computed | ms | GFLOP/s" for name, _ in columns) + " |")
    print("| --- |" + " --- |" * (1 + 3 * len(columns)))
    for rows in zip(*tables):
        cells = " | ".join(f"{share} % | {ms} | {rate}" for _, _, share, ms, rate in rows)
        print(f"| {rows[0][0]} | {rows[0][1]} | {cells} |")
    sums = " | ".join(f" | {sum(float(row[3]) for row in table):.1f} | " for table in tables)
    print(f"| all | {sum(float(row[1]) for row in tables[0]):.1f} | {sums} |")


def growth(fedit, title, column, cases, threads):
    print(f"\n### {title}\n")
    print(f"| {column} | GFLOP of the whole frame | time | GFLOP/s | peak memory |\n| --- | --- | --- | --- | --- |")
    for label, arguments in cases:
        one = bench_json(fedit, "--threads", threads, *arguments)
        seconds = one["median_seconds"]
        print(f"| {label} | {one['gflop']:.1f} | {milliseconds(seconds)} | {one['gflop'] / seconds:.0f} "
              f"| {megabytes(one['peak_rss_bytes'])} |", flush=True)


def machine():
    with open("/proc/cpuinfo") as file:
        text = file.read()
    model = re.search(r"model name\s*: (.*)", text)[1]
    flags = re.search(r"flags\s*: (.*)", text)[1].split()
    kernels = "AVX-512" if "avx512f" in flags else "AVX2"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    import onnxruntime
    import openvino
    import torch
    print(f"Machine: {model}, {cores} cores, {kernels}, {memory:.0f} GiB, Linux {platform.release()}. "
          f"ONNX Runtime {onnxruntime.__version__}, OpenVINO {openvino.__version__.split('-')[0]}, "
          f"PyTorch {torch.__version__}.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fedit")
    parser.add_argument("--quick", action="store_true", help="the first table alone")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=3, help="how often the runtimes take turns")
    given = parser.parse_args()
    fedit, threads = os.path.abspath(given.fedit), given.threads
    machine()
    side_by_side(fedit, 64, 512, threads, given.rounds, runs=5)
    side_by_side(fedit, 16, 256, threads, given.rounds, runs=40)
    if given.quick:
        return
    layer_table(fedit, 64, 512, threads, runs=7)
    growth(fedit, "Growth with the size, width 16", "frame",
           [(f"{n}×{n}", ["--random-width", 16, "--size", n, "--runs", 9]) for n in range(128, 1025, 128)], threads)
    growth(fedit, "Growth with the width, 512×512", "width",
           [(w, ["--random-width", w, "--size", 512, "--runs", 5]) for w in range(8, 65, 8)], threads)
    for reedit in ([], ["--reedit"]):
        what = "after a change of one stroke" if reedit else "first run"
        growth(fedit, f"Growth with the mask, width 64, 512×512, {what}", "mask",
               [(f"{share} %", ["--random-width", 64, "--size", 512, "--runs", 5, "--mask-fraction", share / 100, *reedit])
                for share in (1, 2, 5, 10, 20, 40, 70, 100)], threads)


if __name__ == "__main__":
    runtimes = {
        "onnx": run_onnx, "torch": run_torch, "openvino-f32": functools.partial(run_openvino, precision="f32"),
        "openvino-bf16": functools.partial(run_openvino, precision="bf16")}
    if len(sys.argv) > 6 and sys.argv[1] in runtimes:
        runtimes[sys.argv[1]](sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]), sys.argv[6])
    else:
        main()
