#!/usr/bin/env python3
"""Measures `fedit face` on pictures with known faces and on pictures without any.

    measure.py FEDIT truth.json [folder-without-faces]

truth.json is a list of {"file": …, "kind": …, "eyes": [[x, y], [x, y]]}, the eye on the picture's left first. Prints how
many faces were missed (none found, or the largest found elsewhere), how far the worse eye is off in eye distances
(median and 95th percentile), in how many of the other pictures a face was claimed, and seconds for each command.
"""
import json
import math
import os
import subprocess
import sys
import time


def faces(program, path):
    begin = time.monotonic()
    done = subprocess.run([program, "face", path, "--json"], capture_output=True, text=True)
    seconds = time.monotonic() - begin
    if done.returncode not in (0, 65):
        sys.exit(done.stderr)
    return json.loads(done.stdout)["faces"], seconds


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else math.nan


def main():
    program, truth = sys.argv[1], sys.argv[2]
    folder = os.path.dirname(os.path.abspath(truth))
    errors, missed, seconds = {}, [], {}
    for entry in json.load(open(truth)):
        path = os.path.join(folder, entry["file"])
        found, taken = faces(program, path)
        seconds.setdefault(entry["kind"], []).append(taken)
        left, right = entry["eyes"]
        distance = math.dist(left, right)
        error = max(math.dist(found[0]["left_eye"], left), math.dist(found[0]["right_eye"], right)) / distance if found else 9
        if error > 0.5:
            missed.append(entry["file"])
        else:
            errors.setdefault(entry["kind"], []).append(error)
    whole = [e for values in errors.values() for e in values]
    print(f"missed {len(missed)} of {len(whole) + len(missed)}", *missed)
    for kind, values in [*sorted(errors.items()), ("all", whole)]:
        print(f"{kind}: median {percentile(values, 0.5):.4f}, 95 % {percentile(values, 0.95):.4f} eye distances")
    for kind, values in sorted(seconds.items()):
        print(f"{kind}: {percentile(values, 0.5):.3f} s a command (median)")
    if len(sys.argv) > 3:
        names = sorted(os.listdir(sys.argv[3]))
        claimed = [name for name in names if faces(program, os.path.join(sys.argv[3], name))[0]]
        print(f"claimed in {len(claimed)} of {len(names)} pictures without a face", *claimed[:20])


main()
