#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A mistake in the input gives exit status 2 and one clear line, on any number of ranks, and leaves no
# trace on the disk. Below the helpers, a line for each mistake.

# shellcheck source-path=SCRIPTDIR source=mistakes.sh
source "$(dirname "${BASH_SOURCE[0]}")/mistakes.sh"
require h5import timeout

# Scores against a network where all pairs are alike: what is not defined must not look like a number.
expect_undefined_auroc() { # PROBABILITY
  local label="network_probability $1" ranks
  for ranks in 1 3; do
    expect_success "$ranks" run -network_probability "$1" "${short[@]}" -output new -overwrite
    # shellcheck disable=SC2016
    check "$label" "the table does not print n/a for AUROC" \
      awk '$2 == "f_statistic" && $4 == "n/a" { found = 1 } END { exit !found }' "$run_stdout"
    check "$label" "summary.json does not hold null for AUROC" \
      grep -E '"auroc_offdiagonal": null' new/summary.json
    check "$label" "prints nan" bash -c "! grep -i -w -e nan -e -nan '$run_stdout' new/summary.json"
    rm -rf new
  done
}

make_inputs() {
  # activity: 5 neurons, 200 samples
  noise 5 200 1 >good.txt
  write_h5 good.h5 5,200 <good.txt
  with_entry 4 7 nan <good.txt | write_h5 nan.h5 5,200
  with_entry 1 199 inf <good.txt | write_h5 inf.h5 5,200
  with_entry 2 0 -inf <good.txt | write_h5 minus_inf.h5 5,200
  awk 'NR == 4 { for (j = 1; j <= NF; j++) $j = 3.7 } { print }' good.txt | write_h5 constant.h5 5,200
  awk 'NR == 4 { for (j = 1; j <= 100; j++) $j = 3.7 } { print }' good.txt |
    write_h5 constant_at_first.h5 5,200
  awk 'NR == 4 { for (j = 1; j <= NF; j++) $j = 0.1 * j + 3 } { print }' good.txt | write_h5 ramp.h5 5,200
  awk 'NR == 3 { for (j = 1; j <= NF; j++) $j = "nan" } { print }' good.txt | write_h5 all_missing.h5 5,200
  printf '0 50\n150 201\n' | write_h5 beyond.h5 2,2
  printf '0 50\n50 90\n89 100\n' | write_h5 overlap.h5 3,2
  awk 'NR == 2 { second = $0 } NR == 5 { print second; next } { print }' good.txt |
    write_h5 duplicate.h5 5,200
  awk 'NR == 2 { for (j = 1; j <= NF; j++) second = second " " (0 - $j) }
       NR == 5 { print second; next } { print }' OFMT=%.17g CONVFMT=%.17g good.txt |
    write_h5 negated.h5 5,200
  awk 'NR <= 2 { for (j = 1; j <= NF; j++) sum[j] += NR * $j }
       NR == 5 { for (j = 1; j <= NF; j++) printf "%.17g ", sum[j]; print ""; next } { print }' \
    good.txt | write_h5 combination.h5 5,200
  noise 200 5 2 | write_h5 exchanged.h5 200,5
  noise 1 200 3 | write_h5 line.h5 200
  noise 1 200 3 | write_h5 one_neuron.h5 1,200
  echo 0 2 0 2 -1 | write_h5 gap.h5 5
  echo 0 1 0 1 0 1 -1 | write_h5 many.h5 7
  echo "these are words" >words.h5
  head -c 5000 good.h5 >truncated.h5
  # matrices: truths, scores, networks
  noise 5 5 4 | write_h5 square5.h5 5,5
  noise 4 4 5 | write_h5 square4.h5 4,4
  noise 5 4 6 | write_h5 not_square.h5 5,4
  noise 5 5 4 | with_entry 4 2 nan | write_h5 square_nan.h5 5,5
  noise 5 5 4 | with_entry 3 1 inf | write_h5 square_inf.h5 5,5
  # given parameters and input of 10 neurons, the default size
  noise 10 3 7 | write_h5 three_parameters.h5 10,3
  noise 9 4 7 | write_h5 nine_neurons.h5 9,4
  noise 10 50 8 | write_h5 short_input.h5 10,50
  # parameter files
  echo 'granger_order: [1, 2' >broken.yaml
  echo 'only some words' >words.yaml
  printf 'seed: 1\ngranger_ordr: 3\n' >unknown_key.yaml
  printf 'seed: 1\ngranger_order: many\n' >word.yaml
  printf 'truth:\n' >empty.yaml
  echo 'a file' >a_file
}

