"""Which runs a round has, and in what order: engines take turns, so that a slow hour of the machine
is shared by all. The first repeat tries every setting; the later ones run each row's best."""

import typing

import figures
import rows
import settings


class Run(typing.NamedTuple):
    repeat: int
    measure: str
    setting: settings.Setting
    amount: int


def chosen(all_settings, results, row, measure, amount):
    """The settings a later repeat runs: the best so far, or the first when none is known."""
    found = settings.candidates(all_settings, row, measure)
    best = figures.best_setting(results, row, measure, amount)
    named = [one for one in found if one.name == best]
    return named or found[:1]


class Plan:
    def __init__(self, all_settings, only, measures, records, rates, every_setting):
        self.all_settings, self.only, self.measures = all_settings, only, measures
        self.records, self.rates, self.every_setting = records, rates, every_setting

    def wants(self, row):
        return not self.only or row.engine in self.only or row.name in self.only

    def runs(self, repeat, results):
        """The runs of one repeat, as known when it begins: `results` of this round so far."""
        for measure in self.measures:
            for amount in self.rates if measure == "latency" else (self.records,):
                for row in rows.ROWS:
                    if self.wants(row) and (measure != "kill" or row.kill):
                        for setting in self._settings(repeat, results, row.name, measure, amount):
                            yield Run(repeat, measure, setting, amount)

    def _settings(self, repeat, results, row, measure, amount):
        if measure == "kill":
            return chosen(self.all_settings, results, row, "throughput", amount)
        found = settings.candidates(self.all_settings, row, measure)
        if repeat == 1:
            return found if self.every_setting else found[:1]
        return chosen(self.all_settings, results, row, measure, amount)


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
