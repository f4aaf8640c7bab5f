"""What the machine does besides: its load, what others take of it, and how fast it is just now."""

import os
import time

CPU_TICKS = os.sysconf("SC_CLK_TCK")
LOOP_WORDS = 100_000
LOOP_ROUNDS = 85  # about two seconds of one core


def busy_seconds():
    """CPU seconds that all processes have had since the start of the machine."""
    with open("/proc/stat", encoding="ascii") as file:
        parts = [int(part) for part in file.readline().split()[1:9]]
    return (sum(parts) - parts[3] - parts[4]) / CPU_TICKS  # without idle and waiting


def fixed_loop(share=1.0):
    """Always the same work, over memory as a word count goes over it: (seconds, CPU seconds). On a
    machine that drifts these move, and a run between two of them is known to have been slow."""
    words = [f"w{i * 7919 % LOOP_WORDS}" for i in range(LOOP_WORDS)]
    counts = dict.fromkeys(words, 0)
    wall, cpu = time.monotonic(), time.process_time()
    for _ in range(int(LOOP_ROUNDS * share)):
        for word in words:
            counts[word] += 1
    return round(time.monotonic() - wall, 3), round(time.process_time() - cpu, 3)


def busy_cores(seconds):
    """How many cores are busy, over so many seconds."""
    before = busy_seconds()
    time.sleep(seconds)
    return (busy_seconds() - before) / seconds


def wait_until_quiet(patience_s, cores_max=0.1, seconds=3):
    """Waits for `seconds` in which less than `cores_max` cores were busy, at most `patience_s`;
    returns how many were in the last ones."""
    until = time.monotonic() + patience_s
    while True:
        cores = busy_cores(seconds)
        if cores <= cores_max or time.monotonic() >= until:
            return cores


class Beside:
    """The `machine` part of a result: made before a run, finished after it."""

    def __init__(self, quiet_wait_s, loop_share):
        self.loop_share = loop_share
        self.busy = wait_until_quiet(quiet_wait_s) if quiet_wait_s else busy_cores(1)
        self.load = os.getloadavg()[0]
        self.before = fixed_loop(loop_share)
        self.start = busy_seconds()

    def finish(self, own_cpu_s):
        """`own_cpu_s`: what engine, broker and observer had of the CPU since the start."""
        foreign = busy_seconds() - self.start - own_cpu_s
        after = fixed_loop(self.loop_share)
        return {
            "loop_before_s": self.before[0],
            "loop_before_cpu_s": self.before[1],
            "loop_after_s": after[0],
            "loop_after_cpu_s": after[1],
            "load_before": round(self.load, 2),
            "busy_cores_before": round(self.busy, 3),
            "foreign_cpu_s": round(max(0.0, foreign), 2),
        }
