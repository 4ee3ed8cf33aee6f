#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A stopped run, of whose files one is then deleted, emptied, cut or changed in one bit: continued it ends like the
# run that was left alone, or it is refused in one line. The same of inputs.

# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require h5diff h5dump python3
cd "$work"

# One process, without mpirun.
alone() { # ARGUMENT...
  run_status=0
  timeout -k 5 "$run_limit" "$CAUSEWAY" "$@" </dev/null >"$run_stdout" 2>"$run_stderr" || run_status=$?
}

expect_alone() { # STATUS ARGUMENT...
  alone "${@:2}"
  [ "$run_status" = "$1" ] || fail "${*:2}: status $run_status, expected $1: $(tail -n 5 "$run_stdout" "$run_stderr")"
}

# Damages FILE: delete, empty, half, flip PLACE (a part of its length), or flip in what is no sample of a recording.
damage() { # FILE HOW [SNAPSHOT]
  python3 - "$@" <<'PYTHON'
import os
import random
import re
import subprocess
import sys

path, how = sys.argv[1:3]
length = os.path.getsize(path)
if how == "delete":
    os.unlink(path)
elif how == "empty":
    os.truncate(path, 0)
elif how == "half":
    os.truncate(path, length // 2)
else:
    if how.startswith("structure"):
        text = subprocess.run(["h5dump", "-g", "/beside", sys.argv[3]], capture_output=True, text=True).stdout
        block = next(b for b in text.split("DATASET")[1:] if '"changes"' in b)
        ranges = [map(int, r) for r in re.findall(r"\(\d+,0\): (\d+), (\d+)", block)]
        random.seed(int(how[9:]))
        place = random.choice([p for first, end in ranges for p in range(first, end)])
    else:
        place = min(length - 1, int(length * float(how)))
    with open(path, "r+b") as file:
        file.seek(place)
        byte = file.read(1)[0] ^ 0x10
        file.seek(place)
        file.write(bytes([byte]))
PYTHON
}

same() { # FILE FILE OBJECTS, with commas between them
  local object
  for object in ${3//,/ }; do
    h5diff "$1" "$2" "$object" >"$scratch/diff" || return 1
  done
}

# Continues a damaged copy of STOPPED; `must` is the status that it has to end with, or either.
check_damage() { # STOPPED FILE HOW MUST REFERENCE RESULT OBJECT ARGUMENT...
  local stopped=$1 file=$2 how=$3 must=$4 reference=$5 result=$6 object=$7 snapshot
  shift 7
  rm -rf damaged
  cp -a "$stopped" damaged
  snapshot=$(find damaged/checkpoint -name 'snapshot_*.h5' | sort | tail -n 1)
  damage "damaged/$file" "$how" "$snapshot"
  alone "$@" -restart auto -output damaged
  if [ "$run_status" = 2 ]; then
    [ "$(grep -c '^causeway: error: ' "$run_stderr")" = 1 ] || fail "$file, $how: $(cat "$run_stderr")"
  elif [ "$run_status" = 0 ]; then
    same "$reference/$result" "damaged/$result" "$object" ||
      fail "$file, $how: another result: $(head -n 3 "$scratch/diff"); $(grep -E 'warning|restart' "$run_stdout")"
  else
    fail "$file, $how: status $run_status: $(tail -n 5 "$run_stdout" "$run_stderr")"
  fi
  [ "$must" = either ] || [ "$must" = "$run_status" ] ||
    fail "$file, $how: status $run_status, expected $must: $(tail -n 3 "$run_stdout" "$run_stderr")"
}

# ---- in a simulation: its recording and its journal of spikes are under way

simulate=(simulate -network_excitatory 40 -network_inhibitory 10 -network_probability 0.1
          -simulate_duration 2000 -record_variables 'v,u')
expect_alone 0 "${simulate[@]}" -output reference
for ((k = 0; k < 2; k++)); do
  expect_alone 75 "${simulate[@]}" -restart auto -max_steps 700 -output stopped
done
for file in activity.h5.partial activity.h5.spikes.partial network.h5; do
  for how in delete half 0.001; do
    check_damage stopped $file $how either reference activity.h5 /report,/spikes "${simulate[@]}"
    case $file in
      network.h5) [ "$run_status" = 2 ] && grep -q 'damaged/network.h5: is missing or has changed' "$run_stderr" ;;
      *) grep -q 'warning: damaged/activity.h5.* the previous snapshot is used' "$run_stdout" ;;
    esac || fail "$file, $how: $(cat "$run_stdout" "$run_stderr")"
  done
done
for how in empty structure1 structure2; do
  check_damage stopped activity.h5.partial $how 0 reference activity.h5 /report,/spikes "${simulate[@]}"
  grep -q 'no snapshot can be used; the run begins again' "$run_stdout" || fail "$how: $(cat "$run_stdout")"
done
newest=$(basename "$(find stopped/checkpoint -name 'snapshot_*.h5' | sort | tail -n 1)")
for how in empty 0.5; do
  check_damage stopped "checkpoint/$newest" $how 0 reference activity.h5 /report,/spikes "${simulate[@]}"
done
check_damage stopped used_parameters.yaml empty 0 reference activity.h5 /report,/spikes "${simulate[@]}"

# ---- in a later stage: the activity and the scores are complete

run=(run "${simulate[@]:1}" -record_variables v -simulate_duration 3000 -methods 'granger,causalformer' -granger_order 2
     -train_width 8 -train_heads 2 -train_head_width 4 -train_hidden 16 -train_members 1 -train_epochs 3 -report false)
