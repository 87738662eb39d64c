#!/bin/bash
# Starts Slurm, GNU parallel and Ray on this machine, runs a batch in shards under each, kills a shard in the middle,
# runs it again, and compares the union of the shards with one undivided run, byte for byte. The Kubernetes
# files are compared with Kubernetes' schema. Training over MPI is tried with one, two and four processes.
#
#   Examples/distributed/check.sh [slurm] [parallel] [ray] [kubernetes] [mpi] [slurm-train]        (default: all)
#
# Needs: apt-get install slurm-wlm parallel openmpi-bin; make mpi; pip install ray kubernetes-validate (PYTHON names that Python).
# FEDIT names the program (default: .build/release/fedit); ROWS (default: 160) how many rows the batch has.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
export FEDIT=${FEDIT:-$root/.build/release/fedit}
python=${PYTHON:-python3}
rows=${ROWS:-160}
export SHARDS=4
what=("$@")
[ ${#what[@]} -gt 0 ] || what=(slurm parallel ray kubernetes mpi slurm-train)

work=$(mktemp -d "${TMPDIR:-/tmp}/fedit-distributed.XXXXXX")
pids=()
finish() {
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do kill "${pids[$i]}" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

fail() { echo "FAILED: $*" >&2; exit 1; }

# Waits until a command succeeds, a minute at most.
until_true() {
  local i
  for ((i = 0; i < 3000; i++)); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.02
  done
  fail "waited a minute for: $*"
}

# A table over the examples' portraits: rows with a smile of their own each, and one row that can't be done.
export RECIPE=$root/Examples/smile/smile.fedit
export LIST=$work/portraits.csv
portraits=("$root"/Examples/*/portrait.png "$root"/Examples/two-portraits/{kofi,vera}.png)
{
  echo "photo,output,width,lift"
  for ((i = 1; i <= rows; i++)); do
    photo=${portraits[$((i % ${#portraits[@]}))]}
    echo "$photo,$(basename "$(dirname "$photo")")/$i.png,0.$((40 + i % 15)),0.$((10 + i % 9))"
  done
  echo "$work/gone.png,gone.png,,"
} >"$LIST"

status=0
"$FEDIT" batch "$RECIPE" --list "$LIST" -o "$work/single" >"$work/single.txt" 2>&1 || status=$?
[ "$status" = 65 ] || { cat "$work/single.txt"; fail "the undivided run ended with $status rather than 65"; }

# Whether a shard is in the middle of its rows, and its process.
begun() { [ "$(grep -c . "$OUT/manifest-$1-of-$SHARDS.journal" 2>/dev/null || echo 0)" -ge 3 ]; }
shard_process() { pgrep -f -- "^$FEDIT batch .* -o $OUT --shard $1/$SHARDS "; }

# Compares a union of shards with the undivided run; the last run finds nothing to do and joins the manifests.
compare() {
  local status=0 line
  local found
  found=$(find "$OUT" -name '*.png' | wc -l)
  [ "$found" = "$rows" ] || fail "$1: $found of $rows results"
  "$FEDIT" batch "$RECIPE" --list "$LIST" -o "$OUT" >"$work/join.txt" 2>/dev/null || status=$?
  line=$(cat "$work/join.txt")
  [ "$status" = 65 ] || fail "$1: joining ended with $status"
  case $line in "0 made, $rows up to date, 1 failed"*) ;; *) fail "$1: $line" ;; esac
  rm "$OUT"/manifest-*-of-*
  diff -r "$work/single" "$OUT" || fail "$1: the shards' union differs from the single run"
  echo "ok: $1: $rows results of $SHARDS shards, one killed and run again, are the single run's, byte for byte"
}

# Slurm on this machine, once.
start_slurm() {
  command -v slurmctld slurmd munged sbatch >/dev/null || fail "slurm: apt-get install slurm-wlm"
  local folder=$work/slurm host
  [ ! -e "$folder" ] || return 0
  host=$(hostname -s)
  mkdir -p "$folder"/{state,spool,log}
  chmod 755 "$work" "$folder"
  head -c 1024 /dev/urandom >"$folder/munge.key"
  chmod 400 "$folder/munge.key"
  munged --foreground --force --key-file="$folder/munge.key" --socket="$folder/munge.sock" \
    --pid-file="$folder/munged.pid" --log-file="$folder/log/munged" --seed-file="$folder/munge.seed" \
    >/dev/null 2>&1 &
  pids+=($!)
  cat >"$folder/slurm.conf" <<END
ClusterName=fedit-check
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
AuthType=auth/munge
AuthInfo=socket=$folder/munge.sock
CredType=cred/munge
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/log/slurmctld
SlurmdLogFile=$folder/log/slurmd
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
MpiDefault=none
SwitchType=switch/none
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=2048 State=UNKNOWN
PartitionName=check Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
  export SLURM_CONF=$folder/slurm.conf
  until_true test -S "$folder/munge.sock"
  slurmctld -D >/dev/null 2>&1 &
  pids+=($!)
  until_true scontrol ping
  slurmd -D >/dev/null 2>&1 &
  pids+=($!)
  idle() { [ "$(sinfo -h -o %T)" = idle ]; }
  until_true idle
}

run_slurm() {
  local job
  start_slurm
  export OUT=$work/by-slurm
  cd "$work/slurm"
  job=$(sbatch --parsable --no-requeue --cpus-per-task=1 --array=1-$SHARDS "$here/slurm-array.sh")
  until_true begun 2
  kill -KILL "$(shard_process 2)"
  # Slurm's own way is SIGTERM: the shard finishes what is in hand.
  until_true begun 3
  scancel "${job}_3"
  gone() { [ -z "$(squeue -h -j "$job" 2>/dev/null)" ]; }
  until_true gone
  [ ! -e "$OUT/manifest-2-of-$SHARDS.json" ] || fail "slurm: the second shard was finished before it was killed"
  grep -q '"status":"pending"' "$OUT/manifest-3-of-$SHARDS.json" || fail "slurm: the third shard was not stopped midway"
  sbatch --wait --cpus-per-task=1 --array=2,3 "$here/slurm-array.sh" >/dev/null || fail "slurm: running the shard again"
  cd "$root"
  compare "Slurm $(slurmctld -V | cut -d' ' -f2)"
}

run_parallel() {
  command -v parallel >/dev/null || fail "parallel: apt-get install parallel"
  export OUT=$work/by-parallel JOBLOG=$work/parallel.log
  local status=0 process
  "$here/gnu-parallel.sh" >/dev/null 2>&1 &
  local running=$!
  until_true begun 2
  process=$(shard_process 2)
  kill -KILL "$process"
  wait $running || status=$?
  # As many jobs failed: the one whose shard has the row that can't be done.
  [ "$status" = 1 ] || { cat "$JOBLOG"; fail "parallel: it ended with $status"; }
  compare "GNU parallel $(parallel --version | head -1 | cut -d' ' -f3)"
}

run_ray() {
  "$python" -c 'import ray' 2>/dev/null || fail "ray: pip install ray, and name that Python with PYTHON"
  export OUT=$work/by-ray
  local status=0 process
  RAY_USAGE_STATS_ENABLED=0 "$python" "$here/ray_batch.py" "$RECIPE" "$LIST" "$OUT" --shards $SHARDS \
    >"$work/ray.txt" 2>&1 &
  local running=$!
  until_true begun 2
  process=$(shard_process 2)
  kill -KILL "$process"
  wait $running || status=$?
  [ "$status" = 65 ] || { cat "$work/ray.txt"; fail "ray: it ended with $status"; }
  compare "Ray $("$python" -c 'import ray; print(ray.__version__)')"
}

run_kubernetes() {
  "$python" -c 'import kubernetes_validate' 2>/dev/null ||
    fail "kubernetes: pip install kubernetes-validate, and name that Python with PYTHON"
  "$python" -m kubernetes_validate --strict --quiet "$here"/kubernetes-*.yaml || fail "kubernetes: the files"
  echo "ok: the Kubernetes files fit the schema (kubernetes-validate $("$python" -c 'import importlib.metadata as m; print(m.version("kubernetes-validate"))'))"
}

# Trains a small network with one, two and four processes, kills one of two and goes on, and compares the weights.
# The program, a set, and what one process without MPI trains of it, once.
start_mpi() {
  command -v mpirun >/dev/null || fail "mpi: apt-get install openmpi-bin"
  mpi=${FEDIT_MPI:-$root/.build/release/fedit-mpi}
  [ -x "$mpi" ] || fail "mpi: make mpi"
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  local faces=$work/faces
  [ ! -e "$faces" ] || return 0
  mkdir "$faces"
  for ((i = 0; i < ${#portraits[@]}; i++)); do cp "${portraits[$i]}" "$faces/$i.png"; done
  "$FEDIT" prepare "$faces" -o "$work/set" >/dev/null 2>&1 || fail "mpi: preparing the set"
  cat >"$work/train.config" <<END
width = 2
size = 64
batch = 4
steps = 40
slots = 4
feature-crop = 64
checkpoint-steps = 5
validation-steps = 1000
END
  "$FEDIT" train "$work/set" -o "$work/plain" --config "$work/train.config" --threads 1 --quiet ||
    fail "mpi: the plain command"
}

# slurm-train.sh as it is, but for two tasks on this machine; one job is requeued while it runs.
run_slurm_train() {
  start_slurm
  start_mpi
  mkdir -p "$work/bin"
  ln -sf "$mpi" "$work/bin/fedit-mpi"
  export PATH=$work/bin:$PATH SETS=$work/set RUN=$work/by-slurm-train CONFIG=$work/train.config
  export OMPI_MCA_rmaps_base_oversubscribe=1
  cd "$work/slurm"
  local job
  job=$(sbatch --parsable --nodes=1 --ntasks=2 --ntasks-per-node=2 --cpus-per-task=1 "$here/slurm-train.sh")
  until_true test -e "$RUN/checkpoint.safetensors"
  # As after a preemption: the job begins again from its checkpoint, or has finished meanwhile.
  scontrol requeue "$job" 2>/dev/null || true
  gone() { [ -z "$(squeue -h -j "$job" 2>/dev/null)" ]; }
  local i
  for ((i = 0; i < 5; i++)); do
    # Slurm lets two minutes pass before a requeued job begins, unless it is told to.
    scontrol update "job=$job" StartTime=now 2>/dev/null || true
    gone || sleep 2
  done
  until_true gone
  cd "$root"
  cmp "$work/plain/model.safetensors" "$RUN/model.safetensors" ||
    { cat "$work/slurm/slurm-$job.out"; fail "slurm-train: other weights"; }
  echo "ok: Slurm $(slurmctld -V | cut -d' ' -f2): slurm-train.sh on two tasks, requeued, has the weights of one process"
}

run_mpi() {
  start_mpi
  local status=0 begin ranks
  # A width of 2 and slots of one picture: the exchange is what is tried.
  trained() {
    mpirun --oversubscribe -n "$1" "$mpi" train "$work/set" -o "$work/$2" --config "$work/train.config" --steps "$3" \
      --threads 1 --quiet "${@:4}" 2>>"$work/mpi.txt"
  }
  for ranks in 1 2 4; do
    trained $ranks "of$ranks" 40 || { cat "$work/mpi.txt"; fail "mpi: $ranks processes"; }
    cmp "$work/plain/model.safetensors" "$work/of$ranks/model.safetensors" || fail "mpi: other weights of $ranks processes"
  done
  local times=${KILLS:-10}
  trained 2 killed 4000 &
  local running=$!
  until_true test -e "$work/killed/checkpoint.safetensors"
  pgrep -f -- "^$mpi train .* -o $work/killed " | shuf -n 1 | xargs kill -KILL
  begin=$SECONDS
  wait $running || status=$?
  [ "$status" != 0 ] || fail "mpi: a lost process was not noticed"
  [ $((SECONDS - begin)) -le 30 ] || fail "mpi: the others ended only after $((SECONDS - begin)) s"
  # Killed at random moments, and gone on with by one process or two.
  rm -rf "$work/killed"
  for ((i = 1; i <= times; i++)); do
    trained $((1 + i % 2)) killed 40 "$([ -e "$work/killed/checkpoint.safetensors" ] && echo --resume || echo --quiet)" &
    running=$!
    sleep "0.$((RANDOM % 9 + 1))"
    { pgrep -f -- "^$mpi train .* -o $work/killed " | shuf -n 1 | xargs -r kill -KILL; } 2>/dev/null || true
    wait $running || true
  done
  if [ -e "$work/killed/checkpoint.safetensors" ]; then trained 2 killed 40 --resume; else trained 2 killed 40; fi
  cmp "$work/plain/model.safetensors" "$work/killed/model.safetensors" || fail "mpi: other weights after $times kills"
  echo "ok: $(mpirun --version | head -1): one, two and four processes, and two that were killed $times times, have the same weights"
}

for system in "${what[@]}"; do
  case $system in
  slurm | parallel | ray | kubernetes | mpi) "run_$system" ;;
  slurm-train) run_slurm_train ;;
  *) echo "unknown: $system" >&2; exit 64 ;;
  esac
done
