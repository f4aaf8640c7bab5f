#!/usr/bin/env python3
"""Kills the demo's server under load, again and again, and holds the log against the ledger.

    tests/demo_kill.py --bin build/release/bin [--kills 20] [--speed 6] [--viewers 60] [--seed 1]

The demo runs on a folder of its own ($TMPDIR or /var/tmp; memory is refused). The server child is
killed with SIGKILL at random moments while messages and orders are on their way. Then the demo is
stopped, `vitrine verify` must say OK, and every message and order the driver's ledger calls
acknowledged must be in the log exactly once, as `vitrine tail` reads it; every question of the chat
was answered by the assistant once, or left to the host. Ends with
"N passed, N failed".
"""

import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent


def file_system(path):
    out = subprocess.run(
        ["stat", "-f", "-c", "%T", path], check=True, capture_output=True, text=True
    )
    return out.stdout.strip()


def make_folder():
    folder = pathlib.Path(
        tempfile.mkdtemp(prefix="vitrine-kill-", dir=os.environ.get("TMPDIR", "/var/tmp"))
    )
    kind = file_system(folder)
    print(f"folder {folder} on {kind}", flush=True)
    if kind in ("tmpfs", "ramfs"):
        folder.rmdir()
        sys.exit(
            "the folder is in memory, where kill -9 shows nothing; give TMPDIR a folder on a disk"
        )
    return folder


class Demo:
    """`vitrine demo` and what it leaves in <log>/demo."""

    def __init__(self, options, folder):
        self.folder = folder
        self.own = folder / "log" / "demo"
        self.output = open(folder / "demo.out", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [
                options.bin / "vitrine",
                "demo",
                "--port",
                "0",
                "--log",
                folder / "log",
                "--data",
                ROOT / "data",
                "--viewers",
                str(options.viewers),
                "--speed",
                str(options.speed),
                "--seed",
                str(options.seed),
            ],
            stdout=self.output,
            stderr=subprocess.STDOUT,
        )

    def server_pid(self):
        try:
            return int((self.own / "server.pid").read_text())
        except (OSError, ValueError):
            return 0

    def url(self):
        command = pathlib.Path(f"/proc/{self.server_pid()}/cmdline").read_text().split("\0")
        return f"http://127.0.0.1:{command[command.index('--port') + 1]}"

    def answers(self):
        try:
            with urllib.request.urlopen(self.url() + "/healthz", timeout=2) as answer:
                return answer.status == 200
        except (OSError, ValueError):
            return False

    def lines(self):
        try:
            ledger = (self.own / "ledger").read_text().splitlines()
        except OSError:
            return []
        return [line.split() for line in ledger]

    def acknowledged(self):
        return [words for words in self.lines() if words[:1] == ["ack"]]

    def wait(self, what, condition, seconds=90):
        until = time.monotonic() + seconds
        while not condition():
            if self.process.poll() is not None or time.monotonic() > until:
                self.output.seek(0)
                logs = "".join(
                    (self.own / n).read_text()[-3000:]
                    for n in ("server.log", "driver.log")
                    if (self.own / n).exists()
                )
                raise RuntimeError(f"waited for {what}\n{self.output.read()[-3000:]}\n{logs}")
            time.sleep(0.05)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=60)


def kill_under_load(demo, kills, dice):
    for number in range(1, kills + 1):
        demo.wait("the server", demo.answers)
        before = len(demo.acknowledged())
        demo.wait("new acknowledgements", lambda: len(demo.acknowledged()) >= before + 5)
        time.sleep(dice.uniform(0.0, 1.5))
        pid = demo.server_pid()
        os.kill(pid, signal.SIGKILL)
        demo.wait("another server", lambda: demo.server_pid() not in (0, pid))
        print(f"kill {number}: after {len(demo.acknowledged())} acknowledged", flush=True)
    demo.wait("the server", demo.answers)
    before = len(demo.acknowledged())
    demo.wait("new acknowledgements", lambda: len(demo.acknowledged()) >= before + 20)


