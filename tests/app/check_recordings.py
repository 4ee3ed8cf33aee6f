# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares imports in FOLDER/RANKS/NAME.h5 with FOLDER/NAME.npz, and causality of recordings with that of their
imports in FOLDER/direct.NAME and FOLDER/imported.NAME."""
import sys

import h5py
import libsonata
import numpy as np

folder = sys.argv[1]
RANKS = 1, 2, 3


def names(cases):
    with open(f"{folder}/{cases}", encoding="utf-8") as file:
        return [line.split()[0] for line in file]


def texts(file, path):
    return [text.decode() for text in file[path][:]] if path in file else []


def check_numbers(file, expected):
    data = file["report/neurons/data"]
    assert data.shape == expected["data"].shape, (data.shape, expected["data"].shape)
    size = np.nanmax(np.abs(expected["data"]))
    np.testing.assert_allclose(data[:], expected["data"], rtol=1e-14, atol=1e-12 * size, equal_nan=True)
    if expected["exact"]:
        assert np.array_equal(data[:], expected["data"], equal_nan=True)
    assert data.attrs["units"].decode() == expected["unit"], data.attrs["units"]
    start, end, step = file["report/neurons/mapping/time"][:]
    np.testing.assert_allclose([start, end, step], [expected["start"], expected["start"] + len(data) * expected["step"],
                                                    expected["step"]], rtol=1e-12)
    assert texts(file, "labels") == list(expected["labels"]), texts(file, "labels")


def check_trials(file, expected):
    if not len(expected["trials"]):
        assert "intervals" not in file
        return
    for k, name in enumerate(("start_time", "stop_time")):
        np.testing.assert_allclose(file[f"intervals/trials/{name}"][:], expected["trials"][:, k], rtol=1e-12)


def check_import(name):
    expected = np.load(f"{folder}/{name}.npz")
    first = None
    for ranks in RANKS:
        path = f"{folder}/{ranks}/{name}.h5"
        with h5py.File(path) as file:
            check_numbers(file, expected)
            check_trials(file, expected)
            data = file["report/neurons/data"][:]
            assert first is None or first.tobytes() == data.tobytes(), f"differs on {ranks} ranks"
            first = data


def check_single(name):
    """In single precision it is what libsonata reads."""
    expected = np.load(f"{folder}/{name}.npz")
    report = libsonata.SomaReportReader(f"{folder}/single.h5")["neurons"]
    data = report.get().data
    assert report.data_units == str(expected["unit"]) and report.times[2] == expected["step"]
    np.testing.assert_allclose(data, expected["data"], rtol=1e-7, atol=1e-12)


def check_causality(name):
    results = []
    for way in ("direct", "imported"):
        with h5py.File(f"{folder}/{way}.{name}/causality.h5") as file:
            gc = file["granger/gc"][:]
            assert np.isfinite(gc[~np.eye(len(gc), dtype=bool)]).all()
            results.append(gc)
            expected = np.load(f"{folder}/{name}.npz")["labels"]
            assert texts(file, "labels") == list(expected), texts(file, "labels")
    np.testing.assert_allclose(results[1], results[0], rtol=1e-12, atol=1e-12)


failures = 0
for check, cases in ((check_import, names("cases.txt")), (check_causality, names("causality.txt")),
                     (check_single, ["lfp_time"])):
    for case in cases:
        try:
            check(case)
        except Exception as error:  # one case does not hide the others
            failures += 1
            print(f"failed: {check.__name__} {case}: {type(error).__name__}: {error}", file=sys.stderr)
    print(len(cases), check.__name__, failures, "failed")
sys.exit(failures > 0)
