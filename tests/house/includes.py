# SPDX-License-Identifier: GPL-3.0-or-later
"""The graph of includes between the rooms of src/, as DOT; fails on an arrow upwards, on a circle of headers, and on a
room that includes a private header of another.

A public header belongs to the room that defines its functions, one of causeway/internal/ROOM/ to that room.
Usage: includes.py SOURCE_DIRECTORY
"""
import collections
import pathlib
import re
import sys

# From the bottom to the top: a room may include public headers of rooms before its own.
ROOMS = ("core parallel io linalg checkpoint network causality recording neuron simulate observe activity granger forecast"
         " serial export report sweep app").split()

INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)
DECLARED = re.compile(r"^(?:extern\s+)?[A-Za-z_][\w \t*]*?[ *]([A-Z]\w+)\s*[\[(]", re.M)


def headers_of_rooms(source):
    """Room of each public header: that of most definitions of what it declares."""
    defined = {}
    for path in (source / "src").rglob("*.c"):
        for name in re.findall(r"^(?!static)[A-Za-z_][\w \t*]*?[ *]([A-Z]\w+)\s*(?:\[[^;]*)?[({=]", path.read_text(), re.M):
            defined.setdefault(name, path.relative_to(source / "src").parts[0])
    rooms = {}
    for path in (source / "include" / "causeway").rglob("*.h"):
        parts = path.relative_to(source / "include" / "causeway").parts
        if parts[0] == "internal":
            rooms[str(path.relative_to(source / "include"))] = parts[1]
            continue
        votes = collections.Counter(defined[n] for n in DECLARED.findall(path.read_text()) if n in defined)
        if votes:
            rooms[str(path.relative_to(source / "include"))] = votes.most_common(1)[0][0]
    return rooms


def circle(graph):
    """Nodes of one circle of a graph of sets, or an empty list."""
    state, trail = {}, []

    def visit(node):
        state[node] = "open"
        trail.append(node)
        for after in sorted(graph.get(node, ())):
            if state.get(after) == "open":
                return trail[trail.index(after):] + [after]
            if after not in state:
                found = visit(after)
                if found:
                    return found
        trail.pop()
        state[node] = "done"
        return []

    for node in sorted(graph):
        if node not in state:
            found = visit(node)
            if found:
                return found
    return []


def main():
    source = pathlib.Path(sys.argv[1]).resolve()
    public = headers_of_rooms(source)
    arrows, files, faults = collections.defaultdict(set), collections.defaultdict(set), []
    for path in sorted((source / "src").rglob("*.[ch]")):
        room = path.relative_to(source / "src").parts[0]
        for name in INCLUDE.findall(path.read_text()):
            other = public.get(name)
            if not name.startswith("causeway/"):
                near = [path.parent / name, source / "src" / room / name]
                header = next((h.resolve() for h in near if h.exists()), None)
                if header and path.suffix == ".h":
                    files[str(path.relative_to(source))].add(str(header.relative_to(source)))
                if not header and any(h.name == pathlib.Path(name).name for h in (source / "src").rglob("*.h")):
                    faults.append(f"{path.relative_to(source)} includes {name}, which is not a header of its room")
            if other and other != room:
                arrows[(room, other)].add(path.name)
    for path in sorted((source / "include").rglob("*.h")):
        for name in INCLUDE.findall(path.read_text()):
            own = public.get(str(path.relative_to(source / "include")))
            files[str(path.relative_to(source / "include"))].add(name)
            if own and public.get(name) and public[name] != own:
                arrows[(own, public[name])].add(path.name)
    print("digraph rooms {")
    for (room, other), names in sorted(arrows.items()):
        print(f'  {room} -> {other} [label="{len(names)}"];')
        if room not in ROOMS or other not in ROOMS:
            faults.append(f"{room} or {other} has no place in the order of rooms")
        elif ROOMS.index(other) > ROOMS.index(room):
            faults.append(f"{room} includes {other}, which is above it: {', '.join(sorted(names))}")
    print("}")
    found = circle(files)
    if found:
        faults.append("a circle of headers: " + " -> ".join(found))
    for fault in faults:
        print(fault, file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
