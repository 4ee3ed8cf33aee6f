#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs that are killed, or asked to stop, at random moments and continued end like the run that was left
# alone: to the bit on the same number of ranks, to rounding on another. CAUSEWAY_KILLS says how often each
# stage is interrupted on each number of ranks of CAUSEWAY_KILL_RANKS.

# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require h5diff h5dump pkill
kills=${CAUSEWAY_KILLS:-3}
kill_ranks=${CAUSEWAY_KILL_RANKS:-2}
cd "$work"

expect_status() { # STATUS RANKS ARGUMENT...
  run_causeway "${@:2}"
  [ "$run_status" = "$1" ] ||
    fail "$2 ranks: ${*:3}: status $run_status, expected $1: $(head -n 5 "$run_stderr")"
}

# Starts a run, and interrupts it after so many seconds, or as soon as it has written a snapshot: KILL all its
# processes, TERM or USR1 to mpiexec, or a file `stop`. Its exit status is in run_status.
interrupt() { # HOW SECONDS|snapshot RANKS ARGUMENT... -output DIRECTORY
  local how=$1 when=$2 ranks=$3 directory=${*: -1} launcher
  shift 3
  touch "$scratch/started"
  "$MPIEXEC" -n "$ranks" "$CAUSEWAY" "$@" </dev/null >"$run_stdout" 2>"$run_stderr" &
  launcher=$!
  if [ "$when" = snapshot ]; then
    until [ -n "$(find "$directory/checkpoint" -name 'snapshot_*.h5' -newer "$scratch/started" 2>/dev/null)" ] ||
      ! kill -0 "$launcher" 2>/dev/null; do sleep 0.01; done
  else
    sleep "$when"
  fi
  case $how in
    KILL) pkill -9 -f -- "-output $directory\$" || true ;;
    stop) if [ -d "$directory" ]; then touch "$directory/stop"; fi ;;
    *) kill "-$how" "$launcher" 2>/dev/null || true ;;
  esac
  run_status=0
  wait "$launcher" 2>/dev/null || run_status=$?
  # a killed process may still hold the directory for a moment
  while pgrep -f -- "-output $directory\$" >/dev/null; do sleep 0.05; done
}

declare -A took # seconds of the runs left alone

# A run that is left alone, and its time.
reference() { # RANKS DIRECTORY ARGUMENT...
  local start=$EPOCHREALTIME
  expect_status 0 "$1" "${@:3}" -output "$2"
  took[$2]=$(awk -v start="$start" -v end="$EPOCHREALTIME" 'BEGIN { print end - start }')
}

# A moment of a run: between those parts of its time.
moment() { # DIRECTORY FROM TO
  awk -v r="$RANDOM" -v took="${took[$1]}" -v from="$2" -v to="$3" \
    'BEGIN { print took * (from + (to - from) * r / 32768) }'
}

same() { # FILE FILE OBJECT...
  local object
  for object in "${@:3}"; do
    h5diff "$1" "$2" "$object" >"$scratch/diff" || fail "$1 and $2 differ in $object: $(head -n 3 "$scratch/diff")"
  done
}

same_simulate() { # REFERENCE DIRECTORY
  same "$1/activity.h5" "$2/activity.h5" /report /spikes
}

same_granger() {
  same "$1/causality.h5" "$2/causality.h5" /granger
}

same_train() {
  same "$1/model.h5" "$2/model.h5" /causalformer/member_{0,1,2}/weights \
    /causalformer/member_{0,1,2}/history/validation_loss
  same "$1/causality.h5" "$2/causality.h5" /causalformer
}

same_whole() {
  same_simulate "$@"
  for window in 0 1; do
    same "$1/causality_window_$window.h5" "$2/causality_window_$window.h5" /granger /signed /causalformer
    same "$1/model_window_$window.h5" "$2/model_window_$window.h5" /signed/member_0/weights \
      /causalformer/member_0/weights
  done
  python3 - "$@" <<'EOF' || fail "the summaries of $1 and $2 differ"
import json
import sys

def scores(name):
    return [{key: value for key, value in score.items() if key not in ("time_s", "gflop_per_s")}
            for score in json.load(open(name + "/summary.json"))["scores"]]

first, second = map(scores, sys.argv[1:])
assert first == second, (first, second)
EOF
}

# Lets a run end, and compares it with the one that was left alone.
finish() { # STAGE RANKS DIRECTORY REFERENCE ARGUMENT...
  local directory=$3
  expect_status 0 "$2" "${@:5}" -restart auto -output "$directory"
  count_continued
  [ ! -e "$directory/checkpoint" ] || fail "$directory: snapshots are left of a finished run"
  [ -z "$(find "$directory" -name '*partial*')" ] || fail "$directory: partial files are left"
  "same_$1" "$4" "$directory"
}

