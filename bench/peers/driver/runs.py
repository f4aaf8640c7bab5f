"""One run against the broker: throughput, latency, or throughput with a kill in the middle."""

import time

import engines
import machine
import process


class RunFailed(Exception):
    pass


class Limits:
    """Seconds: without output that end a run, for a run as a whole, before the first record of a
    latency run, and its warm and measured parts."""

    def __init__(self, quick, run_s, trial=False):
        # Quick runs are for machines that are busy.
        self.idle_s = 20 if quick else 5 if trial else 8
        self.run_s = min(run_s, 40) if trial else run_s
        self.settle_s = 3  # the observer then waits until words come back
        self.warm_s, self.measure_s = (5, 10) if quick else (5, 8) if trial else (12, 15)
        self.ask_s = 120
        self.loop_share = 0.1 if quick or trial else 0.5  # of the fixed loop around each run


class Progress:
    """What was seen of the output while an engine ran."""

    def __init__(self, committed):
        self.first_s = self.last_s = None
        self.committed = committed
        self.engine_cpu_s = self.broker_cpu_s = 0.0
        self.ended_s = None  # by itself
        self.cut_off = False  # the time was up
        self.passed_s = None  # when the output passed the point asked for

    def as_dict(self):
        rounded = lambda value: None if value is None else round(value, 3)
        return {
            "first_s": rounded(self.first_s),
            "last_s": rounded(self.last_s),
            "committed": self.committed,
        }


