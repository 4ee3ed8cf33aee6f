# SPDX-License-Identifier: GPL-3.0-or-later
"""Text, packed text and what only looks like it.

text_cases.py make FOLDER: writes the files, cases.txt with a line NAME FILE OPTION... for each import, and NAME.npz with
what it must give. text_cases.py check FOLDER RANKS: compares FOLDER/RANKS/NAME.h5 with it.
"""
import gzip
import os
import sys
import zipfile

import numpy as np

cases = []
random = np.random.default_rng(7)
DATA = np.round(random.standard_normal((60, 3)), 5)
NAMES = ["a", "b", "c"]


def case(name, file, options, data, start=0.0, step=0.0, labels=(), ids=()):
    """data is (time, channel)"""
    cases.append(f"{name} {file} {options}")
    np.savez(f"{name}.expected.npz", data=np.asarray(data, dtype=float), start=start, step=step,
             labels=np.array(list(labels), dtype=str), ids=np.array(list(ids), dtype=np.int64))


def lines_of(columns, header=None, separator=",", missing="", form="%.5f"):
    rows = [] if header is None else [separator.join(header)]
    for values in columns:
        rows.append(separator.join(v if isinstance(v, str) else missing if v != v else form % v for v in values))
    return rows


def write(name, lines, encoding="utf-8", end="\n"):
    with open(name, "wb") as file:
        file.write((end.join(lines) + end).encode(encoding))


def timed(stamps, data=DATA, form="%.10g"):
    return [[form % t, *row] for t, row in zip(stamps, data)]


def headers():
    """Times and running numbers under the names that programs give them."""
    k = np.arange(60)
    for number, (head, factor) in enumerate([("Time(msec)", 33), ("t [us]", 33e3), ("Time (s)", .033), ("Time_ms", 33),
                                             ("time_in_ms", 33), ("TIMESTAMP", .033), ("elapsed time (min)", .033 / 60),
                                             ("t [\u00b5s]", 33e3), ("time_ns", 33e6)]):
        write(f"time{number}.csv", lines_of(timed(k * factor, form="%.17g"), [head] + NAMES))
        case(f"time{number}", f"time{number}.csv", "", DATA, step=33.0, labels=NAMES)
    for number, head in enumerate(["Unnamed: 0", "", "Frame #", "index", "sample", "Frame No.", "#"]):
        if head == "#":  # in quotes: a line that begins with # is a comment
            head = '"#"'
        write(f"index{number}.csv", lines_of(timed(k + 5), [head] + NAMES))
        case(f"index{number}", f"index{number}.csv", "", DATA, labels=NAMES)
    write("last.csv", lines_of([[*row, "%.17g" % (0.01 * t)] for t, row in zip(k, DATA)], NAMES + ["time (s)"]))
    case("last", "last.csv", "", DATA, step=10.0, labels=NAMES)
    write("both.csv", lines_of([["%d" % t, row[0], "%.17g" % (2000 + 4.0 * t), *row[1:]] for t, row in zip(k, DATA)],
                               ["frame", "a", "time_ms", "b", "c"]))
    case("both", "both.csv", "", DATA, start=2000.0, step=4.0, labels=NAMES)
    write("chosen.csv", lines_of(timed(0.5 * k), ["stamp"] + NAMES))
    case("chosen", "chosen.csv", "-activity_time_column stamp -activity_time_unit ms", DATA, step=0.5, labels=NAMES)
    case("chosen_number", "chosen.csv", "-activity_time_column 1", DATA, step=500.0, labels=NAMES)
    case("kept", "chosen.csv", "-activity_time_column none", np.column_stack([0.5 * k, DATA]), labels=["stamp"] + NAMES)
    write("bare_times.csv", lines_of(timed(0.5 * k)))
    case("bare_times", "bare_times.csv", "-activity_time_column 1 -activity_time_unit us", DATA, step=0.0005)
    write("r_names.csv", lines_of([['"%d"' % (t + 1), *row] for t, row in zip(k, DATA)], NAMES))
    case("r_names", "r_names.csv", "", DATA, labels=NAMES)


