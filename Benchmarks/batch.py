#!/usr/bin/env python3
"""What Docs/batch.md says of `fedit batch` in figures: rate, memory, kills, broken rows.

    Benchmarks/batch.py [rate] [memory] [kills] [broken]      (default: all)

The portraits are 500 of 256x256 that fedit makes itself, from the examples' portraits. FEDIT names the
program (default: .build/release/fedit). Nothing but Python's standard library is needed.
"""

import glob
import hashlib
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FEDIT = os.environ.get("FEDIT", ROOT + "/.build/release/fedit")
CORES = len(os.sched_getaffinity(0))
COUNT = 500
SMILE = ROOT + "/Examples/smile/smile.fedit"
SUNGLASSES = ROOT + "/Examples/sunglasses/sunglasses.fedit"
# Nothing of the photo is left: the network runs on the whole frame, as in `fedit model bench`.
WHOLE = 'fedit 1\nregion (0, 0) size 256\nedit "whole" { mask rect((0, 0), (256, 256)) }\n'


def fedit(*arguments, status=0):
    done = subprocess.run([FEDIT, *arguments], capture_output=True, text=True)
    if done.returncode != status:
        sys.exit(f"fedit {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def totals(output):
    return json.loads(output.splitlines()[-1])


def make_portraits(folder):
    """500 portraits that differ, made by the generator."""
    photos = sorted(glob.glob(ROOT + "/Examples/*/portrait.png"))
    rows = ["photo,output,width,lift"]
    for i in range(COUNT):
        rows.append(f"{photos[i % len(photos)]},{i:03}.png,0.{35 + i // 9 % 28},0.{10 + i % 17:02}")
    with open(folder + "/make.csv", "w") as table:
        table.write("\n".join(rows) + "\n")
    fedit("batch", SMILE, "--list", folder + "/make.csv", "-o", folder + "/photos", "--no-metadata", "--quiet")
    for name in glob.glob(folder + "/photos/manifest*"):
        os.remove(name)


def results(folder):
    """The SHA-256 of each picture of a folder."""
    return {
        name: hashlib.sha256(open(f"{folder}/{name}", "rb").read()).hexdigest()
        for name in sorted(os.listdir(folder)) if name.endswith(".png")
    }


def bench():
    """The bare network's whole-frame rate on one thread, frames a second."""
    report = json.loads(fedit("model", "bench", "--threads", "1", "--runs", "60", "--json"))
    return 1 / report["median_seconds"]


def together():
    """What of its rate alone a bare network keeps while every other core runs one, too."""
    alone = bench()
    command = [FEDIT, "model", "bench", "--threads", "1", "--runs", "120", "--json"]
    all_at_once = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(CORES)]
    rates = [1 / json.loads(process.communicate()[0])["median_seconds"] for process in all_at_once]
    return statistics.mean(rates) / alone


