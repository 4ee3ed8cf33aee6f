#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The same input on 1, 2, 3 and 4 ranks: networks, potentials and spikes equal to the bit, Granger
# statistics to 1e-10.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require h5diff h5dump

# 23 neurons leave uneven blocks; in the other network all 300 fire at the first step, more than one
# message of a rank holds
compare() { # NAME ARGUMENT...
  local name=$1 ranks file object
  shift
  for ranks in 1 2 3 4; do
    run_causeway "$ranks" run "$@" -output "$work/$name.$ranks" -simulate_precision double
    [ "$run_status" -eq 0 ] || fail "$name on $ranks ranks: $(cat "$run_stderr")"
  done
  for ranks in 2 3 4; do
    for file in network:/nodes network:/edges activity:/report activity:/spikes; do
      object=${file#*:}
      file=${file%:*}.h5
      h5diff -q "$work/$name.1/$file" "$work/$name.$ranks/$file" "$object" ||
        fail "$name: $file:$object differs between 1 and $ranks ranks"
    done
    for object in gc f_statistic p_value; do
      h5_close "$work/$name.1/causality.h5" "$work/$name.$ranks/causality.h5" "/granger/$object" 1e-10 ||
        fail "$name: $object differs between 1 and $ranks ranks"
    done
  done
  # the comparison can fail: another seed gives another activity
  run_causeway 2 run "$@" -seed 12345 -output "$work/$name.other" -simulate_precision double
  [ "$run_status" -eq 0 ] || fail "$name: $(cat "$run_stderr")"
  different=0
  h5diff -q "$work/$name.1/activity.h5" "$work/$name.other/activity.h5" /report || different=$?
  [ "$different" -eq 1 ] || fail "$name: another seed gives the same activity"
}

compare small -network_excitatory 18 -network_inhibitory 5 -simulate_duration 2100 -seed 4
compare crowded -network_excitatory 160 -network_inhibitory 140 -network_weight_excitatory 9 \
  -network_probability 0.3 -simulate_duration 3000 -simulate_initial_v_min 31 \
  -simulate_initial_v_max 40 -granger_order 1 -seed 1
echo "equal on 1, 2, 3 and 4 ranks"