def numbered():
    write("pandas.csv", lines_of(DATA, ["0", "1", "2"]))
    case("pandas", "pandas.csv", "", DATA, labels=["0", "1", "2"])
    case("pandas_data", "pandas.csv", "-activity_header none", np.vstack([[0, 1, 2], DATA]))
    write("from_one.csv", lines_of(DATA, ["1", "2", "3"]))
    case("from_one", "from_one.csv", "", DATA, labels=["1", "2", "3"])
    write("unordered.csv", lines_of(DATA, ["7", "3", "9"]))
    case("unordered", "unordered.csv", "", np.vstack([[7, 3, 9], DATA]))
    case("unordered_names", "unordered.csv", "-activity_header names", DATA, labels=["7", "3", "9"])
    write("ids.csv", lines_of(DATA, ["12", "15", "20"]))
    case("ids", "ids.csv", "-activity_header names", DATA, labels=["12", "15", "20"])
    counts = random.integers(0, 5, (40, 2))
    write("counts.csv", lines_of(np.vstack([[0, 1], counts]), form="%d"))
    case("counts", "counts.csv", "", np.vstack([[0, 1], counts]))


def missing():
    markers = ["#N/A", "#DIV/0!", "#REF!", "NA", "NaN", "null", "-", "", "n/a", "None", "#VALUE!", "#NUM!"]
    holes = DATA.copy()
    cells = [[float(v) for v in row] for row in DATA]
    for k, marker in enumerate(markers):
        row, column = 3 + 4 * k, k % 3
        holes[row, column] = np.nan
        cells[row][column] = marker
    cells[58][0], holes[58, 0] = "#N/A", np.nan  # in the first column: no comment
    cells[59][0], holes[59, 0] = "#DIV/0!", np.nan
    rows = lines_of(cells, NAMES)
    write("same_names.csv", lines_of(DATA, ["a", "b", "a"]))
    write("percent.csv", ["% by MATLAB", "  % in volts"] + rows[:20] + ["% a break"] + rows[20:])
    write("na.csv", ["# made by hand", "  # in volts"] + rows[:20] + ["# a break", ""] + rows[20:])
    case("percent", "percent.csv", "", holes, labels=NAMES)
    case("na", "na.csv", "", holes, labels=NAMES)
    write("na.tsv", lines_of(cells, NAMES, "\t"), end="\r\n")
    case("na_tabs", "na.tsv", "", holes, labels=NAMES)
    write("na_first.csv", lines_of([["#N/A", 1.0, 2.5]] + [list(row) for row in DATA]))
    case("na_first", "na_first.csv", "", np.vstack([[np.nan, 1.0, 2.5], DATA]))
    write("truth.csv", lines_of([["True", "False"], ["FALSE", "TRUE"]] * 8, ["x", "y"]))
    case("truth", "truth.csv", "", [[1, 0], [0, 1]] * 8, labels=["x", "y"])


