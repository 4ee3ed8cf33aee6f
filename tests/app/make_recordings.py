# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings of every format, and what an import of each must give.

FOLDER holds sim/activity.h5 of a simulation. Written there: the recordings; cases.txt with a line
NAME RECORDING OPTION... for each import, with ~ for blanks inside a word; NAME.npz with the numbers that are expected of it.
"""
import csv
import sys
from datetime import datetime, timezone

import h5py
import libsonata
import numpy as np
import pynwb
from hdmf.backends.hdf5 import H5DataIO
from pynwb.ecephys import ElectricalSeries
from pynwb.ophys import Fluorescence, ImageSegmentation, OpticalChannel, RoiResponseSeries

folder = sys.argv[1]
random = np.random.default_rng(1)
cases = []
UNITS = ['a, "b"', "Zürich", "c;d", "still", "x-1"]
TRIALS = [(0.5, 0.8), (0.8, 1.0), (1.2, 1.5)]


def case(name, recording, options, data, unit="1", start=0.0, step=0.0, labels=(), trials=(), exact=True):
    """data is (time, channel), exact where no arithmetic is needed; labels and trials are empty where none are written."""
    cases.append((name, recording, options))
    np.savez(f"{folder}/{name}.npz", data=np.asarray(data, dtype=np.float64), unit=unit, start=start, step=step,
             exact=exact, labels=np.array(list(labels), dtype=str),
             trials=np.array(list(trials), dtype=float).reshape(-1, 2))


def interpolate(times, values, interval, begin=-np.inf, end=np.inf):
    """Linear, on a grid in ms; missing where two samples are more than two intervals apart."""
    first = max(begin, times[0])
    grid = first + interval * np.arange(int(np.floor((min(end, times[-1]) - first) / interval + 1e-6)) + 1)
    grid = grid[grid < end]
    result = np.array([np.interp(grid, times, column) for column in values.T]).T
    longest = 2 * np.median(np.diff(times))
    for k in np.flatnonzero(np.diff(times) > longest):
        result[(grid > times[k] + 1e-6) & (grid < times[k + 1] - 1e-6)] = np.nan
    return first, result


def count(trains, width, begin=-np.inf, end=np.inf):
    """Spikes [ms] in bins from that of the earliest one on; a spike at a border is in the later bin."""
    bins = [np.floor(np.asarray(t) / width + 1e-6).astype(int) for t in trains]
    first = min(b.min() for b in bins if b.size)
    last = max(b.max() for b in bins if b.size)
    counts = np.array([np.bincount(b - first, minlength=last - first + 1) for b in bins]).T
    starts = width * np.arange(first, last + 1)
    kept = (starts >= begin) & (starts < end)
    return starts[kept][0], counts[kept]


def new_nwb():
    return pynwb.NWBFile("a test", "test", datetime(2024, 1, 1, tzinfo=timezone.utc))


def add_electrodes(nwb):
    device = nwb.create_device("probe")
    group = nwb.create_electrode_group("shank", "a shank", "cortex", device)
    nwb.add_electrode_column("channel_name", "name of the channel")
    for k in range(8):
        nwb.add_electrode(location="cortex", group=group, channel_name=f"CH {k}")


def add_electrical(nwb):
    region = nwb.create_electrode_table_region([1, 3, 4, 6], "some")
    stored = random.integers(-3000, 3000, (400, 4)).astype(np.int16)
    factors = [1.0, 2.0, 0.5, 3.0]
    nwb.add_acquisition(ElectricalSeries(
        name="lfp", data=H5DataIO(stored, compression="gzip", chunks=(64, 2)), electrodes=region, conversion=2.5e-6,
        channel_conversion=factors, offset=1e-4, starting_time=0.5, rate=250.0))
    lfp = stored * (2.5e-6 * np.array(factors)) + 1e-4
    names = [f"CH {k}" for k in (1, 3, 4, 6)]
    known = {"unit": "volts", "start": 500.0, "step": 4.0, "exact": False}
    lfp_path = "rec.nwb:/acquisition/lfp"
    case("lfp", lfp_path, "", lfp, labels=names, **known)
    case("lfp_data", lfp_path + "/data", "", lfp, labels=names, **known)
    case("lfp_name", lfp_path, "-activity_channels CH~6,0", lfp[:, [0, 3]], labels=[names[0], names[3]], **known)
    case("lfp_range", lfp_path, "-activity_channels 3,1-2", lfp[:, 1:], labels=names[1:], **known)
    case("lfp_every", lfp_path, "-activity_channels every:3", lfp[:, ::3], labels=names[::3], **known)
    case("lfp_time", lfp_path, "-activity_time 600:1000", lfp[25:125], labels=names, unit="volts", start=600.0,
         step=4.0, exact=False)
    case("lfp_down", lfp_path, "-activity_downsample 3 -activity_time :1000", lfp[:125:3], labels=names, unit="volts",
         start=500.0, step=12.0, exact=False)
    at, finer = interpolate(500 + 4.0 * np.arange(400), lfp, 3.0, 510.0, 900.0)
    case("lfp_finer", lfp_path, "-activity_resample 3 -activity_time 510:900", finer, labels=names, unit="volts",
         start=at, step=3.0, exact=False)
    case("lfp_trials", lfp_path, "-activity_trials own", lfp, labels=names, trials=TRIALS, **known)

    values = random.standard_normal((120, 2))
    stamps = 2.0 + 0.01 * np.arange(120)
    raw = ElectricalSeries(name="raw", data=values, timestamps=stamps,
                           electrodes=nwb.create_electrode_table_region([7, 0], "two"))
    nwb.add_acquisition(raw)
    nwb.add_acquisition(ElectricalSeries(name="derived", data=values[:, ::-1] ** 2, timestamps=raw,
                                         electrodes=nwb.create_electrode_table_region([0, 7], "two")))
    known = {"unit": "volts", "start": 2000.0, "step": 10.0}
    case("stamps", "rec.nwb:/acquisition/raw", "", values, labels=["CH 7", "CH 0"], **known)
    case("linked", "rec.nwb:/acquisition/derived", "-activity_channels CH~0,CH~7",
         values[:, ::-1] ** 2, labels=["CH 0", "CH 7"], **known)


def add_optical(nwb):
    device = nwb.create_device("microscope")
    channel = OpticalChannel(name="green", description="green", emission_lambda=520.0)
    plane = nwb.create_imaging_plane(name="plane", optical_channel=channel, description="a plane", device=device,
                                     excitation_lambda=488.0, indicator="GCaMP6f", location="V1", imaging_rate=30.0)
    module = nwb.create_processing_module("ophys", "optical")
    segmentation = ImageSegmentation()
    module.add(segmentation)
    table = segmentation.create_plane_segmentation("cells", plane, "Cells")
    for k in range(4):
        table.add_roi(pixel_mask=[(k, k, 1.0)], id=10 + k)
    fluorescence = Fluorescence()
    module.add(fluorescence)
    path = "rec.nwb:/processing/ophys/Fluorescence/"

    values = 100 + random.standard_normal((90, 3))
    region = table.create_roi_table_region("three", region=[3, 0, 2])
    stamps = np.arange(90) / 30.0
    fluorescence.add_roi_response_series(RoiResponseSeries(name="even", data=values, rois=region, unit="lumens",
                                                           timestamps=stamps))
    case("even", path + "even", "-activity_channels 12,13", values[:, [0, 2]], labels=["13", "12"], unit="lumens",
         step=1000 * stamps[-1] / 89)

    stamps = np.delete(np.arange(100) / 30.0 + random.uniform(-0.01, 0.01, 100), slice(40, 50))
    fluorescence.add_roi_response_series(RoiResponseSeries(name="gap", data=values, rois=region, unit="lumens",
                                                           timestamps=stamps))
    at, grid = interpolate(1000 * stamps, values, 20.0)
    assert np.isnan(grid).any() and np.isfinite(grid[-1]).all()
    case("gap", path + "gap", "-activity_resample 20", grid, labels=["13", "10", "12"], unit="lumens", start=at,
         step=20.0, exact=False)
    at, grid = interpolate(1000 * stamps, values, 50.0, 200.0, 3000.0)
    case("gap_time", path + "gap", "-activity_resample 50 -activity_time 200:3000 -activity_channels at:0-1",
         grid[:, :2], labels=["13", "10"], unit="lumens", start=at, step=50.0, exact=False)
    # a gap is no obstacle in a part without it, but the times of all samples decide
    case("gap_part", path + "gap", "-activity_resample 30 -activity_time :1000",
         interpolate(1000 * stamps, values, 30.0, end=1000.0)[1], labels=["13", "10", "12"],
         unit="lumens", start=1000 * stamps[0], step=30.0, exact=False)


def add_units(nwb):
    nwb.add_unit_column("label", "name of the unit")
    trains = [np.sort(random.uniform(0.5, 1.5, n)) for n in (40, 25, 60, 0, 33)]
    trains[0][:3] = 0.52, 0.53, 0.54  # at borders of bins
    trains[0].sort()
    for label, train in zip(UNITS, trains):
        nwb.add_unit(spike_times=train, label=label)
    trains = [1000 * t for t in trains]
    for name, options, chosen, begin, end in [
            ("units", "", [0, 1, 2, 3, 4], -np.inf, np.inf),
            ("units_name", "-activity_channels Zürich,x-1", [1, 4], -np.inf, np.inf),
            ("units_time", "-activity_time 600:900 -activity_channels 1-3", [1, 2, 3], 600, 900)]:
        at, counts = count(trains, 10.0, begin, end)
        case(name, "rec.nwb:/units", "-activity_bin 10 " + options, counts[:, chosen], unit="spikes", start=at,
             step=10.0, labels=[UNITS[k] for k in chosen])
    for start, stop in TRIALS:
        nwb.add_trial(start_time=start, stop_time=stop)


def make_nwb():
    nwb = new_nwb()
    add_electrodes(nwb)
    add_electrical(nwb)
    add_optical(nwb)
    add_units(nwb)
    with pynwb.NWBHDF5IO(f"{folder}/rec.nwb", "w") as io:
        io.write(nwb)
    one = new_nwb()
    values = random.standard_normal((50, 3)).astype(np.float32)
    one.add_acquisition(pynwb.TimeSeries(name="only", data=values, unit="mV", starting_time=-1.0, rate=50.0))
    with pynwb.NWBHDF5IO(f"{folder}/one.nwb", "w") as io:
        io.write(one)
    case("one", "one.nwb", "", values, unit="mV", start=-1000.0, step=20.0)


def make_sonata():
    report = libsonata.SomaReportReader(f"{folder}/sim/activity.h5")["neurons"].get()
    data = np.asarray(report.data, dtype=np.float64)
    case("report", "sim/activity.h5", "", data, unit="mV", step=1.0)
    case("report_part", "sim/activity.h5:/report/neurons", "-activity_channels every:7 -activity_time 100:200",
         data[100:200, ::7], unit="mV", start=100.0, step=1.0)
    spikes = libsonata.SpikeReader(f"{folder}/sim/activity.h5")["neurons"].get_dict()
    trains = [spikes["timestamps"][spikes["node_ids"] == k] for k in range(spikes["node_ids"].max() + 1)]
    at, counts = count(trains, 5.0)
    case("spikes", "sim/activity.h5:/spikes/neurons", "-activity_bin 5", counts, unit="spikes", start=at, step=5.0)

    times = np.sort(random.uniform(100.0, 400.0, 200))
    nodes = random.integers(0, 6, 200)
    nodes[0] = 5
    with h5py.File(f"{folder}/spikes.h5", "w") as file:
        group = file.create_group("spikes/cells")
        order = h5py.enum_dtype({"none": 0, "by_id": 1, "by_time": 2}, basetype="u1")
        group.attrs.create("sorting", 2, dtype=order)
        group["timestamps"] = times
        group["timestamps"].attrs["units"] = "ms"
        group["node_ids"] = nodes.astype(np.uint64)
    assert len(libsonata.SpikeReader(f"{folder}/spikes.h5")["cells"].get()) == 200
    trains = [times[nodes == k] for k in range(6)]
    at, counts = count(trains, 20.0)
    case("spikes_h5py", "spikes.h5", "-activity_bin 20", counts, unit="spikes", start=at, step=20.0)
    at, counts = count(trains, 20.0, 200, 300)
    case("spikes_part", "spikes.h5:/spikes/cells", "-activity_bin 20 -activity_time 200:300 -activity_channels 5,0",
         counts[:, [0, 5]], unit="spikes", start=at, step=20.0)


def make_numpy():
    whole = random.integers(-999, 999, (5, 150))
    real = random.standard_normal((5, 150))
    np.save(f"{folder}/c16.npy", whole.astype(np.int16))
    np.save(f"{folder}/fortran.npy", np.asfortranarray(real))
    np.save(f"{folder}/single.npy", real.T.astype(np.float32))
    np.save(f"{folder}/fortran_time.npy", np.asfortranarray(real.T))
    np.save(f"{folder}/big.npy", real.astype(">f8"))
    np.save(f"{folder}/line.npy", real[0])
    turned = "-activity_layout time_neuron"
    case("c16", "c16.npy", "", whole.T)
    case("c16_part", "c16.npy", "-activity_interval 5 -activity_time 50:500 -activity_channels 4,0-1 "
         "-activity_downsample 2", whole.T[10:100:2, [0, 1, 4]], start=50.0, step=10.0)
    case("fortran", "fortran.npy", "-activity_interval 2.5", real.T, step=2.5)
    case("single", "single.npy", turned, real.T.astype(np.float32))
    case("fortran_time", "fortran_time.npy", turned + " -activity_channels every:2", real.T[:, ::2])
    case("big", "big.npy", "", real.T)
    case("line", "line.npy", "", real[:1].T)


def write_table(name, head, rows, separator, comments=()):
    with open(f"{folder}/{name}", "w", encoding="utf-8", newline="") as file:
        file.writelines(f"# {text}\n" for text in comments)
        writer = csv.writer(file, delimiter=separator, lineterminator="\n")
        if head:
            writer.writerow(head)
        for row in rows:
            writer.writerow(["" if value != value else repr(float(value)) for value in row])


def make_text():
    data = random.standard_normal((70, 3)) * 10.0 ** random.integers(-8, 8, (70, 3))
    names = ['V1, "left"', "Zürich; x", "c"]
    seconds = 3 + 0.02 * np.arange(70)
    timed = np.column_stack([seconds, data])
    write_table("seconds.csv", ["time"] + names, timed, ",", ["made by hand", "in volts"])
    case("seconds", "seconds.csv", "", data, labels=names, start=3000.0, step=20.0)
    case("seconds_part", "seconds.csv", "-activity_channels c,0 -activity_time 3200:4000", data[10:50, [0, 2]],
         labels=[names[0], names[2]], start=3200.0, step=20.0)
    write_table("ms.tsv", ["t_ms"] + names, np.column_stack([1000 * seconds, data]), "\t")
    case("ms", "ms.tsv", "-activity_downsample 7", data[::7], labels=names, start=3000.0, step=140.0)
    with open(f"{folder}/ms.tsv", encoding="utf-8") as file:
        text = file.read()
    with open(f"{folder}/windows.tsv", "w", encoding="utf-8-sig", newline="\r\n") as file:
        file.write(text)
    case("windows", "windows.tsv", "", data, labels=names, start=3000.0, step=20.0)
    holes = data.copy()
    holes[[0, 33, 69], [1, 2, 2]] = np.nan
    write_table("pandas.csv", ["", "a", "b", "c"], np.column_stack([np.arange(70), holes]), ",")
    case("pandas", "pandas.csv", "", holes, labels=["a", "b", "c"])
    write_table("numbers.csv", ["", "0", "1", "2"], np.column_stack([np.arange(70), data]), ",")
    case("numbers", "numbers.csv", "", data, labels=["0", "1", "2"])
    write_table("semicolon.csv", ["one", "two", "three"], holes, ";")
    case("semicolon", "semicolon.csv", "-activity_interval 4", holes, labels=["one", "two", "three"], step=4.0)
    write_table("bare.txt", None, data, " ", ["numbers only"])
    case("bare", "bare.txt", "", data)
    case("bare_turned", "bare.txt", "-activity_layout neuron_time -activity_channels 0-69", data.T)
    uneven = seconds + random.uniform(-0.005, 0.005, 70)
    write_table("uneven.csv", ["time (s)"] + names, np.column_stack([uneven, data]), ",")
    at, grid = interpolate(1000 * uneven, data, 10.0)
    case("uneven", "uneven.csv", "-activity_resample 10", grid, labels=names, start=at, step=10.0, exact=False)


make_nwb()
make_sonata()
make_numpy()
make_text()
with open(f"{folder}/cases.txt", "w", encoding="utf-8") as file:
    for line in cases:
        file.write(" ".join(line) + "\n")
