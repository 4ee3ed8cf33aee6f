# SPDX-License-Identifier: GPL-3.0-or-later
"""Chunks that were written without the filters of their dataset, or never written: the same values as by any other reader."""
import os
import subprocess

import h5py
import numpy as np

values = np.random.default_rng(1).normal(size=(4, 64))
with h5py.File("chunks.h5", "w") as file:
    for name, filters in (("shuffle", {"shuffle": True}), ("gzip", {"compression": "gzip"}),
                          ("fletcher32", {"fletcher32": True})):
        plain = file.create_dataset(name, shape=(4, 64), dtype="f8", chunks=(4, 64), **filters)
        plain.id.write_direct_chunk((0, 0), values.tobytes(), filter_mask=1)
    for name, filters in (("part", {"fillvalue": 7.0}), ("part_gzip", {"compression": "gzip"})):
        part = file.create_dataset(name, shape=(4, 64), dtype="f8", chunks=(4, 8), **filters)
        part[:, :24] = values[:, :24]
        part[1, 40] = 1.0
        part[:, 63] = values[:, 63]
    if h5py.h5z.filter_avail(h5py.h5z.FILTER_SZIP):
        file.create_dataset("szip", data=values, chunks=(4, 64), compression="szip")
with h5py.File("chunks.h5") as file:
    expected = {name: dataset[()] for name, dataset in file.items()}

for name, want in expected.items():
    for ranks in (1, 3):
        words = [os.environ["MPIEXEC"], "-n", str(ranks), os.environ["CAUSEWAY"], "import", f"chunks.h5:/{name}",
                 "-activity_interval", "1", "-output", "chunks_read.h5", "-overwrite"]
        ended = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert ended.returncode == 0, (name, ranks, ended.stderr)
        with h5py.File("chunks_read.h5") as file:
            found = []
            file.visititems(lambda _, item: found.append(item[()]) if getattr(item, "size", 0) == want.size else None)
        assert len(found) == 1, (name, ranks, found)
        assert np.array_equal(found[0], want) or np.array_equal(found[0].T, want), (name, ranks)
print(len(expected), "datasets")
