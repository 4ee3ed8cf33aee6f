#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The batch scripts of jobs/ in a real SLURM on this machine: runs that are interrupted and continue
# themselves, a sweep as an array, a pipeline of stages; and that nothing is left behind.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../app/common.sh"
PATH=$PATH:/usr/sbin:/sbin
require sbatch srun squeue scontrol slurmctld slurmd munged h5diff mpirun
getent hosts "$(hostname -s)" >/dev/null || skip "the name of this host has no address, which SLURM needs"
unset OMPI_MCA_btl # between nodes there is TCP only
# several nodes on the cores of one machine: ranks that wait must give way to those of other nodes
export OMPI_MCA_mpi_yield_when_idle=1
# Open MPI 5 asks the kernel for routes between nodes, which has none from an address to itself
export OMPI_MCA_reachable=weighted
jobs=$CAUSEWAY_SOURCE/jobs
cluster=$CAUSEWAY_SOURCE/tests/slurm/cluster.sh
lab=$scratch/lab

# the cluster goes with the test, however it ends
show_more() {
  squeue -t all -o '%i %j %T %r' 2>/dev/null || true
  tail -n 5 "$lab"/log/slurm*.log 2>/dev/null || true
}
clean_up() {
  timeout 300 bash "$cluster" stop "$lab" || true
}
trap 'exit 1' INT TERM HUP

export CAUSEWAY_CLUSTER_ENV=$work/cluster.env
echo "true" >"$CAUSEWAY_CLUSTER_ENV"
timeout 300 bash "$cluster" start "$lab" || fail "the cluster does not start"
environment=$(bash "$cluster" env "$lab")
eval "$environment"
[[ $(srun --mpi=list 2>&1) == *pmix* ]] || skip "this SLURM has no pmix"
cd "$work"

state_of() { # JOB
  squeue -h -r -t all -j "$1" -o %T
}

# A requeued job may not start before two minutes: in a test it may.
hurry_requeued() {
  local job start
  squeue -h -r -t PENDING -o '%i %S' | while read -r job start; do
    if start=$(date -d "$start" +%s 2>/dev/null) && [ "$start" -gt "$(($(date +%s) + 20))" ]; then
      scontrol update jobid="$job" StartTime=now+2 || true
    fi
  done
}

patience=1200 # seconds after which something is not to be expected any more, also on a busy machine

wait_for_queue() { # until no job is pending, running or ending
  local end=$((SECONDS + patience))
  while [ -n "$(squeue -h)" ]; do
    [ "$SECONDS" -lt "$end" ] || fail "jobs are still there after $patience s"
    hurry_requeued
    sleep 0.5
  done
}

wait_for_text() { # TEXT FILE: until a file of a job has a line with it
  local end=$((SECONDS + patience)) jobs_left
  while true; do
    jobs_left=$(squeue -h)
    ! grep -qs -- "$1" "$2" || return 0
    [ -n "$jobs_left" ] || fail "all jobs have ended, and $2 does not say: $1"
    [ "$SECONDS" -lt "$end" ] || fail "$2 does not say after $patience s: $1"
    sleep 0.2
  done
}

expect_state() { # JOB STATE
  [ "$(state_of "$1")" = "$2" ] || fail "job $1 is $(state_of "$1"), not $2"
}

same_results() { # DIRECTORY DIRECTORY
  local object
  for object in network.h5/nodes network.h5/edges activity.h5/report activity.h5/spikes \
    causality.h5/granger; do
    h5diff -q "$1/${object%%/*}" "$2/${object%%/*}" "/${object#*/}" || fail "$object of $2 differs from $1"
  done
}

# ---- a run on two nodes, told in the middle to go, goes back into the queue and comes to the same results

cat >run.yaml <<'YAML'
network_excitatory: 240
network_inhibitory: 60
network_probability: 0.1
simulate_duration: 40000
granger_order: 2
progress_interval: 0.3
YAML
run_causeway 4 run run.yaml -output whole
[ "$run_status" -eq 0 ] || fail "the uninterrupted run: $(cat "$run_stderr")"

