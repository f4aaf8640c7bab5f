#!/usr/bin/env python3
"""The peers' table: the same word count on Vitrine, Kafka Streams, Flink, Spark, Storm, Trident and
Samza, on one Kafka broker that this starts and stops. `./dev bench peers` runs it.

Every run is appended to results.jsonl when it is done, and a round goes on where it was left: a run
it has already is not run again. The table is made from results.jsonl alone. With --quick few
records, one setting each, once, into build/peers/quick.jsonl: to see that everything works."""

import argparse
import datetime
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "driver"))
import place
import results
import rows
import schedule
import settings
import table
from session import Session

FULL_RECORDS, QUICK_RECORDS = 2_000_000, 200_000


def parse():
    words = {"description": __doc__, "formatter_class": argparse.RawDescriptionHelpFormatter}
    parser = argparse.ArgumentParser(prog="./dev bench peers", **words)
    parser.add_argument("--quick", action="store_true")
    names = ", ".join(sorted({row.engine for row in rows.ROWS}) + [row.name for row in rows.ROWS])
    parser.add_argument("--only", default="", help="engines or rows, by comma: " + names)
    parser.add_argument("--measures", default="throughput,latency,kill", help="some of these")
    parser.add_argument("--rates", default="1000,5000", help="records a second, for latency")
    parser.add_argument("--runs", type=int, help="repeats of each best: 3, or 1 with --quick")
    parser.add_argument("--records", type=int)
    parser.add_argument("--round", help="a name; default: today. The same name goes on with it")
    parser.add_argument("--results", help="default bench/peers/results.jsonl")
    parser.add_argument("--port", type=int, default=0, help="the broker's; default a free one")
    parser.add_argument(
        "--quiet-wait", type=float, help="wait so many seconds for an idle machine before each run"
    )
    parser.add_argument("--limit", type=float, default=75, help="seconds a run may take at most")
    parser.add_argument("--list", action="store_true", help="only print the runs that are left")
    parser.add_argument("--table", action="store_true", help="only write the table again")
    parser.add_argument("--check", action="store_true", help="only hold the table to its results")
    options = parser.parse_args()
    quick = options.quick
    options.runs = options.runs or (1 if quick else 3)
    options.records = options.records or (QUICK_RECORDS if quick else FULL_RECORDS)
    options.round = options.round or datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    if options.quiet_wait is None:
        options.quiet_wait = 0 if quick else 10
    own = place.BUILD / "quick.jsonl" if quick else place.RESULTS
    options.results = own if options.results is None else os.path.abspath(options.results)
    options.results = place.pathlib.Path(options.results)
    # Only the tree's own results make the tree's own page.
    real = options.results == place.RESULTS
    options.page = place.TABLE if real else options.results.with_suffix(".md")
    return options


def plan_of(options):
    only = set(filter(None, options.only.split(",")))
    known = {row.engine for row in rows.ROWS} | set(rows.BY_NAME)
    if only - known:
        sys.exit(f"peers: no such row: {', '.join(sorted(only - known))}")
    measures = [one for one in options.measures.split(",") if one]
    if set(measures) - set(results.MEASURES):
        sys.exit(f"peers: measures are {', '.join(results.MEASURES)}")
    rates = [int(rate) for rate in options.rates.split(",")]
    trial = not options.quick
    own = settings.read_all()
    return schedule.Plan(own, only, measures, options.records, rates, options.runs, trial)


def write_table(options):
    page = table.page(results.read(options.results), place.READING.read_text(encoding="utf-8"))
    options.page.parent.mkdir(parents=True, exist_ok=True)
    options.page.write_text(page, encoding="utf-8")
    print(f"peers: {options.page}", file=sys.stderr)


def check_table(options):
    page = table.page(results.read(options.results), place.READING.read_text(encoding="utf-8"))
    if options.page.read_text(encoding="utf-8") == page:
        return 0
    print(f"{options.page} is not what {options.results.name} makes: ./dev bench peers --table")
    return 1


def end_politely(number, frame):
    raise SystemExit(128 + number)


def main():
    options = parse()
    if options.check:
        return check_table(options)
    if not options.table:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, end_politely)
        plan = plan_of(options)
        with Session(options, plan) as session:
            session.run()
    if not options.list:
        write_table(options)
        for line in table.figure_lines(results.read(options.results)):
            print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
