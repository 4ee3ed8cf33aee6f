#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Inference from every published simulation of Lu et al. 2023, and tables beside their results.
#   jobs/reproduce_lu2023.sh DATA OUTPUT local [-j RUNS AT A TIME] [-n RANKS EACH] [causeway options]
#   jobs/reproduce_lu2023.sh DATA OUTPUT submit [sbatch options] [-- causeway options]
#   jobs/reproduce_lu2023.sh DATA OUTPUT table
# DATA holds published_auroc.csv with a row per network, and networks_n5.h5 ... OUTPUT gets a directory for
# each network. Started again, it goes on where it was. CAUSEWAY_INPUT is what is run: inputs/lu2023_causalformer.yaml
# unless it is set, ten transformers for each network, some 50 hours of one core for all (with `-methods granger` half a
# minute); inputs/lu2023_signed.yaml takes some 10 minutes.
set -euo pipefail

usage() {
  sed -n 's/^#   /  /p' "${BASH_SOURCE[0]}" >&2
  exit 2
}

[ "$#" -ge 3 ] || usage
jobs=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
data=$(cd "$1" && pwd)
output=$2
verb=$3
shift 3
if [ ! -r "$data/published_auroc.csv" ]; then
  echo "error: $data has no published_auroc.csv" >&2
  exit 2
fi
mkdir -p "$output"
output=$(cd "$output" && pwd)
input=$(realpath -e "${CAUSEWAY_INPUT:-$jobs/../inputs/lu2023_causalformer.yaml}")
if [[ "$data$output$jobs$input" == *[[:space:]]* ]]; then
  echo "error: directories with spaces in their names do not work here" >&2
  exit 2
fi
env_file=${CAUSEWAY_CLUSTER_ENV:-$jobs/cluster.env}
if [ -n "${CAUSEWAY_CLUSTER_ENV:-}" ] || [ -e "$env_file" ]; then
  # shellcheck source=jobs/cluster.env.example
  . "$env_file"
fi

# A line of arguments for each network, large ones last.
write_commands() { # CAUSEWAY OPTION...
  tr -d '\r' <"$data/published_auroc.csv" | tail -n +2 | sort -t , -k 1,1n -k 2,2 -k 3,3n |
    while IFS=, read -r n p seed _; do
      network=$data/networks_n$n.h5:/p$p/seed$seed
      echo run "$input" -activity "$network/v" \
        -truth "$network/connectivity" -output "$output/n${n}_p${p}_seed$seed" "$@"
    done >"$output/commands.txt"
}

run_local() {
  local at_once=1 ranks=1 status=0
  while [ "$#" -gt 0 ]; do
    case $1 in
      -j) at_once=${2:?} ;;
      -n) ranks=${2:?} ;;
      *) break ;;
    esac
    shift 2
  done
  # shellcheck source=jobs/setup.sh
  . "$jobs/setup.sh"
  write_commands "$@"
  export CAUSEWAY=${CAUSEWAY:-$jobs/../build/bin/causeway} ranks
  # side by side, ranks must not all be bound to the first cores
  export OMPI_MCA_hwloc_base_binding_policy=none PRTE_MCA_hwloc_default_binding_policy=none
  # shellcheck disable=SC2016  # expanded by the inner shell
  xargs -P "$at_once" -d '\n' -n 1 bash -c '
    read -ra arguments <<<"$1"
    directory=${1#* -output }
    directory=${directory%% *}
    status=0
    mpirun -n "$ranks" "$CAUSEWAY" "${arguments[@]}" -restart auto >>"$directory.log" 2>&1 || status=$?
    echo "status $status  $directory"
    exit "$((status > 0))"' bash <"$output/commands.txt" || status=1
  print_table
  return "$status"
}

submit() {
  local options=() after
  while [ "$#" -gt 0 ] && [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  write_commands "${@:2}"
  export CAUSEWAY_JOBS=$jobs
  after=$(sbatch --parsable --array="1-$(wc -l <"$output/commands.txt")" --job-name=lu2023 \
    --output="$output/job-%A_%a.out" "${options[@]}" "$jobs/run.sbatch" "@$output/commands.txt")
  echo "job ${after%%;*}; when it is done: jobs/reproduce_lu2023.sh $data $output table"
}

print_table() {
  python3 - "$data/published_auroc.csv" "$output" <<'PYTHON'
import collections, csv, json, os, sys

published, output = sys.argv[1:]
columns = ["granger", "GC published", "attention", "attention published", "single model", "single published"]
rows, counts = collections.defaultdict(lambda: [[] for _ in columns]), collections.Counter()
readings = collections.defaultdict(lambda: collections.defaultdict(list))
for network in csv.DictReader(open(published)):
    n, p, seed = network["n"], network["p"], network["network_seed"]
    summary = os.path.join(output, f"n{n}_p{p}_seed{seed}", "summary.json")
    if not os.path.exists(summary):
        continue
    scores = [s for s in json.load(open(summary))["scores"] if s.get("auroc_published") is not None]
    for s in scores:
        if "_member_" not in s["reading"] and s["auroc_offdiagonal"] is not None:
            readings[s["method"] + " " + s["reading"]][int(n), p].append(s["auroc_offdiagonal"])
    ours = lambda test: [s["auroc_published"] for s in scores if test(s["method"], s["reading"])]
    mean = lambda values: [sum(values) / len(values)] if values else []
    row = rows[int(n), p]
    counts[int(n), p] += 1
    attention = ours(lambda method, reading: (method, reading) == ("causalformer", "attention"))
    row[0] += ours(lambda method, reading: method == "granger")
    row[1] += [float(network["auroc_mvgc_aic"])]
    row[2] += attention
    row[4] += mean(ours(lambda method, reading: method == "causalformer" and reading != "attention"))
    if row[4]:  # the published scores of the same networks
        row[3] += [float(network["auroc_attention_mean_of_10_models"])]
        row[5] += [float(network["mean_auroc_single_model"])]

print("AUROC, diagonal counted as in the paper, mean over networks")
print("   N    p networks  " + "  ".join(columns))
for n, p in sorted(rows):
    cells = (f"{sum(v) / len(v):.4f}" if v else "-" for v in rows[n, p])
    print(f"{n:4} {p:>4} {counts[n, p]:8}  " + "  ".join(f"{c:>{len(h)}}" for c, h in zip(cells, columns)))
print("\nOff-diagonal AUROC, mean (lowest) over networks in which it is defined")
for name in sorted(readings):
    print(name)
    for (n, p), values in sorted(readings[name].items()):
        print(f"{n:4} {p:>4} {len(values):8}  {sum(values) / len(values):.4f} ({min(values):.4f})")
if not rows:
    print("no network is finished yet")
PYTHON
}

case $verb in
  local) run_local "$@" ;;
  submit) submit "$@" ;;
  table) print_table ;;
  *) usage ;;
esac