continued=0 # runs that went on from a snapshot
count_continued() {
  if grep -q '^restart ' "$run_stdout"; then continued=$((continued + 1)); fi
}

# Interrupts a stage $kills times, in turn at a random moment and after a snapshot; a run that ends before that is
# compared, and begun again.
torture() { # STAGE RANKS DIRECTORY REFERENCE ARGUMENT...
  local ranks=$2 directory=$3 reference=$4 how hows=(KILL USR1 KILL stop) when
  local k=0 interruptions=0 runs=1
  continued=0
  while [ "$interruptions" -lt "$kills" ] || { [ "$continued" = 0 ] && [ "$k" -lt 30 ]; }; do
    how=${hows[k % 4]}
    when=snapshot
    if [ $((k % 2)) = 0 ]; then when=$(moment "$reference" 0.3 0.9); fi
    interrupt "$how" "$when" "$ranks" "${@:5}" -restart auto -checkpoint_interval 0.002 -output "$directory"
    case $how:$run_status in
      KILL:137 | KILL:0 | USR1:75 | USR1:0 | stop:75 | stop:0) ;;
      USR1:138) ;; # mpiexec was not yet ready for signals
      *) fail "$directory: $how at $when: status $run_status: $(cat "$run_stderr")" ;;
    esac
    count_continued
    if [ "$run_status" != 0 ]; then
      interruptions=$((interruptions + 1))
    else
      finish "$@"
      rm -r "$directory"
      runs=$((runs + 1))
    fi
    k=$((k + 1))
  done
  finish "$@"
  [ "$continued" -gt 0 ] || fail "$directory: no snapshot was there to go on from"
  echo "$directory: $interruptions interruptions of $runs runs, $continued continued"
}

# few steps of many neurons: where other programs keep the cores busy, ranks wait for their turn at every step
simulate=(simulate -network_excitatory 16000 -network_inhibitory 4000 -network_probability 0.001 -simulate_duration 3000
          -record_neurons every:100)
# shellcheck disable=SC2034 # used by name
granger=(granger -activity middle/activity.h5 -granger_order 10)
# shellcheck disable=SC2034
train=(train -activity small/activity.h5 -train_forecaster causalformer -train_width 8 -train_heads 2 -train_head_width 4 -train_hidden 16
       -train_members 3 -train_epochs 20 -train_patience 20 -train_batch 128)

expect_status 0 1 simulate -network_excitatory 120 -network_inhibitory 30 -simulate_duration 10000 -output middle
expect_status 0 1 simulate -network_excitatory 4 -network_inhibitory 1 -simulate_duration 1500 -output small
for ranks in 1 $kill_ranks; do
  for stage in simulate granger train; do
    declare -n arguments=$stage
    [ -e "$stage$ranks" ] || reference "$ranks" "$stage$ranks" "${arguments[@]}"
  done
done
for ranks in $kill_ranks; do
  for stage in simulate granger train; do
    declare -n arguments=$stage
    torture "$stage" "$ranks" "killed_$stage$ranks" "$stage$ranks" "${arguments[@]}"
  done
done

# ---- on another number of ranks

declare -A steps=([simulate]=1000 [granger]=3 [train]=30)
for pair in "4 2" "1 3"; do
  read -r first second <<<"$pair"
  for stage in simulate granger train; do
    declare -n arguments=$stage
    directory=moved_$stage$first$second
    expect_stopped "${steps[$stage]}" "$first" "${arguments[@]}" -output "$directory"
    expect_status 0 "$second" "${arguments[@]}" -restart auto -output "$directory"
    grep -q '^restart ' "$run_stdout" || fail "$directory: was not continued"
  done
  same simulate1/activity.h5 "moved_simulate$first$second/activity.h5" /report /spikes
  h5_close granger1/causality.h5 "moved_granger$first$second/causality.h5" /granger/f_statistic 1e-8
  for member in 0 1 2; do
    h5_close train1/causality.h5 "moved_train$first$second/causality.h5" "/causalformer/attention_member_$member" 1e-5
  done
done

# ---- a run through all its stages, of two windows, with two forecasters

whole=(run -network_excitatory 8 -network_inhibitory 2 -simulate_duration 20000 -causality_windows 2
       -granger_order 5 -methods 'granger,signed,causalformer' -activity_clip 30 -train_epochs 4 -train_batch 64
       -causalformer_width 8 -causalformer_heads 2 -causalformer_head_width 4 -causalformer_hidden 16 -causalformer_members 1)
reference 2 whole "${whole[@]}"
torture whole 2 killed_whole whole "${whole[@]}"

expect_stopped 20200 2 "${whole[@]}" -output second_window
while [ ! -e second_window/model_window_0.h5 ]; do
  expect_stopped 600 2 "${whole[@]}" -restart auto -output second_window
