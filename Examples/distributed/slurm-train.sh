#!/bin/bash
# Trains on several machines; Slurm begins the job again after a time limit or a preemption until the run is finished.
#
#   export SETS="set256 set1024" RUN=run CONFIG=portrait.config
#   sbatch slurm-train.sh
#
#SBATCH --job-name=fedit-train
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --signal=TERM@120
set -u
resume=()
[ -e "$RUN/checkpoint.safetensors" ] && resume=(--resume)
# $SETS is a list.
# shellcheck disable=SC2086
mpirun -n "$SLURM_NTASKS" fedit-mpi train $SETS -o "$RUN" --config "$CONFIG" \
    --threads "${SLURM_CPUS_PER_TASK:-1}" "${resume[@]}"
status=$?
# 130: stopped by the signal, with a checkpoint.
[ "$status" = 130 ] && exec scontrol requeue "$SLURM_JOB_ID"
exit "$status"