short=(-simulate_duration 200 -granger_order 1)
good=(-activity good.h5:/v -granger_order 1)

mistakes_in_parameters() {
  # command line and parameter file
  expect_error 'infer: .*command'                          infer
  expect_error 'nowhere\.yaml: .*No such file'             run nowhere.yaml
  expect_error 'broken\.yaml: .*YAML'                      run broken.yaml
  expect_error 'words\.yaml: .*YAML'                       run words.yaml
  expect_error '-granger_ordr: .*granger_order'            granger "${good[@]}" -granger_ordr 3
  expect_error 'unknown_key\.yaml: line 2: granger_ordr: .*granger_order' run unknown_key.yaml
  expect_error '-simulate_duration: .*simulate'            granger "${good[@]}" -simulate_duration 100
  expect_error '-granger_order = many: .*integer'          run -granger_order many
  expect_error 'word\.yaml: line 2: granger_order = many: .*integer' run word.yaml
  expect_error '-network_probability = half: .*number'     run -network_probability half
  expect_error '-network_type = grid: .*bernoulli'         run -network_type grid

  expect_error '-truth: needs a value'                     run -truth
  expect_error 'empty\.yaml: line 1: truth: needs a value'         run empty.yaml "${short[@]}"

  # values out of range
  expect_error '-network_excitatory = -1: '                run -network_excitatory -1
  expect_error '-granger_order = -1: '                     run -granger_order -1
  expect_error '-granger_order = aic: .*aicc, bic'         run -granger_order aic
  expect_error '-granger_estimator = ols: .*gram.*lwr'     run -granger_estimator ols
  expect_error '-granger_statistics = conditional,: .*conditional, coupling, state_space' run -granger_statistics conditional,
  expect_error '-granger_statistics = conditional,conditional: .*each once'     run -granger_statistics conditional,conditional
  expect_error '-granger_statistics = state_space: .*lwr'  run -granger_statistics state_space
  expect_error '-granger_statistics = pairwise: .*gram'     run -granger_statistics pairwise -granger_estimator lwr
  expect_error '2 x 70 lags.*130 rows.*lower granger_order' granger -activity good.h5:/v -granger_statistics pairwise -granger_order 70
  expect_error '-granger_statistics = group: .*gram'        run -granger_statistics group -granger_estimator lwr
  expect_error 'give -granger_groups'                      run -granger_statistics group
  expect_error 'bootstrap_block: has no effect .*other than 0, or granger_surrogate_type = permute' run -granger_bootstrap_block 9
  expect_error 'granger_order: has no effect with granger_statistics = event' run -granger_statistics event -granger_order 3
  expect_error 'granger_estimator: has no effect with granger_statistics = event' run -granger_statistics event -granger_estimator qr
  expect_error 'event_threshold: has no effect .*needs granger_statistics = event' granger "${good[@]}" -activity_event_threshold 3
  expect_error '-granger_groups = 0-1,x: .*FILE\.h5'       run -granger_statistics group -granger_groups 0-1,x
  expect_error '-granger_groups = 1-0,2: .*0-9,10-19'      run -granger_statistics group -granger_groups 1-0,2
  expect_error '-granger_groups = 0-1,: .*0-9,10-19'       run -granger_statistics group -granger_groups 0-1,
  expect_error '-granger_groups = 0-2,2-3: .*overlap'      run -granger_statistics group -granger_groups 0-2,2-3
  expect_error '-granger_groups = 0-2: .*two groups'       run -granger_statistics group -granger_groups 0-2
  expect_error 'granger_groups = 0-2,3-5: .*no neuron 5'   granger "${good[@]}" -granger_statistics group -granger_groups 0-2,3-5
  expect_error 'nowhere\.h5: .*No such file'               granger "${good[@]}" -granger_statistics group -granger_groups nowhere.h5:/v
  expect_error '-granger_groups = gap.*group 1.*gaps'      granger "${good[@]}" -granger_statistics group -granger_groups gap.h5:/v
  expect_error 'granger_groups = many.*7 neurons.* has 5' granger "${good[@]}" -granger_statistics group -granger_groups many.h5:/v
  expect_error '-granger_test = wald: .*f.lr'              run -granger_test wald
  expect_error '-granger_test = lr: .*take f'              run -granger_test lr -granger_estimator ridge
  expect_error '-granger_lambda = -1: .*positive.*gcv'     run -granger_lambda -1
  expect_error '-granger_keep: has been renamed to granger_select' run -granger_keep all
  expect_error '-granger_statistics: dual has been renamed to conditional' run -granger_statistics pairwise,dual
  expect_error '-granger_select = best: .*top:K'             run -granger_select best
  expect_error '-granger_select = top:0: .*top:K'            run -granger_select top:0
  expect_error '-granger_select = top:3: .*conditional'        run -granger_select top:3 -granger_statistics conditional,pairwise
  expect_error 'no neuron has one.*activity_clip'     granger -activity good.h5:/v -granger_statistics event
  expect_error '-granger_bands = 0.3,0.1: .*ascending'     run -granger_bands 0.3,0.1
  expect_error '-granger_bands = 65: .*up to 64'           run -granger_bands 65
  expect_error '-granger_surrogates = -1: '                run -granger_surrogates -1
  expect_error '-granger_surrogates = 9: .*conditional'           run -granger_surrogates 9 -granger_statistics pairwise
  expect_error '-granger_surrogates = 9: .*granger_select'   run -granger_surrogates 9 -granger_select top:3
  expect_error '-granger_surrogate_type = mix: .*shift.*permute' run -granger_surrogate_type mix
  expect_error '-granger_bootstrap = 38: .*at least 39'    run -granger_bootstrap 38
  expect_error '-granger_bootstrap_block = x: .*integer'   run -granger_bootstrap_block x
  expect_error '-simulate_duration = -5: '                 run -simulate_duration -5
  expect_error '-network_probability = 1\.5: '             run -network_probability 1.5
  expect_error '-network_probability = -0\.1: '            run -network_probability -0.1
  expect_error 'network_excitatory.*network_inhibitory.*0' run -network_excitatory 0 -network_inhibitory 0

  # output
  expect_error 'output = old: .*-overwrite'                run "${short[@]}" -seed 9 -output old
  expect_error 'output = a_file: .*file'                   run "${short[@]}" -output a_file
  expect_error 'output = a_file: .*file'                   run "${short[@]}" -output a_file -overwrite
}

