# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the tables of `causeway sweep collect` against the summaries of the runs, with nothing but the
standard library and h5dump: check_table.py DIR PREFIX"""
import csv
import json
import math
import statistics
import subprocess
import sys

METRICS = ["auroc_published", "auroc_offdiagonal", "auprc", "precision", "recall", "f1", "time_s"]


def t_quantile(p, dof):
    """Inverts Student's t by bisection of its density's integral (Simpson)."""
    scale = math.gamma((dof + 1) / 2) / math.sqrt(dof * math.pi) / math.gamma(dof / 2)

    def density(x):
        return scale * (1 + x * x / dof) ** (-(dof + 1) / 2)

    def probability(x, n=4000):
        h = x / n
        inner = sum((4 if k % 2 else 2) * density(k * h) for k in range(1, n))
        return 0.5 + h / 3 * (density(0) + inner + density(x))

    low, high = 0.0, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if probability(middle) < p else (low, middle)
    return low


def close(a, b):
    if a is None or b is None:
        return a is b
    return abs(a - b) <= 1e-6 * max(abs(a), abs(b), 1e-12)


def number(text):
    return float(text) if text else None


def dataset(path, name):
    """Numbers of a 1-D dataset, None for NaN."""
    text = subprocess.run(["h5dump", "-d", name, "-y", "-w", "1", "-m", "%.17g", path],
                          capture_output=True, text=True, check=True).stdout
    body = text.split("DATA {")[1].split("}")[0]
    words = [word.strip(' ,"') for word in body.splitlines() if word.strip()]
    return [None if "nan" in word.lower() else word for word in words]


def expected_rows(directory):
    for line in open(directory + "/manifest.txt"):
        if line.startswith("#"):
            continue
        _, identity, *words = line.rstrip("\n").split("\t")
        values = dict(word.split("=", 1) for word in words)
        summary = json.load(open(f"{directory}/runs/{identity}/summary.json"))
        for score in summary["scores"]:
            yield identity, values, score


def check(condition, *what):
    if not condition:
        sys.exit("check_table: " + " ".join(map(str, what)))


def main():
    directory, prefix = sys.argv[1:]
    rows = list(csv.DictReader(open(prefix + ".csv")))
    means = list(csv.DictReader(open(prefix + "_mean.csv")))
    expected = list(expected_rows(directory))
    check(len(rows) == len(expected) > 0, len(rows), "rows,", len(expected), "expected")

    groups = {}
    for row, (identity, values, score) in zip(rows, expected):
        check(row["id"] == identity, "id", row["id"], identity)
        check(row["seed"] == values["seed"], "seed of", identity)
        check(row["network_probability"] == values["network_probability"], "parameter of", identity)
        check(row["method"] == score["method"] and row["reading"] == score["reading"], identity)
        key = values["network_probability"], score["method"], score["reading"]
        groups.setdefault(key, []).append(score)
        for metric in METRICS:
            check(number(row[metric]) == score[metric], metric, row[metric], score[metric])

    check(len(means) == len(groups), len(means), "means,", len(groups), "expected")
    for row, (key, scores) in zip(means, groups.items()):
        check((row["network_probability"], row["method"], row["reading"]) == key, "group", row, key)
        check(int(row["runs"]) == len(scores), "runs of", key)
        for metric in METRICS:
            values = [score[metric] for score in scores if score[metric] is not None]
            mean = statistics.fmean(values) if values else None
            half = None
            if len(values) > 1:
                half = (t_quantile(0.975, len(values) - 1) * statistics.stdev(values)
                        / math.sqrt(len(values)))
            check(int(row[metric + "_count"]) == len(values), "count", metric, key)
            check(close(number(row[metric]), mean), "mean", metric, key, row[metric], mean)
            check(close(number(row[metric + "_ci95"]), half), "interval", metric, key, half)

    for table, group in ((rows, "/"), (means, "/mean/")):
        for column in table[0]:
            held = dataset(prefix + ".h5", group + column)
            check(len(held) == len(table), len(held), "values of", group + column)
            for row, value in zip(table, held):
                if column in ("id", "method", "reading"):
                    same = value.replace('\\"', '"') == row[column].strip('"')
                else:
                    same = number(value) == number(row[column])
                check(same, group + column, value, row[column])


main()
