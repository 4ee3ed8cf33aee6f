# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports of small files, one after the other: what they give, or the one line in which they are refused."""
import os
import re
import subprocess
import sys

import h5py
import numpy as np

program, mpiexec = os.environ["CAUSEWAY"], os.environ["MPIEXEC"]
failures = 0


def run(command, ranks=1):
    """Exit status, standard output and standard error of the program."""
    start = [mpiexec, "-n", str(ranks)] if ranks > 1 else []
    result = subprocess.run(start + [program] + command, capture_output=True, text=True, timeout=300)
    return result.returncode, result.stdout, result.stderr


def report(what, text):
    global failures
    failures += 1
    print(f"failed: {what}: {text}", file=sys.stderr)


def imports(recording, options="", data=None, labels=None, unit=None, start=None, step=None, says="", ranks=1):
    """An import gives (time, channel) data, and the log has the words `says`."""
    command = ["import", recording, *(options if isinstance(options, list) else options.split())]
    if os.path.exists("out.h5"):
        os.remove("out.h5")
    status, log, errors = run(command + ["-output", "out.h5"], ranks)
    what = " ".join(command)
    if status != 0:
        report(what, errors)
        return
    with h5py.File("out.h5") as h5:
        found = h5["report/neurons/data"]
        if data is not None and not np.array_equal(found[()], np.asarray(data, dtype=float), equal_nan=True):
            report(what, f"is {found[()]}, expected {data}")
        names = [name.decode() for name in h5["labels"]] if "labels" in h5 else []
        if labels is not None and names != [str(name) for name in labels]:
            report(what, f"channels {names}, expected {labels}")
        if unit is not None and found.attrs["units"] not in (unit, unit.encode()):
            report(what, f"in {found.attrs['units']}, expected {unit}")
        time = h5["report/neurons/mapping/time"][()]
        if start is not None and abs(time[0] - start) > 1e-6 * max(1, abs(start)):
            report(what, f"starts at {time[0]} ms, expected {start}")
        if step is not None and abs(time[2] - step) > 1e-6 * step:
            report(what, f"every {time[2]} ms, expected {step}")
    if says not in log:
        report(what, f"the log lacks '{says}': {log}")


def refused(recording, options="", pattern="", ranks=1):
    """An import ends with one line that matches the pattern, status 2 and no file."""
    command = ["import", recording, *(options if isinstance(options, list) else options.split())]
    if os.path.exists("out.h5"):
        os.remove("out.h5")
    status, _, errors = run(command + ["-output", "out.h5"], ranks)
    lines = [line for line in errors.splitlines() if line.startswith("causeway: error:")]
    what = " ".join(command)
    if status != 2 or len(lines) != 1 or os.path.exists("out.h5"):
        report(what, f"status {status}, {errors}")
    elif not re.search(pattern, lines[0]):
        report(what, f"no /{pattern}/ in {lines[0]}")


def done():
    sys.exit(1 if failures else 0)
