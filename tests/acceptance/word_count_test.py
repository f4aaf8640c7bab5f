#!/usr/bin/env python3
"""Runs the examples as a user would and holds their output against other programs.

usage: word_count_test.py BIN_FOLDER      (standard library only)
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import cases

ROOT = HERE.parent.parent
BIN = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else None
SECONDS_MAX = 120


def last_table(text):
    return text.rstrip(b"\n").split(b"\n\n")[-1] + b"\n"


class Words(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vitrine-words-"))
        self.log = self.folder / "log"

    def tearDown(self):
        shutil.rmtree(self.folder)

    def run_program(self, *args, program="word_count", stdin=b"", status=0):
        run = subprocess.run(
            [BIN / program, "--log", self.log, *args],
            input=stdin,
            capture_output=True,
            timeout=SECONDS_MAX,
            check=False,
        )
        self.assertEqual(run.returncode, status, run.stderr.decode())
        return run.stdout

    def test_the_last_table_equals_what_coreutils_count(self):
        text = ROOT / "LICENSE"
        if not text.exists():
            text = ROOT / "README.md"
        pipeline = "tr -s ' ' '\\n' < \"$1\" | sed '/^$/d' | LC_ALL=C sort | uniq -c"
        counted = subprocess.run(
            ["sh", "-c", pipeline, "sh", text], capture_output=True, check=True
        ).stdout
        expected = {}
        for line in counted.splitlines():
            number, word = line.lstrip(b" ").split(b" ", 1)
            expected[word] = number
        got = last_table(self.run_program("--input", text, "--until-now"))
        rows = [line.split(b"\t") for line in got.splitlines()]
        self.assertEqual([row[0] for row in rows], sorted(row[0] for row in rows))
        self.assertEqual({row[0]: row[1] for row in rows}, expected)
        self.assertGreater(len(expected), 100)

    def test_odd_lines_are_split_as_spark_splits_them(self):
        golden = (HERE / "words" / "odd_lines.spark.golden").read_bytes()
        got = self.run_program("--input", HERE / "words" / "odd_lines.txt", "--until-now")
        self.assertEqual(last_table(got), golden)

    def test_the_same_file_again_adds_only_its_new_lines(self):
        file = self.folder / "lines.txt"
        file.write_bytes(b"a b\na\n")
        self.assertEqual(
            last_table(self.run_program("--input", file, "--until-now")), b"a\t2\nb\t1\n"
        )
        self.assertEqual(
            last_table(self.run_program("--input", file, "--until-now")), b"a\t2\nb\t1\n"
        )
        file.write_bytes(b"a b\na\nc a\n")
        out = self.run_program("--input", file, "--until-now", "--output-mode", "update")
        self.assertEqual(out, b"a\t3\nc\t1\n")
        out = self.run_program("--input", file, "--until-now", "--again")
        self.assertEqual(last_table(out), b"a\t6\nb\t2\nc\t2\n")

    def test_a_shorter_file_under_the_same_name_is_refused(self):
        file = self.folder / "lines.txt"
        file.write_bytes(b"a\nb\n")
        self.run_program("--input", file, "--until-now")
        file.write_bytes(b"x\n")
        self.run_program("--input", file, "--until-now", status=1)

    def test_standard_input_is_new_each_time_unless_it_has_a_name(self):
        self.run_program("--input", "-", stdin=b"a\n")
        self.assertEqual(last_table(self.run_program("--input", "-", stdin=b"a\n")), b"a\t2\n")
        self.run_program("--input", "-", "--input-id", "feed", stdin=b"a\n")
        out = self.run_program("--input", "-", "--input-id", "feed", stdin=b"a\na b\n")
        self.assertEqual(last_table(out), b"a\t4\nb\t1\n")

    def test_update_prints_changed_words_only(self):
        self.run_program("--input", "-", stdin=b"a b\n")
        self.assertEqual(
            self.run_program("--input", "-", "--output-mode", "update", stdin=b"b c\n"),
            b"b\t2\nc\t1\n",
        )

    def test_sigterm_commits_what_was_taken_and_ends_with_0(self):
        program = subprocess.Popen(
            [BIN / "word_count", "--log", self.log, "--input", "-", "--output-mode", "update"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        program.stdin.write(b"a b\n")
        program.stdin.flush()
        self.assertEqual(program.stdout.readline(), b"a\t1\n")  # it is running and has committed
        program.send_signal(signal.SIGTERM)
        status = program.wait(timeout=SECONDS_MAX)
        program.stdin.close()
        program.stdout.close()
        self.assertEqual(status, 0)
        self.assertEqual(self.run_program("--dump", "word-counts"), b"a\t1\nb\t1\n")

    def test_the_front_page_shows_the_program_as_it_is(self):
        code = (ROOT / 'examples' / 'word_count.cc').read_text()
        snippet = code.split('// snippet: word_count\n')[1].split('  // end\n')[0]
        self.assertIn(textwrap.dedent(snippet), (ROOT / 'streams' / 'README.md').read_text())

    def test_wrong_options_are_named_and_give_2(self):
        for args in (["--output-mode", "all"], ["--nonsense", "x"], ["--input"]):
            self.run_program(*args, status=2)
        self.assertIn(b"--until-now", self.run_program("--help"))

    def test_describe_shows_the_key_change_and_the_state(self):
        text = self.run_program("--describe")
        self.assertIn(b"group_by (changes the key)", text)
        self.assertIn(b"[state word-counts: string -> uint64]", text)

    def test_recommendations_are_what_was_looked_at_next_best_first(self):
        looks = [
            "ann view cup",
            "ann view pot",
            "bob view cup",
            "bob view pot",
            "cid view cup",
            "cid view tea",
            "dan view cup",
            "dan view cup",
            "dan view box",
            "eve buy cup",
            "",
            "ann view cup",
            "eve view cup",
            "eve view ant",
        ]
        out = last_table(
            self.run_program(
                "--input", "-", program="product_recommendations", stdin="\n".join(looks).encode()
            )
        )
        self.assertEqual(out, b"cup\tpot,ant,box\npot\tcup\n")

    def run_on(self, program, name, text, *more):
        path = self.folder / name
        path.write_text(text)
        run = subprocess.run(
            [BIN / program, path, *more], capture_output=True, timeout=SECONDS_MAX, check=False
        )
        return run.returncode, run.stdout.decode().splitlines(), run.stderr.decode()

    def test_sensors_tells_the_hot_windows_of_a_file(self):
        minute = 60_000
        rows = [(m * minute, "a", 90 if 10 <= m < 15 else 20) for m in range(30)]
        rows += [(m * minute + 1, "b", 20) for m in range(30)]
        text = "ms,sensor,celsius\n" + "".join(f"{ms},{s},{c}\n" for ms, s, c in sorted(rows))
        status, lines, _ = self.run_on("sensors", "readings.csv", text, "70")
        self.assertEqual(status, 0)
        expected = []
        for end in range(1, 36):
            inside = [c for ms, s, c in rows if s == "a" and end - 5 <= ms // minute < end]
            if inside and sum(inside) / len(inside) > 70:
                mean = sum(inside) / len(inside)
                expected.append(f"a\t{end * minute}\t{mean:.2f}")
        self.assertGreater(len(expected), 2)
        self.assertEqual(lines, expected)
        status, _, error = self.run_on("sensors", "bad.csv", "ms,sensor,celsius\n1,a,warm\n", "70")
        self.assertEqual(status, 1)
        self.assertIn("line 2", error)

    def test_rides_pairs_requests_with_pickups_and_tells_who_was_left_waiting(self):
        requests = [(0, "ann"), (1_000, "bob"), (2_000, "cid"), (2_000_000, "bob")]
        pickups = [(61_000, "ann"), (900_999, "bob"), (902_001, "cid"), (2_000_000, "bob")]
        files = []
        for name, rows in (("requests", requests), ("pickups", pickups)):
            files.append(self.folder / f"{name}.csv")
            files[-1].write_text("ms,rider\n" + "".join(f"{ms},{who}\n" for ms, who in rows))
        expected = []
        for asked, who in requests:
            waits = [ms - asked for ms, rider in pickups if rider == who]
            waits = [wait for wait in waits if 0 <= wait <= 900_000]
            expected += [f"{who}\t{ms // 1000}" for ms in waits] or [f"{who}\tnever"]
        run = subprocess.run(
            [BIN / "rides", *files], capture_output=True, timeout=SECONDS_MAX, check=True
        )
        self.assertEqual(sorted(run.stdout.decode().splitlines()), sorted(expected))

    def test_visits_joins_requests_into_sessions(self):
        minute = 60_000
        looks = [(0, "x", "/"), (10, "x", "/a"), (10, "x", "/assets/a.css"), (25, "y", "/")]
        looks += [(39, "x", "/b"), (100, "x", "/")]
        text = "".join(
            f'{{"ms": {m * minute}, "client": "{who}", "path": "{path}"}}\n'
            for m, who, path in looks
        )
        status, lines, _ = self.run_on("visits", "requests.jsonl", text)
        self.assertEqual(status, 0)
        visits = [f"x\t0\t{39 * 60}\t3", f"y\t{25 * minute}\t0\t1", f"x\t{100 * minute}\t0\t1"]
        self.assertEqual(sorted(lines), sorted(visits))


if __name__ == "__main__":
    if BIN is None or not os.access(BIN / "word_count", os.X_OK):
        sys.exit(__doc__)
    cases.main()
