#!/usr/bin/env python3
"""Kills the running word count with SIGKILL at random moments; holds its log against a ledger.

usage: word_count_kill.py --program BIN/word_count --folder FOLDER [--kills 100] [--open-min 60]
                          [--seed N] [--shards N,N,…] [--expect-red]

The ledger is the input itself, written by this script outside of the program. After the last run
the committed records, read by a committed reader, must be exactly it:
  user-activity   every line once, in order (0 lost, 0 doubled)
  word-counts     per word the counts 1, 2, 3 … without gap or repetition (per-key order)
and after every kill no line that was acknowledged as durable may be missing.
The program shares two counters with us (--progress): lines taken and lines durable. Killed
between the two, an epoch was open. kill -9 cannot see a missing fsync, since the page cache
survives; the power-loss tests do.
--shards gives the threads of the program; several numbers take turns from kill to kill.
--expect-red succeeds only when a fault is found: for planted bugs (VITRINE_PLANT).
"""

import argparse
import collections
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import time

LINES_AHEAD = 60_000
KILL_WITHIN_SECONDS = 0.4
SECONDS_MAX = 120


def file_system(path):
    """The file system's name; from the system, since in a chroot its mount has no line."""
    command = ["stat", "-f", "-c", "%T", path]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return run.stdout.strip()


class Red(Exception):
    """The oracle found a fault."""


class Ledger:
    """The lines we have written to the input file."""

    def __init__(self, path, rng):
        self.path, self.rng, self.lines = path, rng, []
        self.vocabulary = [f"w{i}" for i in range(3_000)]
        path.write_bytes(b"")

    def extend_to(self, count):
        if count <= len(self.lines):
            return
        new = []
        for number in range(len(self.lines), count):
            words = self.rng.choices(self.vocabulary, k=self.rng.randint(1, 6))
            new.append(f"line-{number} " + " ".join(words))
        self.lines += new
        with open(self.path, "ab") as file:
            file.write("".join(line + "\n" for line in new).encode())


