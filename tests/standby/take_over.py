#!/usr/bin/env python3
"""A server and its standby: one is killed under load, the other takes over, again and again.

    tests/standby/take_over.py --bin build/release/bin [--rounds 4] [--seed 1]

Killed is SIGKILL. Buyers order through the API and keep a ledger of what was answered with 201. In
each round the standby is killed, too, and comes back; then the server is killed, the standby is
stopped and promoted, and serves on. The old server's folder becomes the next standby (from a copy
where it has commits that nobody acknowledged). After each promotion orders of the ledger are asked
for again under their keys, and must be the same orders. At the end `vitrine verify` must say OK,
every order of the ledger must be in the log once, and both logs must be the same. Ends with "N
passed, N failed".
"""

import argparse
import collections
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SECONDS_MAX = 120


class Red(Exception):
    """A promise was broken."""


def until(what, condition, seconds=SECONDS_MAX):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Red(f"waited {seconds} s for {what}")
        time.sleep(0.02)


class Program:
    """One of our processes; what it prints is kept."""

    def __init__(self, command, output):
        self.path = output
        self.process = subprocess.Popen(
            [str(part) for part in command],
            stdout=open(output, "wb"),
            stderr=subprocess.STDOUT,
            cwd=ROOT,
        )

    def text(self):
        return self.path.read_text(errors="replace")

    def until(self, pattern):
        found = []

        def seen():
            if self.process.poll() is not None:
                raise Red(f"{self.path.name} ended: {self.text()[-2000:]}")
            found[:] = re.findall(pattern, self.text())
            return bool(found)

        until(f"{pattern} of {self.path.name}", seen)
        return found[-1]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(SECONDS_MAX)


