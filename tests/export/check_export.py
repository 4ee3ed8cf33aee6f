# SPDX-License-Identifier: GPL-3.0-or-later
"""Exported files beside the datasets they come from.

Standard input has a line for each:
  csv|graphml EXPORT FILE.h5 /METHOD/READING RULE [LABELS.json]
  npy EXPORT FILE.h5 /METHOD/READING
RULE is all, significant, or top:K; LABELS.json has the labels of all neurons.
"""
import json
import sys

import h5py
import networkx
import numpy
import pandas


def companion(group, reading, kind):
    """Names as the manual has them; None where there is no such dataset."""
    stem = reading[: -len("_effect")] if reading.endswith("_effect") else reading
    names = {
        "effect": [stem + "_effect"],
        "p_value": ["p_value"] if reading in ("gc", "f_statistic") else [stem + "_p_value"],
    }[kind]
    if kind == "p_value" and reading.endswith("_gc"):
        names = [reading[:-2] + "p_value"]
    if kind == "p_value" and reading.endswith("p_value"):
        names = [reading]
    return next((group[name][()] for name in names if name in group), None)


def benjamini_hochberg(p, pairs, level):
    """Sorted, as the paper has it."""
    ordered = numpy.sort(p)
    below = numpy.flatnonzero(ordered <= level * numpy.arange(1, len(p) + 1) / pairs)
    return p <= ordered[below[-1]] if len(below) else numpy.zeros(len(p), bool)


def dense(group, reading):
    score = group[reading][()].astype(float)
    n = len(score)
    is_p = reading.endswith("p_value")
    target, source = numpy.nonzero((~numpy.eye(n, dtype=bool)) & ((score != 0) | is_p))
    table = {"source": source, "target": target, "score": score[target, source]}
    p, effect = companion(group, reading, "p_value"), companion(group, reading, "effect")
    if p is not None:
        table["p_value"] = p[target, source]
    mask = group.get("significant_benjamini_hochberg")
    if mask is not None and (p is None or reading in ("gc", "f_statistic", "p_value")):
        table["significant"] = mask[()][target, source]
    elif p is not None:
        level = group.attrs.get("level", 0.05)
        table["significant"] = benjamini_hochberg(table["p_value"], n * (n - 1), level).astype(int)
    if effect is not None:
        table["sign"] = numpy.sign(effect[target, source]).astype(int)
    return n, pandas.DataFrame(table)


def sparse(group, column, level):
    offset = group["row_offset"][()]
    n = len(offset) - 1
    target = numpy.repeat(numpy.arange(n), numpy.diff(offset))
    p = group["p_value"][()]
    limit = group["row_offset"].attrs["largest_p_value"]
    significant = p <= limit if limit < 1 else benjamini_hochberg(p, n * (n - 1), level)
    return n, pandas.DataFrame({"source": group["source"][()], "target": target,
                                "score": group[column][()], "p_value": p,
                                "significant": significant.astype(int)})


def expected(path, name, rule):
    with h5py.File(path) as h5:
        method, reading = name.rsplit("/", 1)
        if isinstance(h5[name], h5py.Group):
            n, table = sparse(h5[name], "f_statistic", h5[method].attrs.get("level", 0.05))
        elif "row_offset" in h5[method or "/"]:
            n, table = sparse(h5[method], reading, h5[method].parent.attrs.get("level", 0.05))
        else:
            n, table = dense(h5[method or "/"], reading)
    if rule == "significant":
        table = table[table["significant"] != 0]
    elif rule.startswith("top:"):
        strength = table["score"]
        strength = -strength if reading.endswith("p_value") else strength
        strength = strength.abs() if reading.endswith("_effect") else strength
        order = numpy.lexsort((table["source"], table["target"], -strength))
        table = table.iloc[order[: int(rule[4:])]]
    return n, table.reset_index(drop=True)


def from_graphml(path, labels):
    graph = networkx.read_graphml(path)
    assert graph.is_directed() and not graph.is_multigraph()
    found = [graph.nodes[f"n{k}"]["label"] for k in range(graph.number_of_nodes())]
    assert found == labels, (found, labels)
    rows = []
    for source, target, data in graph.edges(data=True):
        row = dict(data, source=int(source[1:]), target=int(target[1:]), score=data["weight"])
        del row["weight"]
        row.update({"significant": int(data["significant"])} if "significant" in data else {})
        rows.append(row)
    return pandas.DataFrame(rows)


def from_csv(path, labels):
    table = pandas.read_csv(path, float_precision="round_trip", keep_default_na=False,
                            dtype={"source_label": str, "target_label": str})
    assert list(table.columns[:5]) == ["source", "target", "source_label", "target_label", "score"]
    for end in ("source", "target"):
        assert list(table[end + "_label"]) == [labels[k] for k in table[end]], table
    return table.drop(columns=["source_label", "target_label"])


def check(kind, export, path, name, rule="all", labels=None):
    if kind == "npy":
        matrix = numpy.load(export)
        with h5py.File(path) as h5:
            assert matrix.dtype == "<f8" and matrix.flags.c_contiguous
            assert numpy.array_equal(matrix, h5[name][()].astype(float), equal_nan=True)
        return
    n, table = expected(path, name, rule)
    labels = json.load(open(labels)) if labels else [str(k) for k in range(n)]
    found = (from_csv if kind == "csv" else from_graphml)(export, labels)
    assert set(found.columns) == set(table.columns), (found.columns, table.columns)
    if kind == "graphml":  # edges have no order there
        table = table.sort_values(["target", "source"]).reset_index(drop=True)
        found = found.sort_values(["target", "source"]).reset_index(drop=True)
    found = found[table.columns]
    assert len(table) > 0 and found.shape == table.shape, (found.shape, table.shape)
    for column in table.columns:
        assert numpy.array_equal(found[column], table[column]), (column, found, table)


for line in sys.stdin:
    try:
        check(*line.split())
    except Exception:
        print("wrong:", line, file=sys.stderr)
        raise