for launcher in "srun --mpi=pmix" mpirun; do
  echo "export CAUSEWAY_LAUNCHER='$launcher'" >"$CAUSEWAY_CLUSTER_ENV"
  out=run_${launcher%% *}
  job=$(sbatch --parsable --nodes=2 --ntasks=4 --time=10 --output="$out.out" "$jobs/run.sbatch" \
    run run.yaml -output "$out")
  wait_for_text "steps/s" "$out.out"
  scancel --batch --signal=USR1 "$job"
  wait_for_text "to be requeued" "$out.out"
  wait_for_queue
  expect_state "$job" COMPLETED
  grep -q "start 2, nodes n\[1-2\]" "$out.out" || fail "$launcher: no second start on two nodes"
  same_results whole "$out"
  echo "ok: a run with $launcher is continued"
done

# submitted once more, a finished run is left alone
sum=$(cksum <run_srun/causality.h5)
job=$(sbatch --wait --parsable --ntasks=2 --time=10 --output=again.out "$jobs/run.sbatch" \
  run run.yaml -output run_srun) || fail "a finished run is not status 0"
[ "$sum" = "$(cksum <run_srun/causality.h5)" ] || fail "a finished run is done again"

# wrong input and a cancelled job stay out of the queue; so does what has been requeued too often
job=$(sbatch --wait --parsable --ntasks=1 --time=10 --output=wrong.out "$jobs/run.sbatch" \
  run run.yaml -no_such_key 1 -output wrong) && fail "wrong input is status 0"
grep -q "exit status 2" wrong.out || fail "wrong input is not status 2"
echo "export CAUSEWAY_MAX_REQUEUES=0" >>"$CAUSEWAY_CLUSTER_ENV"
job=$(sbatch --parsable --nodes=2 --ntasks=2 --time=10 --output=limit.out "$jobs/run.sbatch" \
  run run.yaml -simulate_duration 400000 -output limit)
wait_for_text "steps/s" limit.out
scancel --batch --signal=USR1 "$job"
wait_for_queue
expect_state "$job" FAILED
grep -q "not finished after 0 requeues" limit.out || fail "requeues are not limited"
job=$(sbatch --parsable --nodes=2 --ntasks=2 --time=10 --output=stop.out "$jobs/run.sbatch" \
  run run.yaml -simulate_duration 400000 -output stop)
wait_for_text "steps/s" stop.out # its directory is there
touch stop/stop
wait_for_queue
grep -q "stopped by stop/stop" stop.out || fail "a file stop does not hold the run"
job=$(sbatch --parsable --nodes=2 --ntasks=2 --time=10 --output=cancel.out "$jobs/run.sbatch" \
  run run.yaml -simulate_duration 400000 -output cancel)
wait_for_text "steps/s" cancel.out
scancel "$job"
wait_for_queue
expect_state "$job" CANCELLED
echo "ok: what cannot go on ends"

# ---- a pipeline of stages that wait for each other

echo "export CAUSEWAY_LAUNCHER='srun --mpi=pmix'" >"$CAUSEWAY_CLUSTER_ENV"
cat >stages.yaml <<'YAML'
simulate_duration: 2000
methods: granger,causalformer
train_members: 1
train_epochs: 2
YAML
"$jobs/pipeline.sh" stages.yaml stages --ntasks=2 --time=10 >stages.txt
[ "$(wc -l <stages.txt)" -eq 5 ] || fail "the pipeline is not five jobs: $(cat stages.txt)"
wait_for_queue
while read -r stage job _; do
  expect_state "$job" COMPLETED
  grep -q "exit status 0" stages/"$stage"*-"$job".out || fail "$stage is not status 0"
done <stages.txt
for stage in granger train; do
  [ -s "stages/evaluate_$stage/summary.json" ] || fail "$stage is not evaluated"
done
echo "ok: a pipeline"

