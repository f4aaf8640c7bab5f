"""The same job on the embedded log: examples/word_count on a file of the same lines, and
peers_embedded for latency. No broker takes part."""

import json
import mmap
import shlex
import shutil
import subprocess
import time

import machine
import place
import process
from runs import RunFailed


class Embedded:
    def __init__(self, limits, quiet_wait_s):
        self.limits, self.quiet_wait_s = limits, quiet_wait_s
        self.folder = place.BUILD / "embedded"
        self.log = place.BUILD / "logs" / "ours-embedded.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.child = None

    def _lines(self, records):
        path = place.BUILD / f"lines-{records}.txt"
        if not path.exists():
            part = path.with_suffix(".part")
            with open(part, "wb") as file:
                command = [str(place.program("peers_generate")), str(records)]
                subprocess.run(command, stdout=file, check=True)
            part.rename(path)
        return path

    def _fresh(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.log.unlink(missing_ok=True)

    def _start(self, setting, lines):
        command = [place.program("word_count"), "--log", self.folder / "log", "--input", lines]
        command += ["--until-now", "--output-mode", "none", "--progress", self.folder / "progress"]
        self.child = process.Child(command + shlex.split(setting.bench("args")), self.log)

    def _durable(self):
        """How many lines' effects are on disk: the second number of word_count's progress file."""
        try:
            with open(self.folder / "progress", "rb") as file:
                with mmap.mmap(file.fileno(), 16, access=mmap.ACCESS_READ) as counters:
                    return int.from_bytes(counters[8:16], "little")
        except (OSError, ValueError):
            return 0

    def _end(self):
        if not self.child.wait(self.limits.run_s):
            raise RunFailed(f"not done within {self.limits.run_s} s: {self.child.tail()}")
        if self.child.process.returncode != 0:
            raise RunFailed(f"ended with {self.child.process.returncode}: {self.child.tail()}")

    def _check(self, records):
        """Every committed update, by word_count's own dump, against the truth."""
        dump = [place.program("word_count"), "--log", self.folder / "log", "--dump", "word-counts"]
        with open(self.log, "ab") as log:
            told = subprocess.Popen([str(p) for p in dump], stdout=subprocess.PIPE, stderr=log)
            command = [str(place.program("peers_generate")), "--check", str(records)]
            done = subprocess.run(command, stdin=told.stdout, capture_output=True, check=True)
            told.stdout.close()
            told.wait()
        return json.loads(done.stdout)

    def _measured(self, work):
        beside = machine.Beside(self.quiet_wait_s, self.limits.loop_share)
        try:
            result = work()
            own = self.child.cpu_s()
        finally:
            if self.child is not None:
                self.child.stop()
        result["machine"] = beside.finish(own + result.pop("other_cpu_s", 0.0))
        return result

    def throughput(self, setting, records):
        lines = self._lines(records)
        self._fresh()
        result = self._measured(lambda: self._throughput(setting, lines, records))
        result["check"] = self._check(records)
        shutil.rmtree(self.folder)
        return result

    def _throughput(self, setting, lines, records):
        self._start(setting, lines)
        first_s = None
        while not self.child.ended() and self.child.started + self.limits.run_s > time.monotonic():
            if first_s is None and self._durable() > 0:
                first_s = round(time.monotonic() - self.child.started, 3)
            time.sleep(0.01)
        last_s = time.monotonic() - self.child.started
        self._end()
        size = sum(path.stat().st_size for path in self.folder.rglob("journal/*"))
        return {
            "first_s": first_s,
            "last_s": round(last_s, 3),
            "committed": records,
            "engine_cpu_s": round(self.child.cpu_s(), 2),
            "broker_cpu_s": 0,
            "rss_mb": round(self.child.rss_mb(), 1),
            "messages": 0,  # there is no broker; records and deltas stand in one journal
            "bytes": size,
            "topics": {},
        }

    def latency(self, setting, rate):
        self._fresh()
        limits = self.limits
        command = [place.program("peers_embedded"), rate, limits.warm_s, limits.measure_s]
        command += ["--folder", self.folder / "log", *shlex.split(setting.bench("args"))]
        answer = self.folder / "answer"

        def work():
            self.child = process.Child(command, answer)
            self._end()
            return {
                "latency": json.loads(answer.read_text().splitlines()[-1]),
                "engine_cpu_s": round(self.child.cpu_s(), 2),
                "broker_cpu_s": 0,
                "rss_mb": round(self.child.rss_mb(), 1),
            }

        result = self._measured(work)
        shutil.rmtree(self.folder)
        return result

    def kill(self, setting, records, point):
        lines = self._lines(records)
        self._fresh()
        result = self._measured(lambda: self._kill(setting, lines, point))
        result["check"] = self._check(records)
        shutil.rmtree(self.folder)
        return result

    def _kill(self, setting, lines, point):
        self._start(setting, lines)
        while self._durable() < (point.committed or 1) and not self.child.ended():
            time.sleep(0.005)
        if self.child.ended():
            raise RunFailed(f"it had ended before it was killed: {self.child.tail()}")
        killed_s, cpu_s = time.monotonic() - self.child.started, self.child.cpu_s()
        self.child.kill_now()
        # The second life begins its counters with what it found in the log; beyond that is new.
        (self.folder / "progress").unlink()
        self._start(setting, lines)
        found, recovery_s = 0, None
        while not self.child.ended() and recovery_s is None:
            durable = self._durable()
            found = found or durable
            if durable > found:
                recovery_s = round(time.monotonic() - self.child.started, 3)
            time.sleep(0.01)
        self._end()
        last_s = round(time.monotonic() - self.child.started, 3)
        return {
            "killed_s": round(killed_s, 3),
            "committed_at_kill": found,
            "cut_off": False,  # else it has failed
            "recovery_s": recovery_s or last_s,  # all in one commit: there by the end
            "last_s": last_s,
            "other_cpu_s": cpu_s,
        }
