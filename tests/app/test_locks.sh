#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Whoever writes into the directory of a run that is under way is refused in one line, and the lock of a killed
# process does not stay. Commands without MPI are done once under mpirun.

# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$work"
small=(-network_excitatory 8 -network_inhibitory 2)

alone() { # STATUS ARGUMENT...
  run_status=0
  timeout -k 5 "$run_limit" "$CAUSEWAY" "${@:2}" </dev/null >"$run_stdout" 2>"$run_stderr" || run_status=$?
  [ "$run_status" = "$1" ] || fail "${*:2}: status $run_status, expected $1: $(tail -n 5 "$run_stdout" "$run_stderr")"
}

refused() { # ARGUMENT...
  alone 2 "$@"
  { [ "$(wc -l <"$run_stderr")" = 1 ] && grep -q 'busy: another run writes there' "$run_stderr"; } ||
    fail "$*: $(cat "$run_stderr")"
}

alone 0 run "${small[@]}" -simulate_duration 2000 -methods granger -granger_order 2 -report false -output finished
noise 200 3 1 >table.csv
cp -r finished busy
"$CAUSEWAY" simulate "${small[@]}" -simulate_duration 400000000 -record_variables none -overwrite -output busy \
  </dev/null >"$scratch/log" 2>&1 &
busy=$!
until [ -e busy/activity.h5.partial ]; do
  kill -0 "$busy" 2>/dev/null || fail "no run: $(cat "$scratch/log")"
  sleep 0.05
done
refused simulate "${small[@]}" -overwrite -output busy
refused import table.csv -output busy/activity.h5 -overwrite
refused import table.csv -output busy/other.h5
refused evaluate -scores finished/causality.h5:/granger/f_statistic -truth finished/network.h5 -overwrite -output busy
refused export finished/causality.h5:/granger/f_statistic -output busy/edges.csv
cp finished/summary.json busy/
refused report busy
rm busy/summary.json
kill -9 "$busy"
wait "$busy" 2>/dev/null || true
alone 0 import table.csv -output busy/other.h5

# several that begin at once, as of a launcher that does not know MPI: one runs, and the others touch nothing
together=(simulate "${small[@]}" -simulate_duration 3000 -overwrite -output together)
alone 0 "${together[@]}"
for _ in 1 2 3 4 5; do
  starters=()
  for k in 1 2 3; do
    timeout -k 5 "$run_limit" "$CAUSEWAY" "${together[@]}" </dev/null >"$scratch/log$k" 2>"$scratch/error$k" &
    starters+=($!)
  done
  n_done=0
  for k in 1 2 3; do
    if wait "${starters[k - 1]}"; then
      n_done=$((n_done + 1))
    else
      grep -q '^causeway: error: together: another run writes there' "$scratch/error$k" || fail "together: $(cat "$scratch/error$k")"
    fi
  done
  { [ "$n_done" -gt 0 ] && [ -e together/summary.json ]; } || fail "together: $n_done of 3 runs ended, $(ls together)"
done

# two files in one directory do not disturb each other; the same file is written by one
mkdir imported
alone 0 import table.csv -output imported/a.h5
alone 0 export finished/causality.h5:/granger/f_statistic -output imported/edges.csv

# ---- under mpirun

for command in 'report finished' 'export finished/causality.h5:/granger/f_statistic -output edges.csv' 'sweep help'; do
  # shellcheck disable=SC2086  # words
  run_causeway 3 $command
  [ "$run_status" = 0 ] || fail "3 ranks: $command: status $run_status: $(cat "$run_stderr")"
  [ "$(sort "$run_stdout" | uniq -d | grep -c '^report\|^export\|^causeway')" = 0 ] || fail "3 ranks: $command: $(cat "$run_stdout")"
done
run_causeway 3 report nowhere
{ [ "$run_status" = 2 ] && [ "$(grep -c '^causeway: error: ' "$run_stderr")" = 1 ]; } ||
  fail "3 ranks: report nowhere: status $run_status: $(cat "$run_stderr")"
echo "directories are locked"
