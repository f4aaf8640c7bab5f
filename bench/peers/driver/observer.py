"""The observer process (java/observer): loads topics, watches their ends, verifies, measures
latency. One for all runs, so it is equally warm beside each engine."""

import json
import select
import subprocess
import time

import place
import process


class ObserverError(Exception):
    pass


class Observer:
    def __init__(self, bootstrap, log):
        options = ["-Xmx1g", "-XX:+UseSerialGC"]
        command = place.java_command("observer", "Observer", options, bootstrap)
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.child = process.Child(command, log, **pipes)
        self.rest = b""

    def ask(self, *words, patience_s=60):
        """One command, one answer."""
        line = " ".join(str(word) for word in words) + "\n"
        pipe = self.child.process
        try:
            pipe.stdin.write(line.encode())
            pipe.stdin.flush()
            answer = json.loads(self._line(patience_s))
        except (OSError, ValueError) as error:
            raise ObserverError(f"{line.strip()}: {error}: {self.child.tail()}") from None
        if "error" in answer:
            raise ObserverError(answer["error"])
        return answer

    def _line(self, patience_s):
        """A line of its output; waits in the pipe, so that the driver's own CPU time is small."""
        until = time.monotonic() + patience_s
        pipe = self.child.process.stdout
        while b"\n" not in self.rest:
            left = until - time.monotonic()
            if left <= 0:
                raise OSError(f"no answer within {patience_s} s")
            if select.select([pipe], [], [], min(left, 1))[0]:
                more = pipe.read1(1 << 16)
                if not more:
                    raise OSError("it has ended")
                self.rest += more
        line, _, self.rest = self.rest.partition(b"\n")
        return line

    def cpu_s(self):
        return self.child.cpu_s()

    def stop(self):
        try:
            self.child.process.stdin.close()
        except BrokenPipeError:
            pass  # it has ended already
        self.child.stop(5)
