"""The goals of the comparison: what is divided by what, and what is to be reached."""

import typing

import figures


class Goal(typing.NamedTuple):
    name: str
    text: str
    ours: tuple  # (row, figure)
    theirs: tuple | None  # the same; None: the figure itself
    limit: float
    less: bool = False  # to be at most the limit
    inverse: bool = False  # theirs by ours: CPU seconds, of which fewer are better
    unit: str = "ratio"

    def value(self, found):
        ours = found.median(*self.ours)
        if ours is None or self.theirs is None:
            return ours
        theirs = found.median(*self.theirs)
        if not theirs or not ours:
            return None
        return theirs / ours if self.inverse else ours / theirs

    def reached(self, found):
        value = self.value(found)
        return value <= self.limit if self.less else value >= self.limit


EVERY, LAST, EMBEDDED = "ours-every", "ours-last", "ours-embedded"
LOOSE, FLINK, STREAMS = "ours-at-least-once", "flink-exactly-once", "kstreams-every"


def latency_goals():
    for rate in (1000, 5000):
        for part, limit in (("p50", 0.6), ("p99", 0.75)):
            name = f"{part}_{rate}"
            yield Goal(
                f"latency_{name}_over_kstreams",
                f"{part} at {rate:,}/s, by Kafka Streams' best",
                (EVERY, name),
                (STREAMS, name),
                limit,
                less=True,
            )
            yield Goal(
                f"at_least_once_{name}_over_flink",
                f"at least once: {part} at {rate:,}/s, by Flink's at least once",
                (LOOSE, name),
                ("flink-at-least-once", name),
                1.0,
                less=True,
            )


GOALS = (
    Goal(
        "ours_over_raw_loop",
        "records/s, every update, by the bare loop's",
        (EVERY, "launch"),
        ("raw-copy", "launch"),
        0.7,
    ),
    Goal(
        "ours_over_raw_transactions",
        "the same, by the bare loop's with transactions",
        (EVERY, "launch"),
        ("raw-transactions", "launch"),
        0.7,
    ),
    Goal(
        "ours_over_flink_per_cpu",
        "records per engine CPU second, by Flink's exactly once",
        (EVERY, "cpu"),
        (FLINK, "cpu"),
        1.4,
        inverse=True,
    ),
    Goal(
        "ours_over_flink_wall",
        "records/s from first output, by Flink's exactly once",
        (EVERY, "steady"),
        (FLINK, "steady"),
        1.0,
    ),
    Goal(
        "cache_over_kstreams",
        "last update of a commit: records per engine CPU second, by Kafka Streams' with its cache",
        (LAST, "cpu"),
        ("kstreams-cache", "cpu"),
        5.0,
        inverse=True,
    ),
    Goal(
        "cache_over_spark_per_cpu",
        "the same, by Spark's",
        (LAST, "cpu"),
        ("spark", "cpu"),
        2.0,
        inverse=True,
    ),
    *latency_goals(),
    Goal("rss", "peak RSS on Kafka, MB", (EVERY, "rss"), None, 100.0, less=True, unit="MB"),
    Goal(
        "embedded_p99_1000",
        "embedded log: p99 at 1,000/s, ms",
        (EMBEDDED, "p99_1000"),
        None,
        5.0,
        less=True,
        unit="ms",
    ),
    Goal(
        "embedded_p99_5000",
        "embedded log: p99 at 5,000/s, ms",
        (EMBEDDED, "p99_5000"),
        None,
        5.0,
        less=True,
        unit="ms",
    ),
    Goal(
        "embedded_over_flink",
        "embedded log: records/s from launch, by Flink's from first output",
        (EMBEDDED, "launch"),
        (FLINK, "steady"),
        5.0,
    ),
)


def lines(found):
    yield "| goal | to reach | measured | |"
    yield "|---|---|---|---|"
    for goal in GOALS:
        sign = "≤" if goal.less else "≥"
        value = goal.value(found)
        told, verdict = figures.NOT_YET, ""
        if value is not None:
            told = f"{value:.3g}"
            verdict = "reached" if goal.reached(found) else "**missed**"
        yield f"| {goal.text} | {sign} {goal.limit:g} | {told} | {verdict} |"
