#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SONATA networks as others publish them: weights, signs, delays and numbers of neurons equal to what h5py and libsonata
# read of them, whatever the number of ranks; what the files do not say is refused in one line.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
find_python h5py libsonata numpy || skip "no Python with h5py, libsonata, numpy"
cd "$work"
"$python" "$tests_app/make_sonata_networks.py" .

cell=(-simulate_neuron lif_exp -simulate_duration 10 -simulate_step 0.1 -record_variables none)

reads() { # NAME RANKS OPTION...: a network is what NAME.npz holds, and so says the log
  local name=$1 ranks=$2
  shift 2
  run_causeway "$ranks" simulate -network_type file "${cell[@]}" -output read -overwrite "$@"
  [ "$run_status" -eq 0 ] || fail "$*: $(cat "$run_stderr")"
  "$python" "$tests_app/check_sonata_networks.py" . "$name" read "$run_stdout" || fail "$* on $ranks ranks: $(cat "$run_stdout")"
}

for ranks in 1 3; do
  reads points "$ranks" -network_file points/circuit_config.json
  reads mixed "$ranks" -network_file mixed.h5 -network_edge_types mixed_edge_types.csv
done
cells=(-network_file cells/network/cortex_cortex_edges.h5 -network_nodes cells/network/cortex_nodes.h5
       -network_node_types cells/network/cortex_node_types.csv)
reads cells 3 "${cells[@]}" -network_edge_types cells/network/cortex_cortex_edge_types.csv
reads cells 1 "${cells[@]}" -network_edge_types cells/network/commas.csv
reads cells 1 "${cells[@]}" -network_edge_types cells/network/weight.csv
reads intfire 3 -network_file intfire/config.circuit.json
{ printf '\xef\xbb\xbf'; cat points/circuit_config.json; } >points/marked.json
reads points 2 -network_file points/marked.json
reads points 1 -network_file points/simulation_config.json -network_population internal
grep -q 'population external of 100 neurons (virtual) is left out' "$run_stdout" || fail "left out: $(cat "$run_stdout")"
reads both 3 -network_file points/circuit_config.json -network_population internal,external
reads bare 1 -network_file two.h5
reads bare 1 -network_file alone.h5:/edges/p -network_nodes 6
reads bare 3 -network_file alone.h5 -network_nodes n_nodes.h5
run_causeway 2 simulate -network_type file "${cell[@]}" -network_file numbers.h5 -network_nodes 6 -output numbers
for line in '2 edges have several synapses (nsyns)' '1 edges have no synapse'; do
  grep -q "$line" "$run_stdout" || fail "nsyns: $(cat "$run_stdout" "$run_stderr")"
done
reads bare 1 -network_file unnamed.h5 -network_nodes 6
reads bare 1 -network_file conductance.h5 -network_nodes 6 -network_weight_attribute conductance

# ---- a file that a configuration has twice, by other names

mkdir twice
cp -r points/network twice
"$python" - <<'EOF'
import json

for part, file in [("edges", "edges_file"), ("nodes", "nodes_file")]:
    with open("points/circuit_config.json", encoding="utf-8") as stream:
        config = json.load(stream)
    again = dict(config["networks"][part][0])
    again[file] = again[file].replace("$NETWORK_DIR/", "$NETWORK_DIR/../network/", 1)
    assert again != config["networks"][part][0]
    config["networks"][part].append(again)
    with open(f"twice/{part}.json", "w", encoding="utf-8") as stream:
        json.dump(config, stream)
EOF
for part in edges nodes; do
  run_causeway 2 simulate -network_type file "${cell[@]}" -network_file "twice/$part.json" -output twice/run
  [ "$run_status" -eq 2 ] || fail "$part twice: $(cat "$run_stdout" "$run_stderr")"
  grep -q "twice/$part.json: has the file .*/network/internal_.*$part.h5 of $part twice; remove one" "$run_stderr" || fail "$part twice: $(cat "$run_stderr")"
done

# ---- delays beside the grid are told, those on it are not

grep -q 'delays are rounded' "$run_stdout" && fail "delays on the grid: $(cat "$run_stdout")"
run_causeway 3 simulate -network_type file "${cell[@]}" "${cells[@]}" -simulate_step 0.4 -output grid \
  -network_edge_types cells/network/cortex_cortex_edge_types.csv
grep -q '1479 delays are rounded to steps of 0.4 ms (simulate_step), by at most 0.1 ms' "$run_stdout" ||
  fail "delays beside the grid: $(cat "$run_stdout" "$run_stderr")"

# ---- what is for SONATA networks alone is refused where there is none, also of a truth

"$python" - <<'EOF'
import h5py
import numpy as np

matrix = np.eye(6, k=-1)
np.save("matrix.npy", matrix)
np.savetxt("matrix.csv", matrix, delimiter=",")
with h5py.File("matrix.h5", "w") as file:
    file["w"] = matrix
