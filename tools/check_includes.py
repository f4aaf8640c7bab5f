#!/usr/bin/env python3
"""Arrows run down: every #include goes to the same room or to a room this one names in DEPS (or
stands on through them).

Also: a room's DEPS lie on lower floors; streams never sees commerce, net or gateway; net sees
neither streams nor commerce; and heavy libraries stay behind our headers (HEAVY says in how many
files each may appear). Prints every wrong arrow; exit 1 if any. `--self-test` plants one wrong
arrow of each kind and must find it.
"""

import os
import re
import subprocess
import sys

import floor_plan as plan

INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.M)
FRONT_DOOR = "streams/include/"
HEAVY = {
    "boost/beast": 2,
    "rocksdb/": 2,
    "librdkafka/": 1,
    "wslay/": 2,
    "simdjson.h": 7,
    "openssl/": 5,
}
FORBIDDEN = [
    ("streams/", ("commerce/", "net/", "gateway/", "app/")),
    ("net/", ("streams/", "commerce/", "gateway/", "app/")),
    ("learn/", ("streams/", "net/", "commerce/", "gateway/", "app/")),
    ("base/", ("streams/", "net/", "learn/", "commerce/", "gateway/", "app/")),
    ("commerce/", ("net/", "gateway/", "app/")),
    ("gateway/", ("app/",)),
]


def tracked():
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.h", "*.cc"],
        cwd=plan.ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    return {
        path: open(os.path.join(plan.ROOT, path), encoding="utf-8").read()
        for path in listed
        if os.path.exists(os.path.join(plan.ROOT, path))
    }


def resolve(include, files):
    """The tree's file an include means, or None for a library's."""
    for candidate in (include, FRONT_DOOR + include):
        if candidate in files:
            return candidate
    return include if re.match(r"commerce/model/.*\.pb\.h$", include) else None


def wrong_arrows(files, rooms):
    for path, text in sorted(files.items()):
        if path.split("/")[0] in plan.OUTSIDE:
            continue
        room = plan.room_of(path, rooms)
        for include in INCLUDE.findall(text):
            target = resolve(include, files)
            if target is None:
                continue
            for above, below in FORBIDDEN:
                if path.startswith(above) and target.startswith(below):
                    seen = target.split("/")[0]
                    yield f"{path}: includes {target}, and {above} never sees {seen}/"
            if path.startswith(FRONT_DOOR) or target.startswith(FRONT_DOOR):
                continue
            home = plan.room_of(target, rooms)
            if room is None or home is None or home.name == room.name or home.folder == room.folder:
                continue
            allowed = plan.reachable(room.name, rooms)
            if plan.is_test(path, room):
                for dep in room.test_deps:
                    allowed |= {dep} | plan.reachable(dep, rooms)
            if home.name not in allowed:
                yield (
                    f"{path}: includes {target}, but {room.name} does not stand on {home.name} "
                    f"(DEPS in {room.folder}/CMakeLists.txt)"
                )


def upward_deps(rooms):
    for room in rooms.values():
        if room.folder.split("/")[0] in plan.OUTSIDE:
            continue
        for dep in room.deps:
            if dep in rooms and rooms[dep].floor > room.floor:
                yield (
                    f"{room.folder}/CMakeLists.txt: {room.name} stands on {dep}, "
                    "which lies on a higher floor"
                )


def too_heavy(files):
    for library, most in HEAVY.items():
        users = [
            p
            for p, text in sorted(files.items())
            if p.split("/")[0] not in plan.OUTSIDE
            and any(i.startswith(library) for i in INCLUDE.findall(text))
        ]
        if len(users) > most:
            yield f"{library}: in {len(users)} files, at most {most}: {', '.join(users)}"


def findings(files, rooms):
    return [*wrong_arrows(files, rooms), *upward_deps(rooms), *too_heavy(files)]


def self_test(files, rooms):
    plants = {
        "base/planted.h": '#include "streams/log/record.h"',
        "net/planted.cc": '#include "commerce/model/json.h"',
        "learn/core/planted.cc": '#include "commerce/model/json.h"',
        "streams/log/planted.cc": '#include "streams/runtime/planted.h"',
        "streams/runtime/planted.h": "",
    }
    files = {**files, "commerce/model/json.h": "", **plants}
    found = "\n".join(findings(files, rooms))
    missed = [p for p, text in plants.items() if text and f"{p}: includes" not in found]
    heavy = {f"net/p{i}.cc": "#include <boost/beast/http.hpp>" for i in range(3)}
    if "boost/beast" not in "\n".join(too_heavy(heavy)):
        missed.append("three users of Beast")
    return missed


def main():
    files, rooms = tracked(), plan.rooms()
    if "--self-test" in sys.argv:
        missed = self_test(files, rooms)
        print(
            "".join(f"not found: {m}\n" for m in missed)
            + f"{5 - len(missed)} passed, {len(missed)} failed"
        )
        sys.exit(1 if missed else 0)
    found = findings(files, rooms)
    for finding in found:
        print(finding)
    print(f"check_includes: {len(files)} files, {len(rooms)} rooms, {len(found)} wrong")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
