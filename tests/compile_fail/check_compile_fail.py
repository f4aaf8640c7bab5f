#!/usr/bin/env python3
"""Compiles each small wrong program beside this file and holds its first error against the
sentence it must show.

usage: check_compile_fail.py COMPILER [FLAG...]      (the tree's compiler and its -I flags)

A program says "// expect: SENTENCE" in its first line; "// expect: compiles" must compile, so
that a broken header cannot make the others look right. The sentence must be the only error: the
cascade must stop. Where a type itself is at fault, others may follow: "// expect first:
SENTENCE".
"""

import concurrent.futures
import pathlib
import re
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent


def compile_one(command, path):
    first_line = path.read_text(encoding="utf-8").splitlines()[0]
    alone = first_line.startswith("// expect: ")
    expected = first_line.removeprefix("// expect: ").removeprefix("// expect first: ")
    run = subprocess.run(
        [*command, "-std=c++20", "-fsyntax-only", "-fno-diagnostics-color", str(path)],
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )
    errors = [line for line in run.stderr.splitlines() if re.search(r"\berror:", line)]
    if expected == "compiles":
        return path.name, run.returncode == 0, errors[:1]
    good = bool(errors) and expected in errors[0] and (len(errors) == 1 or not alone)
    return path.name, good, errors[:3] or ["it compiled"]


def main():
    command = sys.argv[1:]
    if not command:
        print(__doc__)
        return 2
    programs = sorted(FOLDER.glob("*.cc"))
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for name, good, errors in pool.map(lambda p: compile_one(command, p), programs):
            print(("ok    " if good else "FAIL  ") + name)
            if not good:
                failed += 1
                print("\n".join("      " + error for error in errors))
    print(f"{len(programs) - failed} passed, {failed} failed")
    return 1 if failed or len(programs) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
