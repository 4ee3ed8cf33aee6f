# SPDX-License-Identifier: GPL-3.0-or-later
"""Datasets whose values are not all that a reader may think: never written, masked or scaled by attributes."""
import h5py
import numpy as np

from check import done, imports, report, run

x = np.random.default_rng(1).standard_normal((3, 100))
with h5py.File("part.h5", "w") as h5:
    part = h5.create_dataset("chunks", (3, 100), "f8", chunks=(3, 20), fillvalue=7.5)
    part[:, :40] = x[:, :40]
    packed = h5.create_dataset("packed", data=x, chunks=(3, 20), compression="gzip")
    h5.create_dataset("whole", data=x)
    h5.create_dataset("never", (3, 100), "f8")
    layout = h5py.VirtualLayout(shape=(3, 100), dtype="f8")
    layout[:, :50] = h5py.VirtualSource("part.h5", "whole", shape=(3, 100))[:, :50]
    h5.create_virtual_dataset("virtual", layout, fillvalue=-5)
    h5.create_dataset("scaled", data=x)
    h5["scaled"].attrs.update({"units": "uV", "scale_factor": 0.5, "_FillValue": -999.0})
    gaps = x.copy()
    gaps[1, 3:8] = np.nan
    h5["gaps"] = gaps
filled = x.copy()
filled[:, 40:] = 7.5
imports("part.h5:/chunks", "-activity_interval 1", filled.T, says="/chunks: 60 % of the values were never written")
imports("part.h5:/never", "-activity_interval 1", 0 * x.T, says="100 % of the values were never written")
imports("part.h5:/virtual", "-activity_interval 1", says="50 % of the values were never written", ranks=3)
imports("part.h5:/scaled", "-activity_interval 1", x.T, unit="uV", says="these attributes are not applied: scale_factor, _FillValue")
imports("part.h5:/gaps", "-activity_interval 1", gaps.T, says="5 of 300 values are missing", ranks=3)
for name in ("packed", "whole"):
    status, log, errors = run(["import", f"part.h5:/{name}", "-activity_interval", "1", "-output", f"{name}.h5"])
    if status or "never" in log or "applied" in log:
        report(name, log + errors)
done()
