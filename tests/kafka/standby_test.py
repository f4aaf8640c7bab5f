#!/usr/bin/env python3
"""A process that stands by takes over the units of one that is killed without reading their state.

    tools/kafka/broker.py with -- tests/kafka/standby_test.py --bin build/release/bin

Two word_counts share the partitions with --standby; one is killed, the other opens its units with
the last rows of their changelog, where it had all of them to read. Ends with "N passed, N failed";
77 where there is no broker.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import kit

WORDS, WORDS_A_LINE = 20_000, 10
AGAIN = 200  # words that are written once more while both run
PATIENCE_S = 60


class Counter:
    """A word_count that shares the work, and the events it logs."""

    def __init__(self, test, name, *words):
        self.log = test.folder / f"{name}.log"
        command = [test.bin / "word_count", "--log", "kafka://" + test.kafka.address]
        command += ["--plan", "distributed", "--instance", name, "--state", test.folder / name]
        command += ["--kafka-config", test.settings, *words]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log)
        test.addCleanup(self.end, signal.SIGKILL)

    def end(self, number):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)

    def events(self, name):
        lines = self.log.read_text().splitlines()
        events = [json.loads(line) for line in lines if line.startswith("{")]
        return [event for event in events if event["event"] == name]

    def opened(self):
        """The rows that were read back, by unit; the last time it was opened counts."""
        return {event["unit"]: event["rows"] for event in self.events("unit_opened")}


class Standby(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vitrine-standby-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.kafka = kit.Broker(self.folder)
        told = pathlib.Path(self.kafka.config).read_text() if self.kafka.config else ""
        self.settings = self.folder / "settings"
        with open(os.open(self.settings, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(told + "session.timeout.ms=6000\n")
        self.until_now("--plan", "distributed")  # makes the topics

    def until_now(self, *words):
        done = self.kafka.run(
            self.bin / "word_count", "--until-now", "--kafka-config", self.settings, *words
        )
        self.assertEqual(done.returncode, 0, done.stderr)

    def write(self, words):
        lines = [words[at : at + WORDS_A_LINE] for at in range(0, len(words), WORDS_A_LINE)]
        text = "".join(" ".join(line) + "\n" for line in lines)
        self.kafka.kcat("-P", "-t", self.kafka.prefix + "user-activity", text=text)

    def wait_for(self, what, holds):
        until = time.monotonic() + PATIENCE_S
        while not holds():
            self.assertLess(time.monotonic(), until, f"waited for: {what}")
            time.sleep(0.1)

    def counted(self):
        """The last count of each word, and how many counts there are."""
        topic = self.kafka.prefix + "word-counts"
        told = self.kafka.kcat("-C", "-t", topic, "-e", "-q", "-f", "%k %s\n")
        pairs = [line.split(" ") for line in told.splitlines()]
        return {word: int(count) for word, count in pairs}, len(pairs)

    def test_what_a_killed_process_owned_is_there(self):
        words = [f"w{number}" for number in range(WORDS)]
        self.write(words)
        first = Counter(self, "first", "--standby")
        self.wait_for("all is counted", lambda: self.counted()[1] == WORDS)
        units = set(first.opened())
        second = Counter(self, "second", "--standby")
        self.wait_for("a part is the second's", lambda: 0 < len(second.opened()) < len(units))
        self.wait_for("it follows the rest", lambda: second.events("units_followed"))
        mine = second.opened()
        followed = second.events("units_followed")[-1]["rows"]
        self.write(words[:AGAIN])
        self.wait_for("that is counted", lambda: self.counted()[1] == WORDS + AGAIN)
        first.end(signal.SIGKILL)
        self.write(words[:AGAIN])
        self.wait_for("all is the second's", lambda: set(second.opened()) == units)
        read = sum(rows for unit, rows in second.opened().items() if unit not in mine)
        self.wait_for("the last is counted", lambda: self.counted()[1] == WORDS + 2 * AGAIN)
        self.assertEqual(second.end(signal.SIGTERM), 0)
        counts, number = self.counted()
        self.assertEqual(number, WORDS + 2 * AGAIN)
        self.assertEqual(counts, {w: 3 if i < AGAIN else 1 for i, w in enumerate(words)})
        self.assertGreater(followed, WORDS / len(units))
        self.assertLess(read, followed / 10)
        print(f"figure rows_followed {followed} rows")
        print(f"figure rows_read_at_takeover {read} rows")


if __name__ == "__main__":
    sys.exit(kit.main(Standby))
