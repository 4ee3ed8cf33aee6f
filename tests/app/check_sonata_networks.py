# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares FOLDER/RUN/network.h5, as libsonata and h5py read it, with FOLDER/NAME.npz; and with `info` or `log` what the
program says of it: check_sonata_networks.py FOLDER NAME RUN [LOG]."""
import re
import sys

import h5py
import libsonata
import numpy as np

folder, name, run = sys.argv[1:4]
expected = np.load(f"{folder}/{name}.npz")
path = f"{folder}/{run}/network.h5"
edges = libsonata.EdgeStorage(path).open_population("synapses")
everything = edges.select_all()
source, target = edges.source_nodes(everything), edges.target_nodes(everything)
weight = np.array(edges.get_attribute("syn_weight", everything))
with h5py.File(path) as file:
    ids = file["nodes/neurons/node_id"][:]
    inhibitory = file["nodes/neurons/0/inhibitory"][:]
    delay = file["edges/synapses/0/delay"][:] if "delay" in file["edges/synapses/0"] else np.zeros(len(weight))
wanted = expected["ids"]
assert np.array_equal(ids, wanted), (ids, wanted)
assert np.array_equal(source, wanted[expected["source"]]) and np.array_equal(target, wanted[expected["target"]])
np.testing.assert_allclose(weight, expected["weight"], rtol=1e-6)
np.testing.assert_allclose(delay, expected["delay"], rtol=1e-9, atol=1e-9)
assert np.array_equal(inhibitory, expected["inhibitory"])
if len(sys.argv) > 4:
    with open(sys.argv[4], encoding="utf-8") as file:
        said = re.search(r"network +(?P<neurons>\d+) neurons(?:, (?P<inhibitory>\d+) of them inhibitory)?, (?P<edges>\d+) edges, "
                         r"(?P<negative>\d+) of them negative(?: from (?P<from>\d+) neurons)?, "
                         r"weights (?P<low>\S+) to (?P<high>[^\s,]+)(?:, delays (?P<least>\S+) to (?P<most>\S+) ms)?"
                         r"(?:; (?P<itself>\d+) edges from a neuron to itself)?", file.read())
    itself = (wanted[expected["source"]] == wanted[expected["target"]]).sum()
    assert int(said["itself"] or 0) == itself, (said.group(), itself)
    numbers = [said["neurons"], said["inhibitory"] or said["from"] or 0]
    numbers += [said[name] for name in ("edges", "negative", "low", "high", "least", "most") if said[name] is not None]
    numbers = [float(x) for x in numbers]
    truth = [len(wanted), inhibitory.sum(), len(weight), (weight < 0).sum(), weight.min(), weight.max()]
    truth += [delay.min(), delay.max()] if len(numbers) > 6 else []
    np.testing.assert_allclose(numbers, truth, rtol=1e-5)