def rate(folder):
    recipes = {"smile": SMILE, "sunglasses": SUNGLASSES, "the whole frame masked": folder + "/whole.fedit"}
    print(f"rate, {CORES} cores, {COUNT} portraits of 256x256; PNG by libdeflate's level 1, Paeth filter")
    for name, recipe in recipes.items():
        # A machine's pace wanders: both are timed in turn, and the middle of the five ratios is taken.
        rates = []
        for _ in range(5):
            bare = bench() * CORES
            shutil.rmtree(folder + "/out", ignore_errors=True)
            done = totals(fedit(
                "batch", recipe, "--photos", folder + "/photos/*.png", "-o", folder + "/out", "--json",
                "--jobs", str(CORES)))
            rates.append((done["made"] / done["seconds"], bare))
        ratios = sorted(a / b for a, b in rates)
        made, bare = sorted(rates, key=lambda pair: pair[0] / pair[1])[len(rates) // 2]
        print(flush=True, end=f"  {name}: {made:.1f} a second; the bare network {bare / CORES:.1f} on one thread, "
              f"times {CORES} = {bare:.1f}; ratio {made / bare:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})\n")
    print(f"  {CORES} bare networks at once reach {together():.2f} of {CORES} times one alone")
    again = totals(fedit("batch", recipe, "--photos", folder + "/photos/*.png", "-o", folder + "/out", "--json"))
    assert again["made"] == 0, again
    print(f"  again, nothing to do: {again['kept'] / again['seconds']:.0f} a second")


def memory(folder):
    shutil.rmtree(folder + "/out", ignore_errors=True)
    process = subprocess.Popen(
        [FEDIT, "batch", SMILE, "--photos", folder + "/photos/*.png", "-o", folder + "/out", "--json"],
        stdout=subprocess.PIPE, text=True)
    seen = []
    for number, line in enumerate(process.stdout, 1):
        if number % 100 == 0 and number <= COUNT:
            with open(f"/proc/{process.pid}/status") as status:
                fields = dict(line.split(":", 1) for line in status)
            seen.append(int(fields["VmRSS"].split()[0]) / 1024)
    process.wait()
    print("memory after each hundred portraits, MiB: " + ", ".join(f"{value:.1f}" for value in seen))


def kills(folder):
    command = [FEDIT, "batch", SMILE, "--photos", folder + "/photos/*.png", "--quiet", "-o"]
    start = time.monotonic()
    subprocess.run(command + [folder + "/single"], check=True)
    seconds = time.monotonic() - start
    single = results(folder + "/single")
    had = {}
    moments = []
    for _ in range(10):
        moment = random.uniform(0.05, seconds / 8)
        process = subprocess.Popen(command + [folder + "/killed"])
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "it was done before it was killed"
        now = results(folder + "/killed")
        assert all(single[name] == digest for name, digest in now.items()), "a result is half written"
        assert all(name in now for name in had), "a result is lost"
        had = now
        moments.append(f"{len(now)} after {moment:.2f} s")
    done = subprocess.run(command[:-2] + ["--json", "-o", folder + "/killed"], capture_output=True, text=True)
    done = totals(done.stdout)
    assert results(folder + "/killed") == single
    assert sorted(os.listdir(folder + "/killed")) == sorted(os.listdir(folder + "/single")), "something was left over"
    for name in ("manifest.json", "manifest.csv"):
        assert open(f"{folder}/killed/{name}").read() == open(f"{folder}/single/{name}").read()
    print("killed ten times at random moments: " + ", ".join(moments))
    print(f"  then {done['made']} made, {done['kept']} kept; all {len(single)} results and the manifest have the "
          "bytes of an undisturbed run")


def broken(folder):
    here = folder + "/photos"
    with open(here + "/text.png", "w") as text:
        text.write("this is no picture\n")
    with open(ROOT + "/Tests/FeditImageTests/Fixtures/baseline-420.jpg", "rb") as whole:
        picture = whole.read()
    with open(here + "/cut.jpg", "wb") as cut:
        cut.write(picture[: len(picture) * 2 // 3])
    faults = [("gone.png", "teal", "no such file"), ("text.png", "teal", "it is a text file"),
              ("cut.jpg", "teal", "cut short"), ("001.png", "wide", "--set tint=wide")]
    random.seed(5)
    bad = {row: faults[number % 4] for number, row in enumerate(random.sample(range(1, 10_001), 100))}
    with open(here + "/rows.csv", "w") as table:
        table.write("photo,output,tint\n")
        for row in range(1, 10_001):
            photo, tint, _ = bad.get(row, (f"{row % COUNT:03}.png", f"#{row * 401 % 0x505050:06x}", ""))
            table.write(f"{photo},{row:05}.png,{tint}\n")
    start = time.monotonic()
    done = subprocess.run(
        [FEDIT, "batch", SUNGLASSES, "--list", here + "/rows.csv", "-o", folder + "/rows", "--json"],
        capture_output=True, text=True)
    seconds = time.monotonic() - start
    assert done.returncode == 65, done.returncode
    errors = done.stderr.splitlines()
    assert len(errors) == 101, len(errors)
    listed = dict(zip(sorted(bad), errors))
    for row, line in listed.items():
        photo, _, reason = bad[row]
        assert f"rows.csv:{row + 1}: row {row}, '{photo}': " in line and reason in line, line
    names = set(results(folder + "/rows"))
    assert names == {f"{row:05}.png" for row in range(1, 10_001) if row not in bad}
    print(f"10,000 rows, 100 of them broken in 4 ways: {totals(done.stdout)['made']} made in {seconds:.0f} s, the 100 "
          "failures listed with row and reason, such as\n  " + "\n  ".join(
              next(line for row, line in listed.items() if bad[row] == fault).split("rows.csv:")[1] for fault in faults))


def main():
    what = sys.argv[1:] or ["rate", "memory", "kills", "broken"]
    folder = tempfile.mkdtemp(prefix="fedit-batch-")
    try:
        with open(folder + "/whole.fedit", "w") as script:
            script.write(WHOLE)
        make_portraits(folder)
        for step in what:
            {"rate": rate, "memory": memory, "kills": kills, "broken": broken}[step](folder)
            sys.stdout.flush()
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
