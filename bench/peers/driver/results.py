"""results.jsonl: one line a run, only ever added to. What a line must hold is checked when it is
written and when it is read, so the table cannot be made from something else."""

import json

import rows

NUMBER = (int, float)
MEASURES = ("throughput", "latency", "kill")
ALWAYS = {
    "round": str,
    "repeat": int,
    "measure": str,
    "row": str,
    "setting": str,
    "amount": int,  # records of a throughput or kill run, records a second of a latency run
    "kept": bool,  # False: the first run after a broker's start, which pays for its warm-up
    "when": str,
    "machine": dict,
}
MACHINE = (
    "loop_before_s",
    "loop_after_s",
    "loop_before_cpu_s",
    "loop_after_cpu_s",
    "load_before",
    "busy_cores_before",
    "foreign_cpu_s",
)
CHECK = ("words", "counted", "updates", "lost", "doubled", "repeated")
LATENCY = ("measured", "missing", "p50_ms", "p99_ms", "p999_ms")
SHARED = {"engine_cpu_s": NUMBER, "broker_cpu_s": NUMBER, "rss_mb": NUMBER}
OF_MEASURE = {
    "throughput": {
        **SHARED,
        "last_s": NUMBER,
        "committed": int,  # the output's committed end, markers included
        "messages": int,
        "bytes": int,
        "check": dict,
    },
    "latency": {**SHARED, "latency": dict},
    "kill": {"killed_s": NUMBER, "last_s": NUMBER, "cut_off": bool, "check": dict},
}


def fault(result):
    """What is wrong with a result, or None."""
    if not isinstance(result, dict):
        return "not an object"
    wanted = dict(ALWAYS)
    if "failed" in result:
        wanted["failed"] = str
    else:
        wanted.update(OF_MEASURE.get(result.get("measure"), {}))
    for name, kind in wanted.items():
        value = result.get(name)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            return f"{name} is {value!r}"
    if result["measure"] not in MEASURES:
        return f"measure is {result['measure']!r}"
    if result["row"] not in rows.BY_NAME:
        return f"row is {result['row']!r}"
    inner = {"machine": MACHINE}
    if "failed" not in result:
        inner.update({"check": CHECK} if "check" in wanted else {"latency": LATENCY})
    for name, parts in inner.items():
        for part in parts:
            value = result[name].get(part)
            if not isinstance(value, NUMBER) or isinstance(value, bool):
                return f"{name}.{part} is {value!r}"
    return None


def read(path):
    """All results of a file; ValueError names the line that is none."""
    if not path.exists():
        return []
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            result = json.loads(line)
        except ValueError as error:
            raise ValueError(f"{path.name}:{number}: {error}") from None
        wrong = fault(result)
        if wrong:
            raise ValueError(f"{path.name}:{number}: {wrong}")
        found.append(result)
    return found


def append(path, result):
    wrong = fault(result)
    if wrong:
        raise ValueError(f"a result that would not be read again: {wrong}: {result}")
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(result) + "\n")


def key(result):
    """What makes a run this run: who asks for it again in the same round has it already."""
    names = ("round", "repeat", "measure", "row", "setting", "amount")
    return tuple(result[name] for name in names)


def done(results):
    return {key(one) for one in results if one["kept"] and "failed" not in one}