class Api:
    def __init__(self, port):
        self.port = port

    def call(self, method, path, body=None, token=None, key=None):
        """(status, answer), or (0, None) when nobody answered."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if key:
            headers["Idempotency-Key"] = key
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            text = json.dumps(body) if body is not None else None
            connection.request(method, path, text, headers)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else None
        except (OSError, http.client.HTTPException, ValueError):
            return 0, None
        finally:
            connection.close()


class Pair:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.logs = [folder / "a", folder / "b"]
        self.primary = 0
        self.started = 0
        self.programs = []
        self.link_key = folder / "link.key"
        self.link_key.write_text("a secret for the length of a test\n")
        self.link_key.chmod(0o600)

    def start(self, name, *command):
        self.started += 1
        program = Program(
            [self.options.bin / "vitrine", *command], self.folder / f"{self.started:02}-{name}.out"
        )
        self.programs.append(program)
        return program

    def serve(self):
        self.server = self.start(
            "serve", "serve", "--demo", "--port", "0", "--log", self.logs[self.primary],
            "--keys", self.folder / "keys", "--host-code-file", self.folder / "codes",
            "--standby-port", "0", "--standby-key", self.link_key,
        )  # fmt: skip
        self.link_port = self.server.until(r"Standbys connect to port (\d+)")

    def ready(self):
        """When its standby has what was recovered."""
        self.api = Api(int(self.server.until(r"Vitrine serves on \S+:(\d+)")))

    def follow(self):
        self.standby = self.start(
            "standby", "standby", "--from", f"127.0.0.1:{self.link_port}", "--log",
            self.logs[1 - self.primary], "--key", self.link_key, "--reseed",
        )  # fmt: skip

    def complete(self):
        """The standby has noted that it misses nothing."""
        for app in ("shop", "audience", "insight"):
            self.standby.until(app + r" follows.*nothing acknowledged is missing")

    def promote(self):
        run = subprocess.run(
            [self.options.bin / "vitrine", "promote", "--log", self.logs[1 - self.primary]],
            capture_output=True, text=True, timeout=SECONDS_MAX, check=False,
        )  # fmt: skip
        if run.returncode != 0:
            raise Red(f"promote: {run.stderr}")
        if "nothing that was acknowledged is missing" not in run.stdout or "void" in run.stdout:
            raise Red(f"promote says: {run.stdout}")
        self.primary = 1 - self.primary

    def end(self):
        for program in self.programs:
            if program.process.poll() is None:
                program.kill()


class Buyers:
    """They order all the time; whoever answers is told by the pair."""

    def __init__(self, pair, seed, count=6):
        self.pair, self.lock = pair, threading.Lock()
        self.orders = {}  # by key: the order's id, as it was answered
        self.reservations = {}
        self.wrong = []
        self.ended = threading.Event()
        host_code = (pair.folder / "codes").read_text().split()[0]
        status, answer = pair.api.call("POST", "/v1/auth/host", {"code": host_code})
        assert status in (200, 201), (status, answer)
        host = answer["token"]
        product = {"title": "mug", "price": {"amount": 100, "currency": "GBP"}}
        pair.api.call("PUT", "/v1/host/products/MUG", product, host)
        status, answer = pair.api.call(
            "PUT", "/v1/host/products/MUG/stock", {"on_hand": 1_000_000}, host, f"stock-{seed}"
        )
        assert status == 200, (status, answer)
        self.tokens = []
        for number in range(count):
            guest = {"nickname": f"Guest {number}"}
            status, answer = pair.api.call("POST", "/v1/auth/guest", guest)
            assert status in (200, 201), (status, answer)
            self.tokens.append(answer["token"])
        self.threads = [
            threading.Thread(target=self.buy, args=(n,), daemon=True) for n in range(count)
        ]
        for thread in self.threads:
            thread.start()

    def insist(self, path, body, number, key):
        """Until it is answered for good: the same key, whoever serves."""
        while not self.ended.is_set():
            status, answer = self.pair.api.call("POST", path, body, self.tokens[number], key)
            if status in (0, 409, 429, 500, 502, 503, 507):
                time.sleep(0.02)
                continue
            return status, answer
        return 0, None

    def buy(self, number):
        count = 0
        while not self.ended.is_set():
            count += 1
            key = f"{number}-{count}"
            lines = {"lines": [{"sku": "MUG", "quantity": 1}], "shop": "shop_demo"}
            status, answer = self.insist("/v1/store/reservations", lines, number, "r" + key)
            if status != 201:
                self.note(status, answer)
                continue
            body = {"reservation": answer["id"], "payment_token": "tok_approve"}
            status, answer = self.insist("/v1/store/orders", body, number, "o" + key)
            if status != 201:
                self.note(status, answer)
                continue
            with self.lock:
                self.reservations["o" + key] = (number, body)
                self.orders["o" + key] = answer["id"]

    def note(self, status, answer):
        if status != 0:
            self.wrong.append((status, answer))

    def count(self):
        with self.lock:
            return len(self.orders)

    def ask_again(self):
        """Every acknowledged order is the same under its key."""
        with self.lock:
            known = list(self.orders.items())
        for key, order in random.Random(len(known)).sample(known, min(60, len(known))):
            number, body = self.reservations[key]
            status, answer = self.insist("/v1/store/orders", body, number, key)
            if status != 201 or answer["id"] != order:
                raise Red(f"order {order} under {key} is now {status} {answer}")


def play(options, folder, checks):
    dice = random.Random(options.seed)
    pair = Pair(options, folder)
    try:
        pair.serve()
        pair.ready()
        pair.follow()
        pair.complete()
        buyers = Buyers(pair, options.seed)
        for number in range(1, options.rounds + 1):
            goal = buyers.count() + 30
            until("orders", lambda: buyers.count() >= goal)
            pair.standby.kill()
            time.sleep(dice.uniform(0, 0.3))
            held = buyers.count()
            time.sleep(0.5)  # nobody follows: at most what was on its way is answered
            if buyers.count() > held + 6:
                raise Red("orders were acknowledged without a standby")
            pair.follow()
            goal = buyers.count() + 30
            until("orders after the standby came back", lambda: buyers.count() >= goal)
            pair.complete()
            time.sleep(dice.uniform(0, 0.5))
            pair.server.kill()
            acknowledged = buyers.count()
            pair.standby.stop()
            begin = time.monotonic()
            pair.promote()
            pair.serve()
            pair.follow()  # the folder of the one that was killed
            pair.ready()
            print(
                f"round {number}: {acknowledged} orders acknowledged, serves again after "
                f"{time.monotonic() - begin:.2f} s",
                flush=True,
            )
            buyers.ask_again()
        goal = buyers.count() + 30
        until("orders at the end", lambda: buyers.count() >= goal)
        buyers.ended.set()
        for thread in buyers.threads:
            thread.join(SECONDS_MAX)
        checks.append(("every order went through", not buyers.wrong, str(buyers.wrong[:3])))
        pair.server.stop()
        judge(options, pair, buyers, checks)
        pair.standby.stop()
        same_logs(options, pair, checks)
    finally:
        pair.end()


def tail(options, log, topic):
    run = subprocess.run(
        [options.bin / "vitrine", "tail", topic, "--log", log],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return [line for line in run.stdout.splitlines() if line.startswith("{")]


def judge(options, pair, buyers, checks):
    log = pair.logs[pair.primary]
    verify = subprocess.run(
        [options.bin / "vitrine", "verify", "--log", log], capture_output=True, text=True
    )
    checks.append(
        ("vitrine verify", verify.returncode == 0 and "OK" in verify.stdout, verify.stdout[-500:])
    )
    placed = collections.Counter()
    for line in tail(options, log, "shop.events"):
        record = json.loads(line)
        value = record.get("value", record)
        if "order_placed" in value:
            placed[value["order_placed"]["order"]["id"]] += 1
    lost = [order for order in buyers.orders.values() if placed[order] == 0]
    doubled = [order for order, count in placed.items() if count > 1]
    checks.append((f"{len(buyers.orders)} acknowledged, {len(lost)} lost", not lost, str(lost[:5])))
    checks.append((f"{len(placed)} in the log, {len(doubled)} doubled", not doubled, ""))


def same_logs(options, pair, checks):
    for topic in ("shop.events", "shop.commands", "payment.requests"):
        ours, theirs = (tail(options, log, topic) for log in pair.logs)
        checks.append((f"{topic}: {len(ours)} records, the same on both sides", ours == theirs, ""))
    listed = [
        subprocess.run(
            [options.bin / "vitrine", "topic", "list", "--log", log],
            check=True, capture_output=True, text=True,
        ).stdout
        for log in pair.logs
    ]  # fmt: skip
    checks.append(("both logs have the same topics and ends", listed[0] == listed[1], str(listed)))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build" / "release" / "bin")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="leave the folder there")
    options = parser.parse_args()
    options.bin = options.bin.resolve()
    folder = pathlib.Path(
        tempfile.mkdtemp(prefix="vitrine-standby-", dir=os.environ.get("TMPDIR", "/var/tmp"))
    )
    checks = []
    try:
        play(options, folder, checks)
    except Red as red:
        checks.append((str(red), False, ""))
    for what, held, detail in checks:
        print(f"{'ok' if held else 'NOT OK'}: {what} {'' if held else detail}", flush=True)
    failed = sum(not held for _, held, _ in checks)
    if failed == 0 and not options.keep:
        shutil.rmtree(folder)
    else:
        print(f"kept: {folder}")
    print(f"{len(checks) - failed} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
