# SPDX-License-Identifier: GPL-3.0-or-later
"""Matrices of MATLAB 7.3 and sparse ones of AnnData: as activity, network, truth and scores, the way their program shows
them."""
import json

import h5py
import numpy as np

from check import done, imports, refused, report, run

random = np.random.default_rng(5)
N, T = 4, 30
x = random.standard_normal((N, T))
w = np.array([[0, 10, 20, 0], [30, 0, 0, 0], [0, 0, 0, -40], [0, 0, 50, 0]], dtype=float)  # rows targets


def compress(matrix):
    """Pointers, indices and values by rows."""
    pointers = np.concatenate([[0], np.cumsum((matrix != 0).sum(axis=1))])
    return pointers, np.nonzero(matrix)[1], matrix[matrix != 0]


def put(group, names, matrix):
    for name, values in zip(names, compress(matrix)):
        group[name] = values


with h5py.File("matlab.mat", "w", userblock_size=512) as h5:
    for name, matrix in [("x", x), ("d", w), ("b", (w != 0).astype("u1"))]:
        h5[name] = matrix.T
        h5[name].attrs["MATLAB_class"] = np.bytes_("logical" if name == "b" else "double")
    h5["b"].attrs["MATLAB_int_decode"] = np.int32(1)
    group = h5.create_group("w")
    put(group, ["jc", "ir", "data"], w.T)
    group.attrs["MATLAB_class"] = np.bytes_("double")
    group.attrs["MATLAB_sparse"] = np.uint64(N)
    h5["text"] = np.frombuffer(b"h\0i\0", dtype="u2").reshape(2, 1)
    h5["text"].attrs["MATLAB_class"] = np.bytes_("char")
    h5["nothing"] = np.array([0, 0], dtype="u8")
    h5["nothing"].attrs.update({"MATLAB_class": np.bytes_("double"), "MATLAB_empty": np.uint8(1)})
with h5py.File("anndata.h5", "w") as h5:
    for name, kind, matrix in [("csr", "csr_matrix", w), ("csc", "csc_matrix", w.T)]:
        group = h5.create_group(name)
        put(group, ["indptr", "indices", "data"], matrix)
        group.attrs.update({"encoding-type": kind, "encoding-version": "0.1.0", "shape": [N, N]})
    put(h5.create_group("old"), ["indptr", "indices", "data"], w.T)
    h5["old"].attrs["h5sparse_format"] = "csc"
    put(h5.create_group("wide"), ["indptr", "indices", "data"], w.T)
    h5["wide"].attrs.update({"encoding-type": "csc_matrix", "shape": [N + 1, N]})
    put(h5.create_group("tall"), ["indptr", "indices", "data"], w)  # connections of N neurons to N - 1 others
    h5["tall"].attrs.update({"encoding-type": "csr_matrix", "shape": [N, N - 1]})
    put(h5.create_group("tables"), ["indptr", "indices", "data"], w)
    h5["tables/shape"] = [N, N + 2]
    put(h5.create_group("format"), ["indptr", "indices", "data"], w.T)
    h5["format"].attrs["format"] = np.bytes_("csc")
    for name, kind, matrix in [("saved", np.bytes_("csc"), w.T), ("saved_text", "csc", w.T), ("saved_list", [np.bytes_("csr")], w)]:
        put(h5.create_group(name), ["indptr", "indices", "data"], matrix)  # names of scipy.sparse.save_npz
        h5[name]["format"] = kind
        h5[name]["shape"] = [N, N]
    put(h5.create_group("odd"), ["indptr", "indices", "data"], w)
    h5["odd/format"] = 1.5
    for name, kind in [("twice_rows", "csr_matrix"), ("twice_columns", "csc_matrix")]:
        group = h5.create_group(name)
        group["indptr"], group["indices"], group["data"] = [0, 3, 3, 3, 3], [1, 2, 1], [1.0, 2.0, -1.0]
        group.attrs.update({"encoding-type": kind, "shape": [N, N]})
    put(h5.create_group("unsaid"), ["indptr", "indices", "data"], w)
    put(h5.create_group("outside"), ["indptr", "indices", "data"], w.T)
    h5["outside"].attrs["encoding-type"] = "csc_matrix"
    h5["outside/indices"][0] = 7
    put(h5.create_group("coo"), ["indptr", "indices", "data"], w)
    h5["coo"].attrs["encoding-type"] = "coo_matrix"
