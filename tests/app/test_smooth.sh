#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Smooth models from the command line: the same on any number of ranks, with the options of PETSc, stopped and
# continued, inferred from; mistakes give one line.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require h5diff h5dump python3
cd "$work"

coupled=(-network_weight_excitatory 0.05 -network_weight_inhibitory -0.05 -simulate_precision double)
for model in hodgkin_huxley traub_miles fitzhugh_nagumo hindmarsh_rose wilson_cowan kuramoto var lorenz96; do
  words=("${coupled[@]}")
  if [ "$model" = lorenz96 ]; then words=(-network_type lorenz96 -simulate_precision double); fi
  for ranks in 1 3; do
    expect_ok "$ranks" simulate -simulate_neuron "$model" "${words[@]}" -simulate_duration 20 -output "$model$ranks"
  done
  h5_close "${model}1/activity.h5" "${model}3/activity.h5" /report/neurons/data 1e-4 || fail "$model on 3 ranks"
done
h5dump -a /report/neurons/data/units wilson_cowan1/activity.h5 | grep -q '"1"' || fail "units of a rate"
grep -q '^simulate_interval: 0.05 ' lorenz961/used_parameters.yaml || fail "the model's interval is not in the parameters"
expect_ok 2 simulate lorenz961/used_parameters.yaml -output again
h5_close lorenz961/activity.h5 again/activity.h5 /report/neurons/data 1e-4 || fail "used_parameters.yaml is not what was used"

# ---- PETSc's options

fitzhugh=(simulate -simulate_neuron fitzhugh_nagumo "${coupled[@]}" -simulate_duration 50)
expect_ok 2 "${fitzhugh[@]}" -ts_rtol 1e-10 -ts_atol 1e-10 -output exact
for options in "-ts_type bdf -ts_rtol 1e-8 -ts_atol 1e-8" "-ts_type rosw -ts_rtol 1e-8 -ts_atol 1e-8" \
  "-ts_type arkimex -ts_arkimex_fully_implicit -ts_rtol 1e-8 -ts_atol 1e-8 -ksp_type gmres -pc_type bjacobi" \
  "-ts_type cn -ts_dt 0.002 -ts_adapt_type none -snes_rtol 1e-10" "-ts_type ssp -ts_dt 0.002"; do
  read -ra words <<<"$options"
  expect_ok 2 "${fitzhugh[@]}" "${words[@]}" -output other -overwrite
  h5_close exact/activity.h5 other/activity.h5 /report/neurons/data 2e-3 || fail "$options"
done
grep -q '^ts_type: ssp ' other/used_parameters.yaml || fail "the integrator is not in the parameters"
expect_ok 2 simulate other/used_parameters.yaml -output other_again
h5diff -q other/activity.h5 other_again/activity.h5 /report || fail "the parameters of the integrator are not repeated"
expect_ok 1 "${fitzhugh[@]}" -ts_monitor -output monitored
grep -q 'TS dt' "$run_stdout" || fail "-ts_monitor says nothing"

# ---- stopped and continued, on another number of ranks

# steps that noise makes too long are taken back: the slopes of this model overflow in them
expect_ok 1 simulate -simulate_neuron traub_miles -simulate_duration 20 -simulate_input_variance 1 -output noisy

for options in "" "-simulate_input_variance 1"; do
  read -ra words <<<"$options"
  whole=(simulate -simulate_neuron hodgkin_huxley "${coupled[@]}" -simulate_duration 400 "${words[@]}")
  rm -rf left parts
  expect_ok 2 "${whole[@]}" -output left
  expect_stopped 100 2 "${whole[@]}" -output parts
  expect_ok 3 "${whole[@]}" -restart auto -output parts
  grep -q '^restart ' "$run_stdout" || fail "$options: was not continued"
  h5_close left/activity.h5 parts/activity.h5 /report/neurons/data 1e-2 || fail "$options: continued elsewhere"
done

# ---- inferred from

