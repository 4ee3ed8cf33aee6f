# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings of the same neurons, called by other ids and in other orders, and truths of them; each neuron drives the next
one by id. What is not as it should be is in files of its own."""
import h5py
import numpy as np

rng = np.random.default_rng(2)
T, IDS = 1500, np.array([12, 3, 700, 41, 8])  # in the order of the columns
rank = np.argsort(np.argsort(IDS))
x = rng.standard_normal((T, 5))
for t in range(1, T):
    x[t, 1:] += 0.8 * x[t - 1, :-1]  # by ascending id
columns = x[:, rank]


def report(name, data, ids=None, pointers=None, elements=None, time=(0.0, T, 1.0), unit=None, labels=None, ids_name="node_ids"):
    with h5py.File(name, "w") as file:
        file["report/n/data"] = data
        file["report/n/mapping/time"] = list(time)
        if unit:
            file["report/n/mapping/time"].attrs["units"] = unit
        if ids is not None:
            file[f"report/n/mapping/{ids_name}"] = np.array(ids, dtype="u8")
        if pointers is not None:
            file["report/n/mapping/index_pointers"] = np.array(pointers, dtype="u8")
        if elements is not None:
            file["report/n/mapping/element_ids"] = np.array(elements, dtype="u4")
        if labels is not None:
            file["labels"] = labels


report("ascending.h5", x, np.sort(IDS), labels=[f"cell {k}" for k in np.sort(IDS)])
report("numbered.h5", x, np.sort(IDS), labels=np.arange(5, dtype="u8") + np.uint64(2**63))
report("any.h5", columns, IDS, range(6), [0] * 5, labels=[f"cell {k}" for k in IDS])
report("old.h5", columns, IDS, labels=[f"cell {k}" for k in IDS], ids_name="gids")
report("seconds.h5", columns, IDS, time=(0.0, 1e-3 * T, 1e-3), unit="s")
report("fortnights.h5", columns, IDS, unit="fortnight")
report("repeated.h5", columns, [3, 3, 700, 41, 8])
report("few.h5", columns, IDS[:4])
report("negative.h5", columns, [12, 2**64 - 1, 700, 41, 8])
report("permuted.h5", columns, rank)  # ids 0 .. 4 of a larger population
parts = np.repeat(columns, [1, 3, 2, 1, 2], axis=1) + np.array([0, -1, 0, 1, 0, 2, 0, -4, 0])
pointers = [0, 1, 4, 6, 7, 9]
report("compartments.h5", parts, IDS, pointers, [5, 1, 0, 2, 0, 1, 0, 1, 0])
report("open.h5", parts, IDS, pointers[:-1], [5, 1, 0, 2, 0, 1, 0, 1, 0])
report("somaless.h5", parts, IDS, pointers, [5, 1, 2, 2, 0, 1, 0, 1, 0])
report("gap.h5", parts, IDS, [0, 1, 1, 6, 7, 9], [0] * 9)
mean = np.stack([parts[:, a:b].mean(axis=1) for a, b in zip(pointers[:-1], pointers[1:])], axis=1)
np.savez("expected.npz", ids=np.sort(IDS), x=x, mean=mean[:, np.argsort(IDS)])


def circuit(name, ids, edges, weight=None, dtype="u8"):
    with h5py.File(name, "w") as file:
        file["nodes/n/node_type_id"] = np.zeros(len(ids), "i8")
        file["nodes/n/node_id"] = np.array(ids, dtype="u8")
        for end, values in (("source", edges[0]), ("target", edges[1])):
            file[f"edges/p/{end}_node_id"] = np.array(values, dtype=dtype)
            file[f"edges/p/{end}_node_id"].attrs["node_population"] = "n"
        if weight:
            file["edges/p/0/syn_weight"] = np.full(len(edges[0]), weight)


# the truth has more neurons, in an order of its own, and edges of those that are not recorded
chain = np.sort(IDS)
circuit("truth.h5", [5, 700, 8, 3, 900, 12, 41], ([*chain[:-1], 5, 900], [*chain[1:], 3, 12]))
circuit("other.h5", [5, 700, 8, 3, 900, 12], ([3, 8], [8, 12]))
circuit("weighted.h5", [5, 700, 8, 3, 900, 12, 41], (chain[:-1], chain[1:]), 5.0)
circuit("half_edge.h5", [5, 700, 8, 3, 900, 12, 41], (chain[:-1], [8.0, 12.5, 41, 700]), dtype="f8")
circuit("larger.h5", [6, 5, 4, 3, 2, 1, 0], ([0, 1, 2, 3, 6], [1, 2, 3, 4, 0]))
with h5py.File("matrix.h5", "w") as file:
    file["w"] = np.eye(5, k=-1)
    file["node_ids"] = chain
with h5py.File("nameless.h5", "w") as file:
    file["w"] = np.eye(5, k=-1)


# whole numbers of which double precision holds the first two, and not the third
for k, offset in enumerate([-2, 2**60, 2**60 + 1]):
    offsets = (np.arange(24).reshape(8, 3) ** 2 % 7 * 1024 + offset).astype("i8")
    np.save(f"long{k}.npy", offsets.T)
    with h5py.File(f"long{k}.h5", "w") as file:
        file["v"] = offsets.T.astype(">i8" if k == 1 else "<i8")


def spikes(name, ids, times, group="spikes/p", ids_name="node_ids", unit="ms", dtype="u8"):
    with h5py.File(name, "w") as file:
        file[f"{group}/{ids_name}"] = np.array(ids).astype(dtype)
        file[f"{group}/timestamps"] = times
        if unit:
            file[f"{group}/timestamps"].attrs["units"] = unit


when = np.sort(rng.uniform(0, 1000, 300))
who = rng.choice([4000001, 4000003, 4000002], 300)
spikes("big.h5", who, when)
spikes("in_seconds.h5", who, 1e-3 * when, unit="s")
spikes("in_us.h5", who, 1e3 * when, unit="us")
spikes("gids.h5", who, when, "spikes", "gids", None)
spikes("unknown.h5", who, when, unit="fortnight")
spikes("minus.h5", np.where(np.arange(300) == 200, -1, who), when)
spikes("half.h5", np.where(np.arange(300) == 200, 0.5, 0) + who, when, dtype="f8")
spikes("nan.h5", np.where(np.arange(300) == 7, np.nan, who), when, dtype="f4")
spikes("whole.h5", who, when, dtype="f4")
spikes("signed.h5", np.where(np.arange(300) == 200, -1, who), when, dtype="i8")
