#!/usr/bin/env python3
"""Installs the stream library, then builds and runs a project outside the tree that finds it.

usage: packaging_test.py BUILD_FOLDER      (standard library only)
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "acceptance"))
import cases

BUILD = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else None
SECONDS_MAX = 240


def run(*args, stdin=""):
    done = subprocess.run(
        args, input=stdin, capture_output=True, text=True, timeout=SECONDS_MAX, check=False
    )
    if done.returncode != 0:
        raise AssertionError(f"{args}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


class Outside(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="vitrine-outside-"))
        prefix = cls.folder / "prefix"
        run("cmake", "--install", BUILD, "--prefix", prefix)
        shutil.copytree(HERE / "outside", cls.folder / "project")
        shutil.copy(ROOT / "examples" / "auction.cc", cls.folder / "project")
        project, build = cls.folder / "project", cls.folder / "build"
        run("cmake", "-G", "Ninja", "-S", project, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}")
        run("cmake", "--build", build)
        cls.program = build / "auction"

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def test_the_installed_headers_are_all_that_is_needed(self):
        files = (self.folder / "prefix").rglob("*.cmake")
        naming = [str(path) for path in files if f"{ROOT}/" in path.read_text()]
        self.assertEqual(naming, [], "the package names the tree it was built in")

    def test_the_auction_sells_once_over_a_restart(self):
        log = str(self.folder / "log")
        args = [self.program, "--log", log, "--until-now", "--output-mode", "update"]
        lines = "lamp open 1 1000\nlamp bid ann 900\nlamp bid bob 1200\nlamp bid ann 1100\n"
        out = run(*args, "--input", "-", stdin=lines)
        self.assertIn("lamp\trefused: too low or over", out)
        time.sleep(1.2)  # the timer's moment passes while no program runs
        self.assertIn("lamp\tsold to bob for 1200", run(*args))
        self.assertNotIn("sold", run(*args))

    def test_the_tutorial_shows_the_program_that_runs(self):
        text = (ROOT / "docs" / "tutorial.md").read_text()
        code = (ROOT / "examples" / "auction.cc").read_text()
        blocks = [part.split("\n```", 1)[0] for part in text.split("```cpp\n")[1:]]
        self.assertGreater(len(blocks), 3)
        for block in blocks:
            if "TestDriver" not in block:
                self.assertIn(block.strip(), code)


if __name__ == "__main__":
    if BUILD is None or not (BUILD / "CMakeCache.txt").exists():
        sys.exit(__doc__)
    cases.main()
