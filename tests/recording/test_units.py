# SPDX-License-Identifier: GPL-3.0-or-later
"""Units of NWB with intervals in which they were observed, trials beyond the recording, times said twice, and spikes
that are imported and counted again."""
import h5py
import numpy as np

from check import done, imports, refused, report, run

random = np.random.default_rng(3)
BIN, END = 0.05, 10.0  # [s]
spikes = [np.sort(np.append(random.uniform(0.003, 9.8, n - 1), 9.876)) for n in (300, 200, 250)]


def units(name, intervals=None, trains=spikes):
    """Spike times [s] of units, and for each a list of the intervals in which it was observed."""
    with h5py.File(name, "w") as h5:
        h5.attrs["nwb_version"] = "2.6.0"
        table = h5.create_group("units")
        table.attrs["neurodata_type"] = "Units"
        table["id"] = np.arange(len(trains))
        table["spike_times"] = np.concatenate(trains)
        table["spike_times_index"] = np.cumsum([len(train) for train in trains])
        if intervals:
            table["obs_intervals"] = np.array([pair for unit in intervals for pair in unit], dtype=float).reshape(-1, 2)
            table["obs_intervals_index"] = np.cumsum([len(unit) for unit in intervals])


def counts(width, intervals=None, first=0.0, end=END):
    """Spikes in bins; those that do not lie in one of the intervals as a whole are missing."""
    edges = np.arange(round(first / width), round(end / width) + 1) * width
    table = np.stack([np.histogram(train, edges)[0].astype(float) for train in spikes], axis=1)
    for unit, pairs in enumerate(intervals or []):
        seen = np.zeros(len(table), dtype=bool)
        for start, stop in pairs:
            seen |= (edges[:-1] >= start - 1e-9) & (edges[1:] <= stop + 1e-9)
        table[~seen, unit] = np.nan
    return table


whole = [[(0, END)]] * 3
parts = [[(0, 4), (6, 10)], [(0, 10)], [(1.02, 3), (3, 5.5), (5.5, 8.04)]]  # touching; ends inside of bins
late = [[(1, 9)]] * 3
for name, intervals in [("whole", whole), ("parts", parts), ("late", late)]:
    units(name + ".nwb", intervals)
late_spikes = sum(np.count_nonzero((train < 1) | (train >= 9)) for train in spikes)
for ranks in (1, 3):
    imports("whole.nwb", "-activity_bin 50", counts(BIN, whole), start=0, step=50, ranks=ranks,
            says="are missing, and the 0 of 750 spikes in them are not counted")
    imports("parts.nwb", "-activity_bin 50", counts(BIN, parts), start=0, ranks=ranks, says="values are missing")
    imports("late.nwb", "-activity_bin 50", counts(BIN, late, 1.0, 9.0), start=1000, ranks=ranks,
            says=f"{late_spikes} of 750 spikes in them are not counted")
imports("parts.nwb", "-activity_bin 50 -activity_channels 1", counts(BIN, parts)[:, 1:2])
units("back.nwb", [[(4, 10), (0, 2)], [(0, 10)], [(0, 10)]])
refused("back.nwb", "-activity_bin 50", "obs_intervals: interval 1 .*ascend")
units("nan.nwb", [[(0, np.nan)], [(0, 10)], [(0, 10)]])
refused("nan.nwb", "-activity_bin 50", "obs_intervals: interval 0 ")
units("few.nwb", [[(0, 10)], [(0, 10)]])
refused("few.nwb", "-activity_bin 50", "for 2 of 3 units")
status, _, errors = run("granger -activity parts.nwb -activity_bin 50 -granger_order 1 -output refused".split())
if status != 2 or "-activity_missing drop" not in errors:
    report("granger of what was not observed", errors)

# spikes that are counted, written and counted again; samples are not counted
units("plain.nwb")
run("import plain.nwb -activity_bin 50 -output counted.h5".split())
imports("counted.h5:/spikes/neurons", "-activity_bin 100", counts(0.1, end=9.9))
imports("counted.h5:/report/neurons/data", "", counts(BIN, end=9.9))
refused("counted.h5:/report/neurons/data", "-activity_bin 100", "activity_bin: .* has samples, but only spikes are counted")


# series
def series(name, times=None, trials=None):
    with h5py.File(name, "w") as h5:
        h5.attrs["nwb_version"] = "2.6.0"
        group = h5.create_group("acquisition/s")
        group.attrs["neurodata_type"] = "TimeSeries"
        group["data"] = random.standard_normal((100, 3))
        group["starting_time"] = 0.0
        group["starting_time"].attrs["rate"] = 100.0
        if times is not None:
            group["timestamps"] = times
        if trials is not None:
            h5["intervals/trials/start_time"], h5["intervals/trials/stop_time"] = np.array(trials, dtype=float).T


series("agree.nwb", np.arange(100) / 100)
series("differ.nwb", np.arange(100) / 50)
imports("agree.nwb", "", step=10)
refused("differ.nwb", "", r"timestamps place the last of 100 samples at 1.98 s, starting_time and its rate at 0.99 s")
series("trials.nwb", trials=[(-2, -1), (-0.5, 0.2), (0.3, 0.6), (0.8, 1.5), (2, 3)])
imports("trials.nwb", "-activity_trials own",
        says="of 5 trials, 2 lie outside the selected samples and are left out, and 2 reach beyond them and are cut")
done()
