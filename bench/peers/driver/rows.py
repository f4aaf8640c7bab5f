"""The rows of the table: what stands in each by its engine's documentation, and is not measured."""

import typing


class Row(typing.NamedTuple):
    name: str
    engine: str  # the folder of its settings
    title: str
    guarantee: str
    order: str
    updates: str  # what a reader of the output gets to see
    batch: str  # batch and stream in one program
    kill: bool = True


EVERY, LAST, BATCH = "every one", "the last of a commit", "the last of a batch"
STORM = "at least once; state in memory"
TRIDENT = "exactly once by batch, with a state that keeps it; here in memory"
SPARK = "exactly once state; the Kafka sink at least once"
BARE = "bare librdkafka loop"


def flink(name, guarantee):
    title = f"Apache Flink 2.2.1, {guarantee}"
    return Row(name, "flink", title, guarantee, "by key", EVERY, "runtime modes")


def kstreams(name, part, updates):
    title = f"Kafka Streams 4.3.1, {part}"
    return Row(name, "kstreams", title, "exactly once", "by key", updates, "no")


def ours(name, part, guarantee, updates):
    return Row(name, "ours", f"**Vitrine{part}**", guarantee, "by key", updates, "the same App")


def raw(name, part, guarantee, updates):
    return Row(name, "raw", f"{BARE}, {part}", guarantee, "", updates, "", kill=False)


ROWS = (
    Row("storm", "storm", "Apache Storm 2.8.3", STORM, "none", EVERY, "no"),
    Row("trident", "trident", "Storm Trident 2.8.3", TRIDENT, "by batch", BATCH, "no"),
    Row("samza", "samza", "Apache Samza 1.8.0", "at least once", "by partition", EVERY, "by Beam"),
    Row("spark", "spark", "Spark Structured Streaming 4.0.0", SPARK, "by batch", BATCH, "one plan"),
    flink("flink-exactly-once", "exactly once"),
    flink("flink-at-least-once", "at least once"),
    kstreams("kstreams-every", "no cache", EVERY),
    kstreams("kstreams-cache", "with its cache", LAST),
    ours("ours-every", " on Kafka", "exactly once", EVERY),
    ours("ours-last", " on Kafka, last update of a commit", "exactly once", LAST),
    ours("ours-at-least-once", " on Kafka, at least once", "at least once", EVERY),
    ours("ours-embedded", ", embedded log, no broker", "exactly once, fsync", EVERY),
    raw("raw-copy", "copies", "none", EVERY),
    raw("raw-transactions", "copies in transactions", "exactly once, no state", EVERY),
    raw("raw-consume", "only reads", "none", "none"),
)
BY_NAME = {row.name: row for row in ROWS}
EMBEDDED = "ours-embedded"
