#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Neurons are told by their ids: in reports whatever the order of the columns, in spikes whatever the ids, in truths
# whatever the order of the nodes; what cannot be told is refused in one line.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
find_python h5py numpy || skip "no Python with h5py, numpy"
cd "$work"
"$python" "$tests_app/make_identity.py"

expect_wrong() { # MESSAGE ARGUMENT...
  run_causeway 2 "${@:2}"
  [ "$run_status" -eq 2 ] || fail "${*:2}: status $run_status: $(cat "$run_stderr")"
  [ "$(grep -c '^causeway: ' "$run_stderr")" -eq 1 ] || fail "${*:2}: $(cat "$run_stderr")"
  grep -q -- "$1" "$run_stderr" || fail "${*:2}, $1: $(cat "$run_stderr")"
}

# ---- reports

expect_ok 1 import ascending.h5 -output 1.h5
expect_ok 3 import any.h5 -output 2.h5
expect_ok 1 import old.h5 -output 3.h5
expect_ok 2 import seconds.h5 -output 4.h5
expect_ok 3 import compartments.h5 -activity_compartments soma -output 5.h5
expect_ok 1 import open.h5 -activity_compartments soma -output 6.h5
expect_ok 2 import compartments.h5 -activity_compartments mean -output 7.h5
"$python" - <<'EOF' || fail "reports"
import h5py
import numpy as np

