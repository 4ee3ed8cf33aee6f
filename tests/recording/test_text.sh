#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Tables and lists of spikes in text: the values that are in them, on one rank and on several; what is not certain, and
# files of other formats, are refused with one line.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../app/common.sh"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
find_python h5py numpy || skip "no Python with h5py, numpy"

cd "$work"
"$python" "$here/text_cases.py" make . || fail "cannot write the files"
mkdir 1 3
n_failures=0

complain() { # MESSAGE
  n_failures=$((n_failures + 1))
  echo "failed: $*" >&2
}

# Without mpirun, which takes longer than most of these runs.
alone() { # ARGUMENT...
  run_status=0
  timeout -k 5 "$run_limit" "$CAUSEWAY" "$@" </dev/null >"$run_stdout" 2>"$run_stderr" || run_status=$?
}

# The same numbers on three ranks where they share the lines.
shared=" time0 excel_bare last both r_names na pandas named_rows old_mac bom packed wide npz_packed npz_turned mixed_csv nest-9-0_dat "
while read -r name file options; do
  read -ra options <<<"$options"
  alone import "$file" "${options[@]}" -output "1/$name.h5"
  [ "$run_status" -eq 0 ] || complain "import of $name: $(head -n 1 "$run_stderr")"
  if [[ $shared == *" $name "* ]]; then
    run_causeway 3 import "$file" "${options[@]}" -output "3/$name.h5"
    [ "$run_status" -eq 0 ] || complain "import of $name on 3 ranks: $(head -n 1 "$run_stderr")"
  fi
done <cases.txt
for ranks in 1 3; do
  "$python" "$here/text_cases.py" check . "$ranks" || complain "imports on $ranks ranks are not as they should be"
done

refuses() { # REGEX FILE OPTION...
  local regex=$1
  shift
  alone import "$@" -output new.h5
  [ "$run_status" -eq 2 ] || complain "$*: exit status $run_status"
  [ "$(grep -c . "$run_stderr")" -eq 1 ] || complain "$*: not one line: $(head -n 3 "$run_stderr")"
  grep -qE -e "$regex" "$run_stderr" || complain "$*: the line does not match /$regex/: $(cat "$run_stderr")"
  [ ! -e new.h5 ] || complain "$*: writes a file"
  rm -f new.h5
}

refuses 'channel 1 \("b"\) ascends.*activity_time_column'      ascends.csv
refuses 'channel 1 \("b"\) ascends'                             equal.csv
refuses 'line 41.*zero byte'                                    block.csv
refuses 'line 102.*zero byte'                                   block_end.csv
refuses 'line 1902.*zero byte'                                  block_spikes.csv -activity_bin 10
mkfifo pipe
for output in pipe /dev/null; do
  alone import block_whole.csv -output "$output" -overwrite
  { [ "$run_status" = 2 ] && grep -q "output = $output: is a directory, device or pipe" "$run_stderr"; } ||
    complain "$output: $(cat "$run_stderr")"
done
refuses 'line 22, column 1: "0" does not ascend'                index_back.csv
refuses 'column 1 \(""\) has ascending fractions.*time_column 1' seconds_index.csv
refuses 'line 1: may be column numbers.*-activity_header' number_head.csv
refuses 'line 2, column 1: "1,234.5".*thousands'                thousands.csv
refuses 'line 2, column 1: the comma in "1,234" may be decimal'    either.csv
refuses 'line 82, column 1: "1,5".*decimal point'               late_comma.csv
refuses 'line 11, column 2: "inf" is not a finite'              inf.csv
refuses 'line 11, column 2: "1e400" is not a finite'            big.csv
refuses 'line 11, column 2: "0x1A" is not a number'             hex.csv
refuses 'line 11, column 2: "five" is not a number'             word.csv
refuses 'line 11: has a zero byte'                              nul.csv
refuses 'line 11: a quotation mark'                             open.csv
refuses 'line 1, column 2: .*UTF-8.*iconv'                      latin1.csv
refuses 'line 1, column 2: .*control characters'                control.csv
refuses 'line 1, column 2: .*300 bytes'                         long_name.csv
refuses 'UTF-16 text without a byte order mark.*iconv'                          unmarked.csv
refuses 'line 2, column 1: "2024-01-01" is not a number.*neuron_time' dates.csv
refuses 'a neuron and a time in each line'                     multimeter.dat
refuses 'a line for each neuron and time'                       by_cell.csv
for file in bare_events.txt bare_three.csv odd_names.csv; do
  refuses '-activity_table events or samples'                  $file
