#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The cortical microcircuit on 1 and 2 ranks: time of 1 s after 0.5 s without recording, memory (docs/speed.md); then rates
# (docs/accuracy.md).
# NEST beside it: peer_microcircuit.py, in an environment with the package nest-simulator.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=jobs/setup.sh
. jobs/setup.sh
install_packages "${causeway_packages[@]}" python3-h5py
configure_and_build -DCAUSEWAY_TESTS=ON >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for ranks in 1 2; do
  mpirun -n "$ranks" build/bin/bench_microcircuit inputs/microcircuit.yaml
done
mpirun -n 2 build/bin/causeway simulate inputs/microcircuit.yaml -record_variables none -output "$work/run" >/dev/null
/usr/bin/python3 - "$work/run/activity.h5" <<'PYTHON'
import sys
import h5py
import numpy as np

with h5py.File(sys.argv[1]) as file:
    times, nodes = (file["spikes/neurons"][name][()] for name in ("timestamps", "node_ids"))
ends = np.cumsum([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])
late = times > 500
times, nodes = times[late], nodes[late].astype(int)
order = np.lexsort((times, nodes))
times, nodes = times[order], nodes[order]
same = np.diff(nodes) == 0
intervals, owners = np.diff(times)[same], nodes[1:][same]
for name, first, end in zip("L23E L23I L4E L4I L5E L5I L6E L6I".split(), np.append(0, ends), ends):
    rate = np.sum((nodes >= first) & (nodes < end)) / (end - first)
    mine = (owners >= first) & (owners < end)
    groups = np.split(intervals[mine], np.flatnonzero(np.diff(owners[mine])) + 1)
    cv = np.mean([g.std() / g.mean() for g in groups if len(g) > 1])
    print(f"{name:5s} {rate:7.3f} Hz, CV {cv:.2f}")
PYTHON
