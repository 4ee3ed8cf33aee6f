# SPDX-License-Identifier: GPL-3.0-or-later
"""NWB that is no activity to read: older versions, series without data or times, images, units that lack a part."""
import h5py
import numpy as np

from check import done, imports, refused, report, run

x = np.arange(60.0).reshape(20, 3)


def nwb(name, make, version="2.6.0"):
    with h5py.File(name, "w") as h5:
        if version:
            h5.attrs["nwb_version"] = version
        make(h5)


def series(h5, data, kind="TimeSeries", start=0.0, rate=100.0, name="acquisition/s"):
    group = h5.create_group(name)
    group.attrs["neurodata_type"] = kind
    if data is not None:
        group["data"] = data
    if start is not None:
        group["starting_time"] = start
        group["starting_time"].attrs["rate"] = rate
    return group


def units(h5, **columns):
    h5.create_group("units").attrs["neurodata_type"] = "Units"
    for name, values in columns.items():
        h5["units"][name] = values


def old(h5):
    h5["nwb_version"] = "NWB-1.0.6"
    series(h5, x, name="acquisition/timeseries/s")


def film(h5, kind="TwoPhotonSeries"):
    series(h5, np.zeros((20, 4, 5)), kind, name="acquisition/film")


def film_and_traces(h5):
    film(h5)
    series(h5, np.array([b"a", b"b"]), "AnnotationSeries", name="acquisition/notes")
    series(h5, x)


def external(h5):
    series(h5, np.zeros((0, 0, 0), dtype="u1"), "ImageSeries")["external_file"] = [b"film.avi"]


nwb("old.nwb", old, None)
nwb("old_attribute.nwb", lambda h5: series(h5, x), "1.0.6")
nwb("film.nwb", film)
nwb("waveforms.nwb", lambda h5: film(h5, "SpikeEventSeries"))
nwb("both.nwb", film_and_traces)
nwb("external.nwb", external)
nwb("no_data.nwb", lambda h5: series(h5, None, "IntervalSeries"))
nwb("no_times.nwb", lambda h5: series(h5, x, start=None))
nwb("nan.nwb", lambda h5: series(h5, x, start=np.nan))
nwb("no_index.nwb", lambda h5: units(h5, spike_times=[0.1, 0.2], id=[0, 1]))
nwb("no_spikes.nwb", lambda h5: units(h5, id=[0, 1]))
nwb("few_ids.nwb", lambda h5: units(h5, spike_times=[0.1, 0.2], spike_times_index=[1, 2], id=[0]))
nwb("no_ids.nwb", lambda h5: units(h5, spike_times=[0.1, 0.2], spike_times_index=[1, 2]))
nwb("same_ids.nwb", lambda h5: units(h5, spike_times=[0.1, 0.2], spike_times_index=[1, 2], id=[7, 7]))
with h5py.File("kinds.h5", "w") as h5:
    h5["complex"] = np.zeros((3, 20), dtype=complex)
    h5["table"] = np.zeros(5, dtype=[("time", "f8"), ("value", "f8")])

cases = [("old.nwb", "is a file of NWB before 2.0"), ("old_attribute.nwb", "is a file of NWB 1.0.6"),
         ("film.nwb", "NWB TwoPhotonSeries of 3 dimensions"), ("waveforms.nwb", "NWB SpikeEventSeries of 3 dimensions"),
         ("external.nwb", "ImageSeries whose images are in other files"), ("no_data.nwb", "IntervalSeries without data"),
         ("no_times.nwb", "without starting_time and timestamps; name its data, as no_times.nwb:/acquisition/s/data"),
         ("nan.nwb", "starting time nan s is not finite"), ("no_index.nwb", "Units without spike_times_index"),
         ("no_spikes.nwb", "Units without spike times"), ("few_ids.nwb", "ids of 1 units, but spikes of 2")]
for name, words in cases:
    refused(name, "-activity_bin 100", words, ranks=3 if name in ("old.nwb", "film.nwb", "few_ids.nwb") else 1)
    status, log, errors = run(["info", name])
    told = log.split("contents of the file")[0]
    if status or words.split(";")[0] not in told:
        report(f"info {name}", f"lacks {words}: {told} {errors}")
refused("no_index.nwb:/units", "", "are NWB Units without spike_times_index")
refused("kinds.h5:/complex", "", "does not hold numbers but complex numbers; write the real part")
refused("kinds.h5:/table", "", r"compound entries \(time, value\)")
imports("old.nwb:/acquisition/timeseries/s", "", x, step=10)
imports("both.nwb", "", x, says="/acquisition/film is left out")
imports("both.nwb", "", x, says="/acquisition/notes is left out", ranks=3)
imports("no_times.nwb:/acquisition/s/data", "-activity_interval 10 -activity_layout time_neuron", x, step=10)
for name in ("no_ids.nwb", "same_ids.nwb"):
    imports(name, "-activity_bin 100", [[1, 0], [0, 1]], [], says="they are numbered from 0")
done()
