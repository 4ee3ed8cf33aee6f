#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Training and forecasting as commands: equal on every grid of ranks, repeatable to the bit, with the files
# and numbers that the documentation promises; and a short version of the published experiment, which has to learn.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require h5diff h5dump h5import h5ls python3
cd "$work"

# Float32 sums in another order: 6e-9 after three epochs on any grid, 1e-7 with other kernels.
close=1e-6

shape=(-train_forecaster causalformer -train_width 8 -train_heads 2 -train_head_width 4 -train_hidden 16)
small=("${shape[@]}" -train_members 2 -train_epochs 3)
short=("${shape[@]}" -train_members 1 -train_epochs 1)

says() { # REGEX
  grep -qE -- "$1" "$run_stdout" || fail "the output does not say: $1"
}

values() { # FILE DATASET: its numbers without those of its attributes, one a line
  h5dump -d "$2" -y -w 1 -m "%.17g" "$1" | sed -n '/ATTRIBUTE/,$d; /DATA {/,/}/p' | tr -d ' ,' | grep '^[-0-9nif]'
}

# An expression on the summary s of a run, such as s["forecast"]["r2"]
summary() { # DIRECTORY EXPRESSION
  python3 -c 'import json, sys; s = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' \
    "$1/summary.json" "$2"
}

holds() { # DIRECTORY CONDITION
  [ "$(summary "$1" "$2")" = True ] || fail "$1/summary.json: $2"
}

same_models() { # DIRECTORY DIRECTORY
  local member
  for member in 0 1; do
    h5diff -q "$1/model.h5" "$2/model.h5" "/causalformer/member_$member/weights" || return 1
  done
  h5diff -q "$1/causality.h5" "$2/causality.h5" /causalformer
}

spikes() { # ROWS COLUMNS SEED: 0 and 1
  noise "$@" | awk '{ for (j = 1; j <= NF; j++) $j = $j < 0.2; print }'
}

expect_ok 1 simulate -network_excitatory 4 -network_inhibitory 1 -simulate_duration 1500 -output sim
data=(-activity sim/activity.h5 -truth sim/network.h5)

# ---- the same on every grid, and to the bit when repeated

