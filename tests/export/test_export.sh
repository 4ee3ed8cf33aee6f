#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# causeway export: what networkx, pandas and numpy read is what the HDF5 file has; labels of any kind; mistakes.
# shellcheck source-path=SCRIPTDIR source=../app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../app/common.sh"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
find_python h5py networkx numpy pandas || skip "no Python with h5py, networkx, numpy, pandas"
cd "$work"

export_scores() { # ARGUMENT...: sets run_status
  run_status=0
  timeout -k 5 "$run_limit" "$CAUSEWAY" export "$@" </dev/null >"$run_stdout" 2>"$run_stderr" ||
    run_status=$?
}

expect() { # STATUS ARGUMENT...
  export_scores "${@:2}"
  [ "$run_status" -eq "$1" ] ||
    fail "export ${*:2}: status $run_status, expected $1: $(cat "$run_stdout" "$run_stderr")"
}

# Exports in both formats of edges, to be compared later.
n_exports=0
check_edges() { # INPUT FILE.h5 /METHOD/READING RULE [LABELS.json]
  local format
  for format in csv graphml; do
    n_exports=$((n_exports + 1))
    expect 0 "$1:$3" -output "$n_exports.$format" -select "$4"
    echo "$format" "$n_exports.$format" "${@:2}" >>exports
  done
}

check_matrix() { # INPUT FILE.h5 /METHOD/READING
  n_exports=$((n_exports + 1))
  expect 0 "$1:$3" -output "$n_exports.npy"
  echo npy "$n_exports.npy" "${@:2}" >>exports
}

compare() {
  "$python" "$here/check_export.py" <exports || fail "exports differ from their files"
  rm exports
}

mistake() { # REGEX ARGUMENT...
  local before
  before=$(snapshot)
  expect 2 "${@:2}"
  [ "$(grep -c . "$run_stderr")" -eq 1 ] || fail "${*:2}: not one line: $(cat "$run_stderr")"
  grep -qE "^causeway: error: $1" "$run_stderr" || fail "not /$1/: $(cat "$run_stderr")"
  diff <(echo "$before") <(snapshot) || fail "${*:2}: changes files"
}

test_run() {
  local reading
  run_causeway 2 run -network_excitatory 8 -network_inhibitory 2 -simulate_duration 3000 -activity_clip 30 \
    -methods granger,signed -granger_statistics conditional,pairwise,event -train_epochs 2 \
    -train_readings intervention,loss_increase -output tiny
  [ "$run_status" -eq 0 ] || fail "$(cat "$run_stderr")"
  for reading in gc f_statistic p_value pairwise_gc pairwise_p_value event_gc; do
    check_edges tiny tiny/causality.h5 "/granger/$reading" significant
    check_edges tiny tiny/causality.h5 "/granger/$reading" all
  done
  check_edges tiny/causality.h5 tiny/causality.h5 /granger/significant_benjamini_hochberg significant
  for reading in intervention intervention_effect loss_increase loss_increase_z; do
    check_edges tiny tiny/causality.h5 "/signed/$reading" all
    check_edges tiny tiny/causality.h5 "/signed/$reading" top:7
  done
  check_edges tiny tiny/causality.h5 /granger/p_value top:5
  check_edges tiny tiny/causality.h5 /granger/gc top:1000000000000
  # the defaults
  expect 0 tiny:/granger/gc -output default.csv
  grep -q 'significant by /granger/significant_benjamini_hochberg' "$run_stdout" || fail "default"
  expect 0 tiny:/granger/event_gc -output default.txt -format graphml
  grep -q 'significant by /granger/event_p_value <= ' "$run_stdout" || fail "default of event_gc"
  expect 0 tiny:/signed/intervention -output default.graphml
  grep -q '(top:100)' "$run_stdout" || fail "default of intervention: $(cat "$run_stdout")"
  # matrices as they are
  for reading in granger/gc granger/significant_benjamini_hochberg signed/intervention_effect; do
    check_matrix tiny tiny/causality.h5 "/$reading"
  done
  compare
}

test_sparse() {
  local keep
  for keep in significant top:3; do
    run_causeway 2 granger -activity tiny/activity.h5 -activity_clip 30 -granger_select "$keep" \
      -output "kept_${keep/:/}"
    [ "$run_status" -eq 0 ] || fail "$(cat "$run_stderr")"
    check_edges "kept_${keep/:/}" "kept_${keep/:/}/causality.h5" /granger/sparse all
    check_edges "kept_${keep/:/}" "kept_${keep/:/}/causality.h5" /granger/sparse significant
    check_edges "kept_${keep/:/}" "kept_${keep/:/}/causality.h5" /granger/sparse/gc top:4
  done
  compare
  # the same pairs as those of the matrix
  expect 0 tiny:/granger/f_statistic -output matrix.csv
  expect 0 kept_significant:/granger/sparse -output sparse.csv
  diff <(cut -d, -f1-4 matrix.csv) <(cut -d, -f1-4 sparse.csv) || fail "matrix (<) and sparse (>)"
  mistake '.*npy holds a whole matrix' kept_top3:/granger/sparse -output sparse.npy
}

