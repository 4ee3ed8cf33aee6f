#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A mistake in the input gives exit status 2 and one clear line, on any number of ranks, and leaves no
# trace on the disk. Below the helpers, a line for each mistake.

# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require h5import timeout

n_checks=0
n_failures=0

complain() { # MESSAGE
  n_failures=$((n_failures + 1))
  echo "failed: $*" >&2
  sed 's/^/    /' "$run_stderr" | head -n 5 >&2
}

check() { # LABEL MESSAGE COMMAND...: complains unless the command succeeds
  local label=$1 message=$2
  shift 2
  n_checks=$((n_checks + 1))
  "$@" >/dev/null || complain "$label: $message"
}

has_no_trace() {
  ! grep -E -i 'petsc error|mpi_abort|traceback|backtrace|hdf5-diag|signal:|segmentation|sanitizer' \
    "$run_stdout" "$run_stderr"
}

# One run that must end with one line that matches the regular expression, and change no file.
error_on() { # RANKS REGEX ARGUMENT...
  local ranks=$1 regex=$2 label before lines
  shift 2
  label="$ranks ranks: $*"
  before=$(snapshot)
  run_causeway "$ranks" "$@"
  lines=$(grep '^causeway: error:' "$run_stderr") || true
  check "$label" "exit status $run_status, expected 2" test "$run_status" = 2
  check "$label" "expected one line of error" test "$(grep -c . <<<"$lines")" = 1
  check "$label" "the line does not match /$regex/" grep -E -e "$regex" <<<"$lines"
  check "$label" "prints a stack trace or aborts" has_no_trace
  if ! check_unchanged "$before"; then
    complain "$label: changes files"
  fi
}

# Reports what differs from the snapshot, and undoes it for the next case.
check_unchanged() { # SNAPSHOT
  n_checks=$((n_checks + 1))
  if diff <(echo "$1") <(snapshot) >&2; then
    return 0
  fi
  rm -rf new runs old
  cp -r "$scratch/old" old
  return 1
}

# With the ranks and the output directory of the worker, unless the mistake is about -output itself.
expect_error() { # REGEX ARGUMENT...
  if [[ " $* " == *" -output "* ]]; then
    error_on "$worker_ranks" "$@"
  else
    error_on "$worker_ranks" "$@" "${worker_output[@]}"
  fi
}

# Runs a table of mistakes in a copy of the inputs; fails when a check fails.
worker() { # TABLE RANKS OUTPUT_OPTION...
  local table=$1 name="$1.$2.$4"
  worker_ranks=$2
  worker_output=("${@:3}")
  run_stdout=$scratch/$name.stdout
  run_stderr=$scratch/$name.stderr
  cp -r "$work" "$scratch/$name"
  cd "$scratch/$name"
  "$table"
  echo "$table, $worker_ranks ranks, ${worker_output[*]}: $n_checks checks, $n_failures failed"
  [ "$n_failures" = 0 ]
}

# Every table on 1 and 3 ranks; with an output directory that does not exist, and again with one that holds
# the results of an earlier run. All at once, since mpiexec sleeps for seconds after a run that fails.
run_tables() { # TABLE...
  local table ranks pid pids=()
  for table; do
    for ranks in 1 3; do
      worker "$table" "$ranks" -output new &
      pids+=($!)
      worker "$table" "$ranks" -output old -overwrite &
      pids+=($!)
    done
  done
  for pid in "${pids[@]}"; do
    wait "$pid" || n_failures=$((n_failures + 1))
  done
}

expect_success() { # RANKS ARGUMENT...
  run_causeway "$@"
  check "$1 ranks: ${*:2}" "exit status $run_status, expected 0" test "$run_status" = 0
  check "$1 ranks: ${*:2}" "prints a stack trace or aborts" has_no_trace
}

