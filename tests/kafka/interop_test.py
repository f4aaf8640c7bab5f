#!/usr/bin/env python3
"""Programs that are not ours on the same topics: kcat, a Java producer and Kafka Streams.

    tools/kafka/broker.py with -- tests/kafka/interop_test.py --bin build/release/bin

They write lines that word_count counts, and read the counts it emits. Held against a model: values,
keys, partitions (murmur2, here in Python once more), timestamps, the correlation in a header; of
transactions what is committed and nothing of what was aborted or is open. Ends with
"N passed, N failed"; 77 where there is no broker.
"""

import argparse
import collections
import hashlib
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILT = ROOT / "build" / "kafka" / "interop"
SECONDS_MAX = 120
LINES = 40  # of each of the Java producer's transactions
JAVA_TIME = 1_600_000_000_000  # Lines.java
TRIES = 3
PARTITIONS = 8


def build_java():
    """Once for each version of its sources."""
    sources = sorted((HERE / "java").rglob("*.*"))
    key = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    stamp = BUILT / ("built-" + key)
    for attempt in range(TRIES):
        if stamp.exists():
            return
        command = ["mvn", "-B", "-q", "-f", HERE / "java" / "pom.xml", "package"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            stamp.touch()
    if not stamp.exists():
        raise AssertionError("the Java programs cannot be built: " + done.stdout[-600:])


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
    @classmethod
    def setUpClass(cls):
        build_java()
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="vitrine-interop-"))
        config = os.environ.get("VITRINE_KAFKA_CONFIG")
        cls.prefix = ""
        for line in pathlib.Path(config).read_text().splitlines() if config else []:
            name, value = line.split("=", 1)
            cls.prefix = value if name == "vitrine.prefix" else cls.prefix
        cls.count_words()  # makes the topics

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def count_words(cls):
        command = [cls.bin / "word_count", "--log", "kafka://" + cls.kafka, "--until-now"]
        done = subprocess.run(command, capture_output=True, timeout=SECONDS_MAX, check=False)
        assert done.returncode == 0, done.stderr.decode()

    def kcat(self, *words, text=None):
        done = subprocess.run(
            ["kcat", "-b", self.kafka, *words],
            input=text,
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def read(self, topic, isolation="read_committed"):
        """As kcat sees it, in the order of each partition."""
        words = ["-C", "-t", self.prefix + topic, "-o", "beginning", "-e", "-q", "-J"]
        out = self.kcat(*words, "-X", "isolation.level=" + isolation)
        return [json.loads(line) for line in out.splitlines()]

    def java(self, program, *words):
        command = ["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        command += ["-cp", f"{BUILT}/*:{BUILT}/lib/*", "interop." + program, self.kafka, *words]
        log = open(self.folder / (program + ".log"), "w", encoding="utf-8")
        self.addCleanup(log.close)
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=log, text=True)

    def end(self, program):
        """Its standard input ends, and so does it."""
        program.communicate(timeout=SECONDS_MAX)
        logs = [path.read_text() for path in self.folder.glob("*.log")]
        self.assertEqual(program.returncode, 0, "\n".join(logs)[-2000:])

    def test_both_ways(self):
        kcat_lines = self.lines_of_kcat()
        java = self.java("Lines", self.prefix + "user-activity", str(LINES))
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
        self.end(java)
        self.count_words()
        with self.subTest("the end of the open transaction adds nothing"):
            self.check_counts(model)
        with self.subTest("Kafka Streams reads our counts, and we what it writes of them"):
            self.check_streams()

    def lines_of_kcat(self):
        lines = [f"key{i}\tto be or not to be kcat{i}" for i in range(LINES)]
        topic = ["-t", self.prefix + "user-activity", "-X", "topic.partitioner=murmur2_random"]
        self.kcat("-P", *topic, "-K", "\t", "-H", "vt-correlation=kcat", text="\n".join(lines))
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
        tagger = self.java(
            "Tags",
            self.prefix + "tags-app",
            self.prefix + "word-counts",
            self.prefix + "tags",
            str(self.folder / "state"),
        )
        counts = self.read("word-counts")
        expected = collections.Counter()
        for one in counts:
            who = dict(zip(one["headers"][::2], one["headers"][1::2]))["vt-correlation"]
            value = f"{one['payload']} {one['partition']} {one['ts']} {who}"
            expected[f"{one['key']}\t{value}"] += 1
        dump = [self.bin / "word_count", "--log", "kafka://" + self.kafka, "--dump", "tags"]
        for _ in range(SECONDS_MAX):
            done = subprocess.run(dump, capture_output=True, text=True, timeout=SECONDS_MAX)
            seen = collections.Counter(done.stdout.splitlines())
            if sum(seen.values()) >= len(counts) or tagger.poll() is not None:
                break
        self.end(tagger)
        self.assertEqual(seen, expected)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    options = parser.parse_args()
    if "VITRINE_KAFKA" not in os.environ:
        print("skip: no Kafka broker:", os.environ.get("VITRINE_KAFKA_MISSING", "not started"))
        return 77
    for tool in ("kcat", "mvn", "javac"):
        if shutil.which(tool) is None:
            print(f"skip: there is no {tool}; install kcat, maven and openjdk-17-jdk-headless")
            return 77
    Interop.bin = options.bin.resolve()
    Interop.kafka = os.environ["VITRINE_KAFKA"]
    run = unittest.main(argv=sys.argv[:1], exit=False).result
    failed = len(run.failures) + len(run.errors)
    print(f"{int(failed == 0)} passed, {int(failed > 0)} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
