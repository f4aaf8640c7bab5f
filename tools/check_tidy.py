#!/usr/bin/env python3
"""The small things: lines of at most 100 columns, files of at most 400 lines, functions of at most
60, headers that compile alone, no dead files, no unfinished words, no links to files that are not
there. Where a page compares us with others, each cell of the column "ours" links to a test.
Exceptions stand in tools/tidy_exceptions.txt, each with its reason.

Headers: x.cc includes x.h first, which proves x.h self-contained at no cost; headers without a
.cc are compiled alone (lone_headers.py). `--self-test` plants one fault of each kind.
"""

import os
import re
import subprocess
import sys
import tempfile

import floor_plan as plan
import lone_headers

COLUMNS, FILE_LINES, FUNCTION_LINES = 100, 400, 60
CODE = (".h", ".cc", ".py", ".ts", ".svelte", ".mjs")
UNFINISHED = re.compile(
    r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b"
)
STEMS_ALONE = ("main", "index")


def tracked():
    out = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=plan.ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\n")
    return [p for p in out if p and os.path.isfile(os.path.join(plan.ROOT, p))]


def exceptions():
    """{(path, kind): reason}; a line is `path kind reason…`."""
    result = {}
    path = os.path.join(plan.ROOT, "tools/tidy_exceptions.txt")
    for line in open(path, encoding="utf-8"):
        if line.strip() and not line.startswith("#"):
            name, kind, reason = line.split(None, 2)
            result[(name, kind)] = reason.strip()
    return result


def long_functions(text):
    """(first line, length) of C++ blocks from `) … {` at column 0 to 2 to the brace below it."""
    lines, start, indent = text.split("\n"), None, 0
    for number, line in enumerate(lines, 1):
        if (
            start is None
            and re.match(r"^ {0,2}\S.*\)[^;=]*\{$", line)
            and not re.match(r"^\s*(namespace|class|struct|enum|TEST_CASE)", line)
        ):
            start, indent = number, len(line) - len(line.lstrip())
        elif start is not None and re.match(r"^ {%d}\}" % indent, line):
            if number - start + 1 > FUNCTION_LINES:
                yield start, number - start + 1
            start = None


