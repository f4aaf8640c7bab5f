#!/usr/bin/env python3
"""One decision of session recommendation, ours beside the Rust crate `serenade` 0.3.1 (Apache-2.0):
the same clicks, alternating, each run a process of its own on one core; medians of the runs.
`./dev bench serenade` runs it, and needs `cargo`.

  ours       SessionKnn with what eval/parameters has chosen
  ours_same  SessionKnn with as many sessions and items as serenade looks at
  theirs     serenade with the settings that are best for it on folds of the training days
             (serenade.conf, made by --choose)

Clicks: sessions_yoochoose, found in --data or VITRINE_DATA, six days to learn and half of the next
day to be asked; with --synthetic made clicks of 100,000 items. Both know the training days only."""

import argparse
import itertools
import random
import statistics
import subprocess
import sys

import clicks

BUILD = clicks.ROOT / "build/serenade"
SETTINGS = clicks.HERE / "serenade.conf"
THEIRS = BUILD / "release/beside-serenade"
GRID = {
    "sessions_per_item": (500, 100, 200, 1000, 2500),
    "neighbours": (100, 50, 200, 500, 1500),
    "latest_items": (2, 3, 5, 9, 20),
    "idf": (1, 0, 2, 5),
}


def made_sessions(count, items, first):
    """As in bench/recommend: two to ten clicks, popular items, or one of the next on the shelf."""
    draw = random.Random(first + 7)
    weights = list(itertools.accumulate((rank + 1) ** -0.9 for rank in range(items)))

    def popular():
        return draw.choices(range(items), cum_weights=weights)[0] * 0x9E3779B1 % items

    for session in range(first, first + count):
        its, item = [], popular()
        for at in range(draw.randint(2, 10)):
            its.append((clicks.FIRST_DAY + session + at, session, item))
            near = draw.random() < 0.6
            item = (item + draw.randint(1, 5)) % items if near else popular()
        yield its


def choose(train):
    files = []
    for day in (3, 4, 5):
        for name, sessions in zip(("train", "test"), clicks.fold(train, day)):
            files.append(clicks.write_clicks(BUILD / f"folds/{name}{day}.tsv", sessions))

    def goodness(settings):
        told = clicks.figures_of([THEIRS, "quality", *settings.values(), *files])
        return told["hr20_moves"][0] + 1.5 * told["mrr20_moves"][0]

    clicks.write_settings(SETTINGS, "serenade", clicks.best_of(GRID, goodness))


def measure(options, train, test):
    theirs = clicks.read_settings(SETTINGS)
    train = clicks.write_clicks(BUILD / "clicks/train.tsv", train)
    test = clicks.write_clicks(BUILD / "clicks/test.tsv", test)
    same = ["--per-item", theirs["sessions_per_item"], "--neighbours", theirs["neighbours"]]
    same += ["--latest-items", theirs["latest_items"]]
    ours = [clicks.OURS, "decide", train, test, options.rounds]
    commands = {
        "ours": ours,
        "ours_same": [*ours, *same],
        "theirs": [THEIRS, "decide", train, test, *theirs.values(), options.rounds],
    }
    runs = {name: [] for name in commands}
    for _ in range(options.runs):
        for name, command in commands.items():
            runs[name].append(clicks.figures_of(command))
    for name, told in runs.items():
        for figure, (_, unit) in told[0].items():
            median = statistics.median(run[figure][0] for run in told)
            print(f"figure {name}_{figure} {median:.6g} {unit}")
    for name in ("ours", "ours_same"):
        for figure, over in (("per_s_core", 1), ("p50_us", -1), ("p99_us", -1)):
            pairs = zip(runs[name], runs["theirs"])
            times = statistics.median((a[figure][0] / b[figure][0]) ** over for a, b in pairs)
            print(f"figure {name}_times_{figure} {times:.3g} x")


def main():
    words = {"description": __doc__, "formatter_class": argparse.RawDescriptionHelpFormatter}
    parser = argparse.ArgumentParser(prog="./dev bench serenade", **words)
    clicks.add_data(parser)
    parser.add_argument("--runs", type=int, default=5, help="of each, alternating")
    parser.add_argument("--rounds", type=int, default=5, help="over all clicks, in a run")
    parser.add_argument("--synthetic", action="store_true", help="made clicks, 100,000 items")
    parser.add_argument("--choose", action="store_true", help="their settings anew")
    options = parser.parse_args()
    if options.runs < 1 or options.rounds < 1:
        clicks.fail("--runs and --rounds are at least 1")
    build = ["cargo", "build", "--release", "--locked", "--quiet", "--jobs", "2"]
    build += ["--manifest-path", str(clicks.HERE / "rust/Cargo.toml"), "--target-dir", str(BUILD)]
    if subprocess.run(build).returncode != 0:
        clicks.fail("cargo could not build bench/sessions/rust: see above")
    if options.choose:
        choose(clicks.training_days(options))
    elif options.synthetic:
        # As many clicks as our bounds keep, so that both know the same.
        train = made_sessions(80_000, 100_000, 1)
        measure(options, train, made_sessions(2_000, 100_000, 80_001))
    else:
        measure(options, clicks.training_days(options), clicks.test_day(options))


if __name__ == "__main__":
    sys.exit(main())
