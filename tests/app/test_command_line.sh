#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The command line and the parameter file: help is help and writes nothing, what stands in the wrong place, stands there
# twice or is not wholly a number is refused in one line that says what to write instead.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$work"

run_alone() { # ARGUMENT...: one process without mpirun
  run_status=0
  timeout -k 5 "$run_limit" "$CAUSEWAY" "$@" </dev/null >"$run_stdout" 2>"$run_stderr" || run_status=$?
}

refused() { # REGEX ARGUMENT...
  local regex=$1
  shift
  run_alone "$@"
  [ "$run_status" -eq 2 ] || fail "$*: status $run_status: $(head -n 3 "$run_stdout" "$run_stderr")"
  [ "$(grep -c . "$run_stderr")" -eq 1 ] || fail "$*: more than one line: $(cat "$run_stderr")"
  grep -q -E -e "^causeway: error: $regex" "$run_stderr" || fail "$*: $(cat "$run_stderr")"
  if [ -e runs ] || [ -e new ]; then
    fail "$*: writes files"
  fi
}

refused_file() { # TEXT REGEX: text as printf takes it
  # shellcheck disable=SC2059
  printf "$1" >file.yaml
  refused "file\.yaml: $2" run file.yaml -output new
}

accepted() { # REGEX ARGUMENT...: what a run plans, and the parameters that it took
  local regex=$1
  shift
  run_alone "$@" -dry_run
  [ "$run_status" -eq 0 ] || fail "$*: $(cat "$run_stderr")"
  grep -q -E -e "$regex" "$run_stdout" || fail "$*: $(cat "$run_stdout")"
}

# help
for words in help -h --help -help 'help run' 'run -help' 'simulate -h' --version 'help granger_' 'help -all' 'help granger -all'; do
  # shellcheck disable=SC2086
  run_alone $words
  if [ "$run_status" -ne 0 ] || [ ! -s "$run_stdout" ] || [ -s "$run_stderr" ]; then
    fail "$words: status $run_status: $(cat "$run_stderr")"
  fi
done
mkdir -p runs/run
echo '{}' >runs/run/summary.json
before=$(snapshot)
run_alone help
[ "$before" = "$(snapshot)" ] || fail "help writes into runs/run"
rm -r runs
refused 'help rnu: neither a command' help rnu
refused '-foo: is not an option of help' help -foo

# commands
refused 'no command is given; causeway COMMAND'
refused '-granger_order: .*causeway run FILE -granger_order 3$' -granger_order 3 run FILE
refused '-granger_order: a command must come first' -granger_order 3
refused 'simulat: .*nearest is simulate' simulat
refused 'file.yaml: .*causeway run file.yaml' file.yaml
refused 'FILE: .*put the parameter file first' run -granger_order 3 FILE
refused '-overwrite = x.yaml: .*before the options' run -overwrite x.yaml
refused 'b: is not an option of info' info a b
refused '-granger_order: needs a value' run -granger_order -output new
refused '-truth: needs a value' run -truth
refused "-options_file = nowhere: cannot open the file: No such file" run -options_file nowhere
printf -- '-seed 3 # of all\n\nalias -a -b\nseed: 3\n' >options.txt
refused 'options.txt, line 4: begins with "seed:"' run -options_file options.txt
refused '-options_file = x.yaml: is a parameter file' run -options_file x.yaml
mkdir home
echo 'alias -a' >home/.petscrc
HOME=$work/home refused '.*home/.petscrc, line 1: begins with "alias"' run

# numbers
for word in 5x 1,2 inf 0x10 1e30 3.5 99999999999999999999 ' 3' '3 ' '' 1e3ms; do
  refused "-seed( = $word: expected an integer|: needs a value)" run -seed "$word"
  refused "-granger_order( = $word: expected an integer|: needs a value)" run -granger_order "$word"
done
for word in 5x 1,2 -inf 1e999 5km '5  ms' 1:00; do
  refused '-(simulate_duration|inf)( = |: )' run -simulate_duration "$word"
done
for word in 2x 0 1,2 inf 1:60:00 1-24:00:00 1:2:3:4 1-; do
  refused "-max_walltime = $word: expected none or a time" run -max_walltime "$word"
done
for option in '-activity_clip inf' '-activity_clip 3x' '-activity_event_threshold nan' '-activity_samples 1:2x' \
  '-activity_samples 1:99999999999999999999' '-activity_trials 5x' '-train_split 0.5,0.2,1' '-train_split nan,0.2' \
  '-granger_lambda inf' '-granger_bands 0.1,0.2x' '-granger_select top:5x' '-record_neurons every:0' \
  '-record_neurons 0-3x' '-connectivity_switch 10:nan' '-simulate_input_mean 1,2x'; do
  # shellcheck disable=SC2086
  refused "${option%% *}|record_neurons" run $option -methods granger,signed
done
accepted ' 1000 steps' run -simulate_duration 1s
accepted ' 1000 steps' run -simulate_duration 1e3
accepted ' 120000 steps' run -simulate_duration 2min
accepted ' 2 steps' simulate -simulate_duration 2000us
accepted 'dry run' run -max_walltime 2h -checkpoint_interval 1:30:00 -progress_interval 500ms -seed 1e3
for word in 90s 2:00 1:00:00 1-12 1-12:00:00 1.5h; do
  accepted 'dry run' run -max_walltime "$word"