expect_alone 0 "${run[@]}" -output whole
expect_alone 75 "${run[@]}" -max_steps 3010 -output trained
expect_alone 75 "${run[@]}" -restart auto -max_steps 10 -output trained
grep -q 'in stage train' "$run_stdout" || fail "not stopped in the training: $(cat "$run_stdout")"
for case in 'activity.h5 half' 'causality.h5 0.4' 'network.h5 delete'; do
  read -r file how <<<"$case"
  check_damage trained "$file" "$how" 2 whole causality.h5 /causalformer "${run[@]}"
  grep -q "damaged/$file: is missing or has changed since the snapshots" "$run_stderr" ||
    fail "$file, $how: $(cat "$run_stderr")"
done
check_damage trained log.txt delete 0 whole causality.h5 /granger,/causalformer "${run[@]}"

# the scores are replaced by those of more methods before the next snapshot: the older ones are put back
cp -a trained replaced
mv replaced/causality.h5 replaced/checkpoint/
cp whole/causality.h5 replaced/
expect_alone 0 "${run[@]}" -restart auto -output replaced
grep -q 'replaced/causality.h5 is restored to its state' "$run_stdout" || fail "put back: $(cat "$run_stdout")"
same whole/causality.h5 replaced/causality.h5 /granger,/causalformer || fail "put back: another result"
[ ! -e replaced/checkpoint ] || fail "put back: $(ls replaced/checkpoint) is left"

# ---- inputs: refused when they have changed, wherever they are and however old they look

granger=(granger -granger_order 3 -granger_surrogates 100)
cp whole/activity.h5 input.h5
expect_alone 75 "${granger[@]}" -activity input.h5 -max_steps 3 -output scores
cp -p input.h5 sound.h5
damage input.h5 0.5
touch -r sound.h5 input.h5
expect_alone 2 "${granger[@]}" -activity input.h5 -restart auto -output scores
grep -q '^causeway: error: input.h5 has changed since the snapshot scores/checkpoint/snapshot_[0-9]*.h5; restore it' \
  "$run_stderr" || fail "a changed input: $(cat "$run_stderr")"
touch sound.h5
expect_alone 0 "${granger[@]}" -activity sound.h5 -restart auto -output scores
grep -q '^restart .*sound.h5 has the content that input.h5 had' "$run_stdout" || fail "moved: $(cat "$run_stdout")"
expect_alone 0 "${granger[@]}" -activity sound.h5 -output again
same scores/causality.h5 again/causality.h5 /granger || fail "a moved input: $(cat "$scratch/diff")"
expect_alone 0 "${granger[@]}" -activity sound.h5 -restart auto -output scores
grep -q 'is finished' "$run_stdout" || fail "a finished run: $(cat "$run_stdout")"

# a run that was killed between its summary and the end of its snapshots
mkdir scores/checkpoint
cp scores/causality.h5 scores/checkpoint/snapshot_000003.h5
expect_alone 0 "${granger[@]}" -activity sound.h5 -restart auto -dry_run -output scores
[ -e scores/checkpoint ] || fail "a dry run removes snapshots"
expect_alone 0 "${granger[@]}" -activity sound.h5 -restart auto -output scores
[ ! -e scores/checkpoint ] || fail "snapshots of a finished run are left"

# ---- results of a finished run that are no longer there, or not whole
cp scores/causality.h5 kept.h5
for restart in none auto; do
  truncate -s -8 scores/causality.h5
  expect_alone 2 "${granger[@]}" -activity sound.h5 -restart "$restart" -output scores
  grep -q '^causeway: error: output = scores: .*finished run, but causality.h5 has [0-9]* bytes instead of' "$run_stderr" ||
    fail "a result cut short: $(cat "$run_stderr")"
  rm scores/causality.h5
  expect_alone 2 "${granger[@]}" -activity sound.h5 -restart "$restart" -output scores
  grep -q '^causeway: error: output = scores: .*finished run, but causality.h5 is gone; replace' "$run_stderr" ||
    fail "a result that is gone: $(cat "$run_stderr")"
  cp kept.h5 scores/causality.h5
done
cp scores/used_parameters.yaml kept.yaml
for restart in none auto; do
  for how in half delete; do
    damage scores/used_parameters.yaml $how
    expect_alone 2 "${granger[@]}" -activity sound.h5 -restart "$restart" -output scores
    grep -Eq '^causeway: error: output = scores: .*, but used_parameters.yaml (is gone|has [0-9]* bytes)' "$run_stderr" ||
      fail "parameters, $how: $(cat "$run_stderr")"
    cp kept.yaml scores/used_parameters.yaml
  done
done
cp scores/summary.json kept.json
truncate -s -20 scores/summary.json
expect_alone 2 "${granger[@]}" -activity sound.h5 -restart auto -output scores
grep -q '^causeway: error: output = scores: .*summary.json is damaged; replace' "$run_stderr" || fail "$(cat "$run_stderr")"
cp kept.json scores/summary.json
expect_alone 0 "${granger[@]}" -activity sound.h5 -restart auto -output scores
cp input.h5 sound.h5
expect_alone 2 "${granger[@]}" -activity sound.h5 -restart auto -output scores
grep -q '^causeway: error: sound.h5 has changed since the run in scores ended' "$run_stderr" ||
  fail "a changed input of a finished run: $(cat "$run_stderr")"
echo "damaged and changed files are noticed"
