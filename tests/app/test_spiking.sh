#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Spiking models with delays from the command line: the same to the bit on any number of ranks, stopped and continued,
# recorded in part, inferred from; files of and for other tools; mistakes give one line.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require h5diff h5dump python3
cd "$work"

same() { # FOLDER FOLDER
  h5diff -q "$1/activity.h5" "$2/activity.h5" /report && h5diff -q "$1/activity.h5" "$2/activity.h5" /spikes
}

# shellcheck disable=SC2054 # lists of numbers
columns=(-network_type populations -network_populations E,I -network_kinds e,i -network_sizes 200,50
         -network_probabilities 0.1,0.1,0.1,0.1 -network_weight_excitatory 60 -network_weight_inhibitory -250
         -network_weight_spread 0.1 -network_delay_excitatory 1.5 -network_delay_inhibitory 0.8
         -network_delay_spread 0.5 -network_delay_minimum 0.2)
# shellcheck disable=SC2054
cell=(-simulate_neuron lif_exp -simulate_input_mean 330,300 -simulate_input_variance 40000 -simulate_poisson_rate 2000
      -simulate_poisson_weight 40 -simulate_precision double)

# ---- ranks; stopped and continued; a network that was written and is read again

for ranks in 1 2 3 4; do
  expect_ok "$ranks" simulate "${columns[@]}" "${cell[@]}" -simulate_duration 200 -output "ranks$ranks"
  same ranks1 "ranks$ranks" || fail "$ranks ranks"
done
grep -q 'spikes, mean rate [1-9]' "$run_stdout" || fail "a silent network: $(cat "$run_stdout")"
expect_ok 2 simulate ranks1/used_parameters.yaml -output again
same ranks1 again || fail "used_parameters.yaml is not what was used"
expect_ok 3 simulate "${cell[@]}" -network_type file -network_file ranks1/network.h5 -simulate_duration 200 -output loaded
h5diff -q ranks1/network.h5 loaded/network.h5 /edges || fail "a network that is read differs"
same ranks1 loaded || fail "a network that is read runs differently"

# shellcheck disable=SC2054
whole=(simulate "${columns[@]}" "${cell[@]}" -simulate_duration 1000 -record_interval 50 -record_variables v,i_inhibitory)
expect_ok 2 "${whole[@]}" -output left
expect_stopped 1000 2 "${whole[@]}" -output parts
expect_ok 3 "${whole[@]}" -restart auto -output parts
grep -q '^restart ' "$run_stdout" || fail "was not continued"
same left parts || fail "continued elsewhere"

# ---- inferred from: of some neurons, at some times, against their part of the network

expect_ok 2 run -network_excitatory 32 -network_inhibitory 8 -network_probability 0.2 -simulate_duration 4000 \
  -record_neurons every:2 -record_variables v,u -activity_clip 30 -granger_statistics event -output seen
python3 -c '
import json
summary = json.load(open("seen/summary.json"))
assert summary["neurons"] == 20, summary
assert summary["scores"][0]["auroc_offdiagonal"] > 0.9, summary["scores"]
' || fail "inference from every second neuron: $(cat seen/summary.json)"
expect_ok 1 run -methods granger -granger_statistics event -activity seen/activity.h5 -truth seen/network.h5 \
  -activity_clip 30 -output seen_again
h5_close seen/causality.h5 seen_again/causality.h5 /granger/event_gc 1e-10 || fail "a recording of some neurons by itself"
expect_ok 2 run -network_excitatory 32 -network_inhibitory 8 -simulate_duration 2000 -record_neurons every:2 \
  -observe_fraction 0.5 -activity_clip 30 -activity_spikes own -granger_statistics event -output fewer
h5dump -A 0 -y -w 1 -d /observed_neurons fewer/causality.h5 | grep -o '^ *[0-9]\+' >numbers
[ "$(awk '$1 % 2 == 0' numbers | wc -l)" -eq 10 ] || fail "observed: $(cat numbers)"
expect_ok 2 simulate "${columns[@]}" -simulate_neuron lif_exp -simulate_duration 20 -record_variables none -network_keep false -output none
[ ! -e none/network.h5 ] || fail "-network_keep false writes the network"

# ---- other tools

if find_python h5py libsonata numpy; then
  "$python" "$tests_app/check_spiking.py" make .
  foreign=(simulate -network_type file -network_file edges.h5 -network_nodes 60 "${cell[@]}" -simulate_precision single -simulate_duration 100)
  expect_ok 2 "${foreign[@]}" -record_variables v,i_excitatory,refractory -output full
  expect_ok 3 "${foreign[@]}" -record_variables v,i_excitatory -record_neurons 0-3,20,59 -record_interval 0.4 -output part
  "$python" "$tests_app/check_spiking.py" read . full part || fail "libsonata"
  expect_mistake 'from population a to b' 2 simulate -network_type file -network_file two.h5 -output wrong
fi

# ---- mistakes

wrong=(simulate "${columns[@]}" "${cell[@]}" -simulate_duration 100 -output wrong)
while read -r message words; do
  read -ra options <<<"$words"
  expect_mistake "${message//_/ }" 2 "${wrong[@]}" "${options[@]}"
done <<'EOF'
simulate.input.mean:_has_3_numbers -simulate_input_mean 1,2,3
lif.exp.threshold:_has_4_numbers -lif_exp_threshold -50,-50,-50,-50
has_synapses_of_type_exponential_only -simulate_synapse delta
must_be_one_of_delta -simulate_synapse alpha
multiple_of_the_step_of_0.3 -simulate_step 0.3
at_most_1000_are_possible -simulate_poisson_rate 1e7 -simulate_step 0.5
expected_numbers -simulate_input_mean 1,x
no_variable_"u";_it_has_v,_i.excitatory -record_variables v,u
names_v_twice -record_variables v,v
not_within_the_neurons_0_to_249 -record_neurons 3,250
must_ascend -record_neurons 3,2
neither_a_number_nor_a_range -record_neurons a-b
multiple_of_the_step_of_0.1 -record_interval 0.25
3_sizes_for_2_populations -network_sizes 1,2,3
3_kinds_for_2 -network_kinds e,i,e
is_not_a_kind -network_kinds e,x
a_table_of_2_populations_needs_4 -network_probabilities 0.1,0.2
weights_are_positive_from_excitatory -network_weights 1,1,1,1
must_lie_between_0_and_1 -network_probabilities 0.1,0.2,0.3,4
has_no_effect_with_network.type_=_bernoulli -network_type bernoulli
has_no_effect_with_simulate.neuron_=_lif.exp -simulate_parameters x.h5:/p
EOF
expect_mistake 'record_variables = none: leaves no activity to infer from' 2 run -record_variables none -output wrong
[ ! -e wrong ] || fail "a mistake leaves files"
for ranks in 1 3; do
  expect_mistake 'membrane potential of neuron [0-9]* is not finite at [0-9]* ms' "$ranks" simulate \
    -network_weight_excitatory 1e6 -record_variables none -output "unstable$ranks"
done
echo "spiking models work from the command line"