done
accepted 'dry run' simulate -simulate_input_mean -5 -network_weight_inhibitory -.5

# what is recorded are the numbers, in the unit of the parameter
run_alone simulate -simulate_duration 0.2s -seed 3.0 -output taken
grep -q '^simulate_duration: 200  #' taken/used_parameters.yaml || fail "$(grep simulate_dur taken/used_parameters.yaml)"
grep -q '^seed: 3  #' taken/used_parameters.yaml || fail "$(grep seed taken/used_parameters.yaml)"

# what PETSc has from elsewhere is said
PETSC_OPTIONS='-granger_order 2 -log_viw 3' run_alone run -dry_run
grep -q 'granger_order = 2 from PETSC_OPTIONS' "$run_stdout" || fail "$(cat "$run_stdout")"
grep -q 'warning: -log_viw from PETSC_OPTIONS' "$run_stdout" || fail "$(cat "$run_stdout")"
PETSC_OPTIONS='-granger_ordr 3' refused '-granger_ordr from PETSC_OPTIONS.*nearest is granger_order' run -dry_run
PETSC_OPTIONS='-network_exitatory 3' refused '.*nearest is network_excitatory' simulate -dry_run
for key in help options_file options_view options_left; do
  refused_file "$key: 1\\n" "line 1: $key: is not a parameter but an option of the command line"
done
refused_file 'log_view: x.txt\n' 'line 1: log_view: is not a known option'
refused_file 'memory_view: 1\n' 'line 1: memory_view: is not a known option'

# words in other letters, words of lists as keys
refused '-restart = Auto: the word is written auto; put ./ before' run -restart Auto
refused '-activity_spikes = Own: the word is written own' granger -activity x.h5 -activity_spikes Own
refused '-granger_order = AICC: the word is written aicc' granger -activity x.h5 -granger_order AICC
refused '.*nearest is granger_statistics' granger -activity x.h5 -granger_pairwise 1
refused 'help zzz: neither a command' help zzz -json
refused 'help zzz: neither a command' help zzz -all
refused 'report: needs the directory of a run' report
refused 'export: needs scores' export
refused 'sweep: needs a command' sweep

# a parameter without effect says because of what
refused '-granger_order: has no effect with methods = signed' run -methods signed -granger_order 3 -dry_run
refused '-train_epochs: has no effect with methods = granger' run -train_epochs 3 -dry_run
refused '-train_encoder_layers: has no effect with train_forecaster = signed' train -activity x.h5 -train_encoder_layers 2
refused '-network_excitatory: has no effect with activity = x.h5' run -activity x.h5 -network_excitatory 3

# YAML
refused_file 'seed: 1\nseed: 2\n' 'line 2: seed occurs in line 1 already'
refused_file 'granger:\n  order: 2\ngranger_order: 3\n' 'line 3: granger_order occurs in line 2 already'
refused_file 'seed: 1\n---\nseed: 2\n' 'line 2: a second document'
refused_file 'seed: 1\n\0\nnonsense: 3\n' 'line 2: is not UTF-8 text'
refused_file '\tseed: 1\n' 'line 1: is not valid YAML'
refused_file 'seed: [1, 2]\n' 'line 1: seed: is a list'
refused_file 'methods: [granger, [signed]]\n' 'line 1: methods: expected a word'
refused_file 'seed: 1\ntruth: !!binary aGFsbG8=\n' 'line 2: the type .*binary is unknown'
refused_file 'seed: 1\noutput: "\xe4"\n' 'line 2: is not UTF-8 text'
refused_file 'seed: 1\nrestart: ~\n' 'line 2: restart: needs a value'
refused_file 'seed: |\n  5\n' 'line 1: seed: a value must be on one line'
refused_file 'a: &a {b: *a}\n' 'line 1: aliases contain themselves'
refused_file '? [a]\n: 3\n' 'line 1: a key must be the name'
refused_file '%%YAML 1.1\n---\n- seed\n' 'line 3: expected YAML with key: value'
refused_file '' 'is empty'
refused_file 'seed: 12#3\n' 'line 1: seed = 12#3: expected an integer'
for bracket in '[' '{a: ' '- '; do
  awk -v bracket="$bracket" 'BEGIN { printf "a: "; for (i = 0; i < 200000; i++) printf "%s", bracket }' >deep.yaml
  refused 'deep\.yaml: line 1: ' run deep.yaml
done
printf '\xef\xbb\xbfgranger: &g {order: 4}\r\nsimulate: {duration: 300}\r\n' >good.yaml
accepted ' 300 steps' run good.yaml
printf 'granger:\n  <<: {order: 4, estimator: qr}\n  order: 3\n' >merge.yaml
run_alone granger merge.yaml -activity taken/activity.h5 -granger_order 2 -output merged
[ "$run_status" -eq 0 ] || fail "$(cat "$run_stderr")"
[ "$(grep -cE '^granger_(order: 2|estimator: qr) ' merged/used_parameters.yaml)" -eq 2 ] ||
  fail "merge keys: $(grep granger_ merged/used_parameters.yaml)"

# several ranks say it once
printf 'seed: 1\nseed: 2\n' >file.yaml
run_causeway 3 run file.yaml
[ "$run_status $(grep -c 'occurs in line 1' "$run_stderr")" = '2 1' ] || fail "$(cat "$run_stderr")"
