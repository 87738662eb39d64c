#!/usr/bin/env python3
"""Draws Docs/pictures/modules.svg from Package.swift: which module uses which, arrows that follow from others left out.

    Docs/pictures/modules.py

Needs `swift` and Graphviz (`dot`, `tred`). To be run again when a module comes, goes, or uses another one.
"""
import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LANGUAGE, PICTURES, NETWORKS, OTHERS = "#dbe9ff", "#e2f5dc", "#ffe6d1", "#f1eefb"
COLORS = {
    LANGUAGE: "Text Syntax Diagnostics Plan Program Format",
    PICTURES: "Pixels Files Image ImageCodecs Vision VisionKernels Raster",
    NETWORKS: "Kernels BuiltInModels Weights NN Generator Training Faces",
}

package = json.loads(subprocess.check_output(["swift", "package", "dump-package"], cwd=ROOT))
targets = {t["name"]: t for t in package["targets"] if t["type"] in ("regular", "executable")}
del targets["FeditTestSupport"]
color = {name: color for color, names in COLORS.items() for name in names.split()}

lines = [
    "digraph {",
    "rankdir=BT; nodesep=0.18; ranksep=0.42;",
    'node [shape=box, style="rounded,filled", color="#8a8fa0", fontname="Helvetica,Arial,sans-serif", fontsize=11,'
    " height=0.32, margin=\"0.1,0.04\"];",
    'edge [color="#9aa0ae", arrowsize=0.5];',
]
for name, target in targets.items():
    short = name.removeprefix("Fedit")
    is_c = any((ROOT / "Sources" / name).rglob("*.c"))
    label = short + (" (C)" if is_c else "")
    lines.append(f'{name} [label="{label}", fillcolor="{color.get(short, OTHERS)}"];')
    for dependency in target["dependencies"]:
        used = dependency.get("byName", [None])[0]
        if used in targets:
            lines.append(f"{name} -> {used};")
lines.append("}")

reduced = subprocess.run(["tred"], input="\n".join(lines), capture_output=True, text=True, check=True).stdout
svg = subprocess.run(["dot", "-Tsvg"], input=reduced, capture_output=True, text=True, check=True).stdout
(ROOT / "Docs/pictures/modules.svg").write_text(svg)
