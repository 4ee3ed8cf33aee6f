#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Scores and truths of other programs: their sense, kinds of files, what is n/a; the same for evaluate, export and
# report. Names that gnuplot, the shell, formats, CSV and XML have their own ideas about.
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
find_python h5py numpy || skip "no Python with h5py, numpy"
cd "$work"
"$python" "$here/make_scores.py" || fail "make_scores.py"

# One rank needs no launcher, which takes longer to start than all the rest.
run_ranks() { # RANKS ARGUMENT...
  if [ "$1" -gt 1 ]; then
    run_causeway "$@"
    return
  fi
  run_status=0
  timeout -k 5 "$run_limit" "$CAUSEWAY" "${@:2}" </dev/null >"$run_stdout" 2>"$run_stderr" || run_status=$?
}

# AUROC and average precision by counting, beside what the summary has: RUN SCORES.npy (larger is stronger)
compare() {
  "$python" "$here/make_scores.py" check "$1/summary.json" "$2" truth.npy || fail "$1 and $2 differ"
}

evaluate() { # RANKS RUN ARGUMENT...
  run_ranks "$1" evaluate -output "$2" -overwrite "${@:3}"
  [ "$run_status" -eq 0 ] || fail "evaluate ${*:3}: $(cat "$run_stderr")"
}

says() { grep -qE -e "$1" "$run_stdout" "$run_stderr" || fail "no /$1/ in: $(cat "$run_stdout" "$run_stderr")"; }
says_not() { ! grep -qE -e "$1" "$run_stdout" || fail "/$1/ in: $(cat "$run_stdout")"; }

refused() { # REGEX COMMAND ARGUMENT...
  local before
  before=$(snapshot)
  run_ranks 1 "${@:2}"
  [ "$run_status" -eq 2 ] || fail "${*:2}: status $run_status: $(cat "$run_stderr")"
  grep -qE -e "^causeway: error: $1" "$run_stderr" || fail "no /$1/ in: $(cat "$run_stderr")"
  [ "$before" = "$(snapshot)" ] || fail "${*:2}: changes files"
}

# ---- the sense: by attribute, option, name, sign; and what was assumed
evaluate 1 out -scores scores.h5:/p_value -truth truth.npy
says 'p_value is called p_value and lies within 0 and 1, assumed to be p-values.*-scores_sense larger'
compare out larger.npy
evaluate 3 out -scores scores.h5:/signed -truth truth.h5:/weights
says 'signed has negative scores, assumed.*by size'
says 'the sign is correct for 0\.[0-9]+ of [0-9]+ connections'
compare out larger.npy
evaluate 1 out -scores scores.h5:/signed -truth truth.h5:/mask
says 'signs are not evaluated, because the truth has no negative weight'
compare out larger.npy
evaluate 3 out -scores fortran.npy -truth truth.npy
says 'fortran.npy does not state its sense; larger scores are assumed'
compare out larger.npy
for scores in small.npy big_endian.npy half.npy; do
  evaluate 1 out -scores "$scores" -truth truth.h5:/mask
  compare out "$scores"
done
evaluate 1 out -scores scores.h5:/distance -truth truth.npy
says 'AUROC below 0.5.*-scores_sense'
evaluate 1 out -scores scores.h5:/distance -truth truth.npy -scores_sense smaller
says_not 'AUROC below|assumed'
compare out larger.npy
evaluate 1 out -scores scores.h5:/told -truth truth.npy
says_not 'assumed'
compare out larger.npy
evaluate 1 out -scores scores.h5:/other -truth truth.npy
says 'other does not state its sense'
compare out larger.npy
evaluate 1 out -scores only.h5 -truth truth.npy
compare out larger.npy

# ---- pairs without a score; masks; a truth with a diagonal, without connections, with all
evaluate 3 out -scores scores.h5:/gaps -truth truth.npy
says '[0-9]+ of 132 pairs have no score and are left out, including [0-9]+ true connections'
compare out gaps.npy
evaluate 1 out -scores scores.h5:/mask -truth truth.npy
compare out mask.npy
evaluate 1 out -scores larger.npy -truth truth.h5:/diagonal
says '12 connections of neurons to themselves are ignored'
compare out larger.npy
evaluate 1 out -scores larger.npy -truth truth.h5:/none
says 'AUROC is n/a, because none of the 132 pairs'
evaluate 1 out -scores larger.npy -truth truth.h5:/all
says 'AUROC is n/a, because each of the 132 pairs'

