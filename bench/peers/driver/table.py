"""docs/table2.md from results and the reading written by hand; and the figure lines."""

import figures
import goals
import reading
import rows

NOT_YET = figures.NOT_YET
HEAD = """# Table 2, measured

The comparison of stream processors that the paper prints from the literature, here from
measurements: the same word count (the paper's Figure 1) on the same bytes, on one Kafka broker of
one machine with two cores, which engine, broker and observer share. Made from
[results.jsonl](../bench/peers/results.jsonl) by `./dev bench peers`; a cell edited by hand fails a
test. What is measured, and how: [bench/peers/README.md](../bench/peers/README.md).

A cell is the median of the runs, with the lowest and highest in brackets; a row is the best of its
engine's settings for that measure. {state}
"""


def cell(found, row, name, scale=1.0):
    values = found.of(row, name)
    if values is None:
        return NOT_YET
    middle, low, high = (figures.short(value * scale) for value in values)
    if len(found.all(row, name)) == 1:
        return middle
    return f"{middle} ({low} – {high})"


def lines_of(head, body):
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for cells in body:
        yield "| " + " | ".join(cells) + " |"


def setting_link(name):
    return f"[{name}](../bench/peers/settings/{name}.conf)" if name else ""


def promises():
    head = ("engine", "guarantee", "order", "updates a reader sees", "batch and stream as one")
    body = [(r.title, r.guarantee, r.order, r.updates, r.batch) for r in rows.ROWS]
    return lines_of(head, body)


def throughput(found, amount):
    head = ("engine", "records/s from launch", "records/s from first output")
    head += ("CPU s per million: engine", "broker", "peak RSS, MB", "updates")
    head += ("messages per record", "bytes per record", "setting")
    for row in rows.ROWS:
        name = row.name
        steady = cell(found, name, "steady")
        if steady == NOT_YET and found.of(name, "launch"):
            steady = "all at once"
        launch = cell(found, name, "launch")
        part = found.median(name, "done")
        if part is not None and part < 0.999:
            launch += f"; cut off at {part:.0%}"
        if found.median(name, "too_many"):
            launch += f"; {cell(found, name, 'too_many')} words counted twice"
        cells = [row.title, launch, steady]
        for measured in ("cpu", "broker_cpu", "rss", "updates", "messages", "bytes"):
            cells.append(cell(found, name, measured))
        if launch == NOT_YET:
            cells[2:] = [""] * (len(cells) - 2)
        yield (*cells, setting_link(found.setting(name, "throughput", amount))), head


def latency(found, rate):
    head = ("engine", "p50, ms", "p99, ms", "p99.9, ms", "not arrived", "setting")
    for row in rows.ROWS:
        if row.engine == "raw":
            continue
        cells = [row.title]
        cells += [cell(found, row.name, f"{q}_{rate}") for q in ("p50", "p99", "p999")]
        if cells[1] == NOT_YET:
            cells[2:] = ["", ""]
        missing = found.median(row.name, f"missing_{rate}")
        cells.append("" if missing is None else figures.short(missing))
        yield (*cells, setting_link(found.setting(row.name, "latency", rate))), head


def kills(found):
    head = ("engine", "words lost", "words counted twice", "updates repeated", "recovery, s")
    for row in rows.ROWS:
        if not row.kill:
            continue
        cells = [row.title]
        cells += [cell(found, row.name, name) for name in ("lost", "doubled", "repeated")]
        recovery = cell(found, row.name, "recovery")
        if not found.of(row.name, "repeated"):
            cells[2:], recovery = ["", ""], ""
        elif cells[1] == NOT_YET:
            cells[1] = "not done when the time was up"
        if recovery == NOT_YET:
            recovery = "nothing new came"
        yield (*cells, recovery), head


def section(title, rows_and_heads):
    pairs = list(rows_and_heads)
    return ["", f"## {title}", "", *lines_of(pairs[0][1], [cells for cells, _ in pairs])]


def amount_of(results):
    """The records of the throughput runs that count: the largest number there was."""
    amounts = [one["amount"] for one in results if one["measure"] == "throughput"]
    return max(amounts, default=0)


def comparable(results):
    """Throughputs of one amount only: a short run's start weighs more."""
    amount = amount_of(results)
    return [one for one in results if one["measure"] != "throughput" or one["amount"] == amount]


def state_of(results):
    kept = figures.counted(results)
    if not kept:
        return "Nothing has been measured with this yet."
    text = f"{len(kept)} runs, {min(r['when'] for r in kept)[:10]} to "
    text += f"{max(r['when'] for r in kept)[:10]}, "
    text += f"{figures.short(amount_of(results))} records a run."
    loops = [r["machine"]["loop_before_cpu_s"] for r in kept]
    text += f" The fixed loop before each run took {min(loops):.2f} to {max(loops):.2f} CPU s:"
    text += " so much did the machine itself drift."
    if any(one.get("quick") for one in kept):
        text += " **Quick runs: they show that the harness works, and compare nothing.**"
    return text


def page(results, reading_text):
    results = comparable(results)
    found, amount = figures.Figures(results), amount_of(results)
    out = [HEAD.format(state=state_of(results)).rstrip("\n")]
    out += ["", "## What each promises", "", *promises()]
    title = "Throughput: the topic is full when the engine is launched"
    out += section(title, throughput(found, amount))
    for rate in figures.RATES:
        out += section(f"Latency at {rate:,} records/s, open loop", latency(found, rate))
    out += section("`kill -9` in the middle, and the same command again", kills(found))
    out += ["", "## Reading it", "", *reading.lines(reading_text, found)]
    out += ["", "## The goals", "", *goals.lines(found)]
    return "\n".join(out) + "\n"


def figure_lines(results):
    found = figures.Figures(comparable(results))
    for goal in goals.GOALS:
        value = goal.value(found)
        if value is not None:
            yield f"figure {goal.name} {value:.3f} {goal.unit}"
