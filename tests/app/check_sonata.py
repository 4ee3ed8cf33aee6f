# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a simulation's files with libsonata and compares with the raw HDF5 datasets."""
import sys

import h5py
import libsonata
import numpy as np

folder = sys.argv[1]


def check_network():
    nodes = libsonata.NodeStorage(f"{folder}/network.h5")
    assert nodes.population_names == {"neurons"}, nodes.population_names
    neurons = nodes.open_population("neurons")
    assert neurons.size == 20
    kind = neurons.get_attribute("inhibitory", neurons.select_all())
    assert list(kind) == [0] * 16 + [1] * 4

    edges = libsonata.EdgeStorage(f"{folder}/network.h5").open_population("synapses")
    assert edges.source == edges.target == "neurons"
    everything = edges.select_all()
    source = edges.source_nodes(everything)
    target = edges.target_nodes(everything)
    weight = edges.get_attribute("syn_weight", everything)
    with h5py.File(f"{folder}/network.h5") as file:
        group = file["edges/synapses"]
        assert len(group["source_node_id"]) == edges.size == len(set(zip(source, target)))
        assert np.array_equal(source, group["source_node_id"])
        assert np.array_equal(target, group["target_node_id"])
        assert np.array_equal(weight, group["0/syn_weight"])
    assert not np.any(source == target)
    assert np.array_equal(weight, np.where(source < 16, 5.0, -5.0))
    for neuron in range(20):
        incoming = edges.afferent_edges([neuron])
        assert np.array_equal(edges.source_nodes(incoming), source[target == neuron])


def check_activity():
    report = libsonata.SomaReportReader(f"{folder}/activity.h5")["neurons"]
    assert report.data_units == "mV" and report.time_units == "ms" and report.sorted
    start, stop, step = report.times
    assert (start, stop, step) == (0.0, 5001.0, 1.0)
    frame = report.get()
    with h5py.File(f"{folder}/activity.h5") as file:
        data = file["report/neurons/data"][:]
        assert data.shape == (5001, 20)
        assert np.array_equal(frame.data, data)
        assert np.array_equal(frame.times, np.arange(5001.0))
        assert np.array_equal(np.asarray(frame.ids).reshape(20, -1)[:, 0], np.arange(20))
        assert np.all(data[0] == -65.0)
        stamps = file["spikes/neurons/timestamps"][:]
        ids = file["spikes/neurons/node_ids"][:]

    spikes = libsonata.SpikeReader(f"{folder}/activity.h5")["neurons"]
    assert str(spikes.sorting).endswith("by_time")
    assert spikes.get() == list(zip(ids.tolist(), stamps.tolist()))
    # every sample at or above the threshold is a spike at its time, and nothing else is
    above = np.argwhere(data >= 30.0)
    assert np.array_equal(above[:, 0], stamps) and np.array_equal(above[:, 1], ids)
    assert len(ids) > 1000


check_network()
check_activity()
print("libsonata", libsonata.version, "reads what was written")