expect_ok 1 train "${data[@]}" "${small[@]}" -output 1x1x1
expect_ok 1 train "${data[@]}" "${small[@]}" -output again
same_models 1x1x1 again || fail "1 rank: the repeated training differs"
for grid in 2x1x1 1x2x1 1x1x2 4x1x1 2x2x1 2x1x2 1x2x2 1x4x1 1x1x4; do
  ranks=$((${grid//x/*}))
  members=()
  [ "$grid" != 4x1x1 ] || members=(-train_members 4)
  expect_ok "$ranks" train "${data[@]}" "${small[@]}" "${members[@]}" -train_grid "$grid" -output "$grid"
  if [[ " 2x1x1 1x2x2 1x1x4 " == *" $grid "* ]]; then
    expect_ok "$ranks" train "${data[@]}" "${small[@]}" "${members[@]}" -train_grid "$grid" -output again -overwrite
    same_models "$grid" again || fail "$grid: the repeated training differs"
  fi
  for member in 0 1; do
    h5_close 1x1x1/model.h5 "$grid/model.h5" "/causalformer/member_$member/history/validation_loss" $close ||
      fail "$grid: validation losses differ from those of 1 rank"
    for reading in attention value_weighted intervention loss_increase; do
      h5_close 1x1x1/causality.h5 "$grid/causality.h5" "/causalformer/${reading}_member_$member" $close ||
        fail "$grid: $reading differs from that of 1 rank"
    done
  done
done
expect_ok 1 train "${data[@]}" "${small[@]}" -seed 1 -output again -overwrite
if same_models 1x1x1 again; then
  fail "another seed trains the same models"
fi

# instruction sets
for kernels in plain portable avx2; do
  run_causeway 1 train "${data[@]}" "${small[@]}" -train_kernels "$kernels" -output "$kernels"
  if [ "$run_status" -ne 0 ]; then
    grep -qE 'lacks these instructions|must be one of' "$run_stderr" || fail "$kernels: $(cat "$run_stderr")"
    echo "no $kernels kernels here"
    continue
  fi
  says "$kernels kernels"
  h5_close 1x1x1/model.h5 "$kernels/model.h5" /causalformer/member_0/history/validation_loss $close ||
    fail "$kernels: validation losses differ from those of auto"
done

# ---- what a training leaves behind

for file in model.h5 causality.h5 log.txt summary.json used_parameters.yaml; do
  [ -s "2x1x1/$file" ] || fail "$file is missing"
done
[ -z "$(find . -name '*.partial*')" ] || fail "partial files are left behind"
holds 2x1x1 '[x["reading"] for x in s["scores"]] == [
               r + m for r in ["attention", "value_weighted", "intervention", "loss_increase"]
                     for m in ["", "_member_0", "_member_1"]]'
holds 2x1x1 'all(x["method"] == "causalformer" and 0 <= x["auroc_published"] <= 1 for x in s["scores"])'
holds 2x1x1 's["forecast"]["r2"] < 1 and s["forecast"]["mse"] > 0 and s["forecast"]["members"] == 2'
holds 2x1x1 'len(s["causalformer"]["members"]) == 2 and s["causalformer"]["grid"] == [2, 1, 1]'
holds 2x1x1 'all(m["epochs"] == 3 and 1 <= m["best_epoch"] <= 3 and m["diverged_step"] == -1 and m["r2"] < 1
                 for m in s["causalformer"]["members"])'

# scores: the diagonal is 0, what it held is missing in the sums of the rows, the mean is that of the members
paste -d ' ' <(values 2x1x1/causality.h5 /causalformer/attention) \
  <(values 2x1x1/causality.h5 /causalformer/attention_member_0) \
  <(values 2x1x1/causality.h5 /causalformer/attention_member_1) | awk '
  function wrong(text) { print "entry " k ": " text; bad = 1 }
  {
    k = NR - 1
    for (c = 1; c <= NF; c++) {
      if (k % 5 == int(k / 5) && $c != 0) wrong("diagonal " $c)
      if (k % 5 != int(k / 5) && !($c > 0)) wrong("not positive: " $c)
      sum[c] = (k % 5 ? sum[c] : 0) + $c
      if (k % 5 == 4 && !(sum[c] < 1)) wrong("sum of the row " sum[c])
    }
    difference = $1 - ($2 + $3) / 2
    if (difference > 1e-15 || difference < -1e-15) wrong("not the mean of the members")
  }
  END { exit bad || NR != 25 }' || fail "attention"

# a run trains on its simulation as train does on the file
expect_ok 2 run -methods granger,causalformer -granger_order 2 -network_excitatory 4 -network_inhibitory 1 \
  -simulate_duration 1500 "${small[@]}" -train_grid 2x1x1 -output whole
same_models 2x1x1 whole || fail "run and train differ"
holds whole '[x["method"] for x in s["scores"]] == ["granger"] + 12 * ["causalformer"]'
says '^granger +f_statistic '
says '^causalformer attention '

# ---- forecasts of the trained models

for ranks in 1 3; do
  expect_ok "$ranks" forecast -activity sim/activity.h5 -model 2x1x1/model.h5 -output forecast -overwrite
  says '^forecast .* 2 members: MSE [0-9.]+, R2 [-0-9.]+$'
  h5ls -r forecast/forecast.h5 >listing
  for dataset in 'prediction +Dataset \{299, 5, 1\}' 'mse +Dataset \{5\}' 'r2 +Dataset \{5\}'; do
    grep -qE "^/forecast/$dataset" listing || fail "forecast.h5: no $dataset"
  done
  for key in r2 mse; do
    expected=$(summary 2x1x1 "s['forecast']['$key']")
    holds forecast "abs(s['forecast']['$key'] - $expected) < 1e-6"
  done
done

# what prepared the activity of the training prepares that of the forecast
prepared=(-activity_clip 20 -activity_normalize center -activity_detrend linear)
expect_ok 2 train -activity sim/activity.h5 "${short[@]}" "${prepared[@]}" -output prepared
for options in '' "${prepared[*]}"; do
  # shellcheck disable=SC2086  # options and their values
  expect_ok 2 forecast -activity sim/activity.h5 -model prepared/model.h5 $options -output told -overwrite
  holds told "abs(s['forecast']['r2'] - $(summary prepared "s['forecast']['r2']")) < 1e-6"
done
expect_ok 1 forecast -activity sim/activity.h5 -model prepared/model.h5 -output told -overwrite
says '^forecast .*sim/activity.h5 is preprocessed like the activity that prepared/model.h5 was trained on'
expect_ok 1 forecast -activity sim/activity.h5 -model prepared/model.h5 -activity_clip 20.0 -activity_detrend none -output told -overwrite
says '^warning: preprocessing differs from the training of prepared/model.h5: activity_detrend = none, trained with linear$'
expect_ok 1 import sim/activity.h5 -activity_downsample 2 -output slow.h5
expect_ok 1 forecast -activity slow.h5 -model prepared/model.h5 -output told -overwrite
says '^warning: slow.h5 has samples every 2 ms, but the model prepared/model.h5 was trained on samples every 1 ms'

for member in 0 1; do
  expect_ok 2 forecast -activity sim/activity.h5 -model "2x1x1/model.h5:/causalformer/member_$member" \
    -output member -overwrite
  for key in r2 mse; do
    expected=$(summary 2x1x1 "s['causalformer']['members'][$member]['$key']")
    holds member "abs(s['forecast']['$key'] - $expected) < 1e-6"
  done
done
expect_ok 1 forecast -activity sim/activity.h5 -model 2x1x1/model.h5:/causalformer/member_1/weights \
  -output weights
h5diff -q member/forecast.h5 weights/forecast.h5 /forecast/prediction ||
  h5_close member/forecast.h5 weights/forecast.h5 /forecast/prediction $close ||
  fail "a member and its weights differ"
for split in training:894 validation:298 all:1491; do
  expect_ok 3 forecast -activity sim/activity.h5 -model 2x1x1/model.h5 -forecast_split "${split%:*}" \
    -output "${split%:*}"
  h5ls "${split%:*}/forecast.h5/forecast/prediction" | grep -q "{${split#*:}, 5, 1}" ||
    fail "-forecast_split ${split%:*} is not of ${split#*:} windows"
done

# the errors belong to the predictions, and those to the samples that the file names
if find_python h5py numpy; then
  "$python" - <<'EOF' || fail "forecast.h5"
import h5py
import numpy

activity = h5py.File("sim/activity.h5")["report"]
x = numpy.array(activity[list(activity)[0]]["data"], dtype=float).T
x = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)
for name in ("forecast", "all"):
    file = h5py.File(name + "/forecast.h5")["forecast"]
    prediction = file["prediction"]
    first = int(prediction.attrs["first_sample"])
    target = x[:, first:first + len(prediction)].T
    square = (prediction[:, :, 0] - target) ** 2
    r2 = 1 - square.sum(0) / ((target - target.mean(0)) ** 2).sum(0)
    assert len(target) == len(prediction) and first + len(target) == x.shape[1]
    assert numpy.allclose(file["mse"][:], square.mean(0), rtol=1e-5), name
    assert numpy.allclose(file["r2"][:], r2, atol=1e-5), name
    assert abs(file.attrs["mse"] - square.mean()) < 1e-5, name
    assert abs(file.attrs["r2"] - r2.mean()) < 1e-5, name
