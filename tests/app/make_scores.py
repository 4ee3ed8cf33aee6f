# SPDX-License-Identifier: GPL-3.0-or-later
"""Scores and truths for test_scores.sh, and what is expected of them by plain counting."""
import csv
import json
import sys
from pathlib import Path
from xml.dom import minidom

import h5py
import numpy

N = 12
LABELS = ["50%d %s", "`touch broken`", "a{b}_c^d", "=1+2", "-lead", '@x"q"', "it's\\n <b>&", "| touch broken"]


def make():
    random = numpy.random.default_rng(3)
    truth = (random.random((N, N)) < 0.3) * numpy.where(random.random((N, N)) < 0.3, -2.0, 3.0)
    numpy.fill_diagonal(truth, 0)
    larger = 0.2 + random.random((N, N)) + 0.5 * (truth != 0)
    gaps = numpy.where(random.random((N, N)) < 0.2, numpy.nan, larger)
    mask = larger > 1
    with h5py.File("scores.h5", "w") as h5:
        h5["p_value"] = numpy.exp(-5 * larger)
        h5["signed"] = larger * numpy.where(random.random((N, N)) < 0.5, -1, 1)
        h5["distance"], h5["gaps"], h5["mask"] = 3 - larger, gaps, mask
        h5["other"] = larger
        h5["other"].attrs["sense"], h5["other"].attrs["role"] = 3, [1.0, 2.0]
        h5["told"] = -larger
        h5["told"].attrs["sense"] = "smaller"
    with h5py.File("only.h5", "w") as h5:
        h5["x"], h5["name"] = larger, "words"
    with h5py.File("truth.h5", "w") as h5:
        h5["weights"], h5["mask"] = truth, truth != 0
        h5["diagonal"] = truth + numpy.eye(N)
        h5["none"], h5["all"] = numpy.zeros((N, N), "i2"), numpy.ones((N, N), bool) & ~numpy.eye(N, dtype=bool)
    numpy.save("truth.npy", truth != 0)
    numpy.save("larger.npy", larger)
    numpy.save("fortran.npy", numpy.asfortranarray(larger))
    numpy.save("small.npy", (100 * larger).astype("u1"))
    numpy.save("half.npy", larger.astype("f2"))
    numpy.save("big_endian.npy", larger.astype(">f4"))
    numpy.save("gaps.npy", gaps)
    numpy.save("mask.npy", mask)
    numpy.save("wide.npy", larger[:3, :4])
    numpy.save("tiny.npy", larger[:3, :3])
    numpy.save("nothing.npy", numpy.full((N, N), numpy.nan))
    broken = truth.copy()
    broken[3, 2] = numpy.nan
    numpy.save("nan.npy", broken)
    series = numpy.random.default_rng(0).standard_normal((300, len(LABELS)))
    for k in range(1, 300):
        series[k, 1] += 0.9 * series[k - 1, 0]
    with open("evil.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["time_ms"] + LABELS)
        writer.writerows([k, *row] for k, row in enumerate(series))
    evil = numpy.zeros((len(LABELS), len(LABELS)))
    evil[1, 0] = 1
    numpy.save("evil_truth.npy", evil)


def check(summary, scores, truth):
    found = json.loads(Path(summary).read_text())["scores"][0]
    scores, truth = numpy.load(scores).astype(float), numpy.load(truth)
    counts = ~numpy.eye(N, dtype=bool) & ~numpy.isnan(scores)
    edges, others = scores[counts & truth], scores[counts & ~truth]
    wins = (edges[:, None] > others).sum() + 0.5 * (edges[:, None] == others).sum()
    auroc = wins / len(edges) / len(others)
    precision = [(edges >= e).sum() / ((edges >= e).sum() + (others >= e).sum()) for e in edges]
    assert abs(found["auroc_offdiagonal"] - auroc) < 1e-12, (found, auroc)
    assert abs(found["auprc"] - numpy.mean(precision)) < 1e-12, (found, numpy.mean(precision))
    assert found["unscored"] == N * (N - 1) - counts.sum(), found


def run(first, second):
    """What a run says of its scores is what evaluating its directory says; the file tells role and sense."""
    scores = [{s["reading"]: s for s in json.loads(Path(d, "summary.json").read_text())["scores"]} for d in (first, second)]
    for reading, score in scores[0].items():
        for key in ("auroc_published", "auroc_offdiagonal", "auprc", "precision", "recall", "f1"):
            assert score[key] == scores[1][reading][key], (reading, key)
    with h5py.File(Path(first, "causality.h5")) as h5:
        assert h5["granger/p_value"].attrs["role"] in ("p_value", b"p_value")
        assert h5["granger/p_value"].attrs["sense"] in ("smaller", b"smaller")
        assert h5["granger/significant_bonferroni"].attrs["role"] in ("mask", b"mask")
        assert h5["granger/gc"].attrs["sense"] in ("larger", b"larger")


def evil(directory, _):
    """Every picture is well-formed, and has the labels as they are."""
    figures = list(Path(directory, "figures").glob("*.svg"))
    if not figures and "gnuplot" in Path(directory, "report.html").read_text():
        return
    for path in figures:
        minidom.parse(str(path))
    texts = "".join("".join(node.firstChild.data for node in minidom.parse(str(path)).getElementsByTagName("text")
                            if node.firstChild) for path in figures if path.stem == "matrices")
    for label in LABELS:
        assert label.replace(" ", "") in texts.replace(" ", "").replace("\u00a0", ""), (label, texts)


def labels(table, graph, _):
    with open(table, newline="") as file:
        found = {row["source_label"] for row in csv.DictReader(file)}
    assert found == set(LABELS), found
    nodes = minidom.parse(graph).getElementsByTagName("node")
    assert [node.getElementsByTagName("data")[0].firstChild.data for node in nodes] == LABELS


if len(sys.argv) == 1:
    make()
else:
    {"check": check, "run": run, "evil": evil, "labels": labels}[sys.argv[1]](*sys.argv[2:])