refused 'scores.h5: holds several matrices .*/p_value' evaluate -scores scores.h5 -truth truth.npy
refused 'wide.npy: is 3 x 4; scores must be square' evaluate -scores wide.npy -truth truth.npy
refused 'wide.npy: is 3 x 4; a connection matrix must be square' evaluate -scores larger.npy -truth wide.npy
refused 'nan.npy: entry \[3, 2\] is not finite' evaluate -scores larger.npy -truth nan.npy
refused 'tiny.npy has 3 neurons, but the truth has 12' evaluate -scores tiny.npy -truth truth.npy
refused '.*no pair of neurons has a score' evaluate -scores nothing.npy -truth truth.npy
refused 'larger.npy: is a NumPy array.*leave the path out' evaluate -scores larger.npy:/x -truth truth.npy
refused 'evil.csv: is neither an HDF5 file nor' evaluate -scores evil.csv -truth truth.npy
refused 'evil.csv: is neither an HDF5 file nor' export evil.csv -output no.csv
refused '.*/causality.h5: ' evaluate -scores . -truth truth.npy

# ---- the same scores exported: the strongest pairs are the same
for scores in larger.npy scores.h5:/p_value scores.h5:/signed scores.h5:/told "scores.h5:/distance -scores_sense smaller"; do
  # shellcheck disable=SC2086  # options
  "$CAUSEWAY" export $scores -output pairs.csv -select top:20 -overwrite >/dev/null 2>messages || fail "export $scores: $(cat messages)"
  cut -d, -f1,2 pairs.csv >pairs.txt
  [ -e strongest.txt ] || cp pairs.txt strongest.txt
  diff strongest.txt pairs.txt || fail "export $scores: other pairs"
done
"$CAUSEWAY" export scores.h5:/gaps -output gaps.csv -select all 2>/dev/null >&2 || fail "export gaps"
! grep -qi nan gaps.csv || fail "pairs without a score are exported"
"$CAUSEWAY" export larger.npy -output ties.csv -select top:100000 >/dev/null 2>&1 || fail "top:K beyond all pairs"
[ "$(wc -l <ties.csv)" -eq 133 ] || fail "top:K beyond all pairs: $(wc -l <ties.csv)"
for k in 0 -3 x; do refused '-select = top:' export larger.npy -output no.csv -select "top:$k"; done
refused '-scores_sense = up: must be one of' export larger.npy -output no.csv -scores_sense up
refused 'none/no.csv: cannot write' export larger.npy -output none/no.csv
if [ -c /dev/full ]; then
  refused '/dev/full: cannot write: No space' export larger.npy -output /dev/full -format csv -overwrite
  [ -c /dev/full ] || fail "/dev/full was replaced"
fi

# ---- a run: what its files say of themselves, all of its scores from its directory, its report with another truth
name='| touch broken #<b>%s'
run_ranks 1 run -activity "evil.csv" -granger_order 1 -granger_statistics pairwise -output "$name"
[ "$run_status" -eq 0 ] || fail "$(cat "$run_stderr")"
run_ranks 1 run -activity evil.csv -granger_order 1 -truth evil_truth.npy -output run
[ "$run_status" -eq 0 ] || fail "$(cat "$run_stderr")"
evaluate 1 out -scores run -truth evil_truth.npy
"$python" "$here/make_scores.py" run run out || fail "a run and its directory are evaluated differently"
"$python" "$here/make_scores.py" evil "$name" evil.csv || fail "the report of a directory with an evil name"
"$CAUSEWAY" export "$name:/granger/pairwise_gc" -output evil_export.csv -select all >/dev/null || fail "evil export"
"$CAUSEWAY" export "$name:/granger/pairwise_gc" -output evil_export.graphml -select all >/dev/null || fail "evil export"
"$python" "$here/make_scores.py" labels evil_export.csv evil_export.graphml evil.csv || fail "labels of exports"
[ ! -e broken ] || fail "a name ran as a command"

