"""Reads the floor plan out of the CMake files: which rooms there are, in which order, and on whom
each stands.
"""

import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KEYS = {"NAME", "SOURCES", "DEPS", "THIRD_PARTY", "TESTS", "TEST_DEPS", "TEST_RUNNER"}
# Folders that stand outside the house and may look at all.
OUTSIDE = {"sim", "examples", "bench", "eval", "tests"}


class Room:
    def __init__(self, name, folder, fields, floor):
        self.name, self.folder, self.floor = name, folder, floor
        self.sources, self.tests = fields.get("SOURCES", []), fields.get("TESTS", [])
        self.deps = fields.get("DEPS", [])
        self.test_deps = fields.get("TEST_DEPS", [])


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return re.sub(r"#[^\n]*", "", file.read())


def floors(folder=""):
    """Folders in the order in which CMake meets them, those nested in another before it."""
    found = []
    for name in re.findall(
        r"add_subdirectory\(([\w/]+)\)", read(os.path.join(folder, "CMakeLists.txt"))
    ):
        inner = os.path.join(folder, name)
        found += [*floors(inner), inner]
    return found


def rooms():
    """Every vitrine_module of the tree, by name; programs too, which are rooms nobody stands on."""
    found = {}
    for floor, folder in enumerate(floors()):
        for body in re.findall(
            r"vitrine_(?:module|program)\(([^)]*)\)", read(os.path.join(folder, "CMakeLists.txt"))
        ):
            fields, key = {}, None
            for word in body.split():
                if word in KEYS:
                    key = word
                    fields[key] = []
                else:
                    fields[key].append(word)
            name = fields["NAME"][0]
            found[name] = Room(name, folder, fields, floor)
    return found


def reachable(name, all_rooms, seen=None):
    """The rooms `name` stands on, directly or not."""
    seen = set() if seen is None else seen
    for dep in all_rooms[name].deps if name in all_rooms else []:
        if dep not in seen:
            seen.add(dep)
            reachable(dep, all_rooms, seen)
    return seen


def room_of(path, all_rooms):
    """The room a file lies in: the one that lists it or its twin, else the nearest's."""
    folder, name = os.path.split(path)
    twin = os.path.splitext(name)[0] + ".cc"
    near = [room for room in all_rooms.values() if room.folder == folder]
    for room in near:
        if twin in room.sources or twin in room.tests:
            return room
    for room in sorted(all_rooms.values(), key=lambda r: -len(r.folder)):
        if path.startswith(room.folder + "/"):
            return room
    return None


def is_test(path, room):
    """Tests, and what only tests are made of, may also use TEST_DEPS."""
    name = os.path.splitext(os.path.basename(path))[0]
    return name + ".cc" in room.tests or name.endswith("_test_kit")