mistakes_in_activity() {
  expect_error 'carry the same signal .*singular; leave one out$' granger -activity duplicate.h5:/v \
    -granger_statistics group -granger_groups 0-1,2-4
  expect_error 'numbers all neurons, but 1 constant neurons are left out' granger -activity constant.h5:/v \
    -activity_constant drop -granger_statistics group -granger_groups 0-1,2-4
  expect_error 'penalty 1e\+300 of ridge regression is too large' granger -activity good.h5:/v \
    -granger_estimator ridge -granger_lambda 1e300
  expect_error 'activity_trials = 201: a trial of 201 samples is longer than' granger -activity good.h5:/v \
    -activity_trials 201
  expect_error 'activity_detrend = none: contradicts activity_steps' granger -activity good.h5:/v \
    -activity_steps detrend -activity_detrend none
  expect_error 'activity_difference = 0: contradicts activity_steps' granger -activity good.h5:/v \
    -activity_steps difference -activity_difference 0
  expect_error 'decimate by 200 leaves 1 of the 200 samples' granger -activity good.h5:/v \
    -activity_steps decimate -decimate_factor 200
  expect_error 'has 1 neuron, but two are needed' granger -activity one_neuron.h5:/v
  # files of activity
  expect_error 'give -activity'                            granger
  expect_error 'nowhere\.h5: .*No such file'               granger -activity nowhere.h5:/v
  expect_error 'words\.h5: .*not an HDF5 file'             granger -activity words.h5:/v
  expect_error 'truncated\.h5: .*truncated'                granger -activity truncated.h5:/v
  expect_error 'good\.h5: .*no dataset /nothing'           granger -activity good.h5:/nothing
  expect_error 'line\.h5:/v: .*1 dimension'                granger -activity line.h5:/v

  # resamples of the activity
  expect_error 'granger_bootstrap_block = 51: .*too few'   granger "${good[@]}" -granger_bootstrap_block 51 -granger_surrogates 9 -granger_surrogate_type permute
  expect_error 'granger_bootstrap_block = 200: .*199 rows' granger "${good[@]}" -granger_bootstrap_block 200 -granger_bootstrap 99
  expect_error '199 rows .*5 blocks of 41 .*smaller granger_bootstrap_block' granger "${good[@]}" -granger_bootstrap_block 41 -granger_bootstrap 99

  # size of the activity
  expect_error '200 samples.*granger_order = 200'          granger -activity good.h5:/v -granger_order 200
  expect_error '5 neurons x 40 lags.*160 rows.*lower granger_order_max' granger -activity good.h5:/v -granger_order bic -granger_order_max 40
  expect_error 'neuron [014] .*recursion singular'         granger -activity combination.h5:/v -granger_estimator lwr -granger_order 1
  expect_error '5 neurons x 40 lags.*160 rows'             granger -activity good.h5:/v -granger_order 40
  expect_error 'activity_layout'                           granger -activity exchanged.h5:/v
  expect_error 'activity_samples = 150:100: .*200 samples' granger "${good[@]}" -activity_samples 150:100
  expect_error '-activity_samples = ten: .*FIRST:COUNT'    granger "${good[@]}" -activity_samples ten
  expect_error '-activity_samples = 5:-1: .*FIRST:COUNT'   granger "${good[@]}" -activity_samples 5:-1
  expect_error '-activity_samples = 1:2:3: .*FIRST:COUNT'  granger "${good[@]}" -activity_samples 1:2:3

  # trials and preprocessing of the activity
  expect_error '-activity_trials = ten: .*LENGTH.*FILE'    granger "${good[@]}" -activity_trials ten
  expect_error '-activity_trials = 0: .*LENGTH >= 1'       granger "${good[@]}" -activity_trials 0
  expect_error 'nowhere\.h5: .*No such file'               granger "${good[@]}" -activity_trials nowhere.h5:/v
  expect_error 'activity_trials = good\.h5:/v: .*5 x 200.*n_trials, 2' granger "${good[@]}" -activity_trials good.h5:/v
  expect_error 'beyond\.h5:/v: trial 1 .*200 samples'      granger "${good[@]}" -activity_trials beyond.h5:/v
  expect_error 'overlap\.h5:/v: trial 2 .*not overlap'     granger "${good[@]}" -activity_trials overlap.h5:/v
  expect_error 'beyond\.h5:/v: trial 1 .*200 samples.*simulation' run "${short[@]}" -simulate_duration 199 -activity_trials beyond.h5:/v
  expect_error 'none of the 200 samples.*activity_trials'  granger "${good[@]}" -activity_trials 2 -activity_difference 2
  expect_error '-activity_missing = fill: .*refuse.drop'   granger "${good[@]}" -activity_missing fill
  expect_error '-activity_detrend = square: .*none.linear' granger "${good[@]}" -activity_detrend square
  expect_error '-activity_difference = 3: .*between 0 and 2' granger "${good[@]}" -activity_difference 3
  expect_error '-activity_event_threshold = high: .*expected a number .*, or clip, none' granger "${good[@]}" -activity_event_threshold high
  expect_error 'all_missing\.h5:/v: 1 of 5 .*1 without any value \(number 2\)' granger -activity all_missing.h5:/v -activity_missing drop -activity_constant refuse
  expect_error '1 of 5 .*after the steps.*constant \(number 3\)' granger -activity ramp.h5:/v -activity_detrend linear -activity_constant refuse

  # values of the activity
  expect_error 'nan\.h5:/v: neuron 4 .*, sample 7 .*-activity_missing drop' granger -activity nan.h5:/v
  expect_error 'inf\.h5:/v: neuron 1 .*, sample 199 '         granger -activity inf.h5:/v
  expect_error 'minus_inf\.h5:/v: neuron 2 .*, sample 0 '     granger -activity minus_inf.h5:/v
  expect_error 'constant\.h5:/v: 1 of 5 .*constant \(number 3\); .*-activity_constant drop' granger -activity constant.h5:/v -activity_constant refuse
  expect_error '1 of 5 .*constant \(number 3\)'              granger -activity constant_at_first.h5:/v -activity_samples 0:100 -activity_constant refuse
  expect_error 'neuron 1 .* and neuron 4 .*same'                    granger -activity duplicate.h5:/v
  expect_error 'neuron 1 .* and neuron 4 .*same'                    granger -activity negated.h5:/v
  expect_error 'neuron [014] .*singular'                   granger -activity combination.h5:/v
}

