"""A session of runs on one broker: starts it, warms it, runs what is left of a round, and leaves no
process behind."""

import contextlib
import datetime
import fcntl
import json
import sys
import time
import traceback

import engines
import place
import results
import rows
import schedule
from embedded import Embedded
from observer import Observer, ObserverError
from runs import Limits, RunFailed, Runs

sys.path.insert(0, str(place.ROOT / "tools" / "kafka"))


def say(text):
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%H:%M:%S")
    print(f"{now} {text}", file=sys.stderr, flush=True)


def summary(result):
    """A line for whoever watches."""
    if "failed" in result:
        return "failed: " + result["failed"]
    if result["measure"] == "latency":
        parts = {name: result["latency"][name] for name in ("p50_ms", "p99_ms", "missing")}
    else:
        names = ("first_s", "last_s", "killed_s", "recovery_s", "engine_cpu_s", "messages")
        parts = {name: result[name] for name in names if result.get(name) is not None}
        check = result["check"]
        parts.update({name: check[name] for name in ("updates", "lost", "doubled", "repeated")})
    return json.dumps(parts)


class Session:
    def __init__(self, options, plan):
        self.options, self.plan = options, plan
        self.broker = self.observer = None
        self.cold = not options.quick  # no run since the broker's start
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        """One session at a time works in a folder: it removes what it finds there."""
        place.BUILD.mkdir(parents=True, exist_ok=True)
        lock = self.stack.enter_context(open(place.BUILD / "lock", "w", encoding="ascii"))
        if not self.options.list:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                sys.exit(f"peers: a session is at work in {place.BUILD}; wait for its end")
        return self

    def __exit__(self, *why):
        self.stack.close()

    def _known(self):
        return [
            one
            for one in results.read(self.options.results)
            if one["round"] == self.options.round
        ]

    def _result(self, run, kept, **more):
        return {
            "round": self.options.round,
            "repeat": run.repeat,
            "measure": run.measure,
            "row": run.setting.row.name,
            "setting": run.setting.name,
            "amount": run.amount,
            "kept": kept,
            "quick": self.options.quick,
            "source": place.source_state(),
            "nice": place.nice_value(),
            "when": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            **more,
        }

    def run(self):
        wanted = [one for one in self.plan.all_settings if self.plan.wants(one.row)]
        if not self.options.list:
            engines.prepare(wanted)
        say(self._left())
        for repeat, measure in self.plan.parts():
            # A part is planned when its turn comes: it needs to know what the ones before found.
            for run in list(self.plan.runs(repeat, measure, self._known())):
                self._one(run)

    def _key(self, run):
        return results.key(self._result(run, True))

    def _left(self):
        known = self._known()
        left = list(self.plan.left(known, results.done(known), self._key))
        minutes = schedule.seconds_left(left, known) / 60
        return f"{len(left)} runs are left, about {minutes:.0f} minutes"

    def _one(self, run):
        if self._key(run) in results.done(self._known()):
            return
        if self.options.list:
            print(run.repeat, run.measure, run.setting.name, run.amount)
            return
        if run.setting.row.name != rows.EMBEDDED:
            self._open()
            if self.cold:
                self.cold = False
                if run.trial or run.measure != "kill":
                    say("the first run after the broker's start is written down and not counted")
                    self._write(run, kept=False)
        self._write(run, kept=True)

    def _write(self, run, kept):
        name = f"{run.repeat} {run.measure} {run.setting.name} {run.amount}"
        say(name)
        begun = time.monotonic()
        try:
            parts = self._measure(run)
        except (RunFailed, ObserverError, FileNotFoundError) as error:
            nothing = dict.fromkeys(results.MACHINE, 0)
            parts = {"failed": f"{type(error).__name__}: {error}", "machine": nothing}
        except Exception:
            say("ends: " + traceback.format_exc())
            raise
        took_s = round(time.monotonic() - begun, 1)
        result = self._result(run, kept, **parts, took_s=took_s)
        results.append(self.options.results, result)
        say(f"  {summary(result)}; {self._left()}")

    def _measure(self, run):
        limits = Limits(self.options.quick, self.options.limit, run.trial)
        if run.setting.row.name == rows.EMBEDDED:
            runs = Embedded(limits, self.options.quiet_wait)
        else:
            wait = self.options.quiet_wait
            runs = Runs(self.broker.pid(), self.address, self.observer, limits, wait)
        if run.measure == "kill":
            point = schedule.kill_point(self._known(), run)
            if point is None:
                raise RunFailed("no throughput run of this setting to time the kill by")
            return runs.kill(run.setting, run.amount, point)
        return getattr(runs, run.measure)(run.setting, run.amount)

    def _open(self):
        """The broker, on an empty folder, and the observer; both end with the session."""
        if self.broker is not None:
            return
        import broker as kafka  # tools/kafka

        place.build_java("observer")
        self.broker = kafka.Broker(place.BUILD / "broker", self.options.port, False)
        self.broker.stop()
        kafka.shutil.rmtree(self.broker.folder, ignore_errors=True)
        self.stack.callback(self._close)
        self.address = self.broker.start()
        log = place.BUILD / "observer.log"
        log.unlink(missing_ok=True)
        self.observer = Observer(self.address, log)
        say(f"broker at {self.address}, pid {self.broker.pid()}")

    def _close(self):
        try:
            if self.observer is not None:
                self.observer.stop()
        finally:
            self.broker.stop()
        engines.shutil.rmtree(self.broker.folder, ignore_errors=True)
