# SPDX-License-Identifier: GPL-3.0-or-later
"""SONATA circuits in FOLDER as other tools write them, and what they are in FOLDER/NAME.npz, for check_sonata_networks.py.

The structures are those of published examples: 300 point neurons (weights of each edge, delays of types), 120 cells
(weights and delays of types) and 300 integrate-and-fire neurons (signs in the models of synapses, nsyns), with virtual
populations that drive them; then what these do not have: several groups, nodes in any order, several populations."""
import json
import os
import sys

import h5py
import numpy as np

folder = sys.argv[1]
rng = np.random.default_rng(5)


def nodes(path, name, types, ids=None, groups=None):
    with h5py.File(f"{folder}/{path}", "a") as file:
        group = file.create_group(f"nodes/{name}")
        group["node_type_id"] = np.array(types, dtype="uint32")
        if ids is not None:
            group["node_id"] = np.array(ids, dtype="uint64")
        group["node_group_id"] = np.zeros(len(types), dtype="uint32") if groups is None else groups[0]
        group["node_group_index"] = np.arange(len(types), dtype="uint64") if groups is None else groups[1]
        group.create_group("0")
        for number, columns in (groups[2] if groups else {}).items():
            for column, values in columns.items():
                group[f"{number}/{column}"] = values


def edges(path, name, ends, source, target, types=None, groups=None, **columns):
    with h5py.File(f"{folder}/{path}", "a") as file:
        group = file.create_group(f"edges/{name}")
        for end, population, values in (("source", ends[0], source), ("target", ends[1], target)):
            group[f"{end}_node_id"] = np.array(values, dtype="uint64")
            if population:
                group[f"{end}_node_id"].attrs["node_population"] = population
        if types is not None:
            group["edge_type_id"] = np.array(types, dtype="int32")
        if groups:
            group["edge_group_id"], group["edge_group_index"] = groups
        for column, values in columns.items():
            group[column.replace("__", "/")] = values


def table(path, text):
    with open(f"{folder}/{path}", "w", encoding="ascii") as file:
        file.write(text)


def circuit(path, node_parts, edge_parts, **more):
    os.makedirs(os.path.dirname(f"{folder}/{path}") or ".", exist_ok=True)
    with open(f"{folder}/{path}", "w", encoding="ascii") as file:
        json.dump({"manifest": {"$BASE_DIR": ".", "$NETWORK_DIR": "$BASE_DIR/network", "$MODELS": "${BASE_DIR}/models"},
                   "networks": {"nodes": [{"nodes_file": f"$NETWORK_DIR/{a}", "node_types_file": t and f"$NETWORK_DIR/{t}"}
                                          for a, t in node_parts],
                                "edges": [{"edges_file": f"$NETWORK_DIR/{a}", "edge_types_file": t and f"$NETWORK_DIR/{t}"}
                                          for a, t in edge_parts]}, **more}, file, indent="\t")


def expect(name, n, source, target, weight, delay, inhibitory, ids=None):
    order = np.lexsort((np.arange(len(source)), source, target))
    np.savez(f"{folder}/{name}.npz", n=n, source=np.array(source)[order], target=np.array(target)[order],
             weight=np.array(weight, dtype="float32")[order], delay=np.array(delay, dtype=float)[order],
             inhibitory=inhibitory, ids=np.arange(n) if ids is None else ids)


def connect(n_source, n_target, probability):
    target, source = np.nonzero(rng.random((n_target, n_source)) < probability)
    keep = rng.permutation(len(source))
    return source[keep], target[keep]


