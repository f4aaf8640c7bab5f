"""Spark MLlib's ALS, retrained at every full hour on all clicks until then, and asked for the next.

usage: als_hourly.py TRAIN TEST FROM TO RANK REG ALPHA FADE        decisions of those hours
       als_hourly.py TRAIN TEST FROM TO choose                     the best settings
als.py runs it, in its own Python. FROM and TO are seconds since 1970.

Feedback is implicit: a session is a user, its clicks on an
item are counted. A visitor who clicks now is no user of the last training. Her factors are what ALS
itself would give her with the items' factors as they stand (Hu, Koren, Volinsky: "Collaborative
filtering for implicit feedback datasets", ICDM 2008, equation 4, with Spark's regularisation by
the number of ratings); a click that is n clicks old counts FADE^n, since what comes next follows
from the latest ones. What she has clicked stays a candidate: a quarter of all clicks repeats the
one before."""

import itertools
import statistics
import sys
import time

import numpy
from pyspark.ml.recommendation import ALS
from pyspark.sql import SparkSession

HOUR, LISTED = 3600, 20


def cpu_seconds(pid="self"):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100  # user and system, in ticks of 10 ms


def start():
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
        "spark.default.parallelism": "2",
        "spark.log.level": "ERROR",
    }
    builder = SparkSession.builder.master("local[2]").appName("als")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


class Model:
    """The items' factors of one training, and visitors folded in."""

    def __init__(self, all_clicks, until, rank, reg, alpha, fade):
        self.reg, self.alpha, self.fade = reg, alpha, fade
        known = all_clicks.where(all_clicks.at < until).groupBy("session", "item").count()
        als = ALS(rank=rank, regParam=reg, alpha=alpha, implicitPrefs=True, maxIter=10, seed=7)
        als = als.setUserCol("session").setItemCol("item").setRatingCol("count")
        rows = sorted(als.setNumBlocks(2).fit(known).itemFactors.collect())
        self.items = numpy.array([row.id for row in rows])
        self.row_of = {row.id: at for at, row in enumerate(rows)}
        self.factors = numpy.array([row.features for row in rows], dtype=numpy.float64)
        self.gram = self.factors.T @ self.factors

    def ratings(self, items):
        """By row of the factors; unknown items say nothing."""
        ratings = {}
        for age, item in enumerate(reversed(items)):
            row = self.row_of.get(item)
            if row is not None:
                ratings[row] = ratings.get(row, 0) + self.fade**age
        return ratings

    def recommend(self, items):
        ratings = self.ratings(items)
        if not ratings:
            return [items[-1]]
        rows, weights = list(ratings), self.alpha * numpy.array(list(ratings.values()))
        hers = self.factors[rows]
        left = self.gram + (hers.T * weights) @ hers
        left[numpy.diag_indices_from(left)] += self.reg * len(rows)
        scores = self.factors @ numpy.linalg.solve(left, hers.T @ (1 + weights))
        best = numpy.argpartition(-scores, LISTED)[:LISTED]
        return [self.items[at] for at in best[numpy.lexsort((best, -scores[best]))]]


def read_sessions(path):
    sessions = {}
    with open(path, encoding="utf-8") as file:
        next(file)
        for line in file:
            session, item, at = line.split("\t")
            sessions.setdefault(int(session), []).append((float(at), int(item)))
    return list(sessions.values())


def decisions_of(sessions):
    """(time, clicks until then, next item), in order of time."""
    decisions = []
    for clicks in sessions:
        items = [item for _, item in clicks]
        for at in range(1, len(items)):
            decisions.append((clicks[at - 1][0], items[:at], items[at]))
    return sorted(decisions, key=lambda decision: decision[0])


def judged(model, decisions, took):
    """The rank of the item that followed, of each decision; 0: it was not in the list."""
    for _, items, following in decisions:
        began = time.monotonic()
        listed = model.recommend(items)
        took.append((time.monotonic() - began) * 1e6)
        yield listed.index(following) + 1 if following in listed else 0


def shares(ranks):
    return sum(r > 0 for r in ranks) / len(ranks), sum(1 / r for r in ranks if r > 0) / len(ranks)


def choose(all_clicks, decisions, until):
    """Every training of the grid with every FADE, which needs no training."""
    best = (0,)
    for rank, reg, alpha in itertools.product((32, 64), (0.01, 0.1), (1, 10, 40)):
        model = Model(all_clicks, until, rank, reg, alpha, 1)
        for fade in (1, 0.7, 0.4, 0.2):
            model.fade = fade
            hr20, mrr20 = shares(list(judged(model, decisions, [])))
            found = (hr20 + 1.5 * mrr20, rank, reg, alpha, fade)
            print(*found, file=sys.stderr)
            best = max(best, found)
    for name, value in zip(("rank", "reg", "alpha", "fade"), best[1:]):
        print(f"figure {name} {value} -")


def decide(spark, all_clicks, newest, decisions, settings):
    took, trainings, ranks, ages = [], [], [], []
    for until, its in itertools.groupby(decisions, key=lambda decision: decision[0] // HOUR * HOUR):
        its, began = list(its), time.monotonic()
        model = Model(all_clicks, until, *settings)
        trainings.append(time.monotonic() - began)
        ranks += judged(model, its, took)
        known = newest[numpy.searchsorted(newest, until) - 1]
        ages += [at - known for at, _, _ in its]
    java = spark.sparkContext._gateway.proc.pid
    hr20, mrr20 = shares(ranks)
    print(f"figure positions {len(ranks)} -")
    print(f"figure hr20 {hr20} -")
    print(f"figure mrr20 {mrr20} -")
    print(f"figure freshness_s {statistics.median(ages)} s")
    print(f"figure cpu_s {cpu_seconds() + cpu_seconds(java)} s")
    print(f"figure decision_p50_us {statistics.median(took)} us")
    print(f"figure trainings {len(trainings)} -")
    print(f"figure training_s {statistics.median(trainings)} s")


def main():
    train, test = sys.argv[1:3]
    begin, end = map(float, sys.argv[3:5])
    spark = start()
    read = spark.read.schema("session INT, item INT, at DOUBLE").option("sep", "\t")
    all_clicks = read.option("header", True).csv([train, test]).cache()
    times = [at for path in (train, test) for its in read_sessions(path) for at, _ in its]
    decisions = decisions_of(read_sessions(test))
    decisions = [one for one in decisions if begin <= one[0] < end]
    if sys.argv[5] == "choose":
        choose(all_clicks, decisions, begin)
    else:
        settings = [int(sys.argv[5]), *map(float, sys.argv[6:9])]
        decide(spark, all_clicks, numpy.sort(times), decisions, settings)
    sys.stdout.flush()
    spark.stop()


if __name__ == "__main__":
    main()
