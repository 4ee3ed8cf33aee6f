# SPDX-License-Identifier: GPL-3.0-or-later
"""Random damage to every kind of input, and what the program makes of it.

fuzz.py PROGRAM FOLDER [-n CHANGES] [-seed S] [-kinds a,b] [-case K]     FOLDER keeps the cases that are faults

Each case damages one file: bits, bytes, runs of zeros, cut, inserted or exchanged pieces; in HDF5 also shapes, types,
attributes, links and values through h5py. Whatever the damage,

- the program ends within its time with exit status 0, 2 or 75, without a trace, and with one line of error unless it is 0;
- an HDF5 or NumPy file that is accepted gives the result of a sound file with the same content: that which h5repack or
  NumPy makes of it. What these cannot read is refused, or gives the result of the undamaged file because only a part was
  damaged that is not needed;
- a file with checksums of our own (snapshots and what lies beside them) that is accepted gives the result of the undamaged
  file.

Text (tables, YAML, manifests) has no second reader: of it only the first property holds. Where h5dump crashes on the file
too, the fault is one of the HDF5 library and is counted apart.
"""
import argparse
import concurrent.futures
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zlib

import h5py
import numpy as np

from damage import damage_bytes, damage_hdf5

TIME_LIMIT = 300  # s, for a machine that does other things too
TRACES = (b"PETSC ERROR", b"AddressSanitizer", b"runtime error:", b"MPI_ABORT", b"HDF5-DIAG", b"Signal:", b"Traceback",
          b"LeakSanitizer", b"UndefinedBehavior", b"terminate called")
# What the sanitizer says of memory that it does not give, as the system would not; the program then tells the error.
NOT_GIVEN = b"WARNING: AddressSanitizer failed to allocate"
ENVIRONMENT = dict(os.environ, ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1:hard_rss_limit_mb=4000",
                   UBSAN_OPTIONS="print_stacktrace=1", HDF5_USE_FILE_LOCKING="FALSE")


def call(words, folder, limit=TIME_LIMIT):
    """(status, output, error); a status of None is a hang. Processes that share Open MPI's directory can fail to start."""
    environment = dict(ENVIRONMENT, OMPI_MCA_orte_tmpdir_base=os.path.abspath(folder))
    process = subprocess.Popen(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=environment, start_new_session=True)
    try:
        output, error = process.communicate(timeout=limit)
        return process.returncode, output, error
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, error = process.communicate()
        return None, output, error


def digest(path):
    """Numbers of all datasets of an HDF5 file, by name."""
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            value = item[()]
            found[name] = value.tolist() if item.dtype.kind == "O" else (value.shape, zlib.crc32(np.ascontiguousarray(value)))

    with h5py.File(path, "r") as file:
        file.visititems(visit)
    return found


class Kind:
    """What is damaged, the commands that read it, and where their results are."""

    def __init__(self, name, files, commands, results, rewrite=None, sealed=False):
        self.name, self.files, self.commands, self.results = name, files, commands, results
        self.rewrite, self.sealed = rewrite, sealed
        self.sound = None  # the result of the undamaged file

    def run(self, program, folder):
        """(accepted, faults, results) of all commands."""
        for words in self.commands:
            status, output, error = call([program] + words, folder)
            text = output + b"\n".join(line for line in error.split(b"\n") if NOT_GIVEN not in line)
            faults = [trace.decode() for trace in TRACES if trace in text]
            if status is None:
                faults.append("hangs")
            elif status not in (0, 2, 75):
                faults.append(f"exit status {status}")
            lines = [line for line in error.splitlines() if line.startswith(b"causeway: error:")]
            if status == 2 and len(lines) != 1:
                faults.append(f"{len(lines)} lines of error")
            with open(os.path.join(folder, "fuzz_output.txt"), "ab") as log:
                log.write(b"$ " + " ".join(words).encode() + b"\n" + text)
            if faults or status != 0:
                return False, faults, None
        found = {}
        for name in self.results:
            path = os.path.join(folder, name)
            if name.endswith(".json"):
                found[name] = json.load(open(path)).get("scores")
            elif os.path.exists(path):
                found[name] = digest(path)
        return True, [], json.dumps(found, sort_keys=True, default=str)


