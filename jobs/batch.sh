# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Sourced by run.sbatch and sweep.sbatch inside a SLURM job: settings of the cluster, forwarding of signals,
# requeueing. Exit status 75 of causeway means "a checkpoint is written, continue me".

batch_continue=75

# Reads cluster.env: the file that CAUSEWAY_CLUSTER_ENV names, or the one beside this script, if any.
# SLURM runs a copy of the batch script, so the folder is given.
batch_setup() { # FOLDER of this script
  local file=${CAUSEWAY_CLUSTER_ENV:-$1/cluster.env} end
  if [ -n "${CAUSEWAY_CLUSTER_ENV:-}" ] || [ -e "$file" ]; then
    # shellcheck source=jobs/cluster.env.example
    . "$file" || return 2
  fi
  CAUSEWAY=${CAUSEWAY:-$1/../build/bin/causeway}
  # shellcheck disable=SC2034  # for the scripts that source this file
  read -ra batch_launcher <<<"${CAUSEWAY_LAUNCHER:-srun --mpi=pmix}"

  # newer versions of SLURM set this themselves; an inherited one may be that of another job
  end=$(scontrol show job "$(batch_job)" | sed -n 's/.* EndTime=\([^ ]*\).*/\1/p')
  if end=$(date -d "$end" +%s 2>/dev/null); then
    export SLURM_JOB_END_TIME=$end
  fi
  echo "== job $(batch_job), start $((${SLURM_RESTART_COUNT:-0} + 1)), nodes $SLURM_JOB_NODELIST, $(date)"
}

# The name of this job or of this task of an array. SLURM_JOB_ID would mean the whole array in its last task.
batch_job() {
  if [ -n "${SLURM_ARRAY_JOB_ID:-}" ]; then
    echo "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
  else
    echo "$SLURM_JOB_ID"
  fi
}

# Runs a command in the background, since bash would hold a trap back until a command in front ends, and
# passes USR1 and TERM on, both as USR1, which srun and mpirun hand to all ranks. Returns its status.
batch_run() { # COMMAND...
  local child='' signalled='' again status
  trap 'signalled=1 again=1; [ -z "$child" ] || kill -USR1 "$child" 2>/dev/null' USR1 TERM
  "$@" &
  child=$!
  [ -z "$signalled" ] || kill -USR1 "$child"
  while true; do # a signal ends `wait`, not the command
    again=
    wait "$child"
    status=$?
    [ -n "$again" ] || break
  done
  trap - USR1 TERM
  # a signal before the program listens ends it with 128 + 10: it has done nothing, and will next time
  if [ -n "$signalled" ] && [ "$status" -eq $((128 + 10)) ]; then
    status=$batch_continue
  fi
  return "$status"
}

# Ends the job: with the status, or after 75 by going back into the queue, CAUSEWAY_MAX_REQUEUES times at
# most, so that what never gets on ends. A job that was cancelled is not brought back, nor one whose run is
# held by a file `stop` in its directory.
batch_finish() { # STATUS [DIRECTORY of the run]
  local job state
  job=$(batch_job)
  if [ "$1" -eq "$batch_continue" ]; then
    state=$(squeue -h -j "$job" -o %T)
    if [ -n "${2:-}" ] && [ -e "$2/stop" ]; then
      echo "== job $job: stopped by $2/stop; submit it again to go on"
    elif [ "${SLURM_RESTART_COUNT:-0}" -ge "${CAUSEWAY_MAX_REQUEUES:-100}" ]; then
      echo "== job $job: not finished after ${SLURM_RESTART_COUNT:-0} requeues; submit it again to go on"
    elif [ "$state" != RUNNING ]; then
      echo "== job $job is ${state:-gone}: not requeued; submit it again to go on"
    else # SLURM ends this script as soon as it has the job back
      echo "== job $job: to be requeued to go on from its checkpoint"
      scontrol requeue "$job" || echo "== job $job cannot be requeued here; submit it again to go on"
    fi
  else
    echo "== job $job: exit status $1"
  fi
  exit "$1"
}
