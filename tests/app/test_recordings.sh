#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Recordings of every format, written by the libraries of their field, imported on several numbers of ranks: the
# numbers that Python computes; and the same causality from a recording as from its import.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
find_python h5py libsonata numpy pynwb || skip "no Python with h5py, libsonata, numpy, pynwb"

cd "$work"
run_causeway 1 simulate "$CAUSEWAY_SOURCE/inputs/lu2023_n20.yaml" -simulate_duration 300 -output sim
[ "$run_status" -eq 0 ] || fail "$(cat "$run_stderr")"
"$python" "$tests_app/make_recordings.py" . || fail "cannot write the recordings"

imports() { # RANKS: of all cases
  local name recording options
  run_stdout=$scratch/$1.stdout
  run_stderr=$scratch/$1.stderr
  mkdir "$1"
  while read -r name recording options; do
    read -ra options <<<"$options"
    run_causeway "$1" import "$recording" "${options[@]//\~/ }" -output "$1/$name.h5"
    [ "$run_status" -eq 0 ] || fail "import of $name on $1 ranks: $(cat "$run_stderr")"
  done <cases.txt
}

pids=()
for ranks in 1 2 3; do
  imports "$ranks" &
  pids+=($!)
done
for pid in "${pids[@]}"; do
  wait "$pid" || fail "not all recordings are imported"
done

run_causeway 2 import rec.nwb:/acquisition/lfp -activity_time 600:1000 -import_precision single -output single.h5
[ "$run_status" -eq 0 ] || fail "import in single precision: $(cat "$run_stderr")"

# What chooses a part was done by the import. What is missing, and the trials, are to be named to both.
cat >causality.txt <<'END'
lfp_name
lfp_trials -activity_trials own
gap -activity_missing drop
units_name
seconds_part
report_part
c16_part
END
while read -r name more; do
  read -r _ recording options < <(grep "^$name " cases.txt)
  read -ra options <<<"${options/-activity_trials own/}"
  read -ra more <<<"$more"
  run_causeway 2 granger -activity "$recording" "${options[@]//\~/ }" "${more[@]}" -granger_order 1 \
    -output "direct.$name"
  [ "$run_status" -eq 0 ] || fail "granger of $name: $(cat "$run_stderr")"
  run_causeway 2 granger -activity "1/$name.h5" "${more[@]}" -granger_order 1 -output "imported.$name"
  [ "$run_status" -eq 0 ] || fail "granger of the import of $name: $(cat "$run_stderr")"
done <causality.txt

"$python" "$tests_app/check_recordings.py" . || fail "imports are not as they should be"

# info names each part with the option that reads it
run_causeway 1 info rec.nwb
for part in /acquisition/lfp /acquisition/raw /acquisition/derived /processing/ophys/Fluorescence/even \
  /processing/ophys/Fluorescence/gap "/units -activity_bin 1"; do
  grep -qF -e "-activity rec.nwb:$part" "$run_stdout" || fail "info does not list $part: $(cat "$run_stdout")"
done
grep -q 'NWB ElectricalSeries, 4 channels (CH 1 to CH 6), 400 samples, every 4 ms from 500 ms, in volts' \
  "$run_stdout" || fail "info of lfp: $(cat "$run_stdout")"
for recording in c16.npy seconds.csv; do
  run_causeway 3 info "$recording"
  grep -qF -e "-activity $recording" "$run_stdout" || fail "info of $recording: $(cat "$run_stdout")"
done