echo "no_such_key: 1" >wrong.yaml
"$jobs/pipeline.sh" wrong.yaml wrong_stages --ntasks=1 --time=10 >wrong.txt
wait_for_queue
while read -r stage job _; do
  expect_state "$job" "$([ "$stage" = simulate ] && echo FAILED || echo CANCELLED)"
done <wrong.txt
echo "ok: a pipeline that fails leaves no jobs"

# ---- a sweep of twelve runs as an array, one of which cannot work, killed halfway and submitted again

{
  echo "parameters:"
  echo "  truth: $work/stages/simulate/network.h5"
  echo "grid:"
  echo "  activity:"
  for k in $(seq 12); do
    ln -s stages/simulate/activity.h5 "recording$k.h5"
    echo "    - $work/recording$k.h5"
  done
} >sweep.yaml
"$CAUSEWAY" sweep plan sweep.yaml -output sweep >plan.txt 2>&1 || fail "no plan: $(cat plan.txt)"
rm recording12.h5
entries=$(grep -vc '^#' sweep/manifest.txt)
[ "$entries" -eq 12 ] || fail "the manifest has $entries runs"

done_runs() { # when each was done, to the nanosecond
  find sweep -name summary.json -printf '%p %T@\n' | sort
}

submit_sweep() {
  sbatch --parsable --array="1-$entries%2" --ntasks=2 --time=10 "$jobs/sweep.sbatch" sweep
}

job=$(submit_sweep)
end=$((SECONDS + patience))
while [ "$(done_runs | wc -l)" -lt 4 ]; do
  [ "$SECONDS" -lt "$end" ] || fail "no four runs of the sweep in $patience s"
  sleep 0.1
done
scancel "$job"
wait_for_queue
done_runs >before.txt
[ "$(wc -l <before.txt)" -lt 11 ] || fail "the sweep was over before it was killed"
job=$(submit_sweep)
wait_for_queue
done_runs >after.txt
[ "$(wc -l <after.txt)" -eq 11 ] || fail "not 11 runs are done: $("$CAUSEWAY" sweep status sweep)"
[ -z "$(comm -23 before.txt after.txt)" ] || fail "runs were done twice"
expect_state "${job}_12" FAILED
"$CAUSEWAY" sweep status sweep >status.txt || true
grep -Eqz '\<11 done.*\<1 failed' status.txt ||
  fail "11 done and 1 failed expected: $(cat status.txt)"
echo "ok: a sweep as an array"

# ---- the published experiments: the first networks of a shortened list

if [ -r "$CAUSEWAY_DATA/published_auroc.csv" ]; then
  mkdir data
  ln -s "$(realpath "$CAUSEWAY_DATA")"/*.h5 data/
  head -n 3 "$CAUSEWAY_DATA/published_auroc.csv" >data/published_auroc.csv
  "$jobs/reproduce_lu2023.sh" data published submit --ntasks=1 --time=10 -- -methods granger >submit.txt
  wait_for_queue
  "$jobs/reproduce_lu2023.sh" data published table >table.txt
  grep -Eq '^ *5 +0\.2 +2 +0\.[0-9]+ +0\.[0-9]+' table.txt || fail "table: $(cat table.txt)"
  echo "ok: published experiments"
fi

# ---- nothing is left behind

timeout 300 bash "$cluster" stop "$lab" || fail "the cluster does not stop"
for file in /proc/[0-9]*/environ; do
  pid=${file//[!0-9]/}
  if grep -qzxF "SLURM_CONF=$SLURM_CONF" "$file" 2>/dev/null &&
    grep -Eqx 'slurm.*|srun|causeway|mpirun|orted' "/proc/$pid/comm" 2>/dev/null; then
    fail "still there: $pid $(tr '\0' ' ' <"/proc/$pid/cmdline")"
  fi
done
[ -z "$(find "$lab/run" -name '*.pid')" ] || fail "daemons are left"
[ ! -e "${OMPI_MCA_btl_vader_backing_directory:?}" ] || fail "shared memory is left"
echo "ok: nothing is left"