mistakes_in_matrices() {
  # truth and scores
  expect_error 'give -scores'                              evaluate -truth square5.h5:/v
  expect_error 'give -truth'                               evaluate -scores square5.h5:/v
  expect_error '5 neurons.*4'                              evaluate -scores square5.h5:/v -truth square4.h5:/v
  expect_error '5 neurons.*4'                              run "${good[@]}" -truth square4.h5:/v
  expect_error 'not_square\.h5:/v: .*5 x 4.*square'        evaluate -scores square5.h5:/v -truth not_square.h5:/v
  expect_error 'not_square\.h5:/v: .*5 x 4.*square'        run "${good[@]}" -truth not_square.h5:/v
  expect_error 'nowhere\.h5: .*No such file'               run "${good[@]}" -truth nowhere.h5:/v
  expect_error 'not_square\.h5:/v: .*5 x 4.*square'        evaluate -scores not_square.h5:/v -truth square5.h5:/v

  # network, parameters and input of a simulation
  expect_error 'network_file'                              simulate -network_type file
  expect_error 'nowhere\.h5: .*No such file'               simulate -network_type file -network_file nowhere.h5:/v
  expect_error 'not_square\.h5:/v: .*5 x 4.*square'        simulate -network_type file -network_file not_square.h5:/v
  expect_error 'square_inf\.h5:/v: .*\[3, 1\].*finite'     simulate -network_type file -network_file square_inf.h5:/v
  expect_error 'three_parameters\.h5:/v: .*10 x 3'         simulate -simulate_parameters three_parameters.h5:/v
  expect_error 'nine_neurons\.h5:/v: .*9 x 4'              simulate -simulate_parameters nine_neurons.h5:/v
  expect_error 'short_input\.h5:/v: .*10 x 50'             simulate -simulate_duration 100 -simulate_input short_input.h5:/v
}