expect_ok 2 run "$CAUSEWAY_SOURCE/inputs/var.yaml" -output linear
python3 -c '
import json
scores = {(x["method"], x["reading"]): x["auroc_offdiagonal"] for x in json.load(open("linear/summary.json"))["scores"]}
assert scores["granger", "f_statistic"] > 0.999 and scores["signed", "intervention"] > 0.99, scores
' || fail "var: $(cat linear/summary.json)"
for input in lorenz96 wilson_cowan hodgkin_huxley; do
  expect_ok 2 run "$CAUSEWAY_SOURCE/inputs/$input.yaml" -dry_run -output dry
done

# ---- mistakes

squid=(simulate -simulate_neuron hodgkin_huxley -simulate_duration 100)
expect_mistake 'must be one of izhikevich|lif_exp|adex|hodgkin_huxley|' 2 "${squid[@]}" -simulate_neuron squid -output wrong
for option in '-ts_type foo' '-ts_rtol abc' '-ts_adapt_type foo' '-ts_max_steps x' '-ts_rk_type foo' \
  '-ts_exact_final_time foo'; do
  # shellcheck disable=SC2086
  expect_mistake "${option% *} = ${option#* }: is refused by PETSc: .*foo\|abc\|x" 2 "${fitzhugh[@]}" $option \
    -output wrong
done
for option in '-pc_type foo' '-ksp_type foo' '-snes_type foo' '-ts_bdf_order 99' '-pc_type shell'; do
  # shellcheck disable=SC2086
  expect_mistake "$option\|${option% *} = ${option#* }" 1 "${fitzhugh[@]}" -ts_type bdf $option -output wrong -overwrite
done
for type in alpha2 pseudo basicsymplectic; do
  expect_mistake "-ts_type = $type: is not an integrator" 2 "${fitzhugh[@]}" -ts_type "$type" -output wrong -overwrite
done
expect_mistake '-ts_dt = 0: the first step must be positive' 2 "${fitzhugh[@]}" -ts_dt 0 -output wrong -overwrite
expect_mistake 'raise -ts_max_steps' 2 "${fitzhugh[@]}" -ts_max_steps 3 -output wrong -overwrite
rm -r wrong
expect_mistake '-ts_rtoll: is not a known option' 2 "${squid[@]}" -ts_rtoll 1e-8 -output wrong
expect_mistake 'multiple of the interval between samples of 1 ms' 2 "${squid[@]}" -simulate_duration 100.5 -output wrong
expect_mistake 'simulate_input: has no effect with simulate_neuron = hodgkin_huxley' 2 "${squid[@]}" -simulate_input x.h5:/input -output wrong
expect_mistake 'connectivity_switch: has no effect with simulate_neuron = hodgkin_huxley' 2 "${squid[@]}" -connectivity_switch 50:0.5 -output wrong
expect_mistake 'simulate_interval: has no effect with simulate_neuron = izhikevich' 2 simulate -simulate_interval 2 -output wrong
expect_mistake 'hodgkin_huxley_c = -1: must lie between' 2 "${squid[@]}" -hodgkin_huxley_c -1 -output wrong
expect_mistake 'simulate_coupling_width = 0\|simulate_coupling_width: must be positive' 2 "${squid[@]}" \
  -simulate_coupling_width 0 -output wrong
expect_mistake 'circle of network_type lorenz96 needs at least 4' 2 simulate -simulate_neuron lorenz96 -network_type lorenz96 \
  -network_excitatory 2 -network_inhibitory 0 -output wrong
[ ! -e wrong ] || fail "a mistake leaves files"
for ranks in 1 3; do
  expect_mistake 'integration of hodgkin_huxley fails at [0-9.]* ms (.*neuron [0-9]* changes' "$ranks" "${squid[@]}" "${coupled[@]}" \
    -ts_type euler -ts_dt 1 -output "diverges$ranks"
done
echo "smooth models work from the command line"