EOF
scored=(evaluate -scores matrix.npy -output scored -overwrite)
run_causeway 2 "${scored[@]}" -truth matrix.h5:/w -network_weight_attribute w
[ "$run_status" -eq 2 ] || fail "an option of SONATA networks with a matrix: $(cat "$run_stdout")"
grep -q 'network_weight_attribute: is for SONATA networks.*matrix.h5:/w is a matrix' "$run_stderr" || fail "$(cat "$run_stderr")"
run_causeway 1 run -network_type small_world -network_neurons 10 -network_nodes 10 -output wrong
[ "$run_status" -eq 2 ] || fail "an option of SONATA networks without one: $(cat "$run_stdout")"
grep -q 'network_nodes: is for SONATA networks.*no network is read' "$run_stderr" || fail "$(cat "$run_stderr")"
run_causeway 1 "${scored[@]}" -truth matrix.csv
[ "$run_status" -eq 2 ] || fail "a table as truth: $(cat "$run_stdout")"
grep -q 'matrix.csv: is not a network' "$run_stderr" || fail "$(cat "$run_stderr")"
run_causeway 2 "${scored[@]}" -truth alone.h5 -network_nodes 6
[ "$run_status" -eq 0 ] || fail "a truth in SONATA: $(cat "$run_stderr")"

# ---- what is written is read again, and ids are kept

run_causeway 2 simulate -network_type file -network_file mixed.h5 -network_edge_types mixed_edge_types.csv "${cell[@]}" \
  -output once
[ "$run_status" -eq 0 ] || fail "$(cat "$run_stderr")"
reads mixed 3 -network_file once/network.h5

# ---- info

run_causeway 1 info points/circuit_config.json
grep -q 'network    300 neurons, 60 of them inhibitory' "$run_stdout" || fail "info: $(cat "$run_stdout")"
run_causeway 1 info cells/network/cortex_cortex_edge_types.csv
grep -q 'network_edge_types' "$run_stdout" || fail "info: $(cat "$run_stdout")"
run_causeway 1 info alone.h5
grep -q 'SONATA edges, 4 from population n to n' "$run_stdout" || fail "info: $(cat "$run_stdout")"
run_causeway 1 info n_nodes.h5
grep -q 'SONATA nodes, population n of 6 neurons' "$run_stdout" || fail "info: $(cat "$run_stdout")"

# ---- mistakes

wrong() { # MESSAGE OPTION...
  local message=$1
  shift
  run_causeway 2 simulate -network_type file "${cell[@]}" -output wrong "$@"
  [ "$run_status" -eq 2 ] || fail "$*: status $run_status: $(cat "$run_stderr")"
  [ "$(grep -c '^causeway: ' "$run_stderr")" -eq 1 ] || fail "$*: $(cat "$run_stderr")"
  grep -q -- "$message" "$run_stderr" || fail "$*, $message: $(cat "$run_stderr")"
  [ ! -e wrong ] || fail "$*: wrote something"
}

types=cells/network
wrong 'the size of population n,.*is unknown.*-network_nodes' -network_file alone.h5
wrong 'nodes are known of m' -network_file other.h5
wrong 'node_population.*-network_nodes' -network_file unnamed.h5
wrong 'has node 2, which' -network_file alone.h5 -network_nodes 2
wrong 'have the same neuron id 5' -network_file repeated.h5
wrong 'has node 2, which' -network_file beyond.h5
wrong 'no syn_weight.*-network_edge_types' -network_file conductance.h5 -network_nodes 6
wrong 'edge_group_id names group 2, which the file does not contain' -network_file nogroup.h5 -network_nodes 6
wrong 'is entry 9' -network_file shortgroup.h5 -network_nodes 6
wrong '-network_edge_types' "${cells[@]}"
wrong 'no type 101' "${cells[@]}" -network_edge_types $types/lacking.csv
wrong 'nor has its type in' "${cells[@]}" -network_edge_types $types/null.csv
wrong 'line 3: the type 100 occurs in line 2 too' "${cells[@]}" -network_edge_types $types/twice.csv
wrong 'line 2: has 6 cells' "${cells[@]}" -network_edge_types $types/short.csv
wrong 'line 2, column syn_weight: "two"' "${cells[@]}" -network_edge_types $types/word.csv
wrong 'no column edge_type_id' "${cells[@]}" -network_edge_types $types/unkeyed.csv
wrong 'cannot open' "${cells[@]}" -network_edge_types missing.csv
wrong 'no population v2.*internal, external (virtual)' -network_file points/circuit_config.json -network_population v2
wrong 'leave out network_edge_types' -network_file points/circuit_config.json -network_edge_types $types/weight.csv
wrong 'network_population: is for SONATA networks, but matrix.h5:/w is a matrix' -network_file matrix.h5:/w \
  -network_population n
wrong 'network_nodes: is for SONATA networks, but matrix.npy is a matrix' -network_file matrix.npy -network_nodes 3
wrong 'matrix.csv: is not a network; .*HDF5.*NumPy.*numpy.loadtxt("matrix.csv"' -network_file matrix.csv
wrong 'names the network' -network_file loop.json
wrong "does not define \$NOWHERE" -network_file variable.json
wrong 'line 2' -network_file broken.json
