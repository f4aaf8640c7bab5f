#!/usr/bin/env python3
"""The live show on Kafka, as an operator runs it: one gateway, two topology processes, viewers.

    tools/kafka/broker.py with -- tests/kafka/show_test.py --bin build/release/bin [--seconds 60]

While viewers talk and buy, a topology process is killed (kill -9) and another takes its place, and
one is stopped until the group has given its partitions away and then goes on. Afterwards every
message and order that was acknowledged is found exactly once, no viewer is left without an answer,
`vitrine verify` recounts the topics, and no log line is an error. Then the gateway is started again
on its copy and must show the same. Ends with "N passed, N failed"; 77 where there is no broker.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

SESSION_SECONDS = 4  # a stopped member is out of the group after this (and some more)


class Failed(Exception):
    pass


def expect(truth, what):
    if not truth:
        raise Failed(what)


class Topologies:
    """One `vitrine serve --roles topologies`."""

    def __init__(self, options, kafka, folder, number):
        self.log = open(folder / f"topologies-{number}.log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [options.bin / "vitrine", "serve", "--roles", "topologies", "--log", kafka],
            stdout=self.log,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )

    def send(self, what):
        self.process.send_signal(what)

    def end(self):
        self.process.terminate()
        status = self.process.wait(60)
        expect(status == 0, f"a topology process ended with status {status}")


def lines(path):
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            pass


def counted(own):
    """What the viewers counted so far."""
    try:
        return json.loads((own / "counters.json").read_text())
    except (OSError, ValueError):  # not there yet, or just being written
        return {"acknowledged": 0, "found": 0, "lost": 0, "doubled": 0}


def health(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
        return json.load(answer)


def wait_for_messages(own, more_than, seconds):
    """The viewers' ledger counts more acknowledged ones than before: the show goes on."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        now = counted(own)["acknowledged"]
        if now > more_than:
            return now
        time.sleep(0.5)
    raise Failed(f"after {seconds} s there is nothing new beyond {more_than} acknowledged")


def run(options, kafka, folder):
    log = folder / "log"
    own = log / "demo"
    processes = [Topologies(options, kafka, folder, number) for number in range(2)]
    output = open(folder / "demo.out", "w+", encoding="utf-8")
    demo = subprocess.Popen(
        [options.bin / "vitrine", "demo", "--kafka", kafka, "--roles", "gateway", "--log", log]
        + ["--port", "0", "--viewers", "40", "--speed", "3", "--data", options.data],
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=folder,
    )
    try:
        seen = wait_for_messages(own, 0, 240)  # the shop is filled first
        seen = wait_for_messages(own, seen + 50, 60)
        print(f"the show runs: {seen} acknowledged", flush=True)

        processes[0].process.kill()
        processes[0].process.wait()
        processes[0] = Topologies(options, kafka, folder, 2)
        seen = wait_for_messages(own, counted(own)["acknowledged"] + 50, 90)
        print(f"one was killed, another came: {seen} acknowledged", flush=True)

        processes[1].send(signal.SIGSTOP)
        time.sleep(2 * SESSION_SECONDS)
        seen = wait_for_messages(own, counted(own)["acknowledged"] + 20, 90)
        processes[1].send(signal.SIGCONT)
        seen = wait_for_messages(own, counted(own)["acknowledged"] + 50, 90)
        print(f"one was stopped and goes on: {seen} acknowledged", flush=True)
    except Failed:
        for process in processes:
            process.process.kill()
        raise
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait(120)
        output.seek(0)
        print("\n".join(output.read().splitlines()[-2:]), flush=True)
    figures = counted(own)
    expect(figures["lost"] == 0 and figures["doubled"] == 0, f"the viewers counted {figures}")
    expect(figures["found"] == figures["acknowledged"] > 0, f"the viewers counted {figures}")
    for process in processes:
        process.end()
    for path in folder.glob("*.log"):
        for line in lines(path):
            expect(line.get("level") != "error", f"{path.name}: {line}")

    verify = subprocess.run(
        [options.bin / "vitrine", "verify", "--log", kafka], capture_output=True, text=True
    )
    print(verify.stdout.strip(), flush=True)
    expect(verify.returncode == 0, "verify found something: " + verify.stdout + verify.stderr)
    again(options, kafka, folder, log)


def again(options, kafka, folder, log):
    """A gateway alone, on the copy that is there: what was written stays readable."""
    output = open(folder / "gateway.out", "w+", encoding="utf-8")
    gateway = subprocess.Popen(
        [options.bin / "vitrine", "serve", "--roles", "gateway", "--log", kafka, "--copy", log]
        + ["--port", "0", "--data", options.data],
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=folder,
    )
    try:
        port = None
        for _ in range(300):
            output.seek(0)
            for line in output.read().splitlines():
                if line.startswith("{") and '"serve.started"' in line:
                    port = json.loads(line)["port"]
            if port:
                break
            time.sleep(0.1)
        expect(port, "the gateway did not start again")
        now = health(port)
        expect(now["shop_position"] > 100 and now["audience_position"] > 100, f"it has {now}")
    finally:
        gateway.terminate()
        expect(gateway.wait(60) == 0, "the gateway ended badly")


def short_sessions(folder):
    """For all processes we start: what a settings file says already, and how long to wait."""
    config = folder / "kafka.properties"
    given = os.environ.get("VITRINE_KAFKA_CONFIG")
    more = f"session.timeout.ms={SESSION_SECONDS}000\nheartbeat.interval.ms=500\n"
    config.write_text((pathlib.Path(given).read_text() if given else "") + more)
    os.environ["VITRINE_KAFKA_CONFIG"] = str(config)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path("data"))
    options = parser.parse_args()
    options.bin = options.bin.resolve()
    options.data = options.data.resolve()
    if "VITRINE_KAFKA" not in os.environ:
        print("skip: no Kafka broker:", os.environ.get("VITRINE_KAFKA_MISSING", "not started"))
        return 77
    kafka = "kafka://" + os.environ["VITRINE_KAFKA"]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="vitrine-kafka-show-"))
    short_sessions(folder)
    try:
        run(options, kafka, folder)
    except Failed as why:
        print(f"RED {why} (logs in {folder})")
        print("0 passed, 1 failed")
        return 1
    shutil.rmtree(folder)
    print("1 passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