done
finish whole 2 second_window whole "${whole[@]}"
grep -q '^restart .* of window 1$' "$run_stdout" || fail "second_window: $(grep ^restart "$run_stdout")"

# ---- two forecasters: while the first goes on training, its snapshots replace the one that both continue from

two=("${train[@]}" -train_forecaster 'signed,causalformer' -train_members 1)
expect_status 0 2 "${two[@]}" -output two
expect_stopped 20 2 "${two[@]}" -output first_of_two
expect_status 0 2 "${two[@]}" -checkpoint_interval 1e-6 -restart auto -output first_of_two
grep -q '^restart ' "$run_stdout" || fail "first_of_two: was not continued"
[ "$(sed '/causalformer: .*kernels$/q' "$run_stdout" | grep -c '^checkpoint ')" -gt 1 ] ||
  fail "first_of_two: the snapshot it continued from may still be there"
same two/model.h5 first_of_two/model.h5 /signed/member_0/weights /causalformer/member_0/weights

# ---- what -restart does with a directory

before=$(snapshot)
expect_status 0 1 "${simulate[@]}" -restart auto -output simulate1
grep -q 'finished' "$run_stdout" || fail "a finished run is not called so"
[ "$before" = "$(snapshot)" ] || fail "a finished run is changed"
expect_status 2 1 "${simulate[@]}" -network_probability 0.002 -restart auto -output simulate1
grep -q 'finished run with other parameters: network_probability = 0.002, was 0.001' "$run_stderr" ||
  fail "other parameters: $(cat "$run_stderr")"
mkdir foreign && touch foreign/thesis.tex
expect_status 2 1 "${simulate[@]}" -restart auto -output foreign
mkdir empty
expect_status 0 1 "${simulate[@]}" -simulate_duration 100 -restart auto -output empty
expect_status 2 1 "${simulate[@]}" -restart nowhere.h5 -output new
grep -q 'nowhere.h5: .*No such file' "$run_stderr" || fail "a missing snapshot: $(cat "$run_stderr")"

# a half-done run: refused with other parameters, continued to a later end, its damaged snapshot passed over
expect_stopped 500 2 "${simulate[@]}" -output half
expect_stopped 500 2 "${simulate[@]}" -restart auto -output half
expect_status 2 1 "${simulate[@]}" -seed 4 -restart auto -output half
grep -q 'holds a run with other parameters: seed = 4, was 0' "$run_stderr" || fail "half: $(cat "$run_stderr")"
newest=$(find half/checkpoint -name 'snapshot_*.h5' | sort | tail -n 1)
expect_status 0 2 info "$newest"
grep -q 'intact snapshot' "$run_stdout" || fail "info does not say that a snapshot is intact"
printf 'X' | dd of="$newest" bs=1 seek=3000 conv=notrunc status=none
expect_status 2 2 info "$newest"
grep -q "$newest: is damaged" "$run_stderr" || fail "info: $(cat "$run_stderr")"
expect_status 2 2 "${simulate[@]}" -restart "$newest" -output half
expect_status 2 3 "${simulate[@]}" -simulate_duration 100 -restart auto -output half
grep -q 'simulate_duration: the run to be continued' "$run_stderr" || fail "an end in the past: $(cat "$run_stderr")"
expect_status 0 3 "${simulate[@]}" -simulate_duration 4000 -restart auto -output half
grep -q "warning: $newest: is damaged" "$run_stdout" || fail "a damaged snapshot is not named"
expect_status 0 1 "${simulate[@]}" -simulate_duration 4000 -output longer
same longer/activity.h5 half/activity.h5 /report /spikes

# the time limit, by option and as SLURM tells it; one that is over at once is warned of
endless=(simulate -network_excitatory 16000 -network_inhibitory 4000 -network_probability 0.001 -simulate_duration 1e9
         -record_variables none)
expect_status 75 2 "${endless[@]}" -max_walltime 2 -restart auto -output limited
SLURM_JOB_END_TIME=$(($(date +%s) + 3)) expect_status 75 2 "${endless[@]}" -restart auto -output limited
grep -q '^restart ' "$run_stdout" || fail "the limited run was not continued"
expect_status 75 2 "${endless[@]}" -max_walltime 1us -restart auto -output limited
grep -q '^warning: the time limit of this run was reached after one step' "$run_stdout" || fail "no warning of a limit that is too short"

# two runs in one directory
"$MPIEXEC" -n 1 "$CAUSEWAY" "${endless[@]}" -output busy >/dev/null 2>&1 &
busy=$!
wait_for_file busy/activity.h5.partial $busy
expect_status 2 1 "${simulate[@]}" -output busy -overwrite
grep -q 'another run writes there' "$run_stderr" || fail "two runs in one directory: $(cat "$run_stderr")"
kill "$busy"
wait "$busy" 2>/dev/null || true
echo "interrupted runs end like those left alone"
