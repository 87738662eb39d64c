#!/bin/bash
# A batch as a Slurm job array, a shard a task:
#
#   export RECIPE=smile.fedit LIST=portraits.csv OUT=results SHARDS=16
#   sbatch --array=1-16 slurm-array.sh
#   sbatch --array=5,9 slurm-array.sh     # two shards again, after their nodes died
#   fedit batch "$RECIPE" --list "$LIST" -o "$OUT"   # at the end: nothing is left to do, one manifest for all
#
# SHARDS is given rather than taken from SLURM_ARRAY_TASK_COUNT, which is another number when a part of the
# array is run again.
#SBATCH --job-name=fedit
#SBATCH --cpus-per-task=2
#SBATCH --mem-per-cpu=512M
#SBATCH --requeue
set -euo pipefail
: "${RECIPE:?the script}" "${LIST:?the table of photos}" "${OUT:?the folder for the results}" "${SHARDS:?how many shards}"

# exec, so that Slurm's SIGTERM (a time limit, a preemption) reaches fedit, which finishes what is in hand.
exec "${FEDIT:-fedit}" batch "$RECIPE" --list "$LIST" -o "$OUT" \
  --shard "$SLURM_ARRAY_TASK_ID/$SHARDS" --jobs "${SLURM_CPUS_PER_TASK:-1}" --json
