"""Reads the floor plan out of the CMake files: which rooms there are, in which order, and on whom
each stands.
"""

import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KEYS = {"NAME", "SOURCES", "DEPS", "THIRD_PARTY", "TESTS", "TEST_DEPS"}
# Folders that stand outside the house and may look at all.
OUTSIDE = {"sim", "examples", "bench", "tests"}


class Room:
    def __init__(self, name, folder, fields, floor):
        self.name, self.folder, self.floor = name, folder, floor
        self.sources, self.tests = fields.get("SOURCES", []), fields.get("TESTS", [])
        self.deps = fields.get("DEPS", [])
        self.test_deps = fields.get("TEST_DEPS", [])


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return re.sub(r"#[^\n]*", "", file.read())


def floors():
    return re.findall(r"add_subdirectory\(([\w/]+)\)", read("CMakeLists.txt"))


def rooms():
    """Every vitrine_module of the tree, by name."""
    found = {}
    for floor, folder in enumerate(floors()):
        for body in re.findall(
            r"vitrine_module\(([^)]*)\)", read(os.path.join(folder, "CMakeLists.txt"))
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
    """The room a file lies in: the one with the longest folder above it."""
    best = None
    for room in all_rooms.values():
        if path.startswith(room.folder + "/") and (
            best is None or len(room.folder) > len(best.folder)
        ):
            best = room
    return best