expect_dry_run() { # ARGUMENT...
  local ranks before
  for ranks in 1 3; do
    before=$(snapshot)
    expect_success "$ranks" "$@" -dry_run
    if ! check_unchanged "$before"; then
      complain "$ranks ranks: $* -dry_run: writes files"
    fi
  done
}

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
  expect_error 'unknown_key\.yaml: granger_ordr: .*granger_order' run unknown_key.yaml
  expect_error '-simulate_duration: .*simulate'            granger "${good[@]}" -simulate_duration 100
  expect_error '-granger_order = many: .*integer'          run -granger_order many
  expect_error 'word\.yaml: granger_order = many: .*integer' run word.yaml
  expect_error '-network_probability = half: .*number'     run -network_probability half
  expect_error '-network_type = grid: .*bernoulli'         run -network_type grid

  expect_error '-truth: needs a value'                     run -truth
  expect_error 'empty\.yaml: truth: needs a value'         run empty.yaml "${short[@]}"

  # values out of range
  expect_error '-network_excitatory = -1: '                run -network_excitatory -1
  expect_error '-granger_order = -1: '                     run -granger_order -1
  expect_error '-simulate_duration = -5: '                 run -simulate_duration -5
  expect_error '-network_probability = 1\.5: '             run -network_probability 1.5
  expect_error '-network_probability = -0\.1: '            run -network_probability -0.1
  expect_error 'network_excitatory.*network_inhibitory.*0' run -network_excitatory 0 -network_inhibitory 0

  # output
  expect_error 'output = old: .*-overwrite'                run "${short[@]}" -output old
  expect_error 'output = a_file: .*file'                   run "${short[@]}" -output a_file
  expect_error 'output = a_file: .*file'                   run "${short[@]}" -output a_file -overwrite
}

mistakes_in_activity() {
  # files of activity
  expect_error 'give -activity'                            granger
  expect_error 'nowhere\.h5: .*No such file'               granger -activity nowhere.h5:/v
  expect_error 'words\.h5: .*not an HDF5 file'             granger -activity words.h5:/v
  expect_error 'truncated\.h5: .*truncated'                granger -activity truncated.h5:/v
  expect_error 'good\.h5: .*no dataset /nothing'           granger -activity good.h5:/nothing
  expect_error 'line\.h5:/v: .*1 dimension'                granger -activity line.h5:/v

  # size of the activity
  expect_error '200 samples.*granger_order = 200'          granger -activity good.h5:/v -granger_order 200
  expect_error '5 neurons x 40 lags.*160 rows'             granger -activity good.h5:/v -granger_order 40
  expect_error 'activity_layout'                           granger -activity exchanged.h5:/v
  expect_error 'activity_samples = 150:100: .*200 samples' granger "${good[@]}" -activity_samples 150:100
  expect_error '-activity_samples = ten: .*FIRST:COUNT'    granger "${good[@]}" -activity_samples ten
  expect_error '-activity_samples = 5:-1: .*FIRST:COUNT'   granger "${good[@]}" -activity_samples 5:-1
  expect_error '-activity_samples = 1:2:3: .*FIRST:COUNT'  granger "${good[@]}" -activity_samples 1:2:3

  # values of the activity
  expect_error 'nan\.h5:/v: neuron 4, sample 7 '           granger -activity nan.h5:/v
  expect_error 'inf\.h5:/v: neuron 1, sample 199 '         granger -activity inf.h5:/v
  expect_error 'minus_inf\.h5:/v: neuron 2, sample 0 '     granger -activity minus_inf.h5:/v
  expect_error 'constant\.h5:/v: neuron 3 .*constant'      granger -activity constant.h5:/v
  expect_error 'neuron 3 .*constant'                       granger -activity constant_at_first.h5:/v -activity_samples 0:100
  expect_error 'neurons 1 and 4 .*same'                    granger -activity duplicate.h5:/v
  expect_error 'neurons 1 and 4 .*same'                    granger -activity negated.h5:/v
  expect_error 'neuron [014] .*singular'                   granger -activity combination.h5:/v
}

# Small enough to train in a second.
tiny=(-train_width 8 -train_heads 2 -train_head_width 4 -train_hidden 16 -train_members 1 -train_epochs 1)

