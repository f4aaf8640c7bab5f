"""Child processes whose CPU time and peak memory are known, also after they have ended, and who do
not outlive the driver."""

import ctypes
import os
import signal
import subprocess
import time

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL("libc.so.6", use_errno=True)


def die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def cpu_seconds(pid):
    """User and system time of a process until now; 0 when there is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mb(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


class Child:
    def __init__(self, command, log, env=None, cwd=None, **pipes):
        self.log = log
        self.started = time.monotonic()
        self.usage = None  # once it has ended
        with open(log, "ab") as file:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                stdin=pipes.get("stdin", subprocess.DEVNULL),
                stdout=pipes.get("stdout", file),
                stderr=file,
                env={**os.environ, **(env or {})},
                cwd=cwd,
                preexec_fn=die_with_parent,
            )
        self.pid = self.process.pid

    def ended(self):
        if self.usage is None:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                self.usage = usage
                self.process.returncode = os.waitstatus_to_exitcode(status)
        return self.usage is not None

    def cpu_s(self):
        if self.ended():
            return self.usage.ru_utime + self.usage.ru_stime
        return cpu_seconds(self.pid)

    def rss_mb(self):
        return self.usage.ru_maxrss / 1024 if self.ended() else peak_mb(self.pid)

    def kill_now(self):
        if not self.ended():
            os.kill(self.pid, signal.SIGKILL)
            self.wait(10)

    def stop(self, patience_s=15):
        """SIGTERM, and SIGKILL after so long."""
        if self.ended():
            return
        os.kill(self.pid, signal.SIGTERM)
        if not self.wait(patience_s):
            self.kill_now()

    def wait(self, seconds):
        until = time.monotonic() + seconds
        while not self.ended():
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True

    def tail(self, size=300):
        """The end of what it said, for a message."""
        try:
            with open(self.log, "rb") as file:
                file.seek(0, os.SEEK_END)
                file.seek(max(0, file.tell() - 4000))
                text = file.read().decode("utf-8", "replace")
        except OSError:
            return ""
        return " ".join(text.split())[-size:]
