#!/usr/bin/env python3
"""docs/reference.md, made from the headers of streams/include/vitrine: each header's introduction,
and its public declarations with their comments, without bodies.

    tools/make_reference.py            writes the page
    tools/make_reference.py --check    exits 1 when the page is not what the headers say
    tools/make_reference.py --self-test
"""

import os
import re
import sys

import floor_plan as plan

FRONT_DOOR = "streams/include/vitrine"
PAGE = "docs/reference.md"
INSIDE = ("dsl_checks.h", "dsl_graph.h")  # what the others are made of
ORDER = (
    "app.h topic.h serde.h stream.h grouped.h branch.h tables.h window.h window_stage.h "
    "join.h table_join.h foreign_join.h broadcast.h lookup_join.h history.h suppress.h "
    "top_k.h deduplicate.h ttl.h process.h call.h emit.h event_time.h test_driver.h run.h "
    "engine.h call_executor.h bounded.h backup.h standby.h text.h"
).split()
TYPE = re.compile(
    r"^(template\s*<.*?>\s*(requires\s*\(.*?\)\s*)?)?(class|struct|enum(\s+class)?|union)\s+\w",
    re.S,
)
CONSTRUCTOR = re.compile(r"\)\s*(noexcept)?\s*:\s(?!:)")
ACCESS = re.compile(r"^\s*(public|protected|private):")


def block_end(text, at):
    """The place after the brace that closes the one at `at`."""
    depth = 0
    for token in re.finditer(r'//[^\n]*|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])\'|[{}]', text[at:]):
        if token.group() == "{":
            depth += 1
        elif token.group() == "}":
            depth -= 1
            if depth == 0:
                return at + token.end()
    return len(text)


class Reader:
    """Walks over the declarations of one scope; `out` gets lines of C++ without bodies."""

    def __init__(self, text, indent, public):
        self.text, self.at, self.indent, self.public = text, 0, indent, public
        self.out = []

    def say(self, comment, declaration):
        pad = " " * self.indent
        lines = [line.strip() for line in comment]
        for line in declaration.split("\n"):
            lines.append((line[self.indent :] if line.startswith(pad) else line).rstrip())
        if comment and self.out and self.out[-1] and not self.out[-1].endswith("{"):
            self.out.append("")
        self.out += [pad + line if line else "" for line in lines]

    def read(self):
        comment = []
        while self.at < len(self.text):
            rest = self.text[self.at :]
            blank = re.match(r"[ \t]*\n", rest)
            if blank:
                if self.text[: self.at].endswith("\n"):  # an empty line: the comment stood alone
                    comment = []
                self.at += blank.end()
                continue
            note = re.match(r"[ \t]*(//[^\n]*)\n", rest)
            if note:
                comment.append(note.group(1))
                self.at += note.end()
                continue
            access = ACCESS.match(rest)
            if access:
                self.public = access.group(1) == "public"
                self.at += access.end()
                continue
            self.statement(comment)
            comment = []
        return self.out

    def statement(self, comment):
        start, depth, skip_to = self.at, 0, 0
        for token in re.finditer(r'//[^\n]*|"(?:\\.|[^"\\])*"|[(){};]', self.text[start:]):
            mark, place = token.group(), start + token.start()
            if place < skip_to:
                continue
            depth += {"(": 1, ")": -1}.get(mark, 0)
            if depth > 0 or mark in "()" or mark.startswith(("//", '"')):
                continue
            if mark == ";":
                self.at = place + 1
                after = re.match(r"[ \t]*//[^\n]*", self.text[self.at :])
                self.at += len(after.group()) if after else 0
                return self.declaration(comment, self.text[start : self.at])
            if mark == "}":
                self.at = place + 1
                return None
            head = self.text[start:place].strip()
            end = block_end(self.text, place)
            if CONSTRUCTOR.search(head) and re.search(r"[\w>]$", head):  # a_{…}, of a constructor
                skip_to = end
                continue
            if self.is_block(head):
                after = re.match(r"[ \t]*;?([ \t]*//[^\n]*)?", self.text[end:])
                self.at = end + len(after.group())
                return self.block(comment, head, self.text[place + 1 : end - 1], after.group(1))
            return self.initialised(comment, start, end)
        self.at = len(self.text)
        return None

    def initialised(self, comment, start, end):
        """A value in braces: the statement goes on to its semicolon, or is a function after all."""
        rest = re.match(r"[^;]*;([ \t]*//[^\n]*)?", self.text[end:])
        self.at = end + (len(rest.group()) if rest else 0)
        self.declaration(comment, self.text[start : self.at])

    @staticmethod
    def is_block(head):
        if TYPE.match(head) or head.startswith("namespace"):
            return True
        head = re.sub(r"^template\s*<[^()]*?>\s*(?=[a-zA-Z\[])", "", head)
        if "=" not in head.split("(")[0] and head.endswith((")", "const", "override", "noexcept")):
            return True
        return bool(
            CONSTRUCTOR.search(head)
            or re.search(r"\)\s*(const)?\s*->", head)
            or re.search(r"\)\s*(const)?\s*requires", head)
        )

    def block(self, comment, head, body, after):
        if head.startswith("namespace"):
            if not re.match(r"namespace\s+(detail|nodes)\b", head):
                self.out += Reader(body, self.indent, True).read()
            return
        if TYPE.match(head):
            if not self.public or re.search(r"struct\s+Serde<", head):
                return
            if "enum" in head.split("(")[0]:
                return self.say(comment, head + " {" + body.rstrip() + "\n};")
            opens_public = TYPE.match(head).group(3) != "class"
            inside = Reader(body, self.indent + 2, opens_public).read()
            if not inside:
                return self.say(comment, head + " {};" + (after or ""))
            self.say(comment, head + " {")
            self.out += inside[1:] if not inside[0] else inside
            self.say([], "};")
            return
        if "kNever" in body:  # an overload that only says what is missing
            return
        found = CONSTRUCTOR.search(head)
        self.declaration(comment, (head[: found.start() + 1] if found else head) + ";")

    def declaration(self, comment, text):
        text = text.strip()
        words = text.split("(")[0]
        private = not self.public or text.startswith(("friend", "static_assert", "using namespace"))
        outside = re.search(r"\b\w+(<[^<>]*>)?::\w+\s*$", words) and "=" not in words
        forward = re.match(r"^(template\s*<[^;{]*>\s*)?(class|struct|enum class)\s+\w+;$", text)
        if text in (";", "") or private or outside or forward or "~" in words:
            return
        self.say(comment, re.sub(r"\n\s*\n", "\n", text))


