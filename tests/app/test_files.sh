#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# HDF5 files of every format, in directories of every name: read as what they hold, or refused with the reason.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require h5diff
find_python h5py numpy || skip "no Python with h5py, numpy"

cd "$work"
"$python" "$tests_app/make_files.py" . || fail "cannot write the files"

runs() { # RANKS ARGUMENT...
  run_causeway "$@"
  [ "$run_status" -eq 0 ] || fail "$*: status $run_status: $(cat "$run_stdout" "$run_stderr")"
}

refused() { # PATTERN RANKS ARGUMENT...
  local pattern=$1
  shift
  run_causeway "$@"
  [ "$run_status" -eq 2 ] || fail "$*: status $run_status: $(cat "$run_stdout" "$run_stderr")"
  [ "$(grep -c 'causeway: error:' "$run_stderr")" -eq 1 ] || fail "$*: not one line: $(cat "$run_stderr")"
  grep -Eq "causeway: error: .*$pattern" "$run_stderr" || fail "$*: $(cat "$run_stderr")"
}

imported() { # RANKS INPUT OUTPUT: the same samples as the plain file has
  runs "$1" import "$2" -activity_interval 1 -output "$3"
  h5diff "$3" reference.h5 /report/neurons/data >/dev/null || fail "$2: other samples on $1 ranks"
}

runs 1 import plain.h5:/x -activity_interval 1 -output reference.h5

# ---- formats, user blocks, virtual datasets
for name in v110 v112 v114 latest behind swmr; do
  imported 1 "$name.h5:/x" "from_$name.h5"
done
runs 1 info behind.h5
grep -q '^/x  float64 (6 x 300)' "$run_stdout" || fail "info of a file with a user block: $(cat "$run_stdout")"
for ranks in 1 3; do
  imported $ranks virtual.h5:/x "virtual_$ranks.h5"
done
refused 'virtual\.h5:/lost.*parts/none\.h5' 2 import virtual.h5:/lost -activity_interval 1 -output no.h5
runs 1 evaluate -scores latest.h5:/scores -truth v110.h5:/truth -output graded_latest

# ---- what keeps a file from being opened
refused 'cut\.h5: the file is truncated' 2 import cut.h5:/x -activity_interval 1 -output no.h5
refused 'unclosed\.h5: the file is still being written, or its writer did not close it.*h5clear' 1 \
  import unclosed.h5:/x -activity_interval 1 -output no.h5
refused 'newer\.h5: the file is damaged, or too new for HDF5' 1 info newer.h5

# ---- filters
while read -r name filter; do
  refused "$name\.h5:/x: is compressed with $filter.*HDF5_PLUGIN_PATH.*h5repack" 1 \
    import "$name.h5:/x" -activity_interval 1 -output no.h5
  refused "$filter.*h5repack" 1 import "$name.h5:/x" -activity_interval 1 -output no.h5 -dry_run
  runs 1 info "$name.h5"
  grep -q "^/x .*$filter" "$run_stdout" || fail "info of $name.h5: $(cat "$run_stdout")"
  runs 1 info "$name.h5" -json
  grep -q "missing_filter.*$filter" "$run_stdout" || fail "info -json of $name.h5: $(cat "$run_stdout")"
done <<'EOF'
lzf lzf .filter 32000.
zstd zstd .filter 32015.
unheard unknown .filter 40123.
EOF
refused 'lzf\.h5: has no /scores' 1 export lzf.h5:/scores -output no.csv
refused 'cut\.h5: the file is truncated' 1 export cut.h5:/scores -output no.csv
[ ! -e no.h5 ] || fail "a refused import left a file"

# ---- colons in names: MPI-IO takes "word:" for the name of a file system
imported 2 "a 12:30/plain.h5:/x" "a 12:30/again.h5"
imported 1 "a 12:30/b:c/at 12:31.h5:/x" 2024-05-01T12:30:00.h5
imported 2 "a 12:30/virtual.h5:/x" "a 12:30/virtual_again.h5"
imported 2 2024-05-01T12:30:00.h5 "again 1:2.h5"
runs 2 run "$CAUSEWAY_SOURCE/inputs/lu2023_n5.yaml" -simulate_duration 300 -output 2024-05-01T12:30:00
runs 2 granger -activity 2024-05-01T12:30:00/activity.h5 -output "a 12:30/granger"
cp 2024-05-01T12:30:00/activity.h5 same.h5
runs 2 granger -activity same.h5 -output same
h5diff same/causality.h5 "a 12:30/granger/causality.h5" /granger/f_statistic >/dev/null ||
  fail "other scores from a directory with a colon"
[ -z "$(find . -name '*.partial*')" ] || fail "partial files are left"

# ---- truth values are numbers
runs 1 evaluate -scores plain.h5:/scores -truth plain.h5:/truth_numbers -output graded_numbers
runs 1 evaluate -scores plain.h5:/scores -truth plain.h5:/truth -output graded_truth
for name in truth latest; do
  cmp <(grep -i auroc graded_numbers/summary.json) <(grep -i auroc "graded_$name/summary.json") ||
    fail "other grades with the truth of $name"
done
runs 1 simulate -network_type file -network_file plain.h5:/truth -simulate_duration 100 -output simulated
runs 1 info plain.h5
grep -q '^/truth  bool (6 x 6)' "$run_stdout" || fail "info of truth values: $(cat "$run_stdout")"
refused 'plain\.h5:/kinds: does not hold numbers' 1 evaluate -scores plain.h5:/scores -truth plain.h5:/kinds -output no
echo "HDF5 files of all formats and names are read or refused with the reason"
