#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The stages of a run as SLURM jobs, each with its own size: simulate; then granger and train side by side;
# then evaluate, on the scores of both:
#   jobs/pipeline.sh inputs/lu2023_causalformer.yaml runs/staged [sbatch options]
# Options go to all jobs; CAUSEWAY_SBATCH_SIMULATE, _GRANGER, _TRAIN and _EVALUATE (see cluster.env.example)
# to the jobs of one stage. Stages that run out of time continue themselves; when one fails, the ones that
# wait for it are removed. Submitted again, the pipeline does only what is not done yet.
set -euo pipefail

if [ "$#" -lt 2 ]; then
  echo "usage: jobs/pipeline.sh INPUT.yaml DIRECTORY [sbatch options]" >&2
  exit 2
fi
input=$1
dir=$2
options=("${@:3}")
if [ ! -r "$input" ]; then
  echo "error: cannot read $input" >&2
  exit 2
fi

CAUSEWAY_JOBS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export CAUSEWAY_JOBS
env_file=${CAUSEWAY_CLUSTER_ENV:-$CAUSEWAY_JOBS/cluster.env}
if [ -n "${CAUSEWAY_CLUSTER_ENV:-}" ] || [ -e "$env_file" ]; then
  # shellcheck source=jobs/cluster.env.example
  . "$env_file"
fi
mkdir -p "$dir"

# Prints the id of the job.
submit() { # STAGE DEPENDENCY or '' NAME ARGUMENT...
  local name own after=()
  name=CAUSEWAY_SBATCH_${1^^}
  read -ra own <<<"${!name:-}"
  [ -z "$2" ] || after=(--dependency="afterok:$2" --kill-on-invalid-dep=yes)
  sbatch --parsable --job-name="$3" --output="$dir/$3-%j.out" "${options[@]}" "${own[@]}" "${after[@]}" \
    "$CAUSEWAY_JOBS/run.sbatch" "$1" "${@:4}" | cut -d ';' -f 1
}

simulate=$(submit simulate '' simulate "$input" -output "$dir/simulate")
echo "simulate $simulate"
granger=$(submit granger "$simulate" granger "$input" \
  -activity "$dir/simulate/activity.h5" -output "$dir/granger")
echo "granger  $granger"
train=$(submit train "$simulate" train "$input" \
  -activity "$dir/simulate/activity.h5" -output "$dir/train")
echo "train    $train"
for method in granger train; do # all scores that it has left
  evaluate=$(submit evaluate "$granger:$train" "evaluate_$method" \
    -scores "$dir/$method" -truth "$dir/simulate/network.h5" -output "$dir/evaluate_$method")
  echo "evaluate $evaluate ($method)"
done
