#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# causeway info: which options read a file, what stands in the way, and what the directory of a run is.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require python3
find_python h5py numpy || skip "no Python with h5py, numpy"
cd "$work"

tells() { # FILE LINE...: the words of each LINE stand in what info prints, before all that the file holds
  run_causeway 1 info "$1"
  [ "$run_status" -eq 0 ] || fail "info $1: status $run_status: $(cat "$run_stderr")"
  sed '/^contents of the file/,$d' "$run_stdout" >told.txt
  for words in "${@:2}"; do
    grep -qF -e "$words" told.txt || fail "info $1 lacks '$words': $(cat told.txt)"
  done
}

refuses() { # FILE PATTERN
  run_causeway 1 info "$1"
  [ "$run_status" -eq 2 ] || fail "info $1: status $run_status"
  grep -q "^causeway: error: $1: $2" "$run_stderr" || fail "info $1: $(cat "$run_stderr")"
}

"$python" - <<'END'
import h5py
import numpy as np

with h5py.File("kinds.h5", "w") as h5:
    h5["square"] = np.eye(4)
    h5["traces"] = np.zeros((3, 20))
    h5["film"] = np.zeros((2, 3, 20))
    h5["complex"] = np.zeros((3, 20), dtype=complex)
    h5["table"] = np.zeros(5, dtype=[("time", "f8"), ("value", "f8")])
    h5["names"] = np.array([b"a", b"b"])
    sparse = h5.create_group("sparse")
    sparse["indptr"], sparse["indices"], sparse["data"] = [0, 1, 2], [0, 1], [1.0, 2.0]
np.save("square.npy", np.eye(4))
np.save("traces.npy", np.zeros((3, 20)))
END
tells kinds.h5 "-activity kinds.h5:/traces" "HDF5 dataset, 3 channels, 20 samples" \
  "-network_type file -network_file kinds.h5:/square (or -truth kinds.h5:/square)" "matrix of 4 x 4" \
  "-scores kinds.h5:/square" "-network_file kinds.h5:/sparse" "sparse matrix in compressed rows" \
  "/film  has 3 dimensions (2 x 3 x 20)" "/complex  holds complex numbers" "compound entries (time, value)"
if grep -q names told.txt; then fail "text stands in the way of nothing"; fi
tells square.npy "-activity square.npy" "-truth square.npy" "-scores square.npy"
tells traces.npy "-activity traces.npy"
if grep -q scores told.txt; then fail "3 x 20 numbers are no scores: $(cat told.txt)"; fi
run_causeway 1 info kinds.h5 -json
python3 - "$run_stdout" <<'END' || fail "JSON: $(cat "$run_stdout")"
import json
import sys

uses = {(u["as"], u["object"]) for u in json.load(open(sys.argv[1]))["uses"]}
sys.exit(not {("activity", "/traces"), ("network", "/square"), ("scores", "/square"), ("network", "/sparse"),
              ("none", "/film"), ("none", "/complex"), ("none", "/table")} <= uses)
END

# files of this program
run_causeway 1 run "$CAUSEWAY_SOURCE/inputs/lu2023_n5.yaml" -output run -report false
[ "$run_status" -eq 0 ] || fail "run: $(cat "$run_stderr")"
tells run/causality.h5 "-scores run/causality.h5:/granger/gc" "role score, sense larger" \
  "-scores run/causality.h5:/granger/p_value" "role p_value, sense smaller"
if grep -q -e -activity told.txt; then fail "scores are no activity: $(cat told.txt)"; fi
tells run/network.h5 "SONATA edges, 8 from population neurons" "network    5 neurons"
run_causeway 1 train -activity run/activity.h5 -activity_clip 30 -train_epochs 1 -output trained
tells trained/model.h5 "-model trained/model.h5:/signed" "1 trained model for 5 neurons"
tells run "run: a run of causeway run, complete" "causality.h5           scores of all pairs" \
  "causeway report run" "causeway export run:/granger/f_statistic -output FILE" "there are /granger/f_statistic, /granger/gc" "causeway evaluate -scores run -truth FILE"
mv run/summary.json aside.json
tells run "not complete" "run/used_parameters.yaml -restart auto -output run"
mkdir empty
refuses empty "is a directory without a run"
refuses run/used_parameters.yaml "is a parameter file"
printf 'PAR1\0\0\0\0\1\2\3\4PAR1' >table.parquet
refuses table.parquet "is a Parquet table"