mistakes_in_training() {
  local data=(-activity good.h5:/v) model=(-model model.h5)
  expect_error 'train_context = 200.*do not fit'           train "${data[@]}" -train_context 200
  expect_error 'train_context = 300.*1.*256'               train "${data[@]}" -train_context 300
  expect_error 'train_context = 0.*1.*256'                 train "${data[@]}" -train_context 0
  expect_error 'train_head_width = 65'                     train "${data[@]}" -train_head_width 65
  expect_error 'train_split.*none for the validation'      train "${data[@]}" -train_split 0.6,0.001
  expect_error 'train_split.*none for the training'        train "${data[@]}" -train_split 0.001,0.5
  expect_error 'train_split = 0.9,0.2.*below 1'            train "${data[@]}" -train_split 0.9,0.2
  expect_error 'train_split = half'                        train "${data[@]}" -train_split half
  expect_error 'train_norm = group'                        train "${data[@]}" -train_norm group
  expect_error 'train_loss = mae'                          train "${data[@]}" -train_loss mae
  expect_error 'train_kernels = sse'                       train "${data[@]}" -train_kernels sse
  expect_error 'train_grid = 2x2x2.*8 processes'           train "${data[@]}" -train_grid 2x2x2
  expect_error 'train_grid = 2by1'                         train "${data[@]}" -train_grid 2by1
  expect_error 'poisson.*activity_normalize none'          train "${data[@]}" "${tiny[@]}" -train_loss poisson
  expect_error 'bce.*activity_normalize none'              train "${data[@]}" "${tiny[@]}" -train_loss bce
  expect_error 'none of the 1 members learned'             train "${data[@]}" "${tiny[@]}" -train_rate 1e6 \
    -train_decay 1e6 -train_norm none
  expect_error 'give -activity'                            train
  expect_error 'methods = grangr'                          run "${data[@]}" -methods grangr
  expect_error 'activity_samples = 100:500.*200 samples'   train "${data[@]}" -activity_samples 100:500

  expect_error 'give -model'                               forecast "${data[@]}"
  expect_error 'nowhere\.h5: .*No such file'               forecast "${data[@]}" -model nowhere.h5
  expect_error 'cut_model\.h5'                             forecast "${data[@]}" -model cut_model.h5
  expect_error 'words\.h5'                                 forecast "${data[@]}" -model words.h5
  expect_error 'good\.h5: has no model at /v'              forecast "${data[@]}" -model good.h5:/v
  expect_error 'model of 5 neurons.*has 1'                 forecast -activity one_neuron.h5:/v "${model[@]}"
  expect_error 'train_heads: .*another heads'              forecast "${data[@]}" "${model[@]}" -train_heads 4
  expect_error 'query_projection.*shape 8 x 8.*12 x 8'     forecast "${data[@]}" -model bare_model.h5:/causalformer/member_0/weights \
    -train_heads 3 -train_head_width 4 -train_width 8 -train_hidden 16
  expect_error 'forecast_split = none'                     forecast "${data[@]}" "${model[@]}" -forecast_split none
  expect_error 'train_context = 10.*do not fit'            forecast "${data[@]}" "${model[@]}" -activity_samples 0:10
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
  expect_error 'square_nan\.h5:/v: .*target 4, source 2 '  evaluate -scores square_nan.h5:/v -truth square5.h5:/v

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

# models: one, the same without what it says of its shape, and half of one
expect_success 1 train "${good[@]:0:2}" "${tiny[@]}" -output trained
mv trained/model.h5 .
rm -r trained
head -c 30000 model.h5 >cut_model.h5
h5copy -p -i model.h5 -o bare_model.h5 -s /causalformer/member_0/weights/encoder.attn_layers.0.conv1.weight \
  -d /causalformer/member_0/weights/encoder.attn_layers.0.conv1.weight
for name in $(h5ls model.h5/causalformer/member_0/weights | awk '$2 == "Dataset" && !/conv1.weight/ { print $1 }'); do
  h5copy -i model.h5 -o bare_model.h5 -s "/causalformer/member_0/weights/$name" -d "/causalformer/member_0/weights/$name"
done
h5copy -i model.h5 -o bare_model.h5 -s /causalformer/member_0/weights/decoder.layers.0.conv1.weight \
  -d /causalformer/member_0/weights/decoder.layers.0.conv1.weight
rm -rf "$scratch/old"
cp -r old "$scratch/old"

run_tables mistakes_in_parameters mistakes_in_activity mistakes_in_matrices mistakes_in_training

# what looks like a mistake and is none
expect_success 4 run -network_excitatory 1 -network_inhibitory 1 "${short[@]}" -output new
rm -rf new
expect_success 3 run "${short[@]}" -output old -overwrite

expect_dry_run run "${short[@]}" -output new
expect_dry_run run "${short[@]}"
expect_dry_run simulate -simulate_duration 200 -output new/deeper
expect_dry_run granger "${good[@]}" -output new
expect_dry_run granger "${good[@]}" -output old -overwrite
expect_dry_run evaluate -scores square5.h5:/v -truth square5.h5:/v -output new

# a single neuron has a 1 x 1 matrix of scores, without a pair to test
expect_success 1 granger -activity one_neuron.h5:/v -output new
rm -rf new
expect_success 3 granger -activity one_neuron.h5:/v -output new
rm -rf new

expect_undefined_auroc 0
expect_undefined_auroc 1

echo "$n_checks further checks; $n_failures failed, counting each table as one"
[ "$n_failures" = 0 ]