done
for file in pandas_rows index_names frame_names; do
  refuses 'column 1 .*has names instead of running numbers; .*neuron_time' $file.csv
done
refuses 'unit" and "spike_time".; give -activity_table events for spikes' shuffled.csv
refuses 'activity_bin: ascends.csv has samples, but only spikes' ascends.csv -activity_bin 10 -activity_time_column none
refuses 'only line is taken as names' only_names.csv
refuses 'separate fields with commas, semicolons'                        pipes.csv
refuses 'is a pipe or device'                                   <(cat both.csv)
refuses 'line 92, column 1: "n7" is not the number of a neuron' text_ids.csv -activity_bin 10
refuses 'line 92, column 1: "-3" is not the number of a neuron' negative.csv -activity_bin 10
refuses 'spikes per second.*-activity_time_unit'                  fast.csv -activity_bin 10
refuses 'line 83, column 2: .*a second population'              populations.csv -activity_bin 10
refuses 'activity_bin MS'                                       sonata.csv
refuses 'activity_interval'                                     nest_steps.dat -activity_bin 10
refuses 'no such column'                                        ascends.csv -activity_time_column d
refuses 'activity_table = events.*needs one column'               ascends.csv -activity_table events
refuses 'gzip file of .*unpack it'                                          array.npy.gz
refuses 'cannot read|damaged'                                   cut.csv.gz
refuses 'Excel workbook \(.xlsx\).*CSV'                         sheet.xlsx
refuses 'zip archive'                                           other.zip
refuses 'several arrays.*traces, truth, turned'                  several.npz
refuses 'no array spikes; it has traces, truth, turned'         several.npz:/spikes
refuses 'cut short'                                             cut.npz
refuses 'cannot read|damaged|cut short|no header'               broken.npz:/traces
refuses 'is not a real number'                                      words.npz
refuses 'old Excel'                                             sheet.xls
refuses 'MATLAB file of version 5.*-v7\.3'                      v5.mat
refuses 'HTML'                                                  i.csv
refuses 'Git LFS'                                               j.nwb
for file in a.parquet:Parquet b.plx:Plexon c.nev:Blackrock c.ns5:Blackrock d.abf:Axon e.smr:Spike2 f.tif:TIFF f.btf:TIFF \
  g.edf:EDF g.bdf:BDF h.pkl:pickle; do
  refuses "${file#*:}" "${file%:*}"
done

# on several ranks a mistake that only one of them sees
run_causeway 3 import word.csv -output new.h5
grep -q 'word.csv, line 11, column 2: "five" is not a number' "$run_stderr" || complain "word.csv on 3 ranks: $(cat "$run_stderr")"

# what is assumed is in the log
alone import both.csv -output log.h5
grep -q 'activity   table of text: commas between fields, names in line 1, column 1 ("frame") left out as a running number, times in column 3 ("time_ms") in ms, a sample every 4 ms' \
  "$run_stdout" || complain "the log does not say what is assumed: $(cat "$run_stdout")"
alone import times.npy -output log3.h5
grep -q 'warning: times.npy: channel 0, counted from 0, ascends in every sample' "$run_stdout" "$run_stderr" ||
  complain "no warning of times among channels: $(cat "$run_stdout")"
alone import same_names.csv -output log5.h5
grep -q 'several channels have the name "a"' "$run_stdout" || complain "the log does not tell names that are repeated: $(cat "$run_stdout")"
alone import na.csv -output log2.h5
grep -q '14 of [0-9]* values are missing' "$run_stdout" || complain "the log does not count missing values: $(cat "$run_stdout")"
for ranks in 1 3; do
  for skipped in 0 40; do # numbers without and with a gap
    awk -v skipped="$skipped" 'BEGIN { print "Frame,a,b"
      for (k = 0; k < 60; k++) print k + (k >= 30 ? skipped : 0) "," sin(k) "," cos(3 * k) }' >frames.csv
    run_causeway "$ranks" import frames.csv -activity_interval 1 -output frames.h5 -overwrite
    n_told=$(grep -c 'column 1 skips numbers' "$run_stdout" || true)
    [ "$n_told" = "$((skipped > 0))" ] || complain "a gap of $skipped on $ranks ranks: $(cat "$run_stdout")"
  done
  head -c -2 na.csv >unended.csv
  run_causeway "$ranks" import unended.csv -output "log4_$ranks.h5"
  grep -q 'the last line has no line end: if the file was truncated' "$run_stdout" ||
    complain "the log does not tell of a last line without an end on $ranks ranks: $(cat "$run_stdout" "$run_stderr")"
done

[ "$n_failures" -eq 0 ] || fail "$n_failures checks"
