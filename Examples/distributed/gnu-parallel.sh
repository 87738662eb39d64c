#!/bin/bash
# A batch by GNU parallel, on this machine or over ssh on several that share a file system:
#
#   export RECIPE=smile.fedit LIST=portraits.csv OUT=results SHARDS=16
#   ./gnu-parallel.sh                              # two shards at a time here, each on one thread
#   ./gnu-parallel.sh --sshloginfile hosts.txt --workdir . --env FEDIT
#
# A shard that is killed is begun again, up to two times. Exit status 65, a row that can't be done, is the same
# the next time and costs next to nothing then: what is done already is not done again.
set -euo pipefail
: "${RECIPE:?the script}" "${LIST:?the table of photos}" "${OUT:?the folder for the results}" "${SHARDS:?how many shards}"

seq "$SHARDS" | parallel --jobs "${PARALLEL_JOBS:-2}" --retries 3 --joblog "${JOBLOG:-/dev/null}" "$@" \
  "${FEDIT:-fedit}" batch "$RECIPE" --list "$LIST" -o "$OUT" --shard "{}/$SHARDS" --jobs 1 --json
