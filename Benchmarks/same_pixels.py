#!/usr/bin/env python3
"""Compares two builds of fedit on random programs: what their plans draw and every file of their layers, byte for byte.

    Benchmarks/same_pixels.py OLD NEW [--programs 200] [--seed 1] [--photo portrait.png]

Each program is checked, planned and drawn by both; what one refuses the other has to refuse with the same words. Exits
with 0 where nothing differs, with 1 where something does, and keeps the program that does in the current folder.
"""
import argparse, json, pathlib, random, shutil, subprocess, sys, tempfile

PHOTO = pathlib.Path(__file__).resolve().parent.parent / "Examples/sunglasses/portrait.png"


class Programs:
    """Random programs of every statement that draws or sets an edit; most draw something."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.names = {"number": [], "point": [], "color": [], "shape": []}
        self.count = 0

    def one(self, *of):
        return self.random.choice(of)

    def chance(self, share):
        return self.random.random() < share

    def whole(self, low, high):
        return self.random.randint(low, high)

    def fresh(self, kind):
        self.count += 1
        self.names[kind].append(f"v{self.count}")
        return f"v{self.count}"

    def known(self, kind):
        return self.random.choice(self.names[kind]) if self.names[kind] and self.chance(0.3) else None

    def number(self, low=1, high=20):
        return self.known("number") or self.one(str(self.whole(low, high)), f"{self.random.uniform(low, high):.3f}")

    def point(self, in_face=False):
        if in_face:
            places = ("left_eye", "right_eye", "mouth")
            return self.one(*places, f"({self.random.uniform(-1, 1):.3f}, {self.random.uniform(-1, 1.5):.3f})")
        return self.known("point") or f"({self.whole(10, 245)}, {self.random.uniform(10, 245):.2f})"

    def points(self, low, high, in_face):
        return ", ".join(self.point(in_face) for _ in range(self.whole(low, high)))

    def color(self):
        return self.known("color") or self.one(
            "#8b5a2b", "red", "#0f0", f"rgb({self.whole(0, 255)}, {self.whole(0, 255)}, 7)",
            f"hsl({self.whole(0, 359)}deg, 0.5, 0.5)", f"mix(#fff, navy, 0.{self.whole(1, 9)})", "sample((100, 120))")

    def size(self, in_face):
        return f"{self.random.uniform(0.05, 0.6):.3f}" if in_face else self.number(2, 30)

    def closed(self, depth, in_face):
        if depth and self.chance(0.35):
            a, b = self.closed(depth - 1, in_face), self.closed(depth - 1, in_face)
            return self.one(
                f"({a} {self.one('+', '-', '&')} {b})", f"({a}).grown({'' if self.chance(0.7) else '-'}{self.size(in_face)})",
                f"({a}).rotated(by: {self.whole(0, 359)}deg, about: {self.point(in_face)})",
                f"({a}).moved(by: ({self.size(in_face)}, {self.size(in_face)}))",
                f"({a}).scaled(by: {self.random.uniform(0.5, 1.8):.2f}, about: {self.point(in_face)})")
        if not in_face and (name := self.known("shape")): return name
        kind, at = self.whole(0, 5), self.point(in_face)
        if kind == 0: return f"circle({at}, {self.size(in_face)})"
        if kind == 1: return f"ellipse({at}, ({self.size(in_face)}, {self.size(in_face)}))"
        if kind == 2:
            rounded = f", round: {self.size(in_face)}" if self.chance(0.5) else ""
            return f"rect({at}, ({self.size(in_face)}, {self.size(in_face)}){rounded})"
        if kind == 3: return f"blob({self.points(3, 8, in_face)})"
        if kind == 4: return f"polygon({self.points(3, 7, in_face)})"
        return 'path("M 60 60 C 80 40 120 60 110 90 Q 90 120 70 100 Z M 75 70 L 90 70 L 85 85 Z")'

    def open(self, in_face):
        kind = self.whole(0, 3)
        if kind == 0: return f"line({self.points(2, 6, in_face)})"
        if kind == 1: return f"curve({self.points(2, 9, in_face)})"
        if kind == 2: return f"bezier({', '.join(self.point(in_face) for _ in range(4))})"
        start = self.whole(-180, 180)
        return f"arc({self.point(in_face)}, {self.size(in_face)}, {start}deg, {start + self.whole(10, 300)}deg)"

    def stroke(self, in_face):
        shape = self.open(in_face) if self.chance(0.35) else self.closed(2, in_face)
        brush = f" brush {self.size(in_face)}" if self.chance(0.4) else ""
        label = f' as "label {self.whole(1, 9)}"' if self.chance(0.2) else ""
        off = "off " if self.chance(0.07) else ""
        kind = self.one("mask", "mask", "sketch", "sketch", "color", "recolor", "heal", "erase", "paint")
        if kind == "erase": return f"{off}erase {self.one('mask', 'sketch', 'color')} {shape}{brush}"
        if kind == "paint":
            return f"{off}paint {shape} {{ mask grown {self.size(in_face)}; sketch; color {self.color()} }}{label}"
        colored = f" with {self.color()}" if kind in ("color", "recolor") else ""
        return f"{off}{kind} {shape}{colored}{brush}{label}"

    def statements(self, depth, in_face=False):
        lines = []
        for _ in range(self.whole(1, 4)):
            kind = self.whole(0, 11) if depth else 0
            if kind == 8 and not in_face:
                lines += ["in face {", *self.statements(depth - 1, True), "}"]
            elif kind == 9:
                frame = self.one(
                    f"rotated(by: {self.whole(0, 90)}deg, about: {self.point(in_face)})",
                    f"moved(by: ({self.size(in_face)}, {self.size(in_face)}))",
                    f"scaled(by: ({self.random.uniform(0.5, 2):.2f}, 1.1), about: {self.point(in_face)})")
                lines += [f"in {frame} {{", *self.statements(depth - 1, in_face), "}"]
            elif kind == 10:
                lines += [f"for i in 0..<{self.whole(1, 4)} {{", f"mask circle((40 + 30 * i, {self.whole(20, 200)}), 6)", "}"]
            elif kind == 11:
                lines += [f"if {self.number()} < 9 {{", self.stroke(in_face), "} else {", self.stroke(in_face), "}"]
            else:
                lines.append(self.stroke(in_face))
        return lines

    def program(self):
        lines = ["fedit 1", 'photo "portrait.png"']
        if self.chance(0.2): lines.append(f"canvas ({self.whole(200, 600)}, {self.whole(200, 600)})")
        lines.append("face eyes (98, 122), (158, 120) mouth (128, 182)")
        if self.chance(0.3): lines.append(f"region ({self.whole(0, 90)}, {self.whole(0, 90)}) size {self.one(96, 128, 160)}")
        for _ in range(self.whole(0, 3)):
            kind = self.one("number", "point", "color", "shape")
            value = {"number": self.number, "point": self.point, "color": self.color,
                     "shape": lambda: self.closed(1, False)}[kind]()
            word = self.one("let", "param") if kind in ("number", "color") else "let"
            name = self.fresh(kind)
            lines.append(f"param {name}: {kind} = {value}" if word == "param" and not value.startswith(("v", "s"))
                         else f"let {name} = {value}")
        for number in range(1, self.whole(1, 3) + 1):
            lines.append(f'edit "edit {number}" {{')
            if self.chance(0.5): lines.append(f"seed {self.whole(0, 999_999)}")
            for setting, share in [(self.one("blend none", f"blend feather {self.number()}"), 0.3),
                                   (self.one("tone none", "tone within 9"), 0.3),
                                   (self.one("grain none", "grain strength 0.5"), 0.3), ("octaves off", 0.2)]:
                if self.chance(share): lines.append(setting)
            lines.append(f"mask circle({self.point()}, {self.number(8, 40)})")
            lines += self.statements(2) + ["}"]
        return "\n".join(lines + ['save "out.png"', ""])


def outcome(fedit, folder, program):
    """What a build makes of a program: status and words of both commands, and the files of the layers."""
    work = pathlib.Path(folder)
    shutil.rmtree(work / "layers", ignore_errors=True)
    (work / "program.fedit").write_text(program)
    planned, drawn = (subprocess.run([fedit, *arguments], cwd=work, capture_output=True) for arguments in (
        ["plan", "program.fedit", "--json"], ["layers", "program.fedit", "-o", "layers"]))
    files = {path.name: path.read_bytes() for path in sorted((work / "layers").glob("*"))}
    return plan(planned.stdout), (drawn.returncode, drawn.stdout, drawn.stderr), files


def plan(text):
    """A plan without what depends on the built-in model or is null; None where there is none."""
    if not text: return None

    def drop(pairs):
        return {key: value for key, value in pairs
                if key not in ("model", "memory", "bytes", "seconds_at_most") and value is not None}
    return json.loads(text, object_pairs_hook=drop)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("builds", nargs=2, metavar="FEDIT", type=pathlib.Path)
    parser.add_argument("--programs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--photo", type=pathlib.Path, default=PHOTO)
    options = parser.parse_args()
    old, new = (str(path.resolve()) for path in options.builds)
    drawn = files = planned = differing = 0
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(options.photo, pathlib.Path(folder) / "portrait.png")
        for seed in range(options.seed, options.seed + options.programs):
            program = Programs(seed).program()
            first, second = (outcome(fedit, folder, program) for fedit in (old, new))
            layers, other_layers = first[2], second[2]
            drawn += first[1][0] == 0
            files += len(layers)
            planned += first[0] != second[0]
            differing += first[1:] != second[1:]
            if first != second:
                pathlib.Path(f"differs-{seed}.fedit").write_text(program)
                names = sorted(n for n in {*layers, *other_layers} if layers.get(n) != other_layers.get(n))
                print(f"program {seed}: {', '.join(names) or 'plans or words'} differ; kept as differs-{seed}.fedit")
    print(f"{options.programs} programs, {drawn} drawn, {files} files of layers: {differing} differ; {planned} plans differ")
    return 1 if differing or planned else 0


if __name__ == "__main__":
    sys.exit(main())
