#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every command of README and docs/, as it stands there and one after the other: none fails, none meets the results of
# another. Long ones are shortened by options put behind theirs; files that only users have are made here.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require python3
find_python h5py || skip "no Python with h5py"

# commands take what those of earlier pages have made
pages=(README docs/README docs/parameters docs/choosing-a-method docs/running docs/recordings docs/simulation docs/clusters
  docs/sweeps docs/couplings docs/files docs/methods docs/accuracy docs/speed docs/cost docs/limits)
pages=("${pages[@]/%/.md}")
cd "$CAUSEWAY_SOURCE"
diff <(printf '%s\n' "${pages[@]}" | sort) <(printf '%s\n' README.md docs/*.md | sort) || fail "pages of docs/ (>) are not those listed here (<)"
# lines of the blocks of shell that start the program, continuation lines joined
awk '/^```/ { inside = $0 == "```sh"; next } inside' "${pages[@]}" |
  sed -e ':join' -e '/\\$/ { N; s/ *\\\n */ /; b join }' |
  grep -E '^(mpirun -n [0-9]+ )?(build/bin/)?causeway ' | grep -v 'SCRATCH' | sed 's/ *  # .*//' >"$work/commands"
cd "$work"
[ "$(wc -l <commands)" -ge 30 ] || fail "the pages have $(wc -l <commands) commands"
awk '/^```/ { inside = $0 == "```yaml"; next } inside' "$CAUSEWAY_SOURCE/docs/sweeps.md" |
  sed -e 's/\[0.2, 0.4, 0.6, 0.8\]/[0.2, 0.8]/' -e 's/^replicates: 5/replicates: 1/' >sweep.yaml
grep -q '^replicates: 1' sweep.yaml || fail "no sweep in docs/sweeps.md"

# sweep.yaml takes its base from the folder above
cp "$CAUSEWAY_SOURCE/inputs/lu2023_n5.yaml" ..
ln -s "$CAUSEWAY_SOURCE/inputs" inputs
mkdir -p build/bin
cat >build/bin/causeway <<'END'
#!/usr/bin/env bash
case " $* " in
  *\ inputs/microcircuit.yaml\ *) set -- "$@" -network_scale 0.005 -simulate_duration 50 ;;
  *\ inputs/lu2023_causalformer.yaml\ *) set -- "$@" -train_members 1 -train_epochs 1 -activity_samples 0:1000 ;;
  *\ signed,causalformer\ * | *,signed,causalformer\ *) set -- "$@" -causalformer_members 1 -causalformer_epochs 1 ;;
  *\ inputs/hodgkin_huxley.yaml\ *) set -- "$@" -simulate_duration 1000 -methods granger ;;
esac
exec "$CAUSEWAY" "$@"
END
chmod +x build/bin/causeway
export PATH=$work/build/bin:$PATH

"$python" - <<'END'
import h5py
import numpy as np

random = np.random.default_rng(1)
with h5py.File("session.nwb", "w") as file:
    file.attrs["nwb_version"] = "2.6.0"
    series = file.create_group("acquisition/ElectricalSeries")
    series.attrs["neurodata_type"] = "ElectricalSeries"
    series["data"] = random.normal(size=(500, 4))
    series["data"].attrs.update({"conversion": 1.0, "unit": "volts"})
    series["starting_time"] = 0.0
    series["starting_time"].attrs.update({"rate": 100.0, "unit": "seconds"})
with h5py.File("old.h5", "w") as file:
    file["connectivity"] = 5 * (random.random((6, 6)) < 0.3) * (1 - np.eye(6))
    file["params"] = np.tile([0.02, 0.2, -65.0, 8.0], (6, 1))
    file["input"] = random.normal(5, 2, size=(6, 5000))
for name, path, shape in (("other.h5", "v", None), ("scores.h5", "matrix", (10, 10)), ("recording.h5", "traces", (8, 600)),
                          ("truth.h5", "connectivity", (8, 8))):
    with h5py.File(name, "w") as file:
        values = random.normal(size=shape or (5, 400))
        file[path] = (values > 0) * 1.0 * (1 - np.eye(8)) if path == "connectivity" else values
with h5py.File("spikes.h5", "w") as file:
    spikes = file.create_group("spikes/pop")
    spikes["timestamps"] = np.sort(random.uniform(0, 60000, 3000))
    spikes["timestamps"].attrs["units"] = "ms"
    spikes["node_ids"] = random.integers(0, 8, 3000).astype("u8")
np.save("p_values.npy", random.random((10, 10)))
np.save("truth.npy", (random.random((10, 10)) < 0.3) * 1.0)
END

n=0
while read -r command; do
  n=$((n + 1))
  timeout -k 5 600 bash -c "$command" </dev/null >"$run_stdout" 2>"$run_stderr" ||
    fail "$command: status $?: $(tail -n 3 "$run_stdout"; grep -v "^\(---\|$\)" "$run_stderr" | head -n 5)"
  ! grep -q 'is finished' "$run_stdout" || fail "$command: meets a finished run"
done <commands
echo "$n commands"
