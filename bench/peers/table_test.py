#!/usr/bin/env python3
"""The peers' table is what its results make of it, its settings are whole, and no line of
results.jsonl is anything but a result.

usage: table_test.py      (standard library only; runs no engine)
"""

import copy
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "driver"))
import figures
import goals
import place
import reading
import results
import rows
import schedule
import settings
import table

MACHINE = dict.fromkeys(results.MACHINE, 1.0)
CHECK = {"words": 100, "counted": 100, "updates": 100, "lost": 0, "doubled": 0, "repeated": 0}
LATENCY = {"measured": 10, "missing": 0, "p50_ms": 4.0, "p99_ms": 9.0, "p999_ms": 12.0}


def result(row, setting, measure="throughput", repeat=1, amount=1_000_000, **more):
    made = {
        "round": "r",
        "repeat": repeat,
        "measure": measure,
        "row": row,
        "setting": setting,
        "amount": amount,
        "kept": True,
        "when": "2026-01-01T00:00:00+00:00",
        "machine": MACHINE,
        "engine_cpu_s": 20.0,
        "broker_cpu_s": 5.0,
        "rss_mb": 80.0,
    }
    if measure == "throughput":
        made.update(first_s=2.0, last_s=10.0, committed=10_000_100, check=CHECK)
        made.update(messages=10_000_000, bytes=300_000_000)
    elif measure == "latency":
        made.update(latency=LATENCY)
    else:
        made.update(killed_s=4.0, recovery_s=1.5, last_s=10.0, cut_off=False, check=CHECK)
    made.update(more)
    return made


class Page(unittest.TestCase):
    def test_the_page_is_what_its_results_make_and_not_edited_by_hand(self):
        found = results.read(place.RESULTS)
        page = table.page(found, place.READING.read_text(encoding="utf-8"))
        self.assertEqual(
            place.TABLE.read_text(encoding="utf-8"),
            page,
            "docs/table2.md differs from what results.jsonl makes: ./dev bench peers --table",
        )

    def test_the_trees_own_results_are_of_full_runs(self):
        quick = [one for one in results.read(place.RESULTS) if one.get("quick")]
        self.assertEqual(quick, [], "quick runs compare nothing and belong in build/")

    def test_a_cell_says_the_median_and_the_spread(self):
        runs = [
            result("flink-exactly-once", "flink/1", repeat=i, engine_cpu_s=cpu)
            for i, cpu in ((1, 24.0), (2, 21.0), (3, 30.0))
        ]
        page = table.page(runs, "")
        row = next(line for line in page.splitlines() if "Flink 2.2.1, exactly once | 1" in line)
        self.assertIn("| 24 (21 – 30) |", row)
        self.assertIn("[flink/1](../bench/peers/settings/flink/1.conf)", row)

    def test_rows_that_nobody_measured_say_so(self):
        page = table.page([], "text")
        self.assertIn("Nothing has been measured with this yet.", page)
        self.assertEqual(page.count("| Apache Samza 1.8.0 | not measured yet |"), 4)
        self.assertEqual(list(table.figure_lines([])), [])

    def test_a_run_that_was_cut_off_is_not_taken_for_the_whole(self):
        part = dict(CHECK, counted=20)
        page = table.page([result("samza", "samza/1", check=part)], "")
        self.assertIn("20 k; cut off at 20%", page)

    def test_what_is_missing_when_the_time_is_up_is_not_called_lost(self):
        missing = dict(CHECK, counted=60, lost=40)
        killed = result("samza", "samza/1", "kill", check=missing)
        self.assertIn("Samza 1.8.0 | 40 | 0 | 0 | 1.5 |", table.page([killed], ""))
        page = table.page([dict(killed, cut_off=True)], "")
        self.assertIn("Samza 1.8.0 | not done when the time was up | 0 | 0 | 1.5 |", page)

    def test_runs_of_another_amount_and_discarded_ones_do_not_mix_in(self):
        runs = [
            result("storm", "storm/1"),
            result("storm", "storm/1", amount=1000, last_s=9.0),
            result("storm", "storm/1", kept=False, last_s=99.0),
        ]
        found = figures.Figures(table.comparable(runs))
        self.assertEqual(found.of("storm", "launch"), (100_000, 100_000, 100_000))


class Results(unittest.TestCase):
    def read(self, *lines):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "results.jsonl"
            path.write_text("".join(line + "\n" for line in lines))
            return results.read(path)

    def test_lines_that_are_no_results_are_named(self):
        good = json.dumps(result("storm", "storm/1"))
        self.assertEqual(len(self.read(good, good)), 2)
        for wrong in ("", "{", "[]", good[:-1], good.replace('"storm"', '"strom"')):
            with self.assertRaisesRegex(ValueError, "results.jsonl:2"):
                self.read(good, wrong)

    def test_no_part_of_a_result_may_be_missing_or_of_another_kind(self):
        for measure in results.MEASURES:
            good = result("storm", "storm/1", measure)
            self.assertIsNone(results.fault(good))
            for name in {**results.ALWAYS, **results.OF_MEASURE[measure]}:
                for value in ("x", None) if name not in ("round", "setting", "when") else (1, None):
                    self.assertIsNotNone(results.fault(dict(good, **{name: value})), name)
            broken = copy.deepcopy(good)
            del broken["machine"]["load_before"]
            self.assertEqual(results.fault(broken), "machine.load_before is None")

    def test_a_failed_run_is_a_result_and_is_run_again(self):
        failed = result("storm", "storm/1", failed="no output")
        self.assertIsNone(results.fault(failed))
        self.assertEqual(results.done([failed]), set())
        self.assertEqual(len(results.done([result("storm", "storm/1")])), 1)