def prose(comment):
    """The introduction as Markdown: lines set off by blanks become code, those of a list do not."""
    out, code, item = [], False, False
    for line in comment:
        text = line[2:]
        item = text.startswith(" - ") or (item and bool(text.strip()))
        columns = re.search(r"\S {3,}\S", text)
        is_code = text.startswith("   ") or bool(columns) or (code and not text.strip())
        is_code = is_code and not item
        if is_code != code:
            if code:
                while out and not out[-1]:
                    out.pop()
            out.append("```" if code else "```cpp")
            code = is_code
        out.append((text[3:] if text.startswith("   ") else text.strip()) if code else text.strip())
    return "\n".join(out + (["```"] if code else []))


def page_of(name, text):
    lines = text.split("\n")
    intro, at = [], 1
    while at < len(lines) and lines[at].startswith("//"):
        intro.append(lines[at])
        at += 1
    code = "\n".join(l for l in lines[at:] if not l.startswith("#"))
    body = "\n".join(Reader(code, 0, True).read()).rstrip()
    return f"## vitrine/{name}\n\n{prose(intro)}\n" + (f"\n```cpp\n{body}\n```\n" if body else "")


def page():
    folder = os.path.join(plan.ROOT, FRONT_DOOR)
    found = {n for n in os.listdir(folder) if n.endswith(".h")} - set(INSIDE)
    names = [n for n in ORDER if n in found] + sorted(found - set(ORDER))
    contents = " · ".join(f"[{n[:-2]}](#vitrine{n.replace('.', '')})" for n in names)
    parts = [page_of(n, open(os.path.join(folder, n), encoding="utf-8").read()) for n in names]
    return (
        "# Reference of the stream library\n\n"
        "Made from the headers by `tools/make_reference.py`; change them, not this page. "
        "The words in a table: [streams/README.md](../streams/README.md).\n\n"
        + contents + "\n\n" + "\n".join(parts)
    )


def self_test():
    text = (
        "#pragma once\n// What it is.\n//\n//   use(it);\n#include <x>\nnamespace vitrine {\n"
        "class Hidden;\nnamespace detail { int secret(); }\n// A thing.\nclass Thing {\n public:\n"
        "  explicit Thing(int n) : n_(n) {}\n  // Says it.\n  int say() const { return n_; }\n"
        " private:\n  int n_ = 0;\n};\n"
        "struct Options {\n  int size{};  // bytes\n  int more = 3;\n};\n"
        "inline int Thing::other() { return 1; }\n}  // namespace vitrine\n"
    )
    made = page_of("thing.h", text)
    wanted = ("What it is.", "```cpp\nuse(it);\n```", "// A thing.", "explicit Thing(int n);",
              "// Says it.", "int say() const;", "int size{};", "int more = 3;")
    unwanted = ("secret", "n_", "Hidden", "other", "return")
    bad = [w for w in wanted if w not in made] + [u for u in unwanted if u in made]
    if bad:
        print(made)
        sys.exit(f"make_reference: wrong about {bad}")
    print("1 passed, 0 failed")


def main():
    if "--self-test" in sys.argv:
        return self_test()
    path = os.path.join(plan.ROOT, PAGE)
    made = page()
    if "--check" not in sys.argv:
        with open(path, "w", encoding="utf-8") as out:
            out.write(made)
        return None
    kept = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
    if kept != made:
        sys.exit(f"{PAGE} is older than the headers: run tools/make_reference.py")
    print("1 passed, 0 failed")
    return None


if __name__ == "__main__":
    main()
