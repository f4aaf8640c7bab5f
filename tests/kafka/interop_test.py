#!/usr/bin/env python3
"""Programs that are not ours on the same topics: kcat, a Java producer and Kafka Streams.

    tools/kafka/broker.py with -- tests/kafka/interop_test.py --bin build/release/bin

They write lines that word_count counts, and read the counts it emits. Held against a model: values,
keys, partitions (murmur2, here in Python once more), timestamps, the correlation in a header; of
transactions what is committed and nothing of what was aborted or is open. Ends with
"N passed, N failed"; 77 where there is no broker.
"""

import collections
import json
import pathlib
import shutil
import struct
import sys
import tempfile
import unittest

import kit

LINES = 40  # of each of the Java producer's transactions
JAVA_TIME = 1_600_000_000_000  # Lines.java
PARTITIONS = 8


def murmur2(data):
    """Kafka's, as its Java clients choose partitions."""
    multiplier, mask = 0x5BD1E995, 0xFFFFFFFF
    value = (0x9747B28C ^ len(data)) & mask
    whole = len(data) // 4
    for (word,) in struct.iter_unpack("<I", data[: 4 * whole]):
        word = word * multiplier & mask
        word = (word ^ word >> 24) * multiplier & mask
        value = value * multiplier & mask ^ word
    tail = data[4 * whole :]
    if tail:
        value = (value ^ int.from_bytes(tail, "little")) * multiplier & mask
    value = (value ^ value >> 13) * multiplier & mask
    return value ^ value >> 15


def partition_of(key):
    return (murmur2(key.encode()) & 0x7FFFFFFF) % PARTITIONS


class Interop(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vitrine-interop-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.kafka = kit.Broker(self.folder)
        self.count_words()  # makes the topics

    def count_words(self):
        done = self.kafka.run(self.bin / "word_count", "--until-now")
        self.assertEqual(done.returncode, 0, done.stderr)

    def read(self, topic, isolation="read_committed"):
        """As kcat sees it, in the order of each partition."""
        words = ["-C", "-t", self.kafka.prefix + topic, "-o", "beginning", "-e", "-q", "-J"]
        out = self.kafka.kcat(*words, "-X", "isolation.level=" + isolation)
        return [json.loads(line) for line in out.splitlines()]

    def test_both_ways(self):
        kcat_lines = self.lines_of_kcat()
        java = self.kafka.java("Lines", self.kafka.prefix + "user-activity", str(LINES))
        self.assertEqual(java.stdout.readline(), "open\n")
        self.count_words()
        model = collections.Counter(
            word for line in kcat_lines for word in line.partition("\t")[2].split()
        )
        model.update({"committed": LINES})
        model.update(f"committed{i}" for i in range(LINES))
        with self.subTest("lines of kcat and of a Java producer's committed transaction count"):
            self.check_counts(model)
        with self.subTest("Java's lines lie where our partitioner would have put them"):
            for line in self.read("user-activity"):
                self.assertEqual(line["partition"], partition_of(line["key"]), line)
        with self.subTest("what was aborted or is open is on the broker all the same"):
            everything = {one["payload"] for one in self.read("user-activity", "read_uncommitted")}
            self.assertIn("aborted aborted0", everything)
            self.assertIn("open open0", everything)
        self.kafka.end_java(java)
        self.count_words()
        with self.subTest("the end of the open transaction adds nothing"):
            self.check_counts(model)
        with self.subTest("Kafka Streams reads our counts, and we what it writes of them"):
            self.check_streams()

    def lines_of_kcat(self):
        lines = [f"key{i}\tto be or not to be kcat{i}" for i in range(LINES)]
        words = ["-P", "-t", self.kafka.prefix + "user-activity", "-K", "\t"]
        words += ["-X", "topic.partitioner=murmur2_random", "-H", "vt-correlation=kcat"]
        self.kafka.kcat(*words, text="\n".join(lines))
        return lines

    def check_counts(self, model):
        seen = collections.Counter()
        for one in self.read("word-counts"):
            word, count = one["key"], int(one["payload"])
            self.assertEqual(one["partition"], partition_of(word), one)
            self.assertEqual(count, seen[word] + 1, one)
            seen[word] = count
            headers = dict(zip(one["headers"][::2], one["headers"][1::2]))
            if word.startswith("committed") and word != "committed":
                self.assertEqual(one["ts"], JAVA_TIME + int(word[len("committed") :]), one)
                self.assertEqual(headers["vt-correlation"], word, one)
            if word.startswith("kcat"):
                self.assertEqual(headers["vt-correlation"], "kcat", one)
        self.assertEqual(seen, model)

    def check_streams(self):
        tagger = self.kafka.java(
            "Tags",
            self.kafka.prefix + "tags-app",
            self.kafka.prefix + "word-counts",
            self.kafka.prefix + "tags",
            str(self.folder / "state"),
        )
        counts = self.read("word-counts")
        expected = collections.Counter()
        for one in counts:
            who = dict(zip(one["headers"][::2], one["headers"][1::2]))["vt-correlation"]
            value = f"{one['payload']} {one['partition']} {one['ts']} {who}"
            expected[f"{one['key']}\t{value}"] += 1
        for _ in range(kit.SECONDS_MAX):
            done = self.kafka.run(self.bin / "word_count", "--dump", "tags")
            seen = collections.Counter(done.stdout.splitlines())
            if sum(seen.values()) >= len(counts) or tagger.poll() is not None:
                break
        self.kafka.end_java(tagger)
        self.assertEqual(seen, expected)


if __name__ == "__main__":
    sys.exit(kit.main(Interop))
