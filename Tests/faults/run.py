#!/usr/bin/env python3
"""Fault injection as SQLite does it: lets the Nth system call or allocation fail, N from 1 until none does.

    Tests/faults/run.py FEDIT [OPERATION…]     or: make test-faults

After each run every file that was there is there and whole, with its old bytes or those that a run without a
fault gives; nothing half-written and no temporary file is left; the exit status is a documented one, and 0 only
where all outputs are complete. Then the same command runs again without a fault, and ends as if there had been none.

Where an allocation of Swift's own fails, the program says so and ends with 70 at once, so that a temporary file may
stay for the next run to clear away. Files count then as well.
"""
import collections, json, os, pathlib, shutil, struct, subprocess, sys, tempfile, zlib

HERE = pathlib.Path(__file__).resolve().parent
FEDIT = str(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".build/release/fedit").resolve())
CHOSEN = sys.argv[2:]
EIO, ENOMEM, ENOSPC, EMFILE = 5, 12, 28, 24
DOCUMENTED = {0, 65, 66, 70, 73}

# What fails, how, and with which error.
KINDS = [
    ("open", "once", EMFILE), ("read", "once", EIO), ("write", "once", EIO), ("write", "on", ENOSPC),
    ("write", "short", ENOSPC), ("fsync", "once", EIO), ("close", "once", EIO), ("rename", "once", EIO),
    ("mkdir", "once", ENOSPC), ("flock", "once", EIO), ("allocate", "once", ENOMEM),
]


def png(width, height, seed=0):
    """A photo of smooth colours with some grain."""
    rows = bytearray()
    state = seed * 7919 + 3
    for y in range(height):
        rows.append(0)
        for x in range(width):
            for c in range(3):
                state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
                rows.append((x * 2 + y * (c + 1 + seed) + (state >> 28)) % 256)
    chunk = lambda t, d: struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(rows)))
            + chunk(b"IEND", b""))


SCRIPT = """fedit 1
photo "p.png"
region (0, 0) size 128 at 128
edit "a" {
    mask circle((64, 64), 24)
}
save "o.png"
save layers "layers"
"""
UNFORMATTED = 'fedit 1\nphoto "p.png"\nedit "a"   {\nmask circle((60,60),20)}\n'


class Operation:
    """A command, the files that it starts with, and what is typed."""

    def __init__(self, name, *commands, files=None, before=(), typed="", unstable=()):
        self.name, self.commands, self.files = name, commands, files or {}
        self.before, self.typed, self.unstable = before, typed, unstable


PHOTO = {"p.png": png(128, 128), "s.fedit": SCRIPT.encode()}
FACES = {f"faces/{i}.png": png(160, 150, i) for i in range(4)}
TRAIN = ["train", "set", "-o", "run", "--steps", "2", "--size", "128", "--width", "4", "--batch", "1",
         "--set", "checkpoint-steps=1", "--threads", "2"]
OPERATIONS = [
    Operation("run", ["run", "s.fedit"], files=PHOTO | {"o.png": png(8, 8), "layers/1-mask.png": png(8, 8)}),
    Operation("lock", ["lock", "s.fedit"], files=PHOTO | {"o.png": png(8, 8), "s.fedit.lock": b"{}\n"}),
    Operation("batch", ["batch", "s.fedit", "--photos", "in/*.png", "-o", "out", "--jobs", "1"],
              before=[["batch", "s.fedit", "--photos", "in/1.png", "-o", "out", "--jobs", "1"]],
              files=PHOTO | {"in/1.png": png(128, 128, 1), "in/2.png": png(128, 128, 2)}),
    Operation("prepare", ["prepare", "faces", "-o", "set", "--size", "128", "--threads", "1"], files=FACES),
    Operation("train", TRAIN, files=FACES,
              before=[["prepare", "faces", "-o", "set", "--size", "128", "--threads", "1"]],
              # They tell how long the work took.
              unstable=("metrics", "checkpoint")),
    Operation("model add", ["model", "add", "mine", "new.safetensors"], before=["MODELS"]),
    Operation("edit", ["repl"], files=PHOTO | {"e.fedit": b"fedit 1\n"},
              typed='photo "p.png"\nregion (0, 0) size 128 at 128\nmask circle((64, 64), 24)\n:save e.fedit\n'),
    Operation("fmt", ["fmt", "u.fedit"], files=PHOTO | {"u.fedit": UNFORMATTED.encode()}),
    Operation("new", ["new", "mine", "--photo", "p.png"], files=PHOTO),
    Operation("grid", ["grid", "p.png", "-o", "g.png"], files=PHOTO | {"g.png": png(8, 8)}),
    Operation("sheet", ["sheet", "s.fedit", "-o", "sheet.png"], files=PHOTO),
    Operation("trace", ["trace", "p.png", "--svg", "-o", "lines.svg"], files=PHOTO),
]