def shapes():
    comma = [[("%.5f" % v).replace(".", ",") for v in row] for row in DATA]
    write("comma.csv", lines_of(comma, NAMES, ";"))
    case("comma", "comma.csv", "", DATA, labels=NAMES)
    write("quoted_comma.csv", lines_of([[f'"{v}"' for v in row] for row in comma], NAMES))
    case("quoted_comma", "quoted_comma.csv", "", DATA, labels=NAMES)
    write("three.csv", lines_of([["0,125", "1,500"], ["2,250", "0,375"]] * 5, ["a", "b"], ";"))
    case("three", "three.csv", "", [[0.125, 1.5], [2.25, 0.375]] * 5, labels=["a", "b"])
    write("trailing.csv", [line + "," for line in lines_of(DATA, NAMES)])
    case("trailing", "trailing.csv", "", DATA, labels=NAMES)
    rows = lines_of(DATA, NAMES)
    write("trailing_rows.csv", rows[:1] + [line + "," for line in rows[1:]])
    case("trailing_rows", "trailing_rows.csv", "", DATA, labels=NAMES)
    holes = DATA.copy()
    holes[7:9, 2] = np.nan
    write("hole_last.csv", lines_of(holes, NAMES))
    case("hole_last", "hole_last.csv", "", holes, labels=NAMES)
    write("blanks.txt", ["  " + line.replace(" ", "    ") for line in lines_of(DATA, None, " ")])
    case("blanks", "blanks.txt", "", DATA)
    write("quoted.csv", lines_of([[f'"{v:.5f}"' for v in row] for row in DATA], ['"a ""x"", 50%"', '"b;<&"', "%s%n"]))
    case("quoted", "quoted.csv", "", DATA, labels=['a "x", 50%', "b;<&", "%s%n"])
    names = ["Z\u00fcrich", "\u795e\u7d4c", "c"]
    for name, encoding, end in [("old_mac", "utf-8", "\r"), ("utf16le", "utf-16-le", "\r\n"), ("utf16be", "utf-16-be", "\n"),
                                ("bom", "utf-8", "\n"), ("utf16cr", "utf-16-le", "\r")]:
        rows = lines_of(timed(20.0 * np.arange(60)), ["time (ms)"] + names)
        rows[0] = ("" if name == "old_mac" else "\ufeff") + rows[0]
        write(f"{name}.csv", rows, encoding, end)
        case(name, f"{name}.csv", "", DATA, step=20.0, labels=names)
        with open(f"{name}.csv", "rb") as file, gzip.open(f"{name}.csv.gz", "wb") as packed:
            packed.write(file.read())
    case("packed", "bom.csv.gz", "-activity_time 100:900", DATA[5:45], start=100.0, step=20.0, labels=names)
    case("packed16", "utf16be.csv.gz", "-activity_channels c,0", DATA[:, [0, 2]], step=20.0, labels=[names[0], "c"])
    with open("members.csv.gz", "wb") as file:  # several members one behind the other, as pigz and bgzip write them
        for part in (rows[:1], rows[1:30], rows[30:]):
            file.write(gzip.compress("".join(line + "\n" for line in part).encode()))
    case("members", "members.csv.gz", "", DATA, step=20.0, labels=names)
    write("excel.csv", ["sep=;"] + lines_of(comma, ["a", "b,c", "d"], ";"), end="\r\n")
    case("excel", "excel.csv", "", DATA, labels=["a", "b,c", "d"])
    seconds = timed(np.arange(60) * 0.01)
    write("zeit.csv", lines_of(seconds, ["Zeit [s]", *NAMES]))
    case("zeit", "zeit.csv", "-activity_time_column 1", DATA, step=10, labels=NAMES)
    hundred = lines_of(np.tile(DATA, (2, 1))[:100], NAMES)
    zeros = "\0" * 512  # as a file may have after a loss of power
    write("block_whole.csv", hundred)
    write("block.csv", hundred[:40] + [zeros + hundred[40]] + hundred[41:])
    write("block_end.csv", hundred + [zeros])
    spikes = ["unit,time_ms"] + [f"{k % 4},{10 * k + 3}" for k in range(2000)]
    write("block_spikes.csv", spikes[:1901] + [zeros + spikes[1901]] + spikes[1902:])
    write("seconds_index.csv", lines_of(seconds, ["", *NAMES]))
    write("time_s.csv", lines_of(seconds, ["time_s", *NAMES]))
    case("interval", "time_s.csv", "-activity_interval 20", DATA, step=20, labels=NAMES)
    write("excel_bare.csv", ["sep=;"] + lines_of(comma, None, ";"), end="\r\n")
    case("excel_bare", "excel_bare.csv", "", DATA)
    write("orc.csv", lines_of(DATA, ["ORC", "b", "c"]))  # text that begins like other formats
    case("orc", "orc.csv", "", DATA, labels=["ORC", "b", "c"])
    np.savetxt("savetxt.txt", np.column_stack([0.02 * np.arange(60), DATA]), fmt="%.10g", header="time a b c")
    case("savetxt", "savetxt.txt", "", DATA, step=20.0, labels=NAMES)
    write("no_end.csv", lines_of(DATA, NAMES))
    with open("no_end.csv", "rb+") as file:
        file.truncate(os.path.getsize("no_end.csv") - 1)
    case("no_end", "no_end.csv", "", DATA, labels=NAMES)
    write("named_rows.csv", lines_of([[f"cell {k}", *DATA[:, k]] for k in range(3)], ["name"] + ["%d" % t for t in range(60)]))
    case("named_rows", "named_rows.csv", "-activity_layout neuron_time", DATA, labels=["cell 0", "cell 1", "cell 2"])
    write("timed_rows.csv", lines_of([[f"cell {k}", *DATA[:, k]] for k in range(3)], ["cell"] + ["%.1f" % (t / 10) for t in range(60)]))
    case("timed_rows", "timed_rows.csv", "-activity_layout neuron_time", DATA, labels=["cell 0", "cell 1", "cell 2"])
    write("short.csv", lines_of(DATA[:1], NAMES))
    case("short", "short.csv", "", DATA[:1], labels=NAMES)
    wide = np.round(random.standard_normal((5, 3000)), 3)
    write("wide.csv", lines_of(wide, [f"n{k}" for k in range(3000)], form="%.3f"))
    case("wide", "wide.csv", "", wide, labels=[f"n{k}" for k in range(3000)])


