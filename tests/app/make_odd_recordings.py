# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings with mistakes, each named for its own, written into FOLDER; and good ones."""
import os
import sys
import zipfile

import h5py
import numpy as np

os.chdir(sys.argv[1])
random = np.random.default_rng(2)
DATA = random.standard_normal((40, 4))
STAMPS = 0.1 * np.arange(40)


def series(file, path="acquisition/s", data=DATA, start=0.0, rate=10.0, stamps=None, factors=None, rows=None):
    group = file.create_group(path)
    group.attrs["neurodata_type"] = "ElectricalSeries"
    if data is not None:
        group["data"] = data
        group["data"].attrs.update({"conversion": 1.0, "unit": "volts"})
    if stamps is not None:
        group["timestamps"] = stamps
    else:
        group["starting_time"] = start
        if rate is not None:
            group["starting_time"].attrs["rate"] = rate
    if factors is not None:
        group["channel_conversion"] = factors
    if rows is not None:
        table = file.create_group("general/extracellular_ephys/electrodes")
        table["label"] = [f"e{k}" for k in range(4)]
        group["electrodes"] = rows
        group["electrodes"].attrs["table"] = table.ref
    return group


def nwb(name, **options):
    with h5py.File(f"{name}.nwb", "w") as file:
        series(file, **options)


def with_stamps(name, **changes):
    stamps = STAMPS.copy()
    for k, value in changes.items():
        stamps[int(k[1:])] = value
    nwb(name, stamps=stamps)


def make_series():
    nwb("good", rows=[0, 1, 2, 3])
    nwb("no_rate", rate=None)
    nwb("rate_zero", rate=0.0)
    nwb("rate_nan", rate=np.nan)
    nwb("rate_infinite", rate=np.inf)
    for name, attribute in (("zero", 0.0), ("nan", np.nan)):
        nwb(f"conversion_{name}")
        with h5py.File(f"conversion_{name}.nwb", "r+") as file:
            file["acquisition/s/data"].attrs["conversion"] = attribute
    nwb("factor_zero", factors=[1.0, 0.0, 1.0, 1.0])
    with_stamps("descending", s7=0.2)
    with_stamps("repeated", s7=STAMPS[6])
    with_stamps("nan_stamp", s5=np.nan)
    with_stamps("nan_first", s0=np.nan)
    nwb("uneven", stamps=np.delete(np.append(STAMPS, 4.0), 20))
    nwb("few_stamps", stamps=STAMPS[:-1])
    nwb("turned", data=DATA.T, rows=[0, 1, 2, 3])
    nwb("few_rows", rows=[0, 1, 2])
    nwb("row_beyond", rows=[0, 1, 2, 9])
    nwb("factors", factors=[1.0, 2.0, 3.0])
    nwb("texts", data=[["a", "b"], ["c", "d"]])
    nwb("cube", data=np.zeros((40, 4, 3)))
    nwb("no_samples", data=np.zeros((0, 4)))
    holes = DATA.copy()
    holes[11, 2] = np.nan
    nwb("holes", data=holes)
    nwb("negative", data=DATA - 10)
    with h5py.File("several.nwb", "w") as file:
        series(file)
        series(file, "acquisition/other")
    with h5py.File("nothing.nwb", "w") as file:
        file.create_group("acquisition")


def make_reports():
    """Times without a unit: of a report whose end is not where its rows end, of spikes in ms, of spikes in s."""
    for name, end in (("ends_late", 90.0), ("ends_well", 40.0)):
        with h5py.File(f"{name}.h5", "w") as file:
            file["report/n/data"] = DATA
            file["report/n/mapping/node_ids"] = np.arange(4, dtype="u8")
            file["report/n/mapping/time"] = [0.0, end, 1.0]
    for name, duration in (("in_ms", 4000.0), ("in_s", 4.0)):
        with h5py.File(f"{name}.h5", "w") as file:
            file["spikes/n/timestamps"] = np.linspace(0, duration, 160)
            file["spikes/n/node_ids"] = np.arange(160, dtype="u8") % 4


def make_links():
    with h5py.File("soft.nwb", "w") as file:
        series(file, data=None)["data"] = h5py.SoftLink("/nowhere")
    with h5py.File("soft_stamps.nwb", "w") as file:
        group = series(file)
        del group["starting_time"]
        group["timestamps"] = h5py.SoftLink("/acquisition/gone/timestamps")
    with h5py.File("external.nwb", "w") as file:
        series(file, data=None)["data"] = h5py.ExternalLink("gone.nwb", "/data")
    with h5py.File("circle.nwb", "w") as file:
        series(file, data=None)["data"] = h5py.SoftLink("/acquisition/s/data")


def make_trials():
    for name, start, stop in (("overlap", [0.0, 1.0], [1.5, 2.0]), ("nan_stop", [0.0, 1.0], [1.0, np.nan]),
                              ("backward", [0.0, 2.0], [1.0, 1.5]), ("few_stops", [0.0, 1.0], [1.0]),
                              ("elsewhere", [100.0, 110.0], [105.0, 115.0])):
        with h5py.File(f"{name}.nwb", "w") as file:
            series(file)
            file["intervals/trials/start_time"] = start
            file["intervals/trials/stop_time"] = stop