def salvage(path, other):
    """What h5py can read of a damaged file."""
    with h5py.File(path, "r") as file, h5py.File(other, "w") as new:

        def attributes(source, target):
            try:
                names = list(source.attrs)
            except Exception:  # as all below: h5py raises whatever it meets
                return
            for name in names:
                try:
                    target.attrs[name] = source.attrs[name]
                except Exception:
                    continue

        def group(source, target):
            attributes(source, target)
            try:
                names = list(source)
            except Exception:
                return
            for name in names:
                try:
                    item = source[name]
                    if isinstance(item, h5py.Group):
                        group(item, target.create_group(name))
                    else:
                        attributes(item, target.create_dataset(name, data=item[()]))
                except Exception:
                    continue

        group(file, new)


def repack(path):
    """A sound file with the same content; None: there is none, "crash": the library itself does not survive."""
    other = path + ".repacked"
    status, _, _ = call(["h5repack", path, other], ".", 60)
    if status is not None and status > 0:
        status, _, _ = call([sys.executable, __file__, "-salvage", path, other], ".", 60)
    if status is None or status < 0:
        return "crash"
    if status != 0 or not os.path.exists(other):
        return None
    os.replace(other, path)
    return "sound"


def resave(path):
    try:
        with open(path, "rb") as stream:
            array = np.lib.format.read_array(stream, allow_pickle=False)
    except Exception:  # NumPy raises whatever it meets
        return None
    with open(path, "wb") as stream:
        np.save(stream, array)
    return "sound"


def library_fails(path, text):
    """Whether h5dump does not survive the file either, or a sanitizer found the fault in memory of the library itself."""
    status, _, _ = call(["h5dump", path], ".", 60)
    if status is None or status < 0:
        return True
    stacks = text.split(b"ERROR: AddressSanitizer")
    if len(stacks) < 2:
        return False
    frames = [[line for line in part.splitlines() if line.lstrip().startswith(b"#") and b"libsanitizer" not in line]
              for part in stacks[1].split(b"\n\n")]
    return all(b"libhdf5" in part[0] for part in frames if part)


def check(kind, program, base, folder, number, seed):
    """(class, text): refused, unchanged, accepted, library or fault."""
    random = np.random.default_rng([seed, zlib.crc32(kind.name.encode()), number])
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(base, folder)
    path = os.path.join(folder, kind.files[random.integers(len(kind.files))])
    if h5py.is_hdf5(path) and not kind.sealed and random.random() < 0.5:
        what = damage_hdf5(path, random)
    else:
        what = damage_bytes(path, random)
    shutil.copy(path, os.path.join(folder, "fuzz_damaged"))
    accepted, faults, result = kind.run(program, folder)
    if faults:
        with open(os.path.join(folder, "fuzz_output.txt"), "rb") as log:
            is_library = library_fails(os.path.join(folder, "fuzz_damaged"), log.read())
        return "library" if is_library else "fault", f"{what}: {', '.join(faults)}"
    if not accepted:
        return "refused", what
    if result == kind.sound:
        return "unchanged", what
    if kind.sealed:
        return "fault", f"{what}: accepted with another result"
    if kind.rewrite:
        return compare(kind, program, base, folder, path, what, result)
    return "accepted", what


def compare(kind, program, base, folder, path, what, result):
    """An accepted file with another result against a sound file with the same content."""
    other = folder + "_sound"
    shutil.rmtree(other, ignore_errors=True)
    shutil.copytree(base, other)
    copy = os.path.join(other, os.path.relpath(path, folder))
    shutil.copy(os.path.join(folder, "fuzz_damaged"), copy)
    made = kind.rewrite(copy)
    if made == "crash":
        return "library", f"{what}: h5repack does not survive"
    if made is None:
        return "fault", f"{what}: accepted, but no other program can read it"
    again, _, expected = kind.run(program, other)
    shutil.rmtree(other)
    if not again or expected != result:
        return "fault", f"{what}: accepted with another result than a sound file with the same content"
    return "accepted", what