class Bench:
    def __init__(self, folder):
        self.root = pathlib.Path(folder)
        self.work, self.initial = self.root / "work", self.root / "initial"
        self.shim, self.mark = self.root / "faults.so", self.root / "mark"
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", self.shim, HERE / "faults.c", "-ldl"], check=True)

    def run(self, command, typed="", fault=None):
        environment = {**os.environ, "XDG_DATA_HOME": str(self.work / "data"), "LC_ALL": "C",
                       "SWIFT_BACKTRACE": "enable=no"}
        if fault:
            kind, mode, error, at = fault
            environment |= {"LD_PRELOAD": str(self.shim), "FAULT_KIND": kind, "FAULT_MODE": mode,
                            "FAULT_ERRNO": str(error), "FAULT_AT": str(at), "FAULT_BELOW": str(self.work),
                            "FAULT_MARK": str(self.mark)}
        return subprocess.run([FEDIT, *command], cwd=self.work, env=environment, input=typed.encode(),
                              capture_output=True, timeout=300)

    def prepare(self, operation):
        shutil.rmtree(self.work, ignore_errors=True)
        for name, content in operation.files.items():
            path = self.work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self.work.mkdir(exist_ok=True)
        for command in operation.before:
            if command == "MODELS":
                self.models()
            else:
                done = self.run(command)
                assert done.returncode == 0, (command, done.stderr)
        shutil.rmtree(self.initial, ignore_errors=True)
        shutil.copytree(self.work, self.initial)

    def models(self):
        """Two small models: one in the store, and one that is to take its place under another name."""
        for path, content in FACES.items():
            (self.work / path).parent.mkdir(parents=True, exist_ok=True)
            (self.work / path).write_bytes(content)
        for command in (["prepare", "faces", "-o", "set", "--size", "128", "--threads", "1"],
                        ["train", "set", "-o", "run", "--steps", "1", "--size", "128", "--width", "4",
                         "--batch", "1"]):
            assert self.run(command).returncode == 0, command
        shutil.copy(self.work / "run/model.safetensors", self.work / "new.safetensors")
        assert self.run(["model", "add", "other", "new.safetensors"]).returncode == 0
        for folder in ("faces", "set", "run"):
            shutil.rmtree(self.work / folder)

    def restore(self):
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.initial, self.work)

    def files(self):
        return {str(p.relative_to(self.work)): p.read_bytes() for p in sorted(self.work.rglob("*")) if p.is_file()}


def is_whole(name, content):
    """Whether a file is complete by the rules of its format."""
    if name.endswith(".json"):
        return bool(json.loads(content))
    if name.endswith(".png"):
        return content.startswith(b"\x89PNG") and content[-8:-4] == b"IEND"
    if name.endswith(".safetensors"):
        length = struct.unpack("<Q", content[:8])[0]
        header = json.loads(content[8:8 + length])
        return len(content) == 8 + length + max(t["data_offsets"][1] for n, t in header.items() if n[0] != "_")
    return content.endswith(b"\n")


def problems(operation, before, after, found, done):
    """What is not as promised after a run with a fault."""
    wrong = []
    unstable = lambda name: any(part in name for part in operation.unstable)
    for name, content in before.items():
        if name not in found and name in after:
            wrong.append(f"{name} is gone")
        elif name in found and not unstable(name) and found[name] not in (content, after.get(name)) \
                and not (name.endswith(PARTIAL) and is_whole(name, found[name])):
            wrong.append(f"{name} is neither what it was nor what it should be")
    for name, content in found.items():
        if name.endswith(".fedit-tmp"):
            wrong.append(f"{name} is left")
        elif unstable(name) and not is_whole(name, content):
            wrong.append(f"{name} is not whole")
        elif name.endswith(".journal"):
            pass  # A batch's notes for the next run, which takes them away.
        elif name not in before and name not in after:
            wrong.append(f"{name} should not be there")
        elif name not in before and not unstable(name) and content != after[name] \
                and not (name.endswith(PARTIAL) and is_whole(name, content)):
            wrong.append(f"{name} is not whole")
    status = done.returncode
    if status == 0 and any(found.get(n) != c for n, c in after.items() if not unstable(n)):
        wrong.append("it ended with 0 and something is missing")
    if status not in DOCUMENTED:
        wrong.append(f"it ended with {status}: {done.stderr.decode(errors='replace')[-200:]}")
    if status != 0 and not done.stderr.strip() and status > 0:
        wrong.append("it failed without a word")
    return wrong


