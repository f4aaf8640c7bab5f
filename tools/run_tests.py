#!/usr/bin/env python3
"""Runs every test CTest knows of and counts cases: `N passed, N failed` is the last line.

A test program may print doctest's summary, or a last line `N passed, N failed[, N skipped]`, or
nothing (then its exit code is one case). Exit code 77 is one skip; lines that begin with `skip:`
say why. Outputs are kept in BUILD/tests/logs/.

Programs run two at a time; those marked RUN_SERIAL one after the other, when these are done. Those
labelled `waits` mostly do: one after the other too, beside all of these. Those labelled `quiet`
look at the time: each alone, at the end.

Tests that ask for a Kafka broker (tools/kafka/broker.py with) share one: it is started at the
beginning and stopped after the last, and each of them has names of its own on it. Where it does not
start they try by themselves, and say why they are skipped.
"""

import argparse
import concurrent.futures
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

DOCTEST = re.compile(
    r"test cases:\s+(\d+)\s+\|\s+(\d+) passed\s+\|\s+(\d+) failed\s+\|\s+(\d+) skipped"
)
PLAIN = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class Test:
    def __init__(self, entry):
        properties = {p["name"]: p["value"] for p in entry.get("properties", [])}
        self.name = entry["name"]
        self.command = entry["command"]
        self.will_fail = properties.get("WILL_FAIL", False)
        self.serial = properties.get("RUN_SERIAL", False)
        self.labels = properties.get("LABELS", [])
        self.timeout = float(properties.get("TIMEOUT", 600))
        self.folder = properties.get("WORKING_DIRECTORY", ".")
        self.environment = dict(e.split("=", 1) for e in properties.get("ENVIRONMENT", []))


def discover(build):
    text = subprocess.run(
        ["ctest", "--show-only=json-v1"], cwd=build, check=True, capture_output=True, text=True
    ).stdout
    return [Test(entry) for entry in json.loads(text)["tests"] if entry.get("command")]


def counts(code, output):
    """(passed, failed, skipped) of one program's output."""
    text = ANSI.sub("", output)
    if code == 77:
        return 0, 0, 1
    found = DOCTEST.search(text)
    if found:
        passed, failed = int(found.group(2)), int(found.group(3))
        skipped = len(re.findall(r"^skip:", text, re.M))
    else:
        lines = PLAIN.findall(text)
        if lines:
            passed, failed, skipped = (int(n or 0) for n in lines[-1])
        else:
            passed, failed, skipped = int(code == 0), 0, 0
    if code != 0 and failed == 0:
        failed = 1
    return passed, failed, skipped


def run(test, logs):
    started = time.monotonic()
    try:
        done = subprocess.run(
            test.command,
            cwd=test.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=test.timeout,
            env={**os.environ, **test.environment},
        )
        code, output = done.returncode, done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired as late:
        code, output = (
            1,
            (late.stdout or b"").decode(errors="replace")
            + f"\ntimed out after {test.timeout:.0f} s\n",
        )
    with open(os.path.join(logs, test.name + ".log"), "w", encoding="utf-8") as log:
        log.write(output)
    return test, code, output, time.monotonic() - started


def report(result, totals):
    test, code, output, seconds = result
    passed, failed, skipped = counts(code, output)
    if test.will_fail:  # a planted bug: red is what we want to see, as one case
        passed, failed, skipped = int(failed > 0), int(failed == 0), 0
    totals[0] += passed
    totals[1] += failed
    totals[2] += skipped
    word = "FAIL" if failed else ("skip" if skipped and not passed else "ok")
    print(
        f"{word:4} {test.name:32} {passed:4} passed {failed:3} failed {skipped:3} skipped "
        f"{seconds:7.1f} s",
        flush=True,
    )
    for line in ANSI.sub("", output).splitlines():
        if line.startswith("skip:") or (not failed and line.startswith("figure ")):
            print("       " + line)
    if failed:
        lines = ANSI.sub("", output).splitlines()
        # Without the lines of the program's own log.
        spoken = [line for line in lines if not line.startswith('{"time":')]
        print("".join("       | " + line + "\n" for line in (spoken or lines)[-60:]), flush=True)


one_at_a_time = threading.Lock()


def run_and_report(test, logs, totals):
    result = run(test, logs)
    with one_at_a_time:
        report(result, totals)


KAFKA = "tools/kafka/broker.py"


def wants_kafka(test):
    return any(word.endswith(KAFKA) for word in test.command) and "--own" not in test.command


@contextlib.contextmanager
def shared_broker(tests):
    if len(tests) < 2 or "VITRINE_KAFKA_SHARED" in os.environ:
        yield
        return
    folder = tempfile.mkdtemp(prefix="vitrine-kafka-shared-")
    broker = [sys.executable, KAFKA]
    at = ["--folder", folder]
    try:
        start = broker + ["start", "--light", "--doors", "--port", "0"] + at
        if subprocess.run(start, stdout=subprocess.DEVNULL).returncode == 0:
            os.environ["VITRINE_KAFKA_SHARED"] = folder
        yield
    finally:
        os.environ.pop("VITRINE_KAFKA_SHARED", None)
        subprocess.run(broker + ["stop"] + at, stdout=subprocess.DEVNULL)
        shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--filter", default="")
    options = parser.parse_args()
    tests = [t for t in discover(options.build) if options.filter in t.name]
    if not tests:
        sys.exit(f"no test's name contains '{options.filter}': see ctest -N in {options.build}")
    logs = os.path.join(options.build, "tests", "logs")
    os.makedirs(logs, exist_ok=True)
    totals = [0, 0, 0]
    started = time.monotonic()
    quiet = [test for test in tests if "quiet" in test.labels]
    waiting = [test for test in tests if "waits" in test.labels]
    working = [test for test in tests if test not in quiet and test not in waiting]
    with shared_broker([test for test in tests if wants_kafka(test)]):
        with concurrent.futures.ThreadPoolExecutor(1) as beside:
            waits = [beside.submit(run_and_report, test, logs, totals) for test in waiting]
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                works = [
                    pool.submit(run_and_report, t, logs, totals) for t in working if not t.serial
                ]
            for test in working:
                if test.serial:
                    run_and_report(test, logs, totals)
        for test in quiet:
            run_and_report(test, logs, totals)
    for ended in waits + works:
        ended.result()  # an error of ours is not to be passed over
    print(f"tests took {time.monotonic() - started:.0f} s; logs in {logs}")
    if totals[2] and os.environ.get("CI"):
        print(f"skips are failures on CI: {totals[2]}")
        totals[1] += totals[2]
    print(
        f"{totals[0]} passed, {totals[1]} failed" + (f", {totals[2]} skipped" if totals[2] else "")
    )
    sys.exit(1 if totals[1] else 0)


if __name__ == "__main__":
    main()