class Choosing(unittest.TestCase):
    def test_a_row_is_the_best_of_its_settings(self):
        runs = [result("spark", "spark/1"), result("spark", "spark/2", last_s=5.0)]
        self.assertEqual(figures.best_setting(runs, "spark", "throughput"), "spark/2")
        late = dict(LATENCY, p99_ms=2.0, missing=1)
        runs = [
            result("spark", "spark/1", "latency", amount=1000),
            result("spark", "spark/2", "latency", amount=1000, latency=late),
        ]
        self.assertEqual(figures.best_setting(runs, "spark", "latency", 1000), "spark/1")

    def plan(self, only=(), measures=("throughput",), trial=True):
        own = settings.read_all()
        return schedule.Plan(own, set(only), list(measures), 2_000_000, (1000, 5000), 3, trial)

    def test_every_setting_is_tried_once_and_the_best_one_runs_at_full_size(self):
        plan = self.plan({"spark"})
        tried = list(plan.runs(schedule.TRIAL, "throughput", []))
        self.assertEqual([run.amount for run in tried], 3 * [schedule.TRIAL_RECORDS])
        names = [run.setting.name for run in tried]
        trial = {"repeat": schedule.TRIAL, "amount": schedule.TRIAL_RECORDS}
        known = [result("spark", name, **trial) for name in names]
        known[2]["last_s"] = 5.0
        best = [(run.setting.name, run.amount) for run in plan.runs(2, "throughput", known)]
        self.assertEqual(best, [(names[2], 2_000_000)])
        killed = [(run.setting.name, run.amount) for run in plan.runs(1, "kill", known)]
        self.assertEqual(killed, [(names[2], schedule.TRIAL_RECORDS)])

    def test_a_trial_chooses_and_does_not_count(self):
        runs = [result("storm", "storm/1", repeat=schedule.TRIAL), result("storm", "storm/1")]
        self.assertEqual(figures.Figures(runs).all("storm", "launch"), [100_000])

    def test_a_whole_round_takes_no_longer_than_somebody_has(self):
        plan = self.plan(measures=results.MEASURES)
        key = lambda run: (run.repeat, run.measure, run.setting.name, run.amount)
        left = list(plan.left([], set(), key))
        minutes = schedule.seconds_left(left, []) / 60
        self.assertLessEqual(minutes, schedule.MINUTES_MAX)
        self.assertGreater(minutes, 60)
        half = {key(run) for run in left[: len(left) // 2]}
        self.assertEqual(len(list(plan.left([], half, key))), len(left) - len(half))

    def test_what_is_left_is_estimated_by_what_its_like_took(self):
        left = list(self.plan({"storm"}).runs(1, "throughput", []))
        self.assertEqual(len(left), 1)
        known = 3 * [result("samza", "samza/1", took_s=500.0)]
        self.assertEqual(schedule.seconds_left(left, known), 500.0)
        self.assertEqual(schedule.seconds_left(left, []), schedule.USUAL_S["throughput"][1])

    def test_a_kill_comes_in_the_middle_of_the_output(self):
        own = settings.read_all()
        setting = next(one for one in own if one.row.name == "storm")
        run = schedule.Run(1, "kill", setting, 1_000_000)
        known = [result("storm", setting.name, first_s=2.0, last_s=12.0)]
        self.assertEqual(schedule.kill_point(known, run), (4_000_040, None))
        known = [result("storm", setting.name, first_s=19.5, last_s=20.0)]
        self.assertEqual(schedule.kill_point(known, run), (None, 12.0))
        self.assertIsNone(schedule.kill_point([], run))


class Settings(unittest.TestCase):
    def test_each_peer_has_three_settings_that_say_why_and_one_for_each_measure(self):
        own = settings.read_all()
        peers = {row.engine for row in rows.ROWS} - {"ours", "raw"}
        for engine in peers:
            self.assertGreaterEqual(len([s for s in own if s.row.engine == engine]), 3, engine)
        for one in own:
            self.assertGreater(len(one.reason), 30, one.path)
            self.assertEqual(one.path.parent.name, one.row.engine, one.path)
        for row in rows.ROWS:
            for measure in settings.MEASURES if row.engine in peers else ():
                one = settings.candidates(own, row.name, measure)
                self.assertTrue(one or row.name.startswith("kstreams"), (row.name, measure))


class Reading(unittest.TestCase):
    def setUp(self):
        slow = [result("flink-exactly-once", "flink/1", engine_cpu_s=42.0)]
        self.found = figures.Figures([*slow, result("ours-every", "ours/3")])

    def test_a_sentence_stands_only_while_its_figures_bear_it_out(self):
        text = "[if flink-exactly-once.cpu < ours-every.cpu] Flink.\n\n[if flink-exactly-once.cpu >"
        text += " ours-every.cpu * 2] Ours {ours-every.cpu}.\n\nAlways.\n\nNever {storm.cpu}."
        self.assertEqual(reading.lines(text, self.found), ["Ours 20.", "", "Always."])

    def test_a_name_that_is_none_is_an_error_and_not_silence(self):
        for text in ("{strom.cpu}", "[if ours.cpu < storm.cpu] x", "[if storm.cpu = 2] x"):
            with self.assertRaises(ValueError):
                reading.lines(text, self.found)

    def test_goals_compare_the_right_way_round(self):
        by_name = {goal.name: goal for goal in goals.GOALS}
        per_cpu = by_name["ours_over_flink_per_cpu"]
        self.assertAlmostEqual(per_cpu.value(self.found), 2.1)
        self.assertTrue(per_cpu.reached(self.found))
        self.assertIsNone(by_name["ours_over_raw_loop"].value(self.found))
        rss = by_name["rss"]
        self.assertEqual((rss.value(self.found), rss.reached(self.found)), (80.0, True))


if __name__ == "__main__":
    unittest.main()
