# SPDX-License-Identifier: GPL-3.0-or-later
"""HDF5 files that are the same recording, written in different ways, into FOLDER."""
import os
import shutil
import sys

import h5py
import numpy as np

os.chdir(sys.argv[1])
random = np.random.default_rng(7)
DATA = random.standard_normal((6, 300))
SCORES = random.standard_normal((6, 6))
TRUTH = SCORES + random.standard_normal((6, 6)) > 0.5
np.fill_diagonal(TRUTH, False)


def plain(name, **how):
    with h5py.File(name, "w", **how) as file:
        file["x"] = DATA
        file["scores"] = SCORES
        file["truth"] = TRUTH
        file["truth_numbers"] = TRUTH.astype(np.int8)
        file["kinds"] = np.ones((6, 6), h5py.enum_dtype({"OFF": 0, "ON": 1, "BOTH": 2}, np.int8))


plain("plain.h5")
for bound in ("v110", "v112", "v114", "latest"):
    try:
        plain(f"{bound}.h5", libver=(bound, "latest"))
    except (ValueError, KeyError):  # of a newer HDF5 than this one
        plain(f"{bound}.h5", libver="latest")
plain("behind.h5", userblock_size=512)
with open("behind.h5", "r+b") as stream:
    stream.write(b"notes of the laboratory\n" + b" " * 400)

with h5py.File("swmr.h5", "w", libver="latest") as file:
    file.create_dataset("x", data=DATA, chunks=(6, 100), maxshape=(6, None))
    file.swmr_mode = True
    file["x"].flush()
    file.flush()
    shutil.copy("swmr.h5", "unclosed.h5")

with h5py.File("lzf.h5", "w") as file:
    file.create_dataset("x", data=DATA, chunks=(6, 100), compression="lzf")
# the other filters are only named: what they would have to undo was never done
for name, number in (("zstd", 32015), ("unheard", 40123)):
    with h5py.File(f"{name}.h5", "w") as file:
        creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        creation.set_chunk((6, 100))
        creation.set_filter(number, h5py.h5z.FLAG_OPTIONAL, ())
        h5py.h5d.create(file.id, b"x", h5py.h5t.NATIVE_DOUBLE, h5py.h5s.create_simple(DATA.shape), creation)

os.mkdir("parts")
for row in range(6):
    with h5py.File(f"parts/{row}.h5", "w") as file:
        file["x"] = DATA[row]
layouts = {}
for name, missing in (("x", ()), ("lost", (3,))):
    layouts[name] = h5py.VirtualLayout(DATA.shape, np.float64)
    for row in range(6):
        source = f"parts/{row}.h5" if row not in missing else "parts/none.h5"
        layouts[name][row] = h5py.VirtualSource(source, "x", (DATA.shape[1],))
with h5py.File("virtual.h5", "w") as file:
    for name, layout in layouts.items():
        file.create_virtual_dataset(name, layout, fillvalue=0)

with open("plain.h5", "rb") as stream, open("cut.h5", "wb") as cut:
    cut.write(stream.read()[:-3000])
with open("plain.h5", "rb") as stream, open("newer.h5", "wb") as newer:
    content = bytearray(stream.read())
    content[8] = 77  # version of the superblock
    newer.write(content)

os.makedirs("a 12:30/b:c")
for name in ("plain.h5", "virtual.h5"):
    shutil.copy(name, f"a 12:30/{name}")
shutil.copytree("parts", "a 12:30/parts")
shutil.copy("plain.h5", "a 12:30/b:c/at 12:31.h5")