def archives():
    whole = random.integers(-999, 999, (5, 150)).astype(np.int16)
    np.savez("one.npz", traces=whole)
    case("npz_one", "one.npz", "", whole.T)
    np.savez_compressed("several.npz", traces=whole, truth=np.eye(5), turned=np.asfortranarray(DATA.astype(np.float32)))
    case("npz_packed", "several.npz:/traces", "-activity_channels 4,1", whole[[1, 4]].T)
    case("npz_name", "several.npz:traces", "", whole.T)
    case("npz_turned", "several.npz:/turned", "-activity_layout time_neuron", DATA.astype(np.float32))
    with open("several.npz", "rb") as file, open("cut.npz", "wb") as cut:
        cut.write(file.read()[:-100])
    content = bytearray(open("several.npz", "rb").read())
    content[200:230] = bytes(30)
    with open("broken.npz", "wb") as file:
        file.write(content)
    np.savez("words.npz", words=np.array(["a", "b"]))


def count(ids, times, width):
    which = np.unique(ids)
    bins = np.floor(np.asarray(times) / width + 1e-6).astype(int)
    counts = np.zeros((bins.max() - bins.min() + 1, len(which)))
    np.add.at(counts, (bins - bins.min(), np.searchsorted(which, ids)), 1)
    return width * bins.min(), counts, which


def events():
    times = np.round(np.sort(random.uniform(50, 950, 300)), 1)
    ids = random.choice([5, 8, 1000000, 3, 4000000001], 300)
    start, counts, which = count(ids, times, 10.0)
    known = {"data": counts, "start": start, "step": 10.0, "labels": [str(k) for k in which], "ids": which}

    def listed(name, head, columns, separator=",", options="", comments=()):
        rows = [] if head is None else [head]
        write(name, [*comments, *rows, *(separator.join(row) for row in columns)])
        case(name.replace(".", "_"), name, "-activity_bin 10 " + options, **known)

    sender = ["%d" % k for k in ids]
    ms = ["%.1f" % t for t in times]
    s = ["%.4f" % (t / 1000) for t in times]
    step = ["%d" % round(t * 10 + 3) for t in times]
    pairs = list(zip(sender, ms))
    listed("nest-9-0.dat", "sender\ttime_ms", pairs, "\t", "", ["# NEST version: 3.4", "# RecordingBackendASCII version: 2"])
    listed("nest_steps.dat", "sender\ttime_step\ttime_offset", zip(sender, step, ["0.3"] * 300), "\t",
           "-activity_interval 0.1")
    listed("sonata.csv", "node_ids,timestamps", pairs)
    listed("sonata_old.csv", "timestamps population node_ids", zip(ms, ["v1"] * 300, sender), " ")
    listed("turned.csv", "spike_time (s);unit", zip(s, sender), ";")
    listed("unit.csv", "unit,spike_time", zip(sender, s), ",", "-activity_time_unit s")
    order = random.permutation(300)
    listed("mixed.csv", "neuron,time", [pairs[k] for k in order])
    listed("gdf.gdf", None, pairs, "\t", "-activity_table events")
    listed("indexed.csv", ",neuron_id,time_ms", [(str(k), *pair) for k, pair in enumerate(pairs)])