def need(program, words, folder, statuses=(0,)):
    status, output, error = call([program] + words, folder)
    if status not in statuses:
        sys.exit(f"{' '.join(words)}: status {status}: {(output + error).decode()}")


def stopped(program, words, folder, output):
    """Starts a run and has it stopped with its state saved, which takes a while to begin."""
    for pause in (0.3, 0.6, 1.0, 1.6, 2.5, 4.0, 6.0):
        shutil.rmtree(os.path.join(folder, output), ignore_errors=True)
        process = subprocess.Popen([program] + words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=ENVIRONMENT)
        while process.poll() is None and not os.path.exists(os.path.join(folder, output, "log.txt.partial")):
            time.sleep(0.02)
        time.sleep(pause)
        process.send_signal(signal.SIGUSR1)
        if process.wait() == 75:
            return
    sys.exit("no run could be stopped with its state saved")


def make_inputs(program, folder):
    """Small sound inputs of every kind, in a folder each."""
    random = np.random.default_rng(1)
    one = os.path.join(folder, "run")
    os.makedirs(one)
    small = ["-simulate_duration", "300", "-granger_order", "1", "-network_excitatory", "4", "-network_inhibitory", "1"]
    need(program, ["run", *small, "-report", "false", "-output", "r"], one)
    need(program, ["train", "-activity", "r/activity.h5", "-train_epochs", "1", "-output", "m"], one)
    values = random.normal(size=(60, 4))
    np.save(os.path.join(one, "a.npy"), np.ascontiguousarray(values.T))
    np.savetxt(os.path.join(one, "a.csv"), values, delimiter=",", header="a,b,c,d", comments="", fmt="%.6f")
    write_nwb(os.path.join(one, "a.nwb"), values)
    with open(os.path.join(one, "p.yaml"), "w") as stream:
        stream.write("# a run\nseed: 3\nsimulate_duration: 100\ngranger: {order: 2, estimator: qr}\n"
                     "methods: [granger, signed]\nactivity_clip: 30.0\ntrain:\n  epochs: 2\n")
    with open(os.path.join(one, "s.yaml"), "w") as stream:
        stream.write("parameters: {simulate_duration: 200, granger_order: 1, report: false}\n"
                     "grid: {network_probability: [0.2, 0.4]}\n")
    need(program, ["sweep", "plan", "s.yaml", "-output", "sweep", "-launcher", "env"], one)
    need(program, ["sweep", "run", "sweep", "-launcher", "env"], one)
    long = ["simulate", "-simulate_duration", "200000", "-network_excitatory", "40", "-network_inhibitory", "10",
            "-output", "s"]
    stopped(program, long, one, "s")
    return one, long


def write_nwb(path, values):
    """The least that is a file of NWB: a series with names of electrodes, and units."""
    with h5py.File(path, "w") as file:
        file.attrs["nwb_version"] = "2.6.0"
        file.attrs["namespace"] = "core"
        file.attrs["neurodata_type"] = "NWBFile"
        table = file.create_group("general/extracellular_ephys/electrodes")
        table["id"] = np.arange(4)
        table["label"] = np.array([b"p", b"q", b"r", b"s"])
        series = file.create_group("acquisition/ElectricalSeries")
        series.attrs["neurodata_type"] = "ElectricalSeries"
        series.attrs["namespace"] = "core"
        series["data"] = values
        series["data"].attrs["conversion"] = 1e-3
        series["data"].attrs["unit"] = "volts"
        series["starting_time"] = 0.5
        series["starting_time"].attrs["rate"] = 100.0
        series["starting_time"].attrs["unit"] = "seconds"
        series["electrodes"] = np.arange(4)
        series["electrodes"].attrs["table"] = table.ref
        series["electrodes"].attrs["neurodata_type"] = "DynamicTableRegion"


