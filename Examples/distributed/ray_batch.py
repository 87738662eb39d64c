"""A batch on a Ray cluster, a shard a task.

    python ray_batch.py smile.fedit portraits.csv results --shards 16 --cpus 2

The recipe, the table, its photos and the results lie on a file system that all nodes share. Ray begins
a shard again whose worker or node died; one that ends with rows that can't be done (65) is not repeated.
"""

import argparse
import json
import os
import signal
import subprocess
import sys

import ray


class ShardDied(Exception):
    """fedit was killed, or ended otherwise than done (0) or done with failures (65)."""


def run_shard(fedit, recipe, table, output, shard, shards, cpus):
    """Runs one shard to its end; returns its exit status and its totals."""
    command = [fedit, "batch", recipe, "--list", table, "-o", output,
               "--shard", f"{shard}/{shards}", "--jobs", str(cpus), "--json"]
    # With its parent, the Ray worker, fedit ends too, so that the shard is free to be begun elsewhere.
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=end_with_parent)
    totals = {}
    for line in process.stdout:
        totals = json.loads(line)
    status = process.wait()
    if status not in (0, 65):
        raise ShardDied(f"shard {shard}/{shards} ended with {status}")
    return status, totals


def end_with_parent():
    import ctypes

    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe")
    parser.add_argument("table")
    parser.add_argument("output")
    parser.add_argument("--shards", type=int, required=True)
    parser.add_argument("--cpus", type=int, default=1, help="cores of each shard")
    parser.add_argument("--fedit", default=os.environ.get("FEDIT", "fedit"))
    arguments = parser.parse_args()

    ray.init()
    task = ray.remote(num_cpus=arguments.cpus, max_retries=3, retry_exceptions=[ShardDied])(run_shard)
    paths = [os.path.abspath(path) for path in (arguments.recipe, arguments.table, arguments.output)]
    waiting = [
        task.remote(arguments.fedit, *paths, shard, arguments.shards, arguments.cpus)
        for shard in range(1, arguments.shards + 1)
    ]
    worst = 0
    while waiting:
        finished, waiting = ray.wait(waiting)
        status, totals = ray.get(finished[0])
        worst = max(worst, status)
        print(json.dumps(totals), flush=True)
    sys.exit(worst)


if __name__ == "__main__":
    main()