class Runs:
    def __init__(self, broker_pid, bootstrap, observer, limits, quiet_wait_s):
        self.broker_pid, self.bootstrap = broker_pid, bootstrap
        self.observer, self.limits, self.quiet_wait_s = observer, limits, quiet_wait_s
        self.child = None

    def _own_cpu(self):
        return process.cpu_seconds(self.broker_pid) + self.observer.cpu_s()

    def _ends(self):
        return self.observer.ask("ends", patience_s=self.limits.ask_s)

    def _follow(self, started, until=None, already=0, past=None):
        """Watches the output's committed end, twenty times a second, until nothing has come for a
        while, the engine has ended, the time is up or `until` (a KillPoint) is reached. CPU is read
        whenever output comes, so that what an engine burns while it waits is not counted. After a
        kill, `already` is committed and all up to `past` is the dead process's, part of which may
        still become visible: only what lies beyond it is a sign of the next one."""
        seen, broker_before = Progress(already), process.cpu_seconds(self.broker_pid)
        limit_s = self.limits.run_s
        if until is not None and until.seconds is not None:
            limit_s = min(limit_s, until.seconds)
        while True:
            ends = self._ends()
            now = time.monotonic() - started
            if ends["committed"] != seen.committed:
                seen.committed = ends["committed"]
                seen.first_s = now if seen.first_s is None else seen.first_s
                seen.last_s = now
                seen.engine_cpu_s = self.child.cpu_s()
                seen.broker_cpu_s = process.cpu_seconds(self.broker_pid) - broker_before
                if past is not None and seen.passed_s is None and seen.committed > past:
                    seen.passed_s = now
            if self.child.ended() and seen.ended_s is None:
                seen.ended_s = now
            alive = seen.last_s is not None and (past is None or seen.passed_s is not None)
            if until is None and alive and now - seen.last_s > self.limits.idle_s:
                return seen
            gone = seen.ended_s is not None and now - max(seen.ended_s, seen.last_s or 0) > 1
            there = until is not None and until.committed is not None
            seen.cut_off = now > self.limits.run_s
            if gone or now > limit_s or (there and seen.committed >= until.committed):
                return seen
            time.sleep(0.05)

    def _loaded(self, records):
        """Empty output, full input; what the broker had taken until then."""
        self.observer.ask("topics", "keep-input", patience_s=120)
        self.observer.ask("load", records, patience_s=300)
        return self.observer.ask("traffic", self.broker_pid)

    def _traffic(self, before):
        after = self.observer.ask("traffic", self.broker_pid)
        topics = {}
        for name, (messages, size) in after["topics"].items():
            old = before["topics"].get(name, [0, 0])
            if messages > old[0] and not name.startswith("user-activity"):
                topics[name] = [messages - old[0], size - old[1]]
        return {
            "messages": after["messages"] - before["messages"],
            "bytes": after["bytes"] - before["bytes"],
            "topics": topics,
        }

    def _measured(self, work, engine):
        """Runs `work()` between two looks at the machine; the child never outlives it."""
        beside = machine.Beside(self.quiet_wait_s, self.limits.loop_share)
        own = self._own_cpu()
        engines_cpu = 0.0
        try:
            result = work()
            if self.child is not None:
                engines_cpu = self.child.cpu_s()
        finally:
            if self.child is not None:
                self.child.stop()
                engines_cpu = max(engines_cpu, self.child.cpu_s())
                self.child = None
        own = self._own_cpu() - own + engines_cpu + result.pop("other_cpu_s", 0.0)
        result["machine"] = beside.finish(own)
        engine.clean()
        return result

    def throughput(self, setting, records):
        before = self._loaded(records)
        engine = engines.Engine(setting, self.bootstrap)
        result = self._measured(lambda: self._throughput(engine, setting), engine)
        result.update(self._traffic(before))
        result["check"] = self._check(setting, records)
        return result

    def _throughput(self, engine, setting):
        self.child = engine.start()
        seen = self._follow(self.child.started)
        if seen.ended_s is not None and self.child.process.returncode != 0:
            raise RunFailed(f"ended with {self.child.process.returncode}: {self.child.tail()}")
        if setting.bench("mode") == "consume":
            seen.last_s, seen.engine_cpu_s = seen.ended_s, self.child.cpu_s()
        if seen.last_s is None:
            raise RunFailed(f"no output within {self.limits.run_s} s: {self.child.tail()}")
        return {
            **seen.as_dict(),
            "engine_cpu_s": round(seen.engine_cpu_s, 2),
            "broker_cpu_s": round(seen.broker_cpu_s, 2),
            "rss_mb": round(self.child.rss_mb(), 1),
        }

    def _check(self, setting, records):
        check = self.observer.ask("verify", records, patience_s=300)
        if setting.row.engine == "raw":  # constants: only their number can be right
            check["counted"] = check["words"] if setting.bench("mode") == "consume" else min(
                check["words"], check["updates"]
            )
            check.update(exact=check["counted"] == check["words"], lost=0, doubled=0, repeated=0)
        return check

    def latency(self, setting, rate):
        self.observer.ask("topics", patience_s=120)
        engine = engines.Engine(setting, self.bootstrap)
        return self._measured(lambda: self._latency(engine, rate), engine)

    def _latency(self, engine, rate):
        limits = self.limits
        self.child = engine.start()
        self.child.wait(limits.settle_s)
        if self.child.ended():
            raise RunFailed(f"ended before the first record: {self.child.tail()}")
        engine_before, broker_before = self.child.cpu_s(), process.cpu_seconds(self.broker_pid)
        patience_s = limits.warm_s + limits.measure_s + 300
        command = ("latency", rate, limits.warm_s, limits.measure_s)
        latency = self.observer.ask(*command, patience_s=patience_s)
        if latency["measured"] == 0:
            raise RunFailed(f"no marker came back: {self.child.tail()}")
        return {
            "latency": latency,
            "engine_cpu_s": round(self.child.cpu_s() - engine_before, 2),
            "broker_cpu_s": round(process.cpu_seconds(self.broker_pid) - broker_before, 2),
            "rss_mb": round(self.child.rss_mb(), 1),
        }

    def kill(self, setting, records, point):
        """A throughput run with SIGKILL at a KillPoint, and at once the same command again.
        Recovered is when the committed output has passed all that the dead process had written,
        transaction markers included, so that what is seen is new."""
        self._loaded(records)
        engine = engines.Engine(setting, self.bootstrap)
        result = self._measured(lambda: self._kill(engine, point), engine)
        result["check"] = self._check(setting, records)
        if result["recovery_s"] is None and result["check"]["exact"]:
            raise RunFailed("all was written before the kill: it takes more records")
        return result

    def _kill(self, engine, point):
        self.child = engine.start()
        begun = self.child.started
        self._follow(begun, until=point)
        if self.child.ended():
            raise RunFailed(f"it had ended before it was killed: {self.child.tail()}")
        killed_s = time.monotonic() - begun
        cpu_s = self.child.cpu_s()
        self.child.kill_now()
        ends = self._ends()
        self.child = engine.start()
        past = ends["written"] + 2 * 4  # two markers a partition
        seen = self._follow(self.child.started, already=ends["committed"], past=past)
        last_s = time.monotonic() - self.child.started if seen.last_s is None else seen.last_s
        return {
            "killed_s": round(killed_s, 3),
            "committed_at_kill": ends["committed"],
            "cut_off": seen.cut_off,
            "recovery_s": None if seen.passed_s is None else round(seen.passed_s, 3),
            "last_s": round(last_s, 3),
            "other_cpu_s": cpu_s,
        }