def kinds(folder, long):
    granger = ["granger", "-granger_order", "1", "-output", "out"]
    manifest = "sweep/manifest.txt"
    states = sorted(os.path.join("sweep/runs", name) for name in os.listdir(os.path.join(folder, "sweep/runs"))
                    if name.endswith(".status"))
    summaries = sorted(os.path.join("sweep/runs", name, "summary.json")
                       for name in os.listdir(os.path.join(folder, "sweep/runs"))
                       if os.path.isdir(os.path.join(folder, "sweep/runs", name)))
    snapshots = sorted("s/checkpoint/" + name for name in os.listdir(os.path.join(folder, "s/checkpoint")))
    beside = sorted("s/" + name for name in os.listdir(os.path.join(folder, "s"))
                    if name.endswith(".partial") or "spike" in name)
    again = [long + ["-restart", "auto"]]
    return [
        Kind("network", ["r/network.h5"],
             [["simulate", "-network_type", "file", "-network_file", "r/network.h5", "-simulate_duration", "20",
               "-output", "out"]], ["out/network.h5", "out/activity.h5"], repack),
        Kind("activity", ["r/activity.h5"], [granger + ["-activity", "r/activity.h5"]], ["out/causality.h5"], repack),
        Kind("causality", ["r/causality.h5"],
             [["evaluate", "-scores", "r/causality.h5:/granger/gc", "-truth", "r/network.h5", "-output", "out"],
              ["export", "r:/granger/gc", "-output", "edges.csv"]], ["out/evaluation.h5", "out/summary.json"], repack),
        Kind("model", ["m/model.h5"], [["forecast", "-model", "m/model.h5", "-activity", "r/activity.h5", "-output", "out"]],
             ["out/forecast.h5"], repack),
        Kind("snapshot", snapshots, again, ["s/activity.h5", "s/network.h5"], sealed=True),
        Kind("beside", beside, again, ["s/activity.h5", "s/network.h5"], sealed=True),
        Kind("npy", ["a.npy"], [["import", "a.npy", "-output", "out.h5"]], ["out.h5"], resave),
        Kind("csv", ["a.csv"], [["import", "a.csv", "-output", "out.h5"]], ["out.h5"]),
        Kind("nwb", ["a.nwb"], [["info", "a.nwb"], ["import", "a.nwb", "-output", "out.h5"]], ["out.h5"], repack),
        Kind("yaml", ["p.yaml"], [["run", "p.yaml", "-dry_run", "-output", "out"]], []),
        Kind("manifest", [manifest], [["sweep", "status", "sweep"], ["sweep", "collect", "sweep"]], []),
        Kind("status", states + summaries, [["sweep", "status", "sweep"], ["sweep", "collect", "sweep"]], []),
    ]


def fuzz(kind, program, base, folder, numbers, seed):
    """Prints a line for the kind; returns the number of its faults."""
    accepted, faults, kind.sound = kind.run(program, shutil.copytree(base, os.path.join(folder, kind.name + "_sound_run")))
    if not accepted or faults:
        print(f"{kind.name}: the undamaged input fails: {faults}")
        return 1
    count = dict.fromkeys(("refused", "unchanged", "accepted", "library", "fault"), 0)

    def one(number):
        at = os.path.join(folder, f"{kind.name}_{number}")
        found, text = check(kind, program, base, at, number, seed)
        if found in ("fault", "library"):
            print(f"{kind.name} {number}: {found}: {text}", flush=True)
        else:
            shutil.rmtree(at)
        return found

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for found in pool.map(one, numbers):
            count[found] += 1
    print(f"{kind.name}: {len(numbers)} changes, {count['refused']} refused, {count['unchanged']} unchanged, "
          f"{count['accepted']} accepted, {count['library']} of the HDF5 library, {count['fault']} faults", flush=True)
    return count["fault"]


def main():
    if sys.argv[1:2] == ["-salvage"]:
        return salvage(*sys.argv[2:4])
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("folder")
    parser.add_argument("-n", type=int, default=300)
    parser.add_argument("-seed", type=int, default=1)
    parser.add_argument("-kinds", default="")
    parser.add_argument("-case", type=int)
    options = parser.parse_args()
    program, folder = os.path.abspath(options.program), os.path.abspath(options.folder)
    base, long = make_inputs(program, folder)
    known = {kind.name: kind for kind in kinds(base, long)}
    chosen = [known[name] for name in (options.kinds.split(",") if options.kinds else known)]
    numbers = [options.case] if options.case is not None else range(options.n)
    return sum([fuzz(kind, program, base, folder, numbers, options.seed) for kind in chosen])


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
