# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of networks with delays and recordings of parts: read with libsonata, and written as other tools write them.

check_spiking.py make FOLDER: edges.h5, in any order, with delays; check_spiking.py read FOLDER FULL PART: what became of it,
and a recording of some variables of some neurons beside that of all.
"""
import sys

import h5py
import libsonata
import numpy as np

N, EDGES = 60, 900


def make(folder):
    """Edges as circuit builders write them: 32-bit numbers, no order, an attribute more than is needed, several synapses
    of one pair."""
    rng = np.random.default_rng(3)
    source, target = rng.integers(0, N, EDGES), rng.integers(0, N, EDGES)
    with h5py.File(f"{folder}/edges.h5", "w") as file:
        group = file.create_group("edges/cortex")
        for name, values in (("source_node_id", source), ("target_node_id", target)):
            group[name] = values.astype("uint32")
            group[name].attrs["node_population"] = "cells"
        group["edge_type_id"] = np.full(EDGES, 100, "uint32")
        group["edge_group_id"] = np.zeros(EDGES, "uint16")
        group["edge_group_index"] = np.arange(EDGES, dtype="uint32")
        group["0/syn_weight"] = np.where(source % 5, 60, -200) * rng.uniform(0.5, 1.5, EDGES).astype("float32")
        group["0/delay"] = rng.integers(1, 40, EDGES) * 0.1
        group["0/conductance"] = rng.uniform(0, 1, EDGES)
    assert libsonata.EdgeStorage(f"{folder}/edges.h5").open_population("cortex").size == EDGES
    with h5py.File(f"{folder}/two.h5", "w") as file:
        for name, population in (("source_node_id", "a"), ("target_node_id", "b")):
            file[f"edges/cortex/{name}"] = np.arange(5, dtype="uint32")
            file[f"edges/cortex/{name}"].attrs["node_population"] = population


def read_network(folder, full):
    with h5py.File(f"{folder}/edges.h5") as file:
        group = file["edges/cortex"]
        given = [group[name][:] for name in ("target_node_id", "source_node_id", "0/syn_weight", "0/delay")]
    order = np.lexsort((np.arange(EDGES), given[1], given[0]))
    edges = libsonata.EdgeStorage(f"{full}/network.h5").open_population("synapses")
    everything = edges.select_all()
    assert np.array_equal(edges.target_nodes(everything), given[0][order])
    assert np.array_equal(edges.source_nodes(everything), given[1][order])
    assert np.array_equal(edges.get_attribute("syn_weight", everything), given[2][order].astype("float32"))
    assert np.allclose(edges.get_attribute("delay", everything), given[3][order], rtol=0, atol=1e-9)
    nodes = libsonata.NodeStorage(f"{full}/network.h5").open_population("neurons")
    kinds = nodes.get_attribute("population", nodes.select_all())
    assert nodes.size == N and list(np.flatnonzero(kinds)) == list(range(0, N, 5))


def read_part(full, part):
    reports = {folder: libsonata.ElementReportReader(f"{folder}/activity.h5") for folder in (full, part)}
    names = sorted(reports[part].get_population_names())
    assert names == ["neurons", "neurons_i_excitatory"], names
    for name in names:
        whole, some = (reports[folder][name].get() for folder in (full, part))
        ids = np.asarray(some.ids).reshape(some.data.shape[1], -1)[:, 0]
        assert list(ids) == [0, 1, 2, 3, 20, 59], ids
        assert np.array_equal(whole.data[::4, ids], some.data) and len(some.times) == len(whole.times[::4])
        assert np.allclose(some.times, whole.times[::4])
    spikes = [libsonata.SpikeReader(f"{folder}/activity.h5")["neurons"].get() for folder in (full, part)]
    assert spikes[0] == spikes[1] and len(spikes[0]) > 50


if sys.argv[1] == "make":
    make(sys.argv[2])
else:
    read_network(sys.argv[2], sys.argv[3])
    read_part(sys.argv[3], sys.argv[4])
    print("libsonata reads networks with delays and recordings of parts")
