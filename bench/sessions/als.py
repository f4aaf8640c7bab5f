#!/usr/bin/env python3
"""Recommendation that learns online beside Spark MLlib's ALS, retrained at every full hour on all
clicks until then: the same clicks, the same positions. `./dev bench als` runs it.

  theirs   pyspark of als_requirements.txt, implicit feedback, a session is a user; a visitor's
           clicks until now are folded in by the factors of their items (als_hourly.py). Its
           settings are the best of a grid on a training day (als.conf, made by --choose)
  ours     SessionKnn, as in the shop: a session is learnt half an hour after its last click

hr20 and mrr20 are of all clicks of some hours that have a click before them. freshness_s is how
old the newest click is that the model has learnt, at a decision, the median; of ALS as if a
training took no time. cpu_s is the whole: start, learning, decisions.

Clicks: sessions_yoochoose, found in --data or VITRINE_DATA, six days to begin with and half of the
next day to be asked."""

import argparse
import os
import subprocess
import sys

import clicks

BUILD = clicks.ROOT / "build/als"
SETTINGS = clicks.HERE / "als.conf"
NEEDED = clicks.HERE / "als_requirements.txt"
PYTHON = BUILD / "venv/bin/python3"
HOUR = 3600
BEGIN = clicks.FIRST_DAY + 6 * clicks.DAY + 4 * HOUR  # 7 April, when the shop fills


def install():
    """pyspark where nothing else sees it, once per list of versions."""
    stamp, wanted = BUILD / "venv/.installed", NEEDED.read_text(encoding="utf-8")
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    print("als: installing pyspark into build/als/venv", file=sys.stderr)
    BUILD.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(PYTHON.parent.parent)], check=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--requirement", str(NEEDED)], check=True)
    stamp.write_text(wanted, encoding="utf-8")


def hourly(train, test, *words):
    # Nothing of Spark listens anywhere but on this machine, and its temporary files are ours.
    own = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": str(BUILD / "spark")}
    own["OPENBLAS_NUM_THREADS"] = "1"
    own["PYSPARK_PYTHON"] = own["PYSPARK_DRIVER_PYTHON"] = str(PYTHON)
    command = [PYTHON, clicks.HERE / "als_hourly.py", train, test, *words]
    return clicks.figures_of(command, {**os.environ, **own})


def choose(options):
    """On four hours of the last training day, by models trained until then."""
    train, test = clicks.fold(clicks.training_days(options), 5)
    train = clicks.write_clicks(BUILD / "folds/train.tsv", train)
    test = clicks.write_clicks(BUILD / "folds/test.tsv", test)
    begin = BEGIN - clicks.DAY
    found = hourly(train, test, begin, begin + 4 * HOUR, "choose")
    settings = {name: f"{value:g}" for name, (value, _) in found.items()}
    clicks.write_settings(SETTINGS, "als", settings)


def measure(options):
    train = clicks.write_clicks(BUILD / "clicks/train.tsv", clicks.training_days(options))
    test = clicks.write_clicks(BUILD / "clicks/test.tsv", clicks.test_day(options))
    span = [BEGIN, BEGIN + options.hours * HOUR]
    told = {
        "ours": clicks.figures_of([clicks.OURS, "online", train, test, *span]),
        "theirs": hourly(train, test, *span, *clicks.read_settings(SETTINGS).values()),
    }
    for name, figures in told.items():
        for figure, (value, unit) in figures.items():
            print(f"figure {name}_{figure} {value:.6g} {unit}")


def main():
    words = {"description": __doc__, "formatter_class": argparse.RawDescriptionHelpFormatter}
    parser = argparse.ArgumentParser(prog="./dev bench als", **words)
    clicks.add_data(parser)
    parser.add_argument("--hours", type=int, default=6, help="of the test day, from 04:00 UTC on")
    parser.add_argument("--choose", action="store_true", help="their settings anew")
    options = parser.parse_args()
    install()
    if options.choose:
        choose(options)
    else:
        measure(options)


if __name__ == "__main__":
    sys.exit(main())
