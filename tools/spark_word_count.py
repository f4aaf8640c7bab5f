#!/usr/bin/env python3
"""Makes the golden word count with Spark itself: split(value, " "), explode, group by word, count.

usage: spark_word_count.py INPUT > GOLDEN      (needs pyspark 3.5 and a Java 17)

The input is read as bytes between newlines, as records of a topic would carry them: tabs and
carriage returns stay inside words. Spark's row of the empty word is left out on purpose; rows are
sorted by their bytes.
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql.functions import col, explode, split


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        lines = file.read().split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    session = (
        SparkSession.builder.master("local[1]")
        .appName("words")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .getOrCreate()
    )
    frame = session.createDataFrame([(line,) for line in lines], "value string")
    words = frame.select(explode(split(col("value"), " ")).alias("word"))
    rows = [(row["word"], row["count"]) for row in words.groupBy("word").count().collect()]
    for word, count in sorted((word.encode(), count) for word, count in rows if word):
        sys.stdout.buffer.write(word + b"\t" + str(count).encode() + b"\n")
    session.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
