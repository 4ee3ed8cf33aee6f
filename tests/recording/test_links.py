# SPDX-License-Identifier: GPL-3.0-or-later
"""Links to other files: attributes, references and tables are those of the file that is linked; values in raw files."""
import os

import h5py
import numpy as np

from check import done, imports, refused, report, run

T, N = 20, 3
values = np.arange(T * N, dtype="i2").reshape(T, N)
os.mkdir("raw files")
with h5py.File("raw files/raw.nwb", "w") as h5:
    table = h5.create_group("general/extracellular_ephys/electrodes")
    table["channel_name"] = ["a", "b", "c", "d"]
    table["id"] = np.arange(4)
    series = h5.create_group("acquisition/lfp")
    series.attrs["neurodata_type"] = "ElectricalSeries"
    series["data"] = values
    series["data"].attrs.update({"conversion": 0.5, "offset": 2.0, "unit": "volts"})
    series["starting_time"] = 3.0
    series["starting_time"].attrs["rate"] = 100.0
    series["electrodes"] = [3, 0, 2]
    series["electrodes"].attrs["table"] = table.ref
with h5py.File("linked.nwb", "w") as h5:
    table = h5.create_group("general/extracellular_ephys/electrodes")
    table["channel_name"] = ["w", "x", "y", "z"]
    h5["acquisition/lfp"] = h5py.ExternalLink("raw files/raw.nwb", "/acquisition/lfp")
with h5py.File("data.nwb", "w") as h5:
    series = h5.create_group("acquisition/own")
    series["data"] = h5py.ExternalLink("raw files/raw.nwb", "/acquisition/lfp/data")
    series["starting_time"] = 0.0
    series["starting_time"].attrs["rate"] = 50.0
with h5py.File("astray.nwb", "w") as h5:
    h5["acquisition/gone"] = h5py.ExternalLink("gone.nwb", "/acquisition/lfp")
    h5["acquisition/else"] = h5py.ExternalLink("raw files/raw.nwb", "/acquisition/nothing")
    h5["acquisition/lfp"] = h5py.ExternalLink("raw files/raw.nwb", "/acquisition/lfp")
with h5py.File("chain.nwb", "w") as h5:
    h5["acquisition/lfp"] = h5py.ExternalLink("linked.nwb", "/acquisition/lfp")

values.astype("f8").tofile("raw files/whole.raw")
with open("raw files/whole.raw", "rb") as whole, open("raw files/cut.raw", "wb") as cut:
    cut.write(whole.read()[:-8])
for name in ("whole", "cut", "lost"):
    with h5py.File(f"{name}.h5", "w") as h5:
        creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        creation.set_external(f"raw files/{name}.raw".encode(), 0, T * N * 8)
        h5py.h5d.create(h5.id, b"x", h5py.h5t.IEEE_F64LE, h5py.h5s.create_simple((T, N)), creation)

scaled = values * 0.5 + 2.0
for ranks in (1, 3):
    imports("linked.nwb", "", scaled, ["d", "a", "c"], "volts", 3000, 10, ranks=ranks)
    imports("data.nwb", "", scaled, [], "volts", 0, 20, ranks=ranks)
    imports("whole.h5:/x", "-activity_layout time_neuron", values, ranks=ranks)
    refused("cut.h5:/x", "", "the file raw files/cut.raw with its values is truncated: it has 472 bytes of 480",
            ranks=ranks)
    refused("lost.h5:/x", "", "the file raw files/lost.raw with its values is missing", ranks=ranks)
imports("chain.nwb:/acquisition/lfp", "", scaled, ["d", "a", "c"], "volts", 3000, 10)
imports("astray.nwb", "-activity_channels a", scaled[:, 1:2], ["a"])
refused("astray.nwb:/acquisition/gone", "", "/acquisition/gone: is a link to gone.nwb:/acquisition/lfp, which is missing",
        ranks=3)
refused("astray.nwb:/acquisition/else/data", "", "is a link to raw files/raw.nwb:/acquisition/nothing")
status, log, errors = run(["info", "astray.nwb"])
for words in ["-activity astray.nwb:/acquisition/lfp", "NWB ElectricalSeries, 3 channels (d to c), 20 samples",
              "/acquisition/gone  link to gone.nwb:/acquisition/lfp, which is missing"]:
    if status or words not in log:
        report("info astray.nwb", f"lacks {words}: {log} {errors}")
done()
