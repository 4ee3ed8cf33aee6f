#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The default forecaster as a command: it recovers a simulated network with signs, finds nothing when the neurons are
# rotated in time against each other, is the same on every grid, and is read again from its file.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require h5diff python3
cd "$work"

holds() { # DIRECTORY CONDITION: on the summary s, with the off-diagonal AUROC of a reading as auroc(READING)
  python3 - "$1/summary.json" "$2" <<'EOF' || fail "$1/summary.json: $2"
import json, sys
s = json.load(open(sys.argv[1]))
auroc = lambda reading: next(x["auroc_offdiagonal"] for x in s["scores"] if x["reading"] == reading)
sys.exit(not eval(sys.argv[2]))
EOF
}

# ---- one network of 20 neurons, 5 s

network=(-network_excitatory 16 -network_inhibitory 4 -network_probability 0.5 -simulate_duration 5000)
expect_ok 2 run "${network[@]}" -methods granger,signed -activity_clip 30 -granger_statistics event -output found
holds found '[x["method"] for x in s["scores"] if "member" not in x["reading"]] == ["granger"] + 4 * ["signed"]'
holds found 'auroc("intervention") > 0.99 and auroc("value_weighted") > 0.97 and auroc("loss_increase") > 0.9'
holds found 's["forecast"]["r2"] > 0.95'

if find_python h5py numpy; then
  "$python" - <<'EOF' || fail "signs, and a control"
import h5py
import numpy

scores = h5py.File("found/causality.h5")["signed"]
size, effect = scores["intervention"][()], scores["intervention_effect"][()]
assert (size == abs(effect)).all()
assert (scores["loss_increase_p_value"][()] <= 1).all()
edges = h5py.File("found/network.h5")["edges/synapses"]
truth = numpy.zeros(size.shape)
truth[edges["target_node_id"][()], edges["source_node_id"][()]] = edges["0/syn_weight"][()]
truth *= 1 - numpy.eye(len(truth))
strong = size > numpy.sort(size.ravel())[-int((truth != 0).sum())]  # as many as there are edges
strong &= truth != 0
right = (numpy.sign(effect) == numpy.sign(truth))[strong].mean()
assert strong.sum() > 100 and right > 0.99, (strong.sum(), right)

# every neuron rotated in time by an amount of its own
report = h5py.File("found/activity.h5")["report"]
x = report[list(report)[0]]["data"][()].T
shifts = numpy.random.default_rng(1).integers(500, x.shape[1] - 500, len(x))
with h5py.File("rotated.h5", "w") as file:
    file["v"] = numpy.stack([numpy.roll(row, shift) for row, shift in zip(x, shifts)])
    file["truth"] = truth
EOF
  expect_ok 2 run -methods signed -activity rotated.h5:/v -truth rotated.h5:/truth -activity_clip 30 -output rotated
  holds rotated 'all(abs(auroc(r) - 0.5) < 0.12 for r in ("intervention", "value_weighted", "loss_increase"))'
fi

# ---- the same on every grid to the rounding of single precision, which 150 steps make larger

train=(train -activity found/activity.h5 -activity_clip 30 -activity_samples 0:1200 -train_epochs 1 -train_members 2)
expect_ok 1 "${train[@]}" -train_grid 1x1x1 -output 1x1x1
for grid in 2x1x1 1x2x1 1x1x2 1x1x3 1x2x2; do
  expect_ok "$((${grid//x/*}))" "${train[@]}" -train_grid "$grid" -output "$grid"
  for member in 0 1; do
    h5_close 1x1x1/model.h5 "$grid/model.h5" "/signed/member_$member/history/validation_loss" 1e-3 ||
      fail "$grid trains another model"
    h5_close 1x1x1/causality.h5 "$grid/causality.h5" "/signed/intervention_member_$member" 1e-2 ||
      fail "$grid reads another network"
  done
done
expect_ok 2 "${train[@]}" -train_grid 1x1x2 -output again
h5diff -q 1x1x2/causality.h5 again/causality.h5 /signed || fail "a repeated training differs"

# ---- several forecasters in one run, each with parameters of its own

data=(-activity found/activity.h5 -activity_clip 30 -activity_samples 0:600)
small=(width=8 heads=2 head_width=4 hidden=16 members=1 epochs=2)
both=(run "${data[@]}" -truth found/network.h5 -methods "granger,signed,causalformer" -train_epochs 1)
alone=(train "${data[@]}" -train_forecaster causalformer)
for word in "${small[@]}"; do
  both+=("-causalformer_${word%=*}" "${word#*=}")
  alone+=("-train_${word%=*}" "${word#*=}")
done
expect_ok 2 "${both[@]}" -output both
expect_ok 2 train "${data[@]}" -train_epochs 1 -output alone_signed
expect_ok 2 "${alone[@]}" -output alone_causalformer
for type in signed causalformer; do
  h5diff -q both/causality.h5 "alone_$type/causality.h5" "/$type" || fail "beside another, $type finds another network"
  h5diff -q both/model.h5 "alone_$type/model.h5" "/$type/member_0/weights" || fail "$type differs beside another"
  expect_ok 2 forecast "${data[@]}" -model "both/model.h5:/$type" -output forecast -overwrite
  run_causeway 2 forecast "${data[@]}" -model both/model.h5 -output wrong
  grep -q 'both/model.h5: has models in /signed and /causalformer; name one' "$run_stderr" || fail "two models: $(cat "$run_stderr")"
done
holds both 'sorted(set(x["method"] for x in s["scores"])) == ["causalformer", "granger", "signed"]'
holds both 'len(s["causalformer"]["members"]) == 1 and s["signed"]["members"][0]["epochs"] == 1'
expect_ok 2 run both/used_parameters.yaml -output same_again
h5diff -q both/causality.h5 same_again/causality.h5 /causalformer || fail "used_parameters.yaml is not what was used"

# ---- options, and what is refused

for option in "-train_events none" "-train_source_lags 3" "-train_pair_bias none" "-train_queries content" "-train_loss mse" \
  "-train_dropout 0.1" "-train_readings intervention" "-activity_event_threshold none"; do
  read -ra words <<<"$option"
  expect_ok 2 train -activity found/activity.h5 -activity_clip 30 -activity_samples 0:600 -train_epochs 1 \
    "${words[@]}" -output option -overwrite
  [[ $option == -activity* ]] || words=() # of the data, and not in the model
  expect_ok 1 forecast -activity found/activity.h5 -activity_clip 30 -activity_samples 0:600 -model option/model.h5 \
    "${words[@]}" -output forecast -overwrite
  python3 - <<'EOF' || fail "$option: the model in the file forecasts something else"
import json
s, f = (json.load(open(d + "/summary.json"))["forecast"]["mse"] for d in ("option", "forecast"))
assert abs(s - f) < 1e-5 * s, (s, f)
EOF
done
while read -r message option; do
  read -ra words <<<"$option"
  run_causeway 2 train -activity found/activity.h5 -activity_clip 30 "${words[@]}" -output refused
  [ "$run_status" -eq 2 ] || fail "$option: status $run_status"
  grep -q "$message" "$run_stderr" || fail "$option: $(cat "$run_stderr")"
done <<'EOF'
train_source_lags -train_source_lags 11
train_horizon -train_horizon 2
train_norm -train_norm batch
train_readings -train_readings gradient
train_forecaster -train_forecaster perceptron
twice -train_forecaster signed,signed
causalformer_epochs -causalformer_epochs 0
train_context -train_context 1
EOF
echo "the network is found, with signs"