cd "$work"
make_inputs
expect_success 1 run "${short[@]}" -output old
[ -s old/summary.json ] || fail "cannot run at all: $(cat "$run_stderr")"
cp -r old "$scratch/old"

run_tables mistakes_in_parameters mistakes_in_activity mistakes_in_matrices

# what looks like a mistake and is none
expect_success 4 run -network_excitatory 1 -network_inhibitory 1 "${short[@]}" -output new
rm -rf new
expect_success 3 run "${short[@]}" -output old -overwrite

expect_dry_run run "${short[@]}" -output new
expect_dry_run run "${short[@]}"
expect_dry_run simulate -simulate_duration 200 -output new/deeper
expect_dry_run granger "${good[@]}" -output new
expect_dry_run granger "${good[@]}" -output old -overwrite
expect_dry_run granger "${good[@]}" -activity_trials 50 -activity_missing drop -output new
expect_dry_run granger -activity nan.h5:/v -granger_order 1 -activity_trials 50
expect_dry_run evaluate -scores square5.h5:/v -truth square5.h5:/v -output new

# a statistic of groups is not over pairs of neurons
run_causeway 1 granger -activity good.h5:/v -granger_order 1 -granger_statistics group -granger_groups 0-1,2-4 \
  -truth square5.h5:/v -output new
check "group with a truth" "does not say that nothing is evaluated" grep 'nothing is evaluated' "$run_stdout"
check "group with a truth" "writes an empty evaluation.h5" test ! -e new/evaluation.h5
for ranks in 1 3; do
  run_causeway "$ranks" evaluate -scores new/causality.h5:/granger/group_gc -truth square5.h5:/v
  check "evaluate groups" "is not refused" test "$run_status" = 2
  check "evaluate groups" "does not name the rows" grep 'its rows are groups of neurons' "$run_stderr"
done
rm -rf new

expect_undefined_auroc 0
expect_undefined_auroc 1

echo "$n_checks further checks; $n_failures failed, counting each table as one"
[ "$n_failures" = 0 ]