def check_text(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > COLUMNS and "http" not in line:
            yield "columns", f"{path}:{number}: {len(line)} columns, at most {COLUMNS}"
        if UNFINISHED.search(line):
            yield "unfinished", f"{path}:{number}: unfinished: {line.strip()[:60]}"
    if text.count("\n") > FILE_LINES:
        lines = text.count("\n")
        yield "lines", f"{path}: {lines} lines, at most {FILE_LINES}: find the second thing inside"
    if path.endswith((".h", ".cc")):
        for start, length in long_functions(text):
            yield "function", f"{path}:{start}: {length} lines, at most {FUNCTION_LINES}"
    if path.endswith(".py"):
        try:
            compile(text, path, "exec")
        except SyntaxError as error:
            yield "python", f"{path}:{error.lineno}: {error.msg}"


def dead_files(paths, cmake):
    for path in paths:
        if (
            path.endswith(".cc")
            and os.path.basename(path) not in cmake
            and not path.startswith("tests/compile_fail/")
        ):
            yield "dead", f"{path}: in no CMakeLists.txt"


LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
PROOF = re.compile(r"(^|/)(tests|sim|bench)/|_test\.(cc|py)$")


def check_page(path, text, exists):
    """Links of a page that lead nowhere, and cells of the column "ours" that prove nothing."""
    ours = None
    for number, line in enumerate(text.split("\n"), 1):
        for target in LINK.findall(re.sub(r"`[^`]*`", "", line)):
            if not exists(os.path.normpath(os.path.join(os.path.dirname(path), target))):
                yield "link", f"{path}:{number}: no such file: {target}"
        cells = [cell.strip() for cell in line.split("|")] if line.startswith("|") else []
        if not cells:
            ours = None
        elif "ours" in cells:
            ours = cells.index("ours")
        elif ours is not None and not re.match(r"^\|[-:| ]+\|$", line):
            if not any(PROOF.search(target) for target in LINK.findall(cells[ours])):
                yield "link", f"{path}:{number}: ours without a test: {cells[ours][:60]}"


def first_include(path):
    found = re.search(
        r'^#include ["<]([^">]+)',
        open(os.path.join(plan.ROOT, path), encoding="utf-8").read(),
        re.M,
    )
    return found.group(1) if found else ""


def header_findings(paths):
    """Headers that no .cc proves are compiled alone. One that says "Included by vitrine/…" in its
    head is a part of that header, which is compiled in its stead."""
    known = set(paths)
    alone = []
    for path in (p for p in paths if p.endswith(".h")):
        head = open(os.path.join(plan.ROOT, path), encoding="utf-8").read(300)
        if re.search(r"^//.*Included by vitrine/\w+\.h\.", head, re.M):
            continue
        twin = path[:-2] + ".cc"
        if twin not in known or first_include(twin) not in (
            path,
            path.removeprefix("streams/include/"),
        ):
            alone.append(path)
    build = next(
        (
            b
            for b in ("release", "dev", "asan-ubsan", "tsan")
            if os.path.isdir(os.path.join(plan.ROOT, "build", b))
        ),
        "release",
    )
    model = f"build/{build}/commerce/model/generated"
    folders = [".", "streams/include", f"build/{build}", model, f"{model}/commerce/model/proto"]
    stamps = os.path.join(plan.ROOT, "build/.stamps/headers")
    for path, why in lone_headers.check(plan.ROOT, alone, folders, stamps):
        yield "header", f"{path}: does not compile alone: {why}"


def finds_lone_header():
    """Six headers stand on a hub, one on nothing though it should."""
    with tempfile.TemporaryDirectory() as folder:
        texts = {f"{name}.h": '#include "hub.h"\nstd::string f();\n' for name in "abcdef"}
        texts["hub.h"] = "#include <string>\n"
        texts["bare.h"] = "std::string f();\n"
        for name, text in texts.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write("#pragma once\n" + text)
        hubs = lone_headers.choose_hubs(lone_headers.Headers(folder, ["."]), sorted(texts))
        found = lone_headers.check(folder, sorted(texts), ["."], os.path.join(folder, "stamps"))
        return hubs["a.h"] == "hub.h" and [path for path, _ in found] == ["bare.h"]


def self_test():
    kinds = {
        k
        for k, _ in check_text(
            "x.cc",
            "x" * 120 + "\n// TO" + "DO\n" + "int f() {\n" + "  g();\n" * 70 + "}\n" + "\n" * 400,
        )
    }
    kinds |= {k for k, _ in dead_files(["base/nobody_builds_me.cc"], "")}
    kinds |= {k for k, _ in check_text("x.py", "def f():\nXX\n")}
    page = "[a](b.md)\n| | ours |\n|---|---|\n| x | [yes](b_test.cc) |\n| y | no |\n"
    told = [text for _, text in check_page("x.md", page, lambda path: path != "b.md")]
    if [text.split(":")[1] for text in told] == ["1", "5"]:
        kinds.add("link")
    if finds_lone_header():
        kinds.add("header")
    wanted = {"columns", "unfinished", "function", "lines", "dead", "python", "link", "header"}
    missed = wanted - kinds
    print(
        "".join(f"not found: {m}\n" for m in sorted(missed))
        + f"{len(wanted) - len(missed)} passed, {len(missed)} failed"
    )
    sys.exit(1 if missed else 0)


def main():
    if "--self-test" in sys.argv:
        self_test()
    paths = tracked()
    cmake = "\n".join(
        open(os.path.join(plan.ROOT, p), encoding="utf-8").read()
        for p in paths
        if p.endswith("CMakeLists.txt")
    )
    found = []
    for path in paths:
        if path.endswith(CODE) and not path.startswith("data/"):
            text = open(os.path.join(plan.ROOT, path), encoding="utf-8").read()
            found += [(kind, path, text_) for kind, text_ in check_text(path, text)]
        if path.endswith(".md"):
            text = open(os.path.join(plan.ROOT, path), encoding="utf-8").read()
            there = lambda target: os.path.exists(os.path.join(plan.ROOT, target))
            found += [(kind, path, text_) for kind, text_ in check_page(path, text, there)]
    found += [(kind, text.split(":")[0], text) for kind, text in dead_files(paths, cmake)]
    if "--headers" in sys.argv:
        found += [(kind, text.split(":")[0], text) for kind, text in header_findings(paths)]
    allowed = exceptions()
    bad = [text for kind, path, text in found if (path, kind) not in allowed]
    unused = [
        f"tools/tidy_exceptions.txt: {p} {k} is no longer needed"
        for p, k in allowed
        if not any(q == p and j == k for j, q, _ in found)
    ]
    for line in bad + unused:
        print(line)
    print(
        f"check_tidy: {len(paths)} files, {len(bad) + len(unused)} findings, "
        f"{len(found) - len(bad)} excused"
    )
    sys.exit(1 if bad or unused else 0)


if __name__ == "__main__":
    main()