assert first == 10
EOF
fi

# ---- options

spikes 5 301 1 | write_h5 events.h5 5,301
events=(-activity events.h5:/v -activity_normalize none)
learns() { # OPTION...: one epoch with finite numbers
  expect_ok 2 train -activity sim/activity.h5 -activity_samples 0:301 "${short[@]}" "$@" -output option -overwrite
  holds option 'all(isinstance(m["validation_loss"], float) and isinstance(m["r2"], float)
                    for m in s["causalformer"]["members"])'
}
learns -train_norm layer
learns -train_norm none
learns -train_encoder_attention full
learns "${events[@]}" -train_loss bce
learns "${events[@]}" -train_loss poisson
learns -train_horizon 3
learns -train_encoder_layers 2 -train_decoder_layers 2
learns -train_schedule onecycle
learns -train_clip 1
learns -train_dropout 0
learns -train_context 1
learns -train_heads 1 -train_head_width 64
learns -train_grid 1x2x1 -train_batch 1
learns -train_norm layer -train_encoder_attention full -train_horizon 2 -train_decoder_layers 3 -train_grid 1x1x2

# a file tells the shape of its model
expect_ok 1 forecast -activity sim/activity.h5 -activity_samples 0:301 -model option/model.h5 -output shaped
expected=$(summary option "s['forecast']['mse']")
holds shaped "abs(s['forecast']['mse'] - $expected) < 1e-6"

# more ranks than neurons
expect_ok 1 simulate -network_excitatory 2 -network_inhibitory 1 -simulate_duration 300 -output three
for grid in auto 1x1x4; do
  expect_ok 4 train -activity three/activity.h5 "${short[@]}" -train_grid "$grid" -output "three_$grid"
