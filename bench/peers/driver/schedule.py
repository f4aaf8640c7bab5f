"""Which runs a round has, and in what order. First every setting is tried once, on a short input;
that chooses each row's best for each measure. Then the best ones run at full size, three times;
engines take turns, so that a slow hour of the machine is shared by all. At last each is killed."""

import typing

import figures
import rows
import settings

TRIAL = 0  # the repeat that chooses, and does not count
TRIAL_RECORDS = 300_000
MINUTES_MAX = 150  # of a whole round: a longer one nobody finds the time for

# Seconds a run takes as a rule, with what comes before and after it; (trial, counted).
USUAL_S = {"throughput": (36, 72), "latency": (24, 40), "kill": (60, 60)}


class Run(typing.NamedTuple):
    repeat: int
    measure: str
    setting: settings.Setting
    amount: int  # records, or records a second

    @property
    def trial(self):
        return self.repeat == TRIAL


def chosen(all_settings, results, row, measure, amount):
    """The settings a counted run takes: the best of the trial, or the first when none is known."""
    found = settings.candidates(all_settings, row, measure)
    trials = [one for one in results if one["repeat"] == TRIAL]
    best = figures.best_setting(trials, row, measure, amount)
    named = [one for one in found if one.name == best]
    return named or found[:1]


class Plan:
    def __init__(self, all_settings, only, measures, records, rates, repeats, trial=True):
        self.all_settings, self.only, self.measures = all_settings, only, measures
        self.records, self.rates, self.repeats, self.trial = records, rates, repeats, trial

    def wants(self, row):
        return not self.only or row.engine in self.only or row.name in self.only

    def parts(self):
        """(repeat, measure) in order; what a part runs is known when the ones before are done."""
        if self.trial:
            yield from ((TRIAL, one) for one in self.measures if one != "kill")
        for repeat in range(1, self.repeats + 1):
            yield from ((repeat, one) for one in self.measures if one != "kill")
        if "kill" in self.measures:
            yield 1, "kill"

    @property
    def trial_records(self):
        return min(TRIAL_RECORDS, self.records) if self.trial else self.records

    def _amounts(self, repeat, measure):
        if measure == "latency":
            return self.rates
        short = repeat == TRIAL or measure == "kill"
        return (self.trial_records if short else self.records,)

    def runs(self, repeat, measure, results):
        """The runs of one part, as known when it begins: `results` of this round so far."""
        for amount in self._amounts(repeat, measure):
            for row in rows.ROWS:
                if self.wants(row) and (measure != "kill" or row.kill):
                    for setting in self._settings(repeat, results, row.name, measure, amount):
                        yield Run(repeat, measure, setting, amount)

    def _settings(self, repeat, results, row, measure, amount):
        found = settings.candidates(self.all_settings, row, measure)
        if repeat == TRIAL:
            # A throughput is wanted of each, to time the kill by.
            return found if measure == "throughput" or len(found) > 1 else []
        if measure == "kill":
            return chosen(self.all_settings, results, row, "throughput", amount)
        amount = self.trial_records if measure == "throughput" else amount
        return chosen(self.all_settings, results, row, measure, amount)

    def left(self, results, done, key):
        """All runs that are left; of parts whose choice is not made yet the first setting stands
        for each row's best. `key(run)` is in `done` when a run needs not be run again."""
        for repeat, measure in self.parts():
            for run in self.runs(repeat, measure, results):
                if key(run) not in done:
                    yield run


def seconds_left(left, results):
    """What the runs that are left will take: as long as their like has taken in this round, or as
    it does as a rule."""
    known = {}
    for one in results:
        if "took_s" in one:
            trial = one["repeat"] == TRIAL and one["measure"] != "kill"
            known.setdefault((one["measure"], trial), []).append(one["took_s"])
    total = 0.0
    for run in left:
        took = known.get((run.measure, run.trial))
        usual = USUAL_S[run.measure][0 if run.trial else 1]
        total += sum(took) / len(took) if took and len(took) > 2 else usual
    return total


AT_ONCE_S = 2.0  # output within so long is hit by the clock better than by looking at it


class KillPoint(typing.NamedTuple):
    committed: int | None  # when the output's committed end has got there
    seconds: float | None  # or so long after the launch


def kill_point(results, run):
    """Four tenths into the output that the same setting had without a kill; for an engine that
    gives all at once, after six tenths of its time. None when there was no such run."""
    wanted = (run.setting.row.name, "throughput", run.setting.name, run.amount)
    known = [
        one
        for one in figures.usable(results)
        if (one["row"], one["measure"], one["setting"], one["amount"]) == wanted
    ]
    if not known:
        return None
    first_s, last_s = known[-1].get("first_s") or 0, known[-1]["last_s"]
    if last_s - first_s < AT_ONCE_S:
        return KillPoint(None, 0.6 * last_s)
    return KillPoint(int(0.4 * known[-1]["committed"]), None)