with h5py.File("plain.h5", "w") as h5:
    h5["w"] = w
    scores = random.random((N, N))
    h5["scores"] = scores
with h5py.File("scores.mat", "w") as h5:
    h5["s"] = scores.T
    h5["s"].attrs["MATLAB_class"] = np.bytes_("double")

# activity
for ranks in (1, 3):
    imports("matlab.mat:/x", "", x.T, says="MATLAB", ranks=ranks)
imports("matlab.mat:/x", "-activity_layout neuron_time -activity_channels 1,3", x[[1, 3]].T)
imports("matlab.mat:/x", "-activity_layout time_neuron", x)
refused("matlab.mat:/text", "", "is a MATLAB char")
refused("matlab.mat:/nothing", "", "empty MATLAB matrix")
refused("anndata.h5:/csc", "", "sparse matrix")


def auroc(scores, truth, ranks):
    status, log, errors = run(["evaluate", "-scores", scores, "-truth", truth, "-json"], ranks)
    if status:
        report(f"{scores} with {truth}", errors)
        return None
    return [(m["auroc_offdiagonal"], m["auprc"], m["edges"]) for m in json.loads(log)["scores"]]


# truth and scores
expected = auroc("plain.h5:/scores", "plain.h5:/w", 1)
for ranks in (1, 3):
    for truth in ["matlab.mat:/d", "matlab.mat:/b", "matlab.mat:/w", "anndata.h5:/csr", "anndata.h5:/csc", "anndata.h5:/old",
                  "anndata.h5:/format", "anndata.h5:/unsaid", "anndata.h5:/saved", "anndata.h5:/saved_text", "anndata.h5:/saved_list"]:
        if auroc("plain.h5:/scores", truth, ranks) != expected:
            report(truth, f"on {ranks} ranks another AUROC than the plain matrix")
    if auroc("scores.mat:/s", "plain.h5:/w", ranks) != expected:
        report("scores.mat", f"on {ranks} ranks another AUROC than the plain matrix")
for truth, pattern in [("anndata.h5:/wide", "is 5 x 4"), ("anndata.h5:/tall", "is 4 x 3"), ("anndata.h5:/tables", "is 4 x 6"), ("anndata.h5:/outside", "target 7"), ("anndata.h5:/coo", "coo_matrix"), ("anndata.h5:/odd", "odd/format"),
                       ("anndata.h5:/twice_rows", "row 0 has source 1 twice"), ("anndata.h5:/twice_columns", "column 0 has target 1 twice")]:
    status, _, errors = run(["evaluate", "-scores", "plain.h5:/scores", "-truth", truth], 3)
    if status != 2 or pattern not in errors:
        report(truth, errors)
for truth, is_told in [("unsaid", True), ("csr", False), ("format", False), ("saved", False)]:
    _, log, _ = run(["evaluate", "-scores", "plain.h5:/scores", "-truth", f"anndata.h5:/{truth}"], 1)
    if ("read by rows, and rows are targets" in log) != is_told:
        report(truth, f"whether rows are assumed to be targets: {log}")
for scores in ("anndata.h5:/csr", "anndata.h5:/csc", "matlab.mat:/w"):
    status, _, errors = run(["evaluate", "-scores", scores, "-truth", "plain.h5:/w"], 1)
    if status != 2 or f"{scores}: is a sparse matrix of another program" not in errors:
        report(scores, errors)
done()