# Files that say how far a piece of work got, and so differ where it got less far.
PARTIAL = ("manifest.json", "manifest.csv", "index.json", "contact-sheet.png", "card.md", "checkpoint.safetensors",
           "model.safetensors", "log.txt", "curves.png")


def inject(bench, operation):
    bench.prepare(operation)
    before = bench.files()
    command = operation.commands[0]
    done = bench.run(command, operation.typed)
    assert done.returncode == 0, (operation.name, done.returncode, done.stderr.decode())
    after = bench.files()
    bench.restore()
    again = bench.run(command, operation.typed)
    assert again.returncode == 0
    for name, content in bench.files().items():
        if after.get(name) != content and not any(p in name for p in operation.unstable):
            raise AssertionError(f"{operation.name}: {name} differs from run to run")
    faults, statuses = collections.Counter(), collections.Counter()
    failures = []
    for kind, mode, error in KINDS:
        at = 0
        while True:
            # Calls by the thousand are tried one by one at first, and then ever more rarely.
            at = at + 1 if at < 60 else at * 5 // 4
            bench.restore()
            bench.mark.unlink(missing_ok=True)
            done = bench.run(command, operation.typed, (kind, mode, error, at))
            if not bench.mark.exists():
                break
            faults[kind] += 1
            statuses[done.returncode] += 1
            wrong = problems(operation, before, after, bench.files(), done)
            if kind == "allocate" and b"error: there is not enough memory" in done.stderr:
                # The process can't clear away any more; the next one does.
                wrong = [w for w in wrong if not w.endswith(".fedit-tmp is left")]
            found = bench.files()
            failures += [f"{operation.name}: {kind} {at} ({mode}): {w}" for w in wrong]
            # Where nothing has changed, or everything, the next run is one that was seen before.
            if found in (before, after): continue
            wrong = []
            repeat = bench.run(command, operation.typed)
            final = bench.files()
            if operation.name == "new" and repeat.returncode == 73 and final == after:
                pass  # It never replaces a script.
            elif operation.name == "model add" and repeat.returncode == 64 and final == after:
                pass  # The name is taken.
            elif operation.name == "train" and repeat.returncode == 64:
                resumed = bench.run(command + ["--resume"])
                if resumed.returncode: wrong.append(f"it cannot be resumed: {resumed.stderr.decode()[-200:]}")
            elif repeat.returncode != 0:
                wrong.append(f"the next run ends with {repeat.returncode}: {repeat.stderr.decode()[-200:]}")
            final = bench.files()
            for name, content in after.items():
                if not any(p in name for p in operation.unstable) and final.get(name) != content:
                    wrong.append(f"after the next run {name} is not as it should be")
            for name in final:
                if name not in after: wrong.append(f"after the next run {name} is still there")
            failures += [f"{operation.name}: {kind} {at} ({mode}): {w}" for w in wrong]
    return faults, statuses, failures


def main():
    names = [k for k in dict.fromkeys(kind for kind, _, _ in KINDS)]
    print(f"{'':10}" + "".join(f"{n:>10}" for n in names) + f"{'all':>8}")
    failures, statuses, total = [], collections.Counter(), 0
    with tempfile.TemporaryDirectory(prefix="fedit-faults-") as folder:
        bench = Bench(os.path.realpath(folder))
        for operation in OPERATIONS:
            if CHOSEN and operation.name not in CHOSEN: continue
            faults, ended, wrong = inject(bench, operation)
            statuses += ended
            failures += wrong
            for failure in wrong: print("  " + failure, file=sys.stderr, flush=True)
            row = [faults[name] for name in names]
            total += sum(row)
            print(f"{operation.name:10}" + "".join(f"{c:10}" for c in row) + f"{sum(row):8}", flush=True)
    print(f"\n{total} faults, {len(failures)} broken promises; exit statuses: "
          + ", ".join(f"{status if status >= 0 else f'signal {-status}'}: {count}"
                      for status, count in sorted(statuses.items())))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
