"""Headers that no .cc proves self-contained are compiled alone.

Most of such a compilation is reading what the header includes, over and over. A hub is a header
that many of them include, by whatever way; it is precompiled, and put before those that include it.
What they would see without it they see with it, and nothing else: a header never gets a hub that it
does not include itself. Results are remembered by content in build/.stamps/headers.
"""

import concurrent.futures
import hashlib
import os
import re
import subprocess
import tempfile

INCLUDE = re.compile(r'^#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.M)
HUBS_MAX = 8
COST = 3  # of precompiling, in readings
FLAGS = ["-std=c++20", "-msse4.2"]


class Headers:
    """Includes of a tree, as they stand in the text."""

    def __init__(self, root, folders):
        self.root, self.folders = root, folders
        self.read, self.reached = {}, {}

    def path_of(self, name):
        """Where an included name is found; None: it is not the tree's."""
        for folder in self.folders:
            path = os.path.normpath(os.path.join(folder, name))
            if self.is_ours(path):
                return path
        return None

    def is_ours(self, name):
        return os.path.isfile(os.path.join(self.root, name))

    def text(self, path):
        if path not in self.read:
            with open(os.path.join(self.root, path), encoding="utf-8") as file:
                self.read[path] = file.read()
        return self.read[path]

    def reach(self, path):
        """All it includes, directly or not, and itself: paths of the tree, names of the others."""
        if path not in self.reached:
            found, waiting = {path}, [path]
            while waiting:
                for quoted, angled in INCLUDE.findall(self.text(waiting.pop())):
                    inner = self.path_of(quoted or angled)
                    if (inner or angled or quoted) in found:
                        continue
                    found.add(inner or angled or quoted)
                    if inner:
                        waiting.append(inner)
            self.reached[path] = frozenset(found)
        return self.reached[path]

    def digest(self, path):
        out = hashlib.sha256(path.encode())
        for name in sorted(self.reach(path)):
            out.update(name.encode())
            if self.is_ours(name):
                out.update(self.text(name).encode())
        return out.hexdigest()


def choose_hubs(headers, paths):
    """{path: its hub or None}: those that save most reading, as many as are worth precompiling."""
    chosen = {path: None for path in paths}
    weight = {None: 0}
    users = {}
    for path in paths:
        for hub in headers.reach(path):
            if headers.is_ours(hub) and hub != path:  # it is not there twice
                weight[hub] = len(headers.reach(hub))
                users.setdefault(hub, []).append(path)
    for _ in range(HUBS_MAX):
        saved = lambda hub: sum(
            max(0, weight[hub] - weight[chosen[path]]) for path in users[hub]
        ) - (COST * weight[hub])
        best = max(sorted(users), key=saved, default=None)
        if best is None or saved(best) <= 0:
            break
        for path in users[best]:
            chosen[path] = max(chosen[path], best, key=weight.get)
    return chosen


def precompile(root, hub, folder, flags):
    """The words that put it before a header; none where it does not compile."""
    name = os.path.join(folder, re.sub(r"\W", "_", hub) + ".h")
    with open(name, "w", encoding="utf-8") as file:
        file.write(f'#include "{hub}"\n')
    command = ["g++", *flags, "-x", "c++-header", name, "-o", name + ".gch"]
    done = subprocess.run(command, cwd=root, capture_output=True, check=False)
    return ["-include", name] if done.returncode == 0 else []


def compile_alone(root, path, flags, before):
    command = ["g++", *flags, "-fsyntax-only", *before, "-x", "c++", path]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    return ([line for line in done.stderr.split("\n") if "error" in line] or ["?"])[0]


def check(root, paths, folders, stamps):
    """(path, first error) of each that does not compile alone."""
    headers = Headers(root, folders)
    flags = FLAGS + ["-I" + folder for folder in folders]
    os.makedirs(stamps, exist_ok=True)
    stamp = {path: os.path.join(stamps, headers.digest(path)) for path in paths}
    paths = [path for path in paths if not os.path.exists(stamp[path])]
    hubs = choose_hubs(headers, paths)
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        made = sorted({hub for hub in hubs.values() if hub})
        ready = list(pool.map(lambda hub: precompile(root, hub, folder, flags), made))
        before = {None: [], **dict(zip(made, ready))}
        why = pool.map(lambda path: compile_alone(root, path, flags, before[hubs[path]]), paths)
        for path, error in zip(paths, why):
            if error is None:
                open(stamp[path], "w", encoding="utf-8").close()
            else:
                yield path, error
