#!/usr/bin/env python3
"""A broker that asks for TLS, a password and rights.

    tools/kafka/broker.py with -- tests/kafka/secure_test.py --bin build/release/bin

word_count runs there with what its settings file says, a file of mode 600; who is not let in is
told so; and where one right is missing the error says which, and on what. What was refused is done
when the right is there: once. Ends with "N passed, N failed"; 77 where there is no such broker.
"""

import os
import pathlib
import shutil
import sys
import tempfile
import unittest

import kit

APP = "word-count"


class Secure(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vitrine-secure-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.kafka = kit.Broker(self.folder)
        self.door = os.environ["VITRINE_KAFKA_SECURE"]
        self.secrets = pathlib.Path(os.environ["VITRINE_KAFKA_SECRETS"])
        self.lines = 0
        plain = self.kafka.run(self.bin / "word_count", "--until-now")  # makes the topics
        self.assertEqual(plain.returncode, 0, plain.stderr)

    def settings(self, name, text):
        """A file for --kafka-config that only its owner reads."""
        path = self.folder / name
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write(f"{text}vitrine.prefix={self.kafka.prefix}\n")
        return path

    def settings_of(self, user):
        return (self.secrets / f"{user}.properties").read_text()

    def run_with(self, settings):
        words = ("--until-now", "--kafka-config", settings)
        return self.kafka.run(self.bin / "word_count", *words, address=self.door)

    def must_say(self, settings, words):
        """Brokers act on a change of rights a moment after they have answered it."""
        for _ in range(kit.TRIES):
            done = self.run_with(settings)
            if done.returncode != 0 and words in done.stderr:
                return
        self.fail(f"status {done.returncode} without the words '{words}': {done.stderr}")

    def must_run(self, settings):
        for _ in range(kit.TRIES):
            done = self.run_with(settings)
            if done.returncode == 0:
                return
        self.fail(done.stderr)

    def write_line(self):
        self.lines += 1
        topic = ["-t", self.kafka.prefix + "user-activity"]
        self.kafka.kcat("-P", *topic, "-K", "\t", text=f"key{self.lines}\tsafe")

    def check_counts(self):
        done = self.kafka.run(self.bin / "word_count", "--dump", "word-counts")
        counts = [f"safe\t{count}" for count in range(1, self.lines + 1)]
        self.assertEqual(done.stdout.splitlines(), counts)

    def test_who_is_not_let_in_is_told_so(self):
        advice = "check the security settings in the Kafka settings file"
        wrong = self.settings_of("alice") + "sasl.password=wrong\n"
        self.must_say(self.settings("password", wrong), advice)
        other_ca = self.settings_of("alice").replace("ca.pem", "other.pem")
        self.must_say(self.settings("authority", other_ca), "ssl.ca.location")

    def test_a_missing_right_is_named(self):
        alice = self.settings("alice", self.settings_of("alice"))
        rights = self.kafka.java("Rights")
        self.addCleanup(self.kafka.end_java, rights)
        prefix = self.kafka.prefix

        def tell(what, kind, name, operation):
            rights.stdin.write(f"{what} alice {kind} {prefix}{name} {operation}\n")
            rights.stdin.flush()
            self.assertEqual(rights.stdout.readline(), "done\n")

        # The right that is said to be missing: of a topic that is hidden altogether, to see it.
        needed = [
            ("topic", "user-activity", "Read", "Describe"),
            ("topic", "user-activity.dlq", "Write", "Describe"),
            ("topic", "word-counts", "Write", "Describe"),
            ("topic", f"{APP}.word-counts.by-key", "Describe", "Describe"),
            ("topic", f"{APP}.changelog", "Read", "Read"),
            ("topic", f"{APP}.changelog", "Write", "Write"),
            ("topic", f"{APP}.commits", "Write", "Write"),
            ("topic", f"{APP}.commits", "Read", "Read"),
            ("group", APP, "Read", "Read"),
            ("transactional_id", f"{APP}.local", "Write", "Write"),
        ]
        self.write_line()
        self.must_say(alice, "lacks the right Describe on topic " + prefix)
        for kind, name, operation, _ in needed:
            tell("add", kind, name, operation)
        self.must_run(alice)
        self.check_counts()
        for kind, name, operation, told in needed:
            on = f"{kind.replace('_', ' ')} {prefix}{name}"
            with self.subTest(f"{operation} on {kind} {name}"):
                self.write_line()
                tell("remove", kind, name, operation)
                try:
                    self.must_say(alice, f"lacks the right {told} on {on}")
                finally:
                    tell("add", kind, name, operation)
        for topic, operation in (("user-activity", "Read"), ("word-counts", "Write")):
            tell("add", "topic", topic, "Describe")
            with self.subTest(f"{topic} is seen, {operation} is missing"):
                self.write_line()
                tell("remove", "topic", topic, operation)
                try:
                    self.must_say(alice, f"lacks the right {operation} on ")
                finally:
                    tell("add", "topic", topic, operation)
        self.must_run(alice)
        self.check_counts()  # what had been refused was done later, once


if __name__ == "__main__":
    if "VITRINE_KAFKA" in os.environ and "VITRINE_KAFKA_SECURE" not in os.environ:
        print("skip: the broker has no secure listener; install openssl")
        sys.exit(77)
    sys.exit(kit.main(Secure))