def tail(options, folder, topic):
    """The values of a topic's records, as JSON objects."""
    run = subprocess.run(
        [options.bin / "vitrine", "tail", topic, "--log", folder / "log"],
        check=True,
        capture_output=True,
        text=True,
    )
    for line in run.stdout.splitlines():
        if line.startswith("{"):
            record = json.loads(line)
            yield record.get("value", record)


def held_in_log(options, folder):
    return {
        v["held"]["message"]["id"] for v in tail(options, folder, "show.chat") if "held" in v
    }


def count_in_log(options, folder):
    messages = collections.Counter(
        v["posted"]["id"] for v in tail(options, folder, "show.chat") if "posted" in v
    )
    orders = collections.Counter(
        v["order_placed"]["order"]["id"]
        for v in tail(options, folder, "shop.events")
        if "order_placed" in v
    )
    return {"chat": messages, "order": orders}


def answered_in_log(options, folder):
    """Answers by question, and the questions that the assistant neither answered nor left."""
    answers, left, asked = collections.Counter(), set(), set()
    for value in tail(options, folder, "show.insights"):
        if "answered" in value:
            answers[value["answered"]["question"]] += 1
        if "question" in value:
            asked.add(value["question"]["id"])
            if value["question"].get("left"):
                left.add(value["question"]["id"])
    return answers, sorted(asked - left - set(answers))


def judge(demo, options, folder):
    """(what was checked, did it hold, detail) …"""
    verify = subprocess.run(
        [options.bin / "vitrine", "verify", "--log", folder / "log"], capture_output=True, text=True
    )
    yield "vitrine verify", verify.returncode == 0 and "OK" in verify.stdout, (
        verify.stdout + verify.stderr
    )[-800:]
    in_log = count_in_log(options, folder)
    told_held = {words[2] for words in demo.lines() if words[:2] == ["held", "chat"]}
    missing = sorted(told_held - held_in_log(options, folder))
    yield f"{len(told_held)} told to be held", not missing, f"lost {len(missing)}: {missing[:5]}"
    answers, lost = answered_in_log(options, folder)
    doubled = sorted(question for question, times in answers.items() if times > 1)
    yield f"{len(answers)} questions answered", len(answers) > 0 and not doubled and not lost, (
        f"lost {len(lost)}: {lost[:5]}, doubled {len(doubled)}: {doubled[:5]}"
    )
    acknowledged = demo.acknowledged()
    for kind in ("chat", "order"):
        # A message is found by its own id, an order by the id its acknowledgement carries.
        ids = {
            words[2] if kind == "chat" else words[3] for words in acknowledged if words[1] == kind
        }
        lost = sorted(i for i in ids if in_log[kind][i] == 0)
        doubled = sorted(i for i, n in in_log[kind].items() if n > 1)
        yield f"{len(ids)} acknowledged ({kind})", len(
            ids
        ) > 0 and not lost, f"lost {len(lost)}: {lost[:5]}"
        found = f"{len(in_log[kind])} in the log ({kind})"
        yield found, not doubled, f"doubled {len(doubled)}: {doubled[:5]}"
    counters = json.loads((demo.own / "counters.json").read_text())
    yield f"the driver's own count {counters}", counters["lost"] == 0 and counters[
        "doubled"
    ] == 0, ""


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build" / "release" / "bin")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--speed", type=float, default=6)
    parser.add_argument("--viewers", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="leave the folder there")
    options = parser.parse_args()
    options.bin = options.bin.resolve()
    folder = make_folder()
    demo = Demo(options, folder)
    passed = failed = 0
    try:
        demo.wait("the first acknowledgement", lambda: demo.acknowledged())
        kill_under_load(demo, options.kills, random.Random(options.seed))
        demo.stop()
        for what, held, detail in judge(demo, options, folder):
            print(
                f"{'ok' if held else 'NOT OK'}: {what}{'' if held else ' - ' + detail}", flush=True
            )
            passed, failed = passed + held, failed + (not held)
    finally:
        demo.stop()
        if not options.keep:
            shutil.rmtree(folder)
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