done
h5_close three_auto/causality.h5 three_1x1x4/causality.h5 /causalformer/attention $close ||
  fail "more ranks than neurons"
expect_ok 4 forecast -activity three/activity.h5 -model three_auto/model.h5 -train_grid 1x1x4 -output three_f
expected=$(summary three_auto "s['forecast']['mse']")
holds three_f "abs(s['forecast']['mse'] - $expected) < 1e-6"

# a batch cannot hold more windows than there are
size=(-activity sim/activity.h5 -activity_samples 0:60 "${short[@]}" -train_hidden 4000)
expect_ok 1 train "${size[@]}" -train_batch 50 -output batch
expect_ok 1 train "${size[@]}" -train_batch 1048576 -output batch_large
h5_close batch/model.h5 batch_large/model.h5 /causalformer/member_0/history/validation_loss $close ||
  fail "a batch larger than the data"

# the explained part of a series that does not vary is not defined, and not part of the mean
spikes 5 301 2 | awk 'NR == 4 { for (j = 230; j <= NF; j++) $j = 0 } { print }' | write_h5 silent.h5 5,301
expect_ok 1 train -activity silent.h5:/v -activity_normalize none "${short[@]}" -train_loss bce -output silent
if grep -qwE 'R2 -?(inf|nan)' "$run_stdout"; then
  fail "a neuron that is silent in the test has an infinite R2"
fi
holds silent 'isinstance(s["forecast"]["r2"], float)'

# a training that diverges keeps what it had learned, and says so
expect_ok 1 train -activity sim/activity.h5 -activity_samples 0:301 "${short[@]}" -train_epochs 8 -train_norm none \
  -train_batch 174 -train_rate 80 -output diverged
says '^warning: member 0: the loss is not finite at step [1-9].* weights of epoch [1-9]'
holds diverged 's["causalformer"]["members"][0]["diverged_step"] > 0 and s["forecast"]["members"] == 1'

# models of an older activity do not stand beside a new one
cp -r whole replaced
expect_ok 1 simulate -simulate_duration 100 -output replaced -overwrite
[ ! -e replaced/model.h5 ] || fail "a model of an older run is left"

# predictions only
expect_ok 2 train "${data[@]}" -output dry -dry_run
says 'memory [0-9.]+ MB per rank, model\.h5'
says 'MB of memory per rank'
expect_ok 2 run "$CAUSEWAY_SOURCE/inputs/lu2023_causalformer.yaml" -output dry -dry_run
says '10 members on '
expect_ok 2 forecast -activity sim/activity.h5 -model 2x1x1/model.h5 -output dry -dry_run
[ ! -e dry ] || fail "a dry run writes"

# ---- the published model and experiment

published=$CAUSEWAY_DATA/trained_models.h5
datasets() { # FILE/GROUP: names and shapes of what a forward pass uses
  local unused='num_batches_tracked|decoder.layers.0.norm[12]|encoder.attn_layers.0.norm2'
  h5ls "$1" | awk -v unused="$unused" '/Dataset/ && $1 !~ unused { sub(/ +Dataset +/, " "); print }' | sort
}
if [ -e "$published" ]; then
  expect_ok 1 train -train_forecaster causalformer -activity sim/activity.h5 -activity_samples 0:300 -train_members 1 \
    -train_epochs 1 -output published
  diff <(datasets "$published/seed10/weights") \
    <(datasets published/model.h5/causalformer/member_0/weights) >&2 ||
    fail "the datasets of a model are not those of the published one"
else
  echo "not compared with the published model: no $published"
fi

# Eight epochs with two members take the AUROC from the 0.73 of untrained weights to 0.91.
experiment=("$CAUSEWAY_SOURCE/inputs/lu2023_causalformer.yaml" -train_members 2 -seed 0)
auroc='[x["auroc_published"] for x in s["scores"] if x["reading"] == "attention"][0]'
expect_ok 2 run "${experiment[@]}" -train_epochs 8 -output learned
expect_ok 2 run "${experiment[@]}" -train_epochs 1 -train_rate 1e-12 -output untrained
echo "AUROC $(summary learned "$auroc"), untrained $(summary untrained "$auroc")"
holds learned "$auroc > 0.81"
holds learned 's["forecast"]["r2"] > 0.85'
holds untrained "$auroc < 0.81"
echo "training and forecasting work as documented"