def point_neurons():
    """300: weights of each edge, delays of their types; 100 virtual cells."""
    os.makedirs(f"{folder}/points/network")
    kinds = np.repeat([0, 0, 0, 1, 1], [80, 80, 80, 30, 30])
    nodes("points/network/internal_nodes.h5", "internal", np.repeat(np.arange(100, 105), [80, 80, 80, 30, 30]))
    nodes("points/network/external_nodes.h5", "external", [105] * 100)
    table("points/network/internal_node_types.csv", "node_type_id ei model_name model_type dynamics_params\n" + "".join(
        f"{100 + k} {'eeeii'[k]} \"cell {k}\" point_process {k}.json\n" for k in range(5)))
    table("points/network/external_node_types.csv", "node_type_id ei model_type\n105 e virtual\n")
    source, target = connect(300, 300, 0.3)
    types = 100 + 2 * kinds[source] + kinds[target]
    weight = np.array([2.5, 7.0, -7.5, -3.0])[types - 100]
    edges("points/network/internal_internal_edges.h5", "internal_to_internal", ("internal", "internal"), source, target,
          types, (np.zeros(len(source), "uint16"), np.arange(len(source), dtype="uint32")), **{"0__syn_weight": weight})
    table("points/network/internal_internal_edge_types.csv",
          "edge_type_id target_query source_query delay dynamics_params model_template\n"
          "100 ei=='e' ei=='e' 2.0 ExcToExc.json nest:static_synapse\n101 ei=='i' ei=='e' 2.0 ExcToInh.json NULL\n"
          "102 ei=='e' ei=='i' 1.5 InhToExc.json static_synapse\n103 ei=='i' ei=='i' 2.0 InhToInh.json NULL\n")
    outside, inside = connect(100, 300, 0.1)
    edges("points/network/external_internal_edges.h5", "external_to_internal", ("external", "internal"), outside, inside,
          [100] * len(inside), (np.zeros(len(inside), "uint16"), np.arange(len(inside))),
          **{"0__syn_weight": np.full(len(inside), 50.0)})
    table("points/network/external_internal_edge_types.csv", "edge_type_id target_query source_query delay\n100 * * 2.0\n")
    parts = ([("internal_nodes.h5", "internal_node_types.csv"), ("external_nodes.h5", "external_node_types.csv")],
             [("internal_internal_edges.h5", "internal_internal_edge_types.csv"),
              ("external_internal_edges.h5", "external_internal_edge_types.csv")])
    circuit("points/circuit_config.json", *parts)
    with open(f"{folder}/points/simulation_config.json", "w", encoding="ascii") as file:
        json.dump({"manifest": {"$BASE_DIR": "${configdir}"}, "network": "$BASE_DIR/circuit_config.json"}, file)
    delay = np.where(types == 102, 1.5, 2.0)
    expect("points", 300, source, target, weight, delay, kinds)
    # both populations, one after the other in the order of the configuration
    expect("both", 400, np.concatenate([source, 300 + outside]), np.concatenate([target, inside]),
           np.concatenate([weight, np.full(len(inside), 50.0)]), np.concatenate([delay, np.full(len(inside), 2.0)]),
           np.concatenate([kinds, np.zeros(100, int)]))


def cells():
    """120 cells: weights and delays of types alone."""
    os.makedirs(f"{folder}/cells/network")
    nodes("cells/network/cortex_nodes.h5", "cortex", np.repeat([100, 101], [80, 40]))
    table("cells/network/cortex_node_types.csv", "node_type_id ei pop_name\n100 e LIF_exc\n101 i LIF_inh\n")
    source, target = connect(120, 120, 0.1)
    types = np.where(source < 80, 100, 101)
    edges("cells/network/cortex_cortex_edges.h5", "cortex_to_cortex", ("cortex", "cortex"), source, target, types,
          (np.zeros(len(source), "uint16"), np.arange(len(source))), **{"0__nsyns": np.ones(len(source), "uint16")})
    text = ("edge_type_id target_query source_query syn_weight delay dynamics_params model_template\n"
            "100 * ei=='e' 2.0 1.5 ExcToInh.json static_synapse\n101 * ei=='i' -1.5 1.5 InhToExc.json static_synapse\n")
    table("cells/network/cortex_cortex_edge_types.csv", text)
    table("cells/network/commas.csv", "\n".join(",".join(line.split()) for line in text.splitlines()) + "\n")
    table("cells/network/lacking.csv", text.splitlines()[0] + "\n" + text.splitlines()[1] + "\n")
    table("cells/network/null.csv", text.replace(" 2.0 ", " NULL "))
    table("cells/network/twice.csv", text.replace("101 *", "100 *"))
    table("cells/network/short.csv", text.replace(" static_synapse\n101", "\n101"))
    table("cells/network/word.csv", text.replace(" 2.0 ", " two "))
    table("cells/network/unkeyed.csv", text.replace("edge_type_id", "type"))
    table("cells/network/weight.csv", text.replace("syn_weight", "weight"))
    expect("cells", 120, source, target, np.where(source < 80, 2.0, -1.5), np.full(len(source), 1.5),
           (np.arange(120) >= 80).astype(int))


def integrate_and_fire():
    """300: weights are positive, the models of synapses say which inhibit; 10 synapses an edge."""
    os.makedirs(f"{folder}/intfire/network")
    os.makedirs(f"{folder}/intfire/models")
    nodes("intfire/network/v1_nodes.h5", "v1", np.repeat([100, 101], [240, 60]))
    table("intfire/network/v1_node_types.csv", "node_type_id model_name\n100 LIF_exc\n101 LIF_inh\n")
    for name, sign in (("instanteneousExc", 1), ("instanteneousInh", -1)):
        with open(f"{folder}/intfire/models/{name}.json", "w", encoding="ascii") as file:
            json.dump({"level_of_detail": "instanteneous", "sign": sign}, file)
    source, target = connect(300, 300, 0.1)
    types = np.where(source >= 240, np.where(target >= 240, 100, 101), np.where(target >= 240, 102, 103))
    edges("intfire/network/v1_v1_edges.h5", "v1_to_v1", ("v1", "v1"), source, target, types,
          (np.zeros(len(source), "uint16"), np.arange(len(source))), **{"0__nsyns": np.full(len(source), 10, "uint16")})
    table("intfire/network/v1_v1_edge_types.csv", "edge_type_id delay weight_function syn_weight dynamics_params\n"
          "100 2.0 wmax 0.01 instanteneousInh.json\n101 2.0 wmax 0.15 instanteneousInh.json\n"
          "102 2.0 wmax 0.3 instanteneousExc.json\n103 2.0 wmax 0.002 instanteneousExc.json\n")
    circuit("intfire/config.circuit.json", [("v1_nodes.h5", "v1_node_types.csv")], [("v1_v1_edges.h5", "v1_v1_edge_types.csv")],
            components={"synaptic_models_dir": "$MODELS"})
    weight = 10 * np.array([-0.01, -0.15, 0.3, 0.002])[types - 100]
    expect("intfire", 300, source, target, weight, np.full(len(source), 2.0), (np.arange(300) >= 240).astype(int))