# One table of the couplings, with labels where the file has some; the significant pairs of each of their properties.
test_couplings() {
  local reading
  run_causeway 2 granger -activity tiny/activity.h5 -activity_clip 30 -granger_statistics conditional,coupling -output coupled
  [ "$run_status" -eq 0 ] || fail "$(cat "$run_stderr")"
  cp coupled/causality.h5 named.h5
  "$python" -c 'import h5py; h5py.File("named.h5", "a")["labels"] = [b"cell %d" % k for k in range(10)]'
  expect 0 coupled:/granger -output significant.csv
  expect 0 coupled:/granger -output every.csv -select all
  expect 0 coupled:/granger -output strongest.csv -select top:6
  expect 0 named.h5:/granger -output named.csv
  expect 0 named.h5:/granger -output named.graphml
  "$python" - <<'PYTHON' || fail "the table of couplings is not what the file has"
import h5py, networkx, numpy, pandas
h5 = h5py.File("coupled/causality.h5")["granger"]
columns = ["weight", "sign", "latency", "z", "p_value", "q_value"]
mask = h5["significant_benjamini_hochberg"][()]
read = lambda name: pandas.read_csv(name, float_precision="round_trip")
for name, count in (("significant.csv", mask.sum()), ("every.csv", 90), ("strongest.csv", 6)):
    table = read(name)
    at = table["target"], table["source"]
    assert list(table.columns) == ["source", "target", *columns, "significant"], table.columns
    assert len(table) == count > 0
    assert all(numpy.array_equal(table[k], h5[k][()][at]) for k in columns)
    assert numpy.array_equal(table["significant"], mask[at])
assert numpy.array_equal(table["weight"].abs(), sorted(read("every.csv")["weight"].abs())[:-7:-1])
table = read("named.csv")
assert list(table.columns[2:5]) == ["source_label", "target_label", "weight"], table.columns
assert list(table["target_label"]) == [f"cell {k}" for k in table["target"]]
edges = networkx.read_graphml("named.graphml").edges
assert len(edges) == len(table)
for row in table.to_dict("records"):
    edge = edges[f"n{row['source']}", f"n{row['target']}"]
    assert all(edge[k] == row[k] for k in columns + ["significant"]), (edge, row)
PYTHON
  for reading in weight sign latency q_value z; do
    expect 0 "coupled:/granger/$reading" -output "of_$reading.csv" -select significant
    diff <(cut -d, -f1,2 significant.csv) <(cut -d, -f1,2 "of_$reading.csv") || fail "significant pairs of $reading"
  done
  mistake 'coupled/causality.h5:/granger: stands for a table' coupled:/granger -output x.npy
}

# Names that CSV and XML must protect, of fixed and of variable length; then numbers of observed neurons.
test_labels() {
  "$python" - <<'PYTHON'
import json
import shutil

import h5py
import numpy

labels = ["a,b", 'say "hi"', "<x & y>", "Müller", "two\nlines", " plain ", "日本", "'", "&amp;", "x" * 7]
json.dump(labels, open("labels.json", "w"))
for name in ("fixed", "variable", "bad", "observed", "unsigned"):
    shutil.copy("tiny/causality.h5", name + ".h5")
with h5py.File("fixed.h5", "a") as h5:
    encoded = [label.encode() for label in labels]
    h5["labels"] = numpy.array(encoded, dtype=h5py.string_dtype("utf-8", max(map(len, encoded))))
with h5py.File("variable.h5", "a") as h5:
    h5.create_dataset("labels", data=labels, dtype=h5py.string_dtype("utf-8"))
with h5py.File("bad.h5", "a") as h5:
    h5["labels"] = numpy.array([b"\xff\x01", b"\xc3"] + 8 * [b"ok"])
    h5["wide"], h5["text"] = numpy.zeros((3, 4)), b"words"
    h5["nan"] = numpy.where(numpy.eye(10), 1, numpy.nan)
    h5["short/gc"] = numpy.zeros((3, 3))
    h5["short/gc"].attrs["sense"] = "larger"
    h5["missing"] = h5py.SoftLink("/nowhere/gc")
    for group, names in (("scipy", ("data", "indices", "indptr")), ("matlab", ("data", "ir", "jc")), ("pairs", ("row", "col"))):
        for name in names:
            h5[f"{group}/{name}"] = numpy.arange(4)
with h5py.File("unsigned.h5", "a") as h5:
    h5["labels"] = numpy.arange(10, dtype="u8") + numpy.uint64(2**63)
json.dump([str(k + 2**63) for k in range(10)], open("unsigned.json", "w"))
with h5py.File("observed.h5", "a") as h5:
    h5["observed_neurons"] = numpy.arange(10) * 1000000007
json.dump([str(k * 1000000007) for k in range(10)], open("observed.json", "w"))
PYTHON
  check_edges fixed.h5 fixed.h5 /granger/gc all labels.json
  check_edges variable.h5 variable.h5 /granger/gc all labels.json
  check_edges unsigned.h5 unsigned.h5 /granger/gc all unsigned.json
  check_edges observed.h5 observed.h5 /granger/gc significant observed.json
  compare
  # what is not UTF-8 does not break XML
  expect 0 bad.h5:/granger/gc -output bad.graphml
  "$python" -c 'import networkx; networkx.read_graphml("bad.graphml")' || fail "bad.graphml"
  expect 0 bad.h5:/nan -output nan.csv
  [ "$(wc -l <nan.csv)" -eq 1 ] || fail "edges without a number: $(cat nan.csv)"
}

