"""The reading below the table: sentences written by hand in reading.md, each held to the figures.

A paragraph that begins with `[if A < B]` (or >) stands in the page only while that holds; A and B
are ROW.FIGURE, with `* number` behind if need be, or a number. `{ROW.FIGURE}` in the text becomes
the median. A paragraph that asks for a figure nobody has measured is left out. So the text never
says what the figures do not, and where a peer is better it is said as soon as it is so."""

import re

import figures
import rows

CONDITION = re.compile(r"^\[if ([\w.-]+)(?: \* ([\d.]+))? ([<>]) ([\w.-]+)(?: \* ([\d.]+))?\] *")
PLACE = re.compile(r"\{([\w.-]+)\}")


def lookup(found, name):
    if re.fullmatch(r"[\d.]+", name):
        return float(name)
    row, _, figure = name.rpartition(".")
    if row not in rows.BY_NAME:
        raise ValueError(f"reading.md: {name}: no such row")
    return found.median(row, figure)


def conditions(paragraph):
    """The conditions in front of a paragraph, and the rest of it."""
    asked = []
    while match := CONDITION.match(paragraph):
        asked.append(match.groups())
        paragraph = paragraph[match.end() :]
    if paragraph.startswith("[if"):
        raise ValueError(f"reading.md: not a condition: {paragraph[:60]}")
    return asked, paragraph


def holds(found, condition):
    left, left_times, sign, right, right_times = condition
    left, right = lookup(found, left), lookup(found, right)
    if left is None or right is None:
        return False
    left, right = left * float(left_times or 1), right * float(right_times or 1)
    return left < right if sign == "<" else left > right


def paragraphs(text):
    for paragraph in re.split(r"\n\s*\n", text):
        joined = " ".join(line.strip() for line in paragraph.strip().splitlines())
        if joined and not joined.startswith("<!--"):
            yield joined


def lines(text, found):
    said = []
    for paragraph in paragraphs(text):
        asked, rest = conditions(paragraph)
        values = {name: lookup(found, name) for name in PLACE.findall(rest)}
        if None in values.values() or not all(holds(found, one) for one in asked):
            continue
        said.append(PLACE.sub(lambda match: figures.short(values[match[1]]), rest))
    if not said:
        said = ["Nothing to read yet: no figures."]
    return "\n\n".join(said).split("\n")
