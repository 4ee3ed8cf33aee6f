#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Training from the command line: files and scores, the same on every grid of ranks, forecasts with the
# stored model, all options; and a reduced version of the published experiment.

# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require h5dump h5diff h5ls
cd "$work"

expect_success() { # RANKS ARGUMENT...
  run_causeway "$@"
  [ "$run_status" = 0 ] || fail "$1 ranks: ${*:2}: status $run_status: $(head -n 3 "$run_stderr")"
}

number() { # FILE.json KEY: the first number of that key
  grep -m 1 "\"$2\"" "$1" | grep -oE -- '-?[0-9][0-9.e+-]*'
}

close() { # A B RELATIVE
  awk -v a="$1" -v b="$2" -v r="$3" 'BEGIN { d = a - b; if (d < 0) d = -d; exit !(d <= r * (b < 0 ? -b : b)) }'
}

small=(-train_width 16 -train_heads 2 -train_head_width 8 -train_hidden 32 -train_members 2 -train_epochs 2)
expect_success 1 simulate -network_excitatory 4 -network_inhibitory 1 -simulate_duration 600 -output data
data=(-activity data/activity.h5 -truth data/network.h5 -activity_clip 30)

# the same on every grid
expect_success 1 train "${data[@]}" "${small[@]}" -output one
loss=$(h5dump -d /causalformer/member_1/history/validation_loss one/model.h5 | sed -n 's/.*(0): *\([0-9.e-]*\).*/\1/p')
for grid in 2x1x1 1x2x1 1x1x2 2x2x1 2x1x2 1x2x2 1x4x1 1x1x4; do
  ranks=$((${grid//x/*}))
  expect_success "$ranks" train "${data[@]}" "${small[@]}" -train_grid "$grid" -output "$grid"
  other=$(h5dump -d /causalformer/member_1/history/validation_loss "$grid/model.h5" |
    sed -n 's/.*(0): *\([0-9.e-]*\).*/\1/p')
  close "$other" "$loss" 1e-3 || fail "$grid: validation loss $other, on one rank $loss"
  h5diff -d 1e-3 one/causality.h5 "$grid/causality.h5" /causalformer/attention ||
    fail "$grid: other attention"
done
expect_success 4 train "${data[@]}" "${small[@]}" -train_grid 2x1x2 -output again
h5diff 2x1x2/causality.h5 again/causality.h5 /causalformer || fail "the same grid twice differs"
h5diff 2x1x2/model.h5 again/model.h5 /causalformer/member_1/weights || fail "the same grid twice: other weights"
expect_success 7 train "${data[@]}" "${small[@]}" -output seven
expect_success 1 train "${data[@]}" "${small[@]}" -seed 5 -output other_seed
if h5diff -q -d 1e-3 one/causality.h5 other_seed/causality.h5 /causalformer/attention; then
  fail "another seed makes no difference"
fi

# scores, members and forecasts
for reading in attention attention_member_0 attention_member_1; do
  grep -q "\"reading\": \"$reading\"" one/summary.json || fail "summary.json has no $reading"
  h5ls one/causality.h5/causalformer/$reading | grep -q '{5, 5}' || fail "causality.h5 has no $reading"
done
expect_success 2 forecast "${data[@]:0:2}" -activity_clip 30 -model one/model.h5 -output forecast
for key in r2 mse; do
  trained=$(sed -n '/"forecast"/,$p' one/summary.json >part.json && number part.json $key)
  again=$(sed -n '/"forecast": {/,$p' forecast/summary.json >part.json && number part.json $key)
  close "$again" "$trained" 1e-5 || fail "forecast: $key $again, in training $trained"
done
expect_success 1 forecast "${data[@]:0:2}" -activity_clip 30 -model one/model.h5:/causalformer/member_0 \
  -forecast_split all -output all
h5ls all/forecast.h5/forecast/prediction | grep -q '{591, 5, 1}' || fail "forecasts of all windows"

# options, one epoch each
once=("${small[@]}" -train_epochs 1 -train_members 1)
k=0
for options in '-train_norm layer' '-train_norm none' '-train_encoder_attention full' '-train_horizon 3' \
  '-train_encoder_layers 2 -train_decoder_layers 2' '-train_schedule onecycle -train_clip 1' \
  '-train_kernels portable' '-train_kernels plain' '-train_dropout 0' '-train_head_width 5'; do
  k=$((k + 1))
  # shellcheck disable=SC2086  # several words
  expect_success 2 train "${data[@]}" "${once[@]}" $options -output "option$k"
  grep -q '"validation_loss": [0-9]' "option$k/summary.json" || fail "$options: no loss"
done

# the published experiment with 2 members and 6 epochs in place of 10 and early stopping
run_limit=300
expect_success 2 run "$CAUSEWAY_SOURCE/inputs/lu2023_causalformer.yaml" -train_members 2 -train_epochs 6 \
  -methods causalformer -output published
expect_success 2 run "$CAUSEWAY_SOURCE/inputs/lu2023_causalformer.yaml" -train_members 2 -train_epochs 1 \
  -train_rate 1e-12 -methods causalformer -output untrained
trained=$(number published/summary.json auroc_published)
untrained=$(number untrained/summary.json auroc_published)
echo "AUROC $trained after 6 epochs, $untrained of initial weights"
awk -v a="$trained" -v b="$untrained" 'BEGIN { exit !(a >= 0.8 && b < 0.8) }' ||
  fail "AUROC $trained after training, $untrained without"
