"""What the two benches of session recommendation share: clicks, settings, running a program."""

import gzip
import itertools
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OURS = ROOT / "build/release/bin/session_decisions"
FIRST_DAY, DAY = 1396310400, 24 * 3600  # 1 April 2014, where the clicks begin


def fail(text):
    sys.exit(f"{pathlib.Path(sys.argv[0]).stem}: {text}")


def add_data(parser):
    where = os.environ.get("VITRINE_DATA", "")
    parser.add_argument("--data", default=where, help="the folder of the data sets")


def read_clicks(options, name):
    """Sessions as lists of (time, session, item), ordered by their ends."""
    path = pathlib.Path(options.data or fail("say --data DIR or VITRINE_DATA"))
    path = path / "sessions_yoochoose" / name
    if not path.exists():
        fail(f"no {path}; say where the data sets are: --data DIR or VITRINE_DATA")
    opener = gzip.open if path.suffix == ".gz" else open
    sessions = {}
    with opener(path, "rt", encoding="utf-8") as file:
        next(file)
        for line in file:
            session, item, at = line.split("\t")
            sessions.setdefault(int(session), []).append((float(at), int(session), int(item)))
    for clicks in sessions.values():
        clicks.sort(key=lambda click: click[0])
    return sorted(sessions.values(), key=lambda clicks: (clicks[-1][0], clicks[0][1]))


def training_days(options):
    return read_clicks(options, "train_clicks.tsv.gz")


def test_day(options):
    return read_clicks(options, "test_dev_clicks.tsv")


def write_clicks(path, sessions):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write("SessionId\tItemId\tTime\n")
        for at, session, item in itertools.chain.from_iterable(sessions):
            file.write(f"{session}\t{item}\t{at:.3f}\n")
    return path


def fold(sessions, day):
    """The sessions that began before a day of April 2014, counted from 0, and those of that day."""
    begin = FIRST_DAY + day * DAY
    before = [clicks for clicks in sessions if clicks[0][0] < begin]
    return before, [clicks for clicks in sessions if begin <= clicks[0][0] < begin + DAY]


def figures_of(command, environment=None):
    done = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        timeout=900,
    )
    if done.returncode != 0:
        fail(f"{command[0]} ended with {done.returncode}")
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith("figure ")]
    return {name: (float(value), unit) for _, name, value, unit in lines}


def best_of(grid, goodness):
    """The best of the grid, one setting after the other, until none changes any more."""
    settings = {name: values[0] for name, values in grid.items()}
    best, changed = goodness(settings), True
    while changed:
        changed = False
        for name, value in [(name, value) for name, values in grid.items() for value in values]:
            if settings[name] == value:
                continue
            good = goodness({**settings, name: value})
            print(f"  {name} = {value}: {good:.5f}, best {best:.5f}", file=sys.stderr)
            if good > best:
                settings, best, changed = {**settings, name: value}, good, True
    return settings


def write_settings(path, bench, settings):
    text = "".join(f"{name} {value}\n" for name, value in settings.items())
    head = f"# Chosen on training days by: ./dev bench {bench} --choose\n"
    path.write_text(head + text, encoding="utf-8")


def read_settings(path):
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    return {line[0]: line[1] for line in lines if line and line[0] != "#"}
