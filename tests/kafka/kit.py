"""What the Python tests on Kafka have in common: the broker, our programs, kcat, Java programs."""

import argparse
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BUILT = HERE.parent.parent / "build" / "kafka" / "interop"
SECONDS_MAX = 120
TRIES = 3


def build_java():
    """Once for each version of its sources."""
    sources = sorted(path for path in (HERE / "java").rglob("*") if path.is_file())
    key = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    stamp = BUILT / ("built-" + key)
    for _ in range(TRIES):
        if stamp.exists():
            return
        command = ["mvn", "-B", "-q", "-f", HERE / "java" / "pom.xml", "package"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            stamp.touch()
    if not stamp.exists():
        raise AssertionError("the Java programs cannot be built: " + done.stdout[-600:])


class Broker:
    """As tools/kafka/broker.py with tells of it."""

    def __init__(self, folder):
        self.folder = folder  # for logs
        self.address = os.environ["VITRINE_KAFKA"]
        self.config = os.environ.get("VITRINE_KAFKA_CONFIG")
        self.prefix = ""
        for line in pathlib.Path(self.config).read_text().splitlines() if self.config else []:
            name, value = line.split("=", 1)
            self.prefix = value if name == "vitrine.prefix" else self.prefix

    def run(self, program, *words, address=None):
        """One of our programs on the broker, to its end."""
        command = [program, "--log", "kafka://" + (address or self.address), *words]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS_MAX, check=False
        )

    def kcat(self, *words, text=None):
        done = subprocess.run(
            ["kcat", "-b", self.address, *words],
            input=text,
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )
        if done.returncode != 0:
            raise AssertionError("kcat: " + done.stderr)
        return done.stdout

    def java(self, program, *words):
        build_java()
        command = ["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        command += ["-cp", f"{BUILT}/*:{BUILT}/lib/*", "interop." + program, self.address, *words]
        with open(self.folder / (program + ".log"), "w", encoding="utf-8") as log:
            pipe = subprocess.PIPE
            return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=log, text=True)

    def end_java(self, program):
        """Its standard input ends, and so does it."""
        program.communicate(timeout=SECONDS_MAX)
        if program.returncode != 0:
            logs = [path.read_text() for path in self.folder.glob("*.log")]
            raise AssertionError("a Java program failed: " + "\n".join(logs)[-2000:])


def main(case):
    """Runs the tests of one class, which gets `bin`; the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    case.bin = parser.parse_args().bin.resolve()
    if "VITRINE_KAFKA" not in os.environ:
        print("skip: no Kafka broker:", os.environ.get("VITRINE_KAFKA_MISSING", "not started"))
        return 77
    for tool in ("kcat", "mvn", "javac"):
        if shutil.which(tool) is None:
            print(f"skip: there is no {tool}; install kcat, maven and openjdk-17-jdk-headless")
            return 77
    run = unittest.main(module=case.__module__, argv=sys.argv[:1], exit=False).result
    failed = len(run.failures) + len(run.errors)
    print(f"{int(failed == 0)} passed, {int(failed > 0)} failed")
    return int(failed > 0)
