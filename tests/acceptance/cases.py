"""Runs a file's test cases and ends with their counts, as tools/run_tests.py reads them."""

import sys
import unittest


def main():
    result = unittest.main(module="__main__", verbosity=2, exit=False, warnings="ignore").result
    failed = len(result.failures) + len(result.errors)
    skipped = len(result.skipped)
    for case, reason in result.skipped:
        print(f"skip: {case}: {reason}")
    passed = max(0, result.testsRun - failed - skipped)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed or result.testsRun == 0 else 0)