def odd():
    """Files that are refused."""
    write("ascends.csv", lines_of([[row[0], t * t + 0.5, row[1]] for t, row in enumerate(DATA)], NAMES))
    write("equal.csv", lines_of([[row[0], 3.0 + 2 * t, row[1]] for t, row in enumerate(DATA[:6])], NAMES))
    write("index_back.csv", lines_of([["%d" % (t % 20), *row] for t, row in enumerate(DATA)], ["frame"] + NAMES))
    write("number_head.csv", lines_of(DATA, ["12", "15", "20"]))
    write("thousands.csv", lines_of([['"1,234.5"', "2.5"], ['"7,000.1"', "3.5"]] * 4, ["a", "b"]))
    write("either.csv", lines_of([["1,234", "5,678"], ["2,345", "6,789"]] * 4, ["a", "b"], ";"))
    write("late_comma.csv", lines_of([["1.5", "2.5"]] * 80 + [["1,5", "2.5"]], ["a", "b"], ";"))
    for name, word in [("inf", "inf"), ("big", "1e400"), ("hex", "0x1A"), ("word", "five"), ("nul", "1\x002")]:
        write(f"{name}.csv", lines_of([*DATA[:9], [DATA[0, 0], word, DATA[0, 2]], *DATA[9:]], NAMES))
    write("open.csv", lines_of([*DATA[:9], ['"1', 2.0, 3.0], *DATA[9:]], NAMES))
    write("latin1.csv", lines_of(DATA, ["a", "Z\u00fcrich", "c"]), "latin-1")
    write("control.csv", lines_of(DATA, ["a", "b\x1bc", "c"]))
    write("unmarked.csv", lines_of(DATA, NAMES), "utf-16-le")
    write("long_name.csv", lines_of(DATA, ["a", "b" * 300, "c"]))
    write("dates.csv", lines_of([["2024-01-01", *row] for row in DATA], ["day"] + NAMES))
    write("multimeter.dat", lines_of([["%d" % k, "%d" % t, DATA[t, k]] for t in range(40) for k in range(3)],
                                     ["sender", "time_ms", "V_m"], "\t"))
    write("by_cell.csv", lines_of([["%d" % k, "%d" % t, DATA[t % 60, k]] for k in range(2) for t in range(90)],
                                  ["cell_id", "time_ms", "dff"]))
    write("bare_three.csv", [f"{k % 5},{0.01 * k * k:.2f},{DATA[k, 0]}" for k in range(50)])
    write("odd_names.csv", ["unit,spk,amplitude"] + [f"{k % 5},{0.01 * k * k:.2f},{DATA[k, 0]}" for k in range(50)])
    write("shuffled.csv", ["unit,spike_time,amplitude"] + [f"{k % 5},{k * 37 % 50 * 20.5},{DATA[k, 0]}" for k in range(50)])
    for name, head in [("pandas_rows", ""), ("index_names", "index"), ("frame_names", "Frame")]:
        write(f"{name}.csv", lines_of([[f"cell{k}", *DATA[:, k]] for k in range(3)], [head] + [str(t) for t in range(60)]))
    write("only_names.csv", ["1,2,3,4"])
    write("pipes.csv", lines_of(DATA, NAMES, "|"))
    write("bare_events.txt", [f"{k % 5} {0.7 * k:.1f}" for k in range(50)])
    write("text_ids.csv", ["neuron,time_ms"] + [f"{k % 5},{k}.5" for k in range(90)] + ["n7,91.5"])
    write("negative.csv", ["neuron,time_ms"] + [f"{k % 5},{k}.5" for k in range(90)] + ["-3,91.5"])
    write("fast.csv", ["neuron,time"] + [f"{k % 5},{0.05 * k:.2f}" for k in range(600)])
    write("populations.csv", ["timestamps population node_ids"] + [f"{k}.5 {'ab'[k > 80]} {k % 5}" for k in range(90)])
    with gzip.open("array.npy.gz", "wb") as packed:
        np.save(packed, DATA)
    np.save("times.npy", np.vstack([0.1 * np.arange(60), DATA.T]))
    content = gzip.compress("\n".join(lines_of(np.tile(DATA, (200, 1)), NAMES)).encode())
    with open("cut.csv.gz", "wb") as file:
        file.write(content[:len(content) // 2])
    foreign()


def foreign():
    for name, begin in {"sheet.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.parquet": b"PAR1", "b.plx": b"PLEX",
                        "c.nev": b"NEURALEV", "c.ns5": b"NEURALCD", "d.abf": b"ABF2", "e.smr": b"\x09\x00(C) CED 87",
                        "f.tif": b"II*\x00", "f.btf": b"MM\x00+", "g.bdf": b"\xffBIOSEMI", "h.pkl": b"\x80\x04\x95",
                        "v5.mat": b"MATLAB 5.0 MAT-file, Platform: GLNXA64",
                        "i.csv": b"<!DOCTYPE html><html>sign in</html>", "j.nwb": b"version https://git-lfs.github.com/spec/v1\n",
                        "g.edf": b"0       " + b" " * 160 + b"01.02.0310.20.30"}.items():
        with open(name, "wb") as file:
            file.write(begin + bytes(600))
    with zipfile.ZipFile("sheet.xlsx", "w") as file:
        file.writestr("[Content_Types].xml", "<Types/>")
    with zipfile.ZipFile("other.zip", "w") as file:
        file.writestr("a.csv", "1,2")


def make():
    headers()
    numbered()
    missing()
    shapes()
    archives()
    events()
    odd()
    with open("cases.txt", "w", encoding="utf-8") as file:
        file.write("\n".join(cases) + "\n")


def check_case(name, ranks):
    import h5py
    expected = np.load(f"{name}.expected.npz")
    with h5py.File(f"{ranks}/{name}.h5") as file:
        data = file["report/neurons/data"][:]
        assert data.shape == expected["data"].shape, (data.shape, expected["data"].shape)
        assert np.array_equal(data, expected["data"], equal_nan=True), np.argwhere(data != expected["data"])[:5]
        start, _, step = file["report/neurons/mapping/time"][:] if expected["step"] else (0, 0, 0)
        np.testing.assert_allclose([start, step], [expected["start"], expected["step"]], rtol=1e-9, atol=1e-9)
        labels = [text.decode() for text in file["labels"][:]] if "labels" in file else []
        assert labels == list(expected["labels"]), labels[:5]
        if len(expected["ids"]):
            assert np.array_equal(file["report/neurons/mapping/node_ids"][:], expected["ids"])


def check(ranks):
    failures = 0
    with open("cases.txt", encoding="utf-8") as file:
        names = [line.split()[0] for line in file]
    names = [name for name in names if os.path.exists(f"{ranks}/{name}.h5")]
    for name in names:
        try:
            check_case(name, ranks)
        except Exception as error:  # one case does not hide the others
            failures += 1
            print(f"failed: {name} on {ranks} ranks: {type(error).__name__}: {error}", file=sys.stderr)
    print(f"{len(names)} cases on {ranks} ranks, {failures} failed")
    sys.exit(failures > 0)


os.chdir(sys.argv[2])
if sys.argv[1] == "make":
    make()
else:
    check(sys.argv[3])
