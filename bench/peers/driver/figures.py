"""Figures from results: for each row and measure the best of its settings, its median over the
runs, and their spread. Nothing here knows a file or a clock."""

import statistics

import rows

RATES = (1000, 5000)
NOT_YET = "not measured yet"


def short(value):
    """Three digits, for a reader."""
    if value is None:
        return NOT_YET
    for limit, unit in ((1e6, " M"), (1e3, " k")):
        if abs(value) >= limit:
            return f"{value / limit:.3g}{unit}"
    return f"{value:.3g}"


def share_done(result):
    """How much of the work was done: below 1 where the time ran out."""
    check = result["check"]
    return min(1.0, check["counted"] / check["words"]) if check["words"] else 1.0


def from_launch(result):
    return result["amount"] * share_done(result) / result["last_s"]


def steady(result):
    """Records a second from the first output on; None where nearly all came at once."""
    first = result.get("first_s")
    if first is None or result["last_s"] - first < 0.2 * result["last_s"]:
        return None
    return result["amount"] * share_done(result) / (result["last_s"] - first)


def per_million(result, name):
    return result[name] * 1e6 / max(1.0, result["amount"] * share_done(result))


def throughput_figures(result):
    return {
        "launch": from_launch(result),
        "steady": steady(result),
        "cpu": per_million(result, "engine_cpu_s"),
        "broker_cpu": per_million(result, "broker_cpu_s"),
        "rss": result["rss_mb"],
        "updates": result["check"]["updates"],
        "messages": result["messages"] / max(1.0, result["amount"] * share_done(result)),
        "bytes": result["bytes"] / max(1.0, result["amount"] * share_done(result)),
        "done": share_done(result),
        "too_many": result["check"]["doubled"],
    }


def latency_figures(result):
    latency, rate = result["latency"], result["amount"]
    found = {f"{q}_{rate}": latency[f"{q}_ms"] for q in ("p50", "p99", "p999")}
    found[f"missing_{rate}"] = latency["missing"]
    found[f"latency_rss_{rate}"] = result["rss_mb"]
    return found


def kill_figures(result):
    check = result["check"]
    return {
        "recovery": result.get("recovery_s"),
        # What is missing when the time is up may still have come.
        "lost": None if result["cut_off"] else check["lost"],
        "doubled": check["doubled"],
        "repeated": check["repeated"],
    }


OF_MEASURE = {
    "throughput": throughput_figures,
    "latency": latency_figures,
    "kill": kill_figures,
}


def usable(results):
    return [one for one in results if one["kept"] and "failed" not in one]


def counted(results):
    """Without the trial, which only chooses settings."""
    return [one for one in usable(results) if one["repeat"] > 0]


def median(values):
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def worth(runs, measure):
    """How good a setting is, larger is better: records a second from launch, or a low p99; a run
    that lost markers is worth less than any that did not."""
    if measure == "latency":
        missing = sum(one["latency"]["missing"] for one in runs)
        return (-missing, -median([one["latency"]["p99_ms"] for one in runs]))
    return median([from_launch(one) for one in runs])


def best_setting(results, row, measure, amount=None):
    """The setting with the best median, or None."""
    asked = "throughput" if measure == "kill" else measure
    by_setting = {}
    for one in usable(results):
        if one["row"] == row and one["measure"] == asked and amount in (None, one["amount"]):
            by_setting.setdefault(one["setting"], []).append(one)
    if not by_setting:
        return None
    return max(sorted(by_setting), key=lambda name: worth(by_setting[name], asked))


class Figures:
    """`of("flink-exactly-once", "cpu")` is (median, lowest, highest), or None: not measured."""

    def __init__(self, results):
        self.runs, self.settings = {}, {}
        results = counted(results)
        for row in rows.BY_NAME:
            for measure in OF_MEASURE:
                amounts = {one["amount"] for one in results if one["measure"] == measure}
                for amount in sorted(amounts):
                    self._take(results, row, measure, amount)

    def _take(self, results, row, measure, amount):
        if measure == "kill":
            runs = [one for one in results if (one["row"], one["measure"]) == (row, measure)]
            named = {one["setting"] for one in runs}
            setting = sorted(named)[-1] if named else None
        else:
            setting = best_setting(results, row, measure, amount)
        if setting is None:
            return
        self.settings[(row, measure, amount)] = setting
        for one in results:
            if (one["row"], one["measure"], one["setting"]) != (row, measure, setting):
                continue
            if one["amount"] == amount:
                for name, value in OF_MEASURE[measure](one).items():
                    self.runs.setdefault((row, name), []).append(value)

    def all(self, row, name):
        return [v for v in self.runs.get((row, name), []) if v is not None]

    def of(self, row, name):
        values = self.all(row, name)
        return (statistics.median(values), min(values), max(values)) if values else None

    def median(self, row, name):
        found = self.of(row, name)
        return found[0] if found else None

    def setting(self, row, measure, amount):
        return self.settings.get((row, measure, amount))