expected = np.load("expected.npz")
for k in range(1, 8):
    with h5py.File(f"{k}.h5") as file:
        report = file["report/neurons"]
        assert np.array_equal(report["mapping/node_ids"][:], expected["ids"]), k
        np.testing.assert_allclose(report["data"][:], expected["mean" if k == 7 else "x"], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(report["mapping/time"][:], [0, 1500, 1])
        names = [name.decode() for name in file["labels"][:]] if "labels" in file else []
        assert names == ([f"cell {n}" for n in expected["ids"]] if k < 4 else []), (k, names)
EOF
expect_wrong 'have the same neuron id 3' import repeated.h5 -output wrong.h5
expect_wrong '4 node_ids for the 5 columns' import few.h5 -output wrong.h5
expect_wrong 'node_ids: entry \[1\] is 18446744073709551615, where a whole number' import negative.h5 -output wrong.h5
expect_wrong '"fortnight"' import fortnights.h5 -output wrong.h5
expect_wrong '9 compartments of 5 neurons.*-activity_compartments' import compartments.h5 -output wrong.h5
expect_wrong 'no element 0.*node 3' import somaless.h5 -activity_compartments soma -output wrong.h5
expect_wrong 'index_pointers give node 3' import gap.h5 -activity_compartments mean -output wrong.h5
[ ! -e wrong.h5 ] || fail "what is refused leaves a file"

# channels without names are called by the ids of their neurons, in reports and of spikes
cp any.h5 bare.h5
"$python" -c 'import h5py; del h5py.File("bare.h5", "r+")["labels"]'
id=$("$python" -c 'import numpy as np; print(sorted(np.load("expected.npz")["ids"])[2])')
for pair in "bare.h5 $id" "in_seconds.h5 4000002 -activity_bin 10"; do
  read -r file id bins <<<"$pair"
  # shellcheck disable=SC2086  # an option and its value
  expect_ok 2 import "$file" $bins -activity_channels "$id" -output chosen.h5 -overwrite
  "$python" -c "import h5py; assert h5py.File('chosen.h5')['report/neurons/mapping/node_ids'][:].tolist() == [$id]" ||
    fail "$file: channel $id is not that of id $id"
done
expect_wrong 'has no channel' import bare.h5 -activity_channels 999983 -output wrong.h5

# ---- spikes

expect_ok 1 import big.h5 -activity_bin 10 -output 1.h5 -overwrite
expect_ok 3 import in_seconds.h5 -activity_bin 10 -output 2.h5 -overwrite
expect_ok 1 import in_us.h5 -activity_bin 10 -output 3.h5 -overwrite
expect_ok 2 import gids.h5 -activity_bin 10 -output 4.h5 -overwrite
expect_ok 3 import whole.h5 -activity_bin 10 -output 5.h5 -overwrite
"$python" - <<'EOF' || fail "spikes"
import h5py
import numpy as np

with h5py.File("big.h5") as file:
    who, when = file["spikes/p/node_ids"][:], file["spikes/p/timestamps"][:]
first = np.floor(when.min() / 10)
counts = np.zeros((int(np.floor(when.max() / 10) - first) + 1, 3))
np.add.at(counts, ((when // 10 - first).astype(int), (who - 4000001).astype(int)), 1)
for k in range(1, 6):
    with h5py.File(f"{k}.h5") as file:
        assert np.array_equal(file["report/neurons/data"][:], counts), k
        assert list(file["report/neurons/mapping/node_ids"][:]) == [4000001, 4000002, 4000003], k
EOF
expect_wrong '"fortnight"' import unknown.h5 -activity_bin 10 -output wrong.h5
expect_wrong 'node_ids: entry \[200\] is 18446744073709551615, where a whole number' import minus.h5 -activity_bin 10 -output wrong.h5
expect_wrong 'p/node_ids: entry \[200\] is 400000[123].5, where a whole number' import half.h5 -activity_bin 10 -output wrong.h5
expect_wrong 'p/node_ids: entry \[7\] is nan, where a whole number' import nan.h5 -activity_bin 10 -output wrong.h5
expect_wrong 'the id -1' import signed.h5 -activity_bin 10 -output wrong.h5

# ---- numbers that double precision does not hold

for data in long0.npy long0.h5:/v long1.h5:/v long2.npy long2.h5:/v; do
  expect_ok 2 import $data -activity_layout neuron_time -output long.h5 -overwrite
  case $data in
    long2*) expected=1 ;;
    *) expected=0 ;;
  esac
  [ "$(grep -c '^warning: .*beyond 2^53' "$run_stdout")" = $expected ] || fail "$data: $(cat "$run_stdout" "$run_stderr")"
done
expect_ok 2 import numbered.h5 -output long.h5 -overwrite
"$python" -c 'import h5py; assert [int(name) - 2**63 for name in h5py.File("long.h5")["labels"]] == [*range(5)]' ||
  fail "names that are numbers without a sign"

# ---- truths

auroc() { # DIRECTORY
  "$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["scores"][0]["auroc_offdiagonal"])' "$1/summary.json"
}
infer=(run -methods granger -granger_order 1)
expect_ok 3 "${infer[@]}" -activity any.h5 -truth truth.h5 -output inferred
[ "$(auroc inferred)" = 1.0 ] || fail "a truth with other neurons in another order: AUROC $(auroc inferred)"
grep -q 'covers 5 of the 7 neurons of truth.h5' "$run_stdout" || fail "log: $(cat "$run_stdout")"
expect_ok 1 "${infer[@]}" -activity ascending.h5 -truth matrix.h5:/w -output matrix
[ "$(auroc matrix)" = 1.0 ] || fail "a matrix with ids: AUROC $(auroc matrix)"
expect_ok 1 "${infer[@]}" -activity permuted.h5 -truth larger.h5 -output larger
[ "$(auroc larger)" = 1.0 ] || fail "ids from 0 of a larger population: AUROC $(auroc larger)"
for ranks in 1 3; do # the file of scores by itself
  expect_ok "$ranks" evaluate -scores inferred/causality.h5:/granger/f_statistic -truth truth.h5 -output "alone$ranks"
  [ "$(auroc "alone$ranks")" = 1.0 ] || fail "scores of a file: AUROC $(auroc "alone$ranks")"
done
# scores of others that name their rows
"$python" - <<'EOF'
import h5py

with h5py.File("inferred/causality.h5") as file:
    scores, ids = file["granger/f_statistic"][()], file["observed_neurons"][()]
for name, rows in (("named", ids), ("turned", ids[::-1]), ("short", ids[1:])):
    with h5py.File(f"{name}.h5", "w") as file:
        file["s"] = scores if name != "turned" else scores[::-1, ::-1]
        file["node_ids"] = rows
EOF
expect_ok 2 evaluate -scores named.h5:/s -truth truth.h5 -output named
[ "$(auroc named)" = 1.0 ] || fail "scores with /node_ids: AUROC $(auroc named)"
expect_wrong 'turned.h5:/node_ids: entry 1 .* ascend' evaluate -scores turned.h5:/s -truth truth.h5 -output wrong
expect_wrong 'short.h5' evaluate -scores short.h5:/s -truth truth.h5 -output wrong
expect_wrong 'neuron id 41' "${infer[@]}" -activity any.h5 -truth other.h5 -output wrong
expect_wrong 'neuron id 8.* give the truth in HDF5 with a dataset /node_ids' "${infer[@]}" -activity any.h5 -truth nameless.h5:/w -output wrong
expect_wrong 'target_node_id: entry \[1\] is 12.5, where a whole number' evaluate \
  -scores inferred/causality.h5:/granger/f_statistic -truth half_edge.h5
expect_wrong 'neuron id 41' evaluate -scores inferred/causality.h5:/granger/f_statistic -truth other.h5

# names without ids: of more neurons in the same order, in another order, of others, of none
"$python" - <<'EOF'
import h5py
import numpy as np

random = np.random.default_rng(2)
x = np.zeros((4, 2000))
for t in range(1, 2000):
    x[:, t] = random.standard_normal(4)
    x[1:, t] += 0.8 * x[:-1, t - 1]
with open("names.csv", "w") as file:
    file.write("b,c,e,f\n" + "\n".join(",".join(f"{v:.6f}" for v in row) for row in x.T))
w = np.zeros((6, 6))
for target, source in (2, 1), (4, 2), (5, 4), (0, 3):
    w[target, source] = 1
for name, labels in (("more", "abcdef"), ("back", "fedcba"), ("some", "abcdxy"), ("others", "uvwxyz")):
    with h5py.File(f"{name}.h5", "w") as file:
        file["w"] = w if name != "back" else w[::-1, ::-1]
        file["labels"] = [label.encode() for label in labels]
with h5py.File("forgotten.h5", "w") as file:
    file["w"] = np.eye(4, k=-1)
    file["labels"] = [b"b", b"c", b"e"]
with h5py.File("four.h5", "w") as file:
    file["w"] = np.eye(4, k=-1)
    file["labels"] = [b"n1", b"n2", b"n3", b"n4"]
EOF
named=("${infer[@]}" -activity names.csv -activity_interval 1)
for ranks in 1 3; do
  expect_ok "$ranks" "${named[@]}" -truth more.h5:/w -output "named$ranks"
  [ "$(auroc "named$ranks")" = 1.0 ] || fail "names of a larger truth: AUROC $(auroc "named$ranks")"
  grep -q 'covers 4 of the 6 neurons of more.h5:/w' "$run_stdout" || fail "log: $(cat "$run_stdout")"
done
expect_ok 1 evaluate -scores named1/causality.h5:/granger/f_statistic -truth more.h5:/w -output again1
[ "$(auroc again1)" = 1.0 ] || fail "names of a file of scores: AUROC $(auroc again1)"
expect_ok 1 "${named[@]}" -truth four.h5:/w -output four
[ "$(auroc four)" = 1.0 ] || fail "a truth of other names, by position: AUROC $(auroc four)"
grep -q 'share no neuron name: neurons are compared by position' "$run_stdout" || fail "log: $(cat "$run_stdout")"
expect_ok 1 "${named[@]}" -truth forgotten.h5:/w -output forgotten
grep -q '^warning: forgotten.h5:/w has 4 neurons, but /labels in its file has 3 names; the names are not used' "$run_stdout" ||
  fail "log: $(cat "$run_stdout")"
expect_wrong 'back.h5:/w: has the 4 neurons of the activity in another order' \
  "${named[@]}" -truth back.h5:/w -output wrong
expect_wrong 'some.h5:/w: lacks 2 of the 4 neurons of the activity: e, f' "${named[@]}" -truth some.h5:/w -output wrong
expect_wrong 'the activity has 4 neurons, but the truth others.h5:/w has 6' "${named[@]}" -truth others.h5:/w -output wrong
[ ! -e wrong ] || fail "what is refused leaves a directory"

# ---- units of NWB by their ids, whatever their order; ids as numbers of rows; times that an import has rounded

"$python" - <<'EOF'
import json

import h5py
import numpy as np

random = np.random.default_rng(5)
first = np.flatnonzero(random.random(3000) < 0.1)  # in bins of 5 ms; unit 3 excites 12 a bin later
trains = {12: first[random.random(len(first)) < 0.7] + 1, 3: first, 7: np.flatnonzero(random.random(3000) < 0.1)}
times = {unit: 5e-3 * (bins + random.uniform(0.1, 0.9, len(bins))) for unit, bins in trains.items()}
with h5py.File("units.nwb", "w") as file:
    group = file.create_group("units")
    group["id"] = list(times)
    group["spike_times"] = np.concatenate(list(times.values()))
    group["spike_times_index"] = np.cumsum([len(t) for t in times.values()])
    group["obs_intervals"] = [[0, 15.1]] * 3
    group["obs_intervals_index"] = [1, 2, 3]
counts = np.zeros((3020, 3))
for column, unit in enumerate(sorted(trains)):
    counts[trains[unit], column] = 1
np.save("counts.npy", counts)
weights = np.zeros((3, 3))
weights[2, 0] = 1
with h5py.File("of_units.h5", "w") as file:
    file["w"] = weights
    file["node_ids"] = [3, 7, 12]
large = np.zeros((13, 13))
large[12, 3] = 1
np.save("of_rows.npy", large)
with open("of_one.csv", "w") as file:
    file.write("unit,spike_time_s\n")
    file.writelines(f"{unit},{t:.6f}\n" for unit in times for t in times[unit])
json.dump({"networks": {"nodes": [{"nodes_file": "larger.h5"}], "edges": [{"edges_file": "larger.h5"}]}},
          open("circuit.json", "w"))
EOF
bins=(-activity_bin 5 -activity_missing drop)
for ranks in 1 3; do
  expect_ok "$ranks" "${infer[@]}" -activity units.nwb "${bins[@]}" -truth of_units.h5:/w -output "units$ranks"
  [ "$(auroc "units$ranks")" = 1.0 ] || fail "ids of units: AUROC $(auroc "units$ranks")"
done
grep -q 'units are sorted by id' "$run_stdout" || fail "log: $(cat "$run_stdout")"
if command -v gnuplot >/dev/null; then
  expect_ok 1 report units3
  grep -q 'The truth has 1 edges' units3/report.html || fail "the report has another truth"
fi
expect_ok 1 evaluate -scores units1 -truth of_units.h5:/w -output units_again
[ "$(auroc units_again)" = 1.0 ] || fail "ids of units in a file of scores: AUROC $(auroc units_again)"
for activity in units.nwb of_one.csv; do
  expect_ok 2 "${infer[@]}" -activity $activity "${bins[@]}" -truth of_rows.npy -output of_rows -overwrite
  [ "$(auroc of_rows)" = 1.0 ] || fail "ids as numbers of rows: AUROC $(auroc of_rows)"
  grep -q '^warning: of_rows.npy: has no ids, so the neuron with id 3 is compared with its row 3, counted from 0' "$run_stdout" ||
    fail "log: $(cat "$run_stdout")"
done
expect_wrong 'has 4 neurons, but the truth has 7' evaluate -scores named1/causality.h5:/granger/f_statistic -truth circuit.json
expect_ok 3 import units.nwb -activity_bin 5 -output units.h5
"$python" - <<'EOF' || fail "units of NWB"
import h5py
import numpy as np

with h5py.File("units.h5") as file:
    assert list(file["report/neurons/mapping/node_ids"][:]) == [3, 7, 12]
    assert np.array_equal(file["report/neurons/data"][:], np.load("counts.npy"))
EOF
cp units.nwb in_ms.nwb
"$python" -c 'import h5py; h5py.File("in_ms.nwb", "r+")["units/spike_times"].attrs["unit"] = "milliseconds"'
expect_wrong 'in_ms.nwb:/units/spike_times: the unit is milliseconds, but NWB prescribes seconds' import in_ms.nwb -activity_bin 5 -output wrong.h5
for width in 1 7.5; do
  expect_wrong "activity_bin = $width ms: the times of units.h5:/spikes/neurons have a resolution of 5 ms" \
    import units.h5:/spikes/neurons -activity_bin $width -output wrong.h5
done
expect_ok 1 import units.h5:/spikes/neurons -activity_bin 10 -output units_10.h5
expect_ok 1 info units.h5
grep -q -- '-activity units.h5:/spikes/neurons -activity_bin 5$' "$run_stdout" || fail "info: $(cat "$run_stdout")"

# ---- a network with ids that is simulated, recorded in part, and inferred from by another run

simulated=(-network_type file -network_file weighted.h5 -simulate_duration 1000 -record_neurons every:2)
expect_ok 2 simulate "${simulated[@]}" -output simulated
"$python" - <<'EOF' || fail "ids of a simulation"
import h5py

with h5py.File("simulated/network.h5") as file:
    assert list(file["nodes/neurons/node_id"][:]) == [3, 5, 8, 12, 41, 700, 900]
    edges = file["edges/synapses"]
    assert list(zip(edges["source_node_id"][:], edges["target_node_id"][:])) == [(3, 8), (8, 12), (12, 41), (41, 700)]
with h5py.File("simulated/activity.h5") as file:
    assert list(file["report/neurons/mapping/node_ids"][:]) == [3, 8, 41, 900]
    assert set(file["spikes/neurons/node_ids"][:]) == {3, 5, 8, 12, 41, 700, 900}
EOF
expect_ok 3 "${infer[@]}" -activity simulated/activity.h5 -activity_clip 30 -truth weighted.h5 -output again
expect_ok 1 "${infer[@]}" "${simulated[@]}" -activity_clip 30 -output whole
[ "$(auroc again)" = "$(auroc whole)" ] || fail "a run by itself $(auroc whole), of its files $(auroc again)"
expect_ok 2 simulate "${simulated[@]}" -observe_model fluorescence -output seen