# More rows than one block, and a matrix that is not square to the size of a block.
test_blocks() {
  "$python" - <<'PYTHON'
import h5py
import numpy

with h5py.File("large.h5", "w") as h5:
    random = numpy.random.default_rng(1)
    scores, p = random.standard_normal((1300, 1300)), random.random((1300, 1300))
    p[scores > 2.8] *= 1e-5
    h5["m/score"] = scores
    h5["m/score"].attrs["sense"] = "larger"
    h5["m/score"].attrs["p_value"] = "score_p_value"
    h5.create_dataset("m/score_p_value", data=p, chunks=(64, 64), compression=1)
PYTHON
  check_edges large.h5 large.h5 /m/score top:5000
  check_edges large.h5 large.h5 /m/score significant
  check_matrix large.h5 large.h5 /m/score
  compare
  rm large.h5
}

test_mistakes() {
  mistake 'export: needs scores: causeway export FILE' -output x.csv
  mistake 'export: needs -output' tiny:/granger/gc
  mistake 'tiny: does not say which scores: .*tiny/causality.h5' tiny -output x.csv
  mistake 'nowhere.h5: cannot open' nowhere.h5:/granger/gc -output x.csv
  mistake 'labels.json: is not an HDF5 file' labels.json:/granger/gc -output x.csv
  mistake 'tiny/causality.h5: has no /granger/gx; causeway info' tiny:/granger/gx -output x.csv
  mistake 'bad.h5: has no /missing' bad.h5:/missing -output x.csv
  mistake 'tiny/causality.h5:/granger: is neither a matrix' tiny:/granger -output x.csv
  mistake 'bad.h5:/wide: is 3 x 4' bad.h5:/wide -output x.csv
  for group in scipy matlab; do
    mistake "bad.h5:/$group: is a sparse matrix of another program.*full matrix" bad.h5:/$group -output x.csv
  done
  mistake 'bad.h5:/pairs: is neither a matrix nor a group of sparse scores' bad.h5:/pairs -output x.csv
  mistake 'bad.h5:/text: is not a matrix of numbers' bad.h5:/text -output x.csv
  mistake 'bad.h5:/labels: has 10 entries for the 3 neurons' bad.h5:/short/gc -output x.csv
  mistake '-output = x.dat: the ending' tiny:/granger/gc -output x.dat
  mistake '-format = gml: must be one of' tiny:/granger/gc -output x.csv -format gml
  mistake '-select = top:0: expected' tiny:/granger/gc -output x.csv -select top:0
  mistake '-select = some: expected' tiny:/granger/gc -output x.csv -select some
  mistake '-select = significant: .*has neither' tiny:/signed/intervention -output x.csv \
    -select significant
  mistake '-select = all: npy holds' tiny:/granger/gc -output x.npy -select all
  mistake '-selct: is not an option of export' tiny:/granger/gc -output x.csv -selct all
  mistake '-output: needs a value' tiny:/granger/gc -output
  mistake '-output = default.csv: exists already' tiny:/granger/gc -output default.csv
  mistake '-output = tiny: is a directory' tiny:/granger/gc -output tiny -format csv -overwrite
  mistake '-output = fixed.h5: is the file' fixed.h5:/granger/gc -output fixed.h5 -format npy \
    -overwrite
  mistake 'nowhere/x.csv: cannot write' tiny:/granger/gc -output nowhere/x.csv
  mistake '/dev/full: cannot write|-output = /dev/full' tiny:/granger/gc -output /dev/full -format csv
  expect 0 help
  grep -q 'top:K' "$run_stdout" || fail "help"
  [ -z "$(find . -name '*.partial')" ] || fail "provisional files are left"
}

# What a damaged file hides is not absent: an attribute that cannot be read, and a list of names.
test_damage() {
  local word
  for word in sense labels; do
    "$python" - hidden.h5 "$word" <<'PYTHON'
import sys
import h5py
path, word = sys.argv[1:]
with h5py.File(path, "w") as file:
    file["m/gc"] = [[0.0, 1.0], [2.0, 0.0]]
    file["m/gc"].attrs["sense"] = "smaller"
    file["labels"] = [b"a", b"b"]
    header = h5py.h5o.get_info(file["labels"].id).addr
with open(path, "r+b") as file:  # the version of the attribute, 8 bytes before its name, or that of the dataset's header
    file.seek(file.read().rindex(b"sense\0") - 8 if word == "sense" else header)
    file.write(b"\xee")
PYTHON
    mistake "hidden.h5: the file is damaged: " hidden.h5:/m/gc -output x.csv
  done
}

for part in test_run test_sparse test_couplings test_labels test_blocks test_mistakes test_damage; do
  "$part"
  echo "$part: passed at $SECONDS s"
done