def mixed():
    """Two groups with other columns, entries in any order; nodes in any order with gaps, their kinds in node groups."""
    ids = rng.permutation(1000)[:50] * 3 + 7
    member = np.arange(50) % 2
    index = np.empty(50, int)
    kinds = rng.integers(0, 2, 50)
    columns = {}
    for g in (0, 1):
        mine = np.flatnonzero(member == g)
        place = rng.permutation(len(mine))
        index[mine] = place
        column = np.empty(len(mine), int)
        column[place] = kinds[mine]
        columns[g] = {"ei": np.array(["e", "i"], dtype="S1")[column]} if g else {
            "synapse_class": column.astype("uint32"), "@library/synapse_class": np.array(["EXC", "INH"], dtype="S3")}
    nodes("mixed.h5", "n", [1] * 50, ids, (member.astype("uint32"), index.astype("uint64"), columns))
    nodes("mixed.h5", "m", [1] * 9)
    source, target = connect(50, 50, 0.2)
    group = rng.choice([1, 4], len(source))
    entry = np.empty(len(source), int)
    weight, delay = rng.uniform(1, 2, len(source)), rng.integers(1, 30, len(source)) * 0.1
    held = {}
    for g in (1, 4):
        mine = np.flatnonzero(group == g)
        place = rng.permutation(len(mine))
        entry[mine] = place
        for name, values in (("syn_weight", weight), ("delay", delay)):
            if g == 1 or name == "syn_weight":
                column = np.empty(len(mine))
                column[place] = values[mine]
                held[f"{g}__{name}"] = column
    edges("mixed.h5", "n_to_n", ("n", "n"), ids[source], ids[target], [7] * len(source),
          (group.astype("uint16"), entry.astype("uint32")), **held)
    table("mixed_edge_types.csv", "edge_type_id population delay\n7 other 9.0\n7 n_to_n 0.7\n")
    rank = np.argsort(np.argsort(ids))
    expect("mixed", 50, rank[source], rank[target], np.where(kinds[source], -weight, weight),
           np.where(group == 1, delay, 0.7), kinds[np.argsort(ids)], np.sort(ids))


def bare():
    """Edges without nodes, without weights, of other nodes, beyond them."""
    ends = ([1, 2, 0, 2], [0, 0, 1, 1])
    weights = {"0__syn_weight": [1.0, 2.0, 3.0, 4.0]}
    edges("alone.h5", "p", ("n", "n"), *ends, **weights)
    edges("unnamed.h5", "p", ("", ""), *ends, **weights)
    edges("other.h5", "p", ("n", "n"), *ends, **weights)
    nodes("other.h5", "m", [0] * 9)
    edges("two.h5", "p", ("n", "n"), *ends, **weights)
    nodes("two.h5", "m", [0] * 3)
    nodes("two.h5", "n", [0] * 6)
    nodes("n_nodes.h5", "n", [0] * 6)
    nodes("repeated.h5", "n", [0] * 3, [5, 6, 5])
    edges("repeated.h5", "p", ("n", "n"), *ends, **weights)
    nodes("beyond.h5", "n", [0] * 3, [0, 1, 5])
    edges("beyond.h5", "p", ("n", "n"), *ends, **weights)
    edges("conductance.h5", "p", ("n", "n"), *ends, [-1] * 4, **{"0__conductance": [1.0, 2.0, 3.0, 4.0]})
    edges("nogroup.h5", "p", ("n", "n"), *ends, None, ([0, 0, 2, 2], [0, 1, 0, 1]), **weights)
    edges("numbers.h5", "p", ("n", "n"), *ends, None, None, **weights, **{"0__nsyns": [1, 3, 0, 2]})
    edges("shortgroup.h5", "p", ("n", "n"), *ends, None, ([0, 0, 0, 0], [0, 1, 2, 9]), **weights)
    expect("bare", 6, *ends, [1, 2, 3, 4], [0] * 4, np.zeros(6, int))
    table("loop.json", json.dumps({"network": "loop.json"}))
    table("variable.json", json.dumps({"networks": {"nodes": [{"nodes_file": "$NOWHERE/n.h5"}], "edges": []}}))
    table("broken.json", '{"networks": {\n"nodes": [}')


for make in (point_neurons, cells, integrate_and_fire, mixed, bare):
    make()