# ---- what is missing from a report is said, and never ends it
grep -q 'n/a: nothing was compared' "$name/report.html" || fail "a report without truth"
rm run/causality.h5
"$CAUSEWAY" report run >/dev/null || fail "a report without causality.h5"
grep -q 'n/a: no matrices and networks are shown' run/report.html || fail "a report without causality.h5 does not say so"
rm evil_truth.npy
"$CAUSEWAY" report run >/dev/null || fail "a report without its truth"
rm "$name/summary.json"
refused '.*the run is not finished; continue it' report "$name"

# ---- the stages of a pipeline, one after the other, the batch system replaced by a file of their commands
mkdir bin
cat >bin/sbatch <<'SH'
#!/bin/sh
while [ "${1##*/}" != run.sbatch ]; do shift; done
shift
printf '%s\n' "$*" >>jobs.txt
wc -l <jobs.txt
SH
chmod +x bin/sbatch
PATH=$work/bin:$PATH "$CAUSEWAY_SOURCE/jobs/pipeline.sh" "$CAUSEWAY_SOURCE/inputs/lu2023_signed.yaml" staged >/dev/null ||
  fail "pipeline.sh"
[ "$(wc -l <jobs.txt)" -eq 5 ] || fail "the pipeline is not five jobs: $(cat jobs.txt)"
small=(-network_excitatory 5 -network_inhibitory 2 -simulate_duration 600 -train_epochs 1)
while read -ra words; do
  case ${words[0]} in
  evaluate) run_ranks 1 "${words[@]}" ;;
  simulate) run_ranks 1 "${words[@]}" "${small[@]:0:6}" ;;
  train) run_ranks 1 "${words[@]}" "${small[@]:6}" ;;
  *) run_ranks 1 "${words[@]}" ;;
  esac
  [ "$run_status" -eq 0 ] || fail "pipeline: ${words[*]}: $(cat "$run_stderr")"
done <jobs.txt
grep -q '"event_gc"' staged/evaluate_granger/summary.json || fail "the pipeline evaluates no event_gc"
grep -q '"intervention"' staged/evaluate_train/summary.json || fail "the pipeline evaluates no intervention"

# a changed value of a score, or of its mask, is seen by its checksum, which does not depend on the ranks
damage_dataset() { # FILE DATASET
  h5dump -d "$2" -b LE -o raw.bin "$1" >/dev/null
  python3 - "$1" <<'PYTHON'
import sys

content, raw = bytearray(open(sys.argv[1], "rb").read()), open("raw.bin", "rb").read()
content[content.index(raw) + 3] ^= 1
open(sys.argv[1], "wb").write(content)
PYTHON
}
for dataset in f_statistic significant_benjamini_hochberg; do
  run_ranks 2 run -simulate_duration 300 -report false -output sound -overwrite
  [ "$run_status" -eq 0 ] || fail "$(cat "$run_stderr")"
  run_ranks 3 evaluate -scores sound
  [ "$run_status" -eq 0 ] || fail "a sound file, with its own network as the truth: $(cat "$run_stderr")"
  damage_dataset sound/causality.h5 "/granger/$dataset"
  for ranks in 1 3; do
    run_ranks "$ranks" evaluate -scores sound
    [ "$run_status" -eq 2 ] || fail "damaged $dataset on $ranks ranks: status $run_status"
    grep -q "granger/$dataset: is damaged" "$run_stderr" || fail "damaged $dataset: $(cat "$run_stderr")"
  done
done

# scores of windows are named one by one
run_ranks 1 granger -activity sound/activity.h5 -causality_windows 2 -granger_order 1 -output windows
run_ranks 1 evaluate -scores windows -truth sound/network.h5
[ "$run_status" -eq 2 ] || fail "scores of windows: status $run_status"
grep -q 'windows: holds the scores of time windows; name one' "$run_stderr" || fail "$(cat "$run_stderr")"