def make_spikes():
    for name, index, times in (("units", [2, 3], [0.1, 0.2, 0.3]), ("index_beyond", [2, 4], [0.1, 0.2, 0.3]),
                               ("index_back", [2, 1], [0.1, 0.2, 0.3]), ("nan_spike", [2, 3], [0.1, np.nan, 0.3]),
                               ("no_spikes", [0, 0], np.zeros(0))):
        with h5py.File(f"{name}.nwb", "w") as file:
            file["units/spike_times"] = times
            file["units/spike_times_index"] = np.array(index, dtype=np.uint8)
    for name, times, nodes in (("spikes", [1.0, 2.0], [0, 1]), ("few_nodes", [1.0, 2.0], [0])):
        with h5py.File(f"{name}.h5", "w") as file:
            file["spikes/cells/timestamps"] = times
            file["spikes/cells/node_ids"] = np.array(nodes, dtype=np.uint64)


def make_numpy():
    np.save("good.npy", DATA.T)
    np.save("objects.npy", np.array([[1, "a"], [None, 2]], dtype=object))
    np.save("complex.npy", DATA + 1j)
    np.save("cube.npy", np.zeros((3, 4, 5)))
    np.save("scalar.npy", np.float64(3))
    np.save("empty.npy", np.zeros((4, 0)))
    np.save("half.npy", DATA.astype(np.float16))
    np.save("texts.npy", np.array([["a", "b"]]))
    np.save("fields.npy", np.zeros(4, dtype=[("x", "f8"), ("y", "f8")]))
    with open("good.npy", "rb") as file:
        content = file.read()
    for name, part in (("short", content[:-8]), ("head", content[:60]), ("magic", content[:8]),
                       ("no_shape", content.replace(b"'shape'", b"'shade'")),
                       ("huge", content.replace(b"(4, 40), }        ", b"(4, 400000000), } "))):
        with open(f"{name}.npy", "wb") as file:
            file.write(part)


def make_archives():
    np.savez("stored.npz", x=DATA)
    np.savez_compressed("deflated.npz", x=DATA)
    for name in ("stored", "deflated"):
        with open(f"{name}.npz", "rb") as file:
            content = bytearray(file.read())
        content[len(content) // 2] ^= 16
        with open(f"{name}_flipped.npz", "wb") as file:
            file.write(content)
    with zipfile.ZipFile("lzma.npz", "w", zipfile.ZIP_LZMA) as file:
        file.write("good.npy", "x.npy")


def make_text():
    lines = ["time,a,b"] + [f"{k / 10},{k % 3},{k % 7}" for k in range(30)]
    tables = {
        "good": lines,
        "ragged": lines[:20] + ["1.9,5"] + lines[21:],
        "long_line": lines[:20] + ["1.9,5,6,7"] + lines[21:],
        "words": lines[:20] + ["1.9,five,6"] + lines[21:],
        "word_time": lines[:20] + ["noon,5,6"] + lines[21:],
        "no_time": lines[:20] + [",5,6"] + lines[21:],
        "back": lines[:20] + ["0.1,5,6"] + lines[21:],
        "comments": ["# nothing", "# at all"],
        "head": lines[:1],
        "only_times": [line.split(",")[0] for line in lines],
    }
    spikes = [(int(unit), time) for unit, time in zip(random.integers(0, 4, 60), np.sort(random.uniform(0, 900, 60)))]
    tables |= {
        "amplitudes": ["unit,spike_time,amplitude"] + [f"{unit},{time:.4f},{unit + 0.5}" for unit, time in spikes],
        "noise_unit": ["unit,spike_time"] + [f"{unit - 1},{time:.4f}" for unit, time in spikes],
        "word_unit": ["unit,spike_time"] + [f"n{unit},{time:.4f}" for unit, time in spikes],
    }
    tables["rows"] = ["cell," + ",".join(f"{k / 10}" for k in range(40))]
    tables["rows"] += [f"n{i}," + ",".join(f"{value:.4f}" for value in DATA[:, i]) for i in range(4)]
    for name, table in tables.items():
        with open(f"{name}.csv", "w", encoding="utf-8") as file:
            file.write("\n".join(table) + "\n")


def make_unreadable_names():
    """The names of the electrodes are there and cannot be opened, beside ids that can."""
    with h5py.File("names.nwb", "w") as file:
        series(file, rows=[0, 1, 2, 3])
        file["general/extracellular_ephys/electrodes/id"] = range(4)
        place = h5py.h5o.get_info(file["general/extracellular_ephys/electrodes/label"].id).addr
    with open("names.nwb", "r+b") as file:
        content = file.read()
        message = place + 16  # after the prefix of an object header of version 1: type, size, flags, content
        while int.from_bytes(content[message:message + 2], "little") != 8:
            message += 8 + int.from_bytes(content[message + 2:message + 4], "little")
        file.seek(message + 8)
        file.write(b"\x63")  # the version of the layout


def make_others():
    open("empty.csv", "w", encoding="utf-8").close()
    for size in (100, 5000):
        with open(f"garbage{size}.dat", "wb") as file:
            file.write(bytes(random.integers(0, 256, size, dtype=np.uint8)))
    os.mkdir("folder")
    with open("good.nwb", "rb") as file:
        content = file.read()
    for name, length in (("cut", len(content) // 2), ("cut_early", 40)):
        with open(f"{name}.nwb", "wb") as file:
            file.write(content[:length])


make_series()
make_reports()
make_links()
make_unreadable_names()
make_trials()
make_spikes()
make_numpy()
make_archives()
make_text()
make_others()