class Harness:
    def __init__(self, options):
        self.options = options
        self.folder = pathlib.Path(options.folder).resolve() / f"word-count-kill-{os.getpid()}"
        self.folder.mkdir(parents=True)
        self.log = self.folder / "log"
        self.progress_file = self.folder / "progress"
        self.rng = random.Random(options.seed)
        self.ledger = Ledger(self.folder / "lines.txt", self.rng)
        self.acknowledged = 0
        self.open_epochs = 0
        self.starts = 0

    def shards(self):
        """Of this start; the next one may have another number."""
        self.starts += 1
        return self.options.shards[self.starts % len(self.options.shards)]

    def command(self, *more):
        return [
            self.options.program,
            "--log",
            str(self.log),
            "--input",
            str(self.ledger.path),
            "--output-mode",
            "none",
            "--progress",
            str(self.progress_file),
            "--checkpoint-deltas",
            "20000",
            "--shards",
            str(self.shards()),
            *more,
        ]

    def progress(self):
        data = self.progress_file.read_bytes() if self.progress_file.exists() else b""
        return struct.unpack("<QQ", data) if len(data) == 16 else (0, 0)

    def dump(self, topic):
        run = subprocess.run(
            [self.options.program, "--log", str(self.log), "--dump", topic],
            capture_output=True,
            timeout=SECONDS_MAX,
            check=False,
        )
        if run.returncode != 0:
            raise Red(f"the committed reader failed: {run.stderr.decode().strip()}")
        return run.stdout.decode().splitlines()

    def run_and_kill(self):
        self.ledger.extend_to(self.acknowledged + LINES_AHEAD)
        self.progress_file.unlink(missing_ok=True)
        program = subprocess.Popen(self.command(), stderr=subprocess.PIPE)
        deadline = time.monotonic() + SECONDS_MAX
        while program.poll() is None and self.progress()[0] <= self.acknowledged:
            if time.monotonic() > deadline:
                program.kill()
                raise Red(f"no progress: {self.progress()} lines")
        # A random moment of several commits' length, begun with the first line and not with a
        # commit: else kills would keep to one part of a commit's cycle.
        time.sleep(self.rng.random() * KILL_WITHIN_SECONDS)
        program.kill()
        stderr = program.communicate()[1].decode()
        if program.returncode != -9:
            raise Red(f"the program ended by itself with {program.returncode}: {stderr.strip()}")
        taken, durable = self.progress()
        self.open_epochs += taken > durable
        self.acknowledged = max(self.acknowledged, durable)
        return taken, durable

    def check_acknowledged(self):
        lines = self.dump("user-activity")
        if len(lines) < self.acknowledged:
            raise Red(f"{self.acknowledged} lines were acknowledged, the log has {len(lines)}")

    def check_all(self):
        values = [line.split("\t", 1)[1] for line in self.dump("user-activity")]
        if values != self.ledger.lines:
            counted = collections.Counter(values)
            lost = sum(counted[line] == 0 for line in self.ledger.lines)
            doubled = sum(count > 1 for count in counted.values())
            raise Red(
                f"user-activity: {lost} lost, {doubled} doubled, order kept: {lost == doubled == 0}"
            )
        reached = collections.Counter()
        for row in self.dump("word-counts"):
            word, count = row.split("\t")
            reached[word] += 1
            if int(count) != reached[word]:
                raise Red(f"word-counts: {word} went to {count} where {reached[word]} was due")
        expected = collections.Counter(
            word for line in self.ledger.lines for word in line.split(" ")
        )
        if reached != expected:
            raise Red(
                f"word-counts: {len(expected - reached)} words lack counts, "
                f"{len(reached - expected)} have more"
            )
        return len(values), sum(reached.values())

    def run(self):
        for kill in range(1, self.options.kills + 1):
            taken, durable = self.run_and_kill()
            self.check_acknowledged()
            if kill % 10 == 0:
                print(
                    f"kill {kill}: taken {taken}, durable {durable}, "
                    f"open epochs so far {self.open_epochs}",
                    flush=True,
                )
        program = subprocess.run(
            self.command("--until-now"), capture_output=True, timeout=SECONDS_MAX, check=False
        )
        if program.returncode != 0:
            raise Red(
                f"the last run ended with {program.returncode}: {program.stderr.decode().strip()}"
            )
        lines, counts = self.check_all()
        print(
            f"{self.options.kills} kills, {self.open_epochs} of them inside an open epoch: "
            f"{lines} lines and {counts} "
            "counts, 0 lost, 0 doubled, the order of each key kept"
        )
        if self.open_epochs < self.options.open_min:
            raise RuntimeError(
                f"only {self.open_epochs} kills met an open epoch; "
                f"{self.options.open_min} are wanted"
            )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--program", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--open-min", type=int, default=60)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4)))
    parser.add_argument(
        "--shards", type=lambda text: [int(one) for one in text.split(",")], default=[1]
    )
    parser.add_argument("--expect-red", action="store_true")
    options = parser.parse_args()
    pathlib.Path(options.folder).mkdir(parents=True, exist_ok=True)
    kind = file_system(pathlib.Path(options.folder).resolve())
    print(
        f"file system {kind}, seed {options.seed}, plant {os.environ.get('VITRINE_PLANT', 'none')}",
        flush=True,
    )
    if kind in ("tmpfs", "ramfs", "unknown"):
        print("a durability test needs a disk: give another --folder")
        return 2
    harness = Harness(options)
    try:
        harness.run()
        found = None
    except Red as red:
        found = red
        print(f"RED: {red}")
    if found is None or options.expect_red:
        shutil.rmtree(harness.folder)
    else:
        print(f"kept: {harness.folder}")
    return 0 if (found is not None) == options.expect_red else 1


if __name__ == "__main__":
    sys.exit(main())
