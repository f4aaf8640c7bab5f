"""Where things are, and building what is run."""

import hashlib
import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
PEERS = HERE.parent
ROOT = PEERS.parent.parent
JAVA = PEERS / "java"
RESULTS = PEERS / "results.jsonl"
READING = PEERS / "reading.md"
TABLE = ROOT / "docs" / "table2.md"
JARS = ROOT / "build" / "peers" / "java"
# Logs, the broker's data and the engines' state; somewhere else for a second session beside one.
BUILD = pathlib.Path(os.environ.get("VITRINE_PEERS_FOLDER", ROOT / "build" / "peers")).resolve()
TRIES = 4

# Java 17 closes its own packages; Flink, Spark and Storm still reach into them.
OPENED = (
    "java.lang java.lang.invoke java.lang.reflect java.util java.util.concurrent "
    "java.util.concurrent.atomic java.net java.nio java.io java.time java.text sun.nio.ch "
    "sun.nio.cs sun.security.action sun.util.calendar jdk.internal.ref"
).split()


def program(name):
    return ROOT / "build" / "release" / "bin" / name


def java_command(module, main, options, *args):
    """The command of a built module."""
    target = JARS / f"peers-{module}"
    classes = f"{target}/peers-{module}-1.jar:{target}/lib/*"
    opened = [f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in OPENED]
    return ["java", *options, *opened, "-cp", classes, f"peers.{main}", *args]


def sources_key(module):
    digest = hashlib.sha256()
    for folder in (JAVA, JAVA / "common", JAVA / module):
        pattern = "pom.xml" if folder == JAVA else "**/*"
        for path in sorted(folder.glob(pattern)):
            if path.is_file():
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def build_java(module):
    """One module and its jars from Maven Central, once for each version of its sources."""
    stamp = JARS / f"{module}-{sources_key(module)}"
    if stamp.exists():
        return
    JARS.mkdir(parents=True, exist_ok=True)
    command = ["mvn", "-B", "-q", "-f", JAVA / "pom.xml", f"-Dpeers.build={JARS}"]
    command += ["-pl", module, "-am", "package"]
    for attempt in range(1, TRIES + 1):
        print(f"peers: building {module} (try {attempt} of {TRIES})", file=sys.stderr)
        done = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            stamp.touch()
            return
        time.sleep(3 * attempt)
    raise SystemExit(f"peers: Maven could not build {module}: {(done.stdout + done.stderr)[-600:]}")


def source_state():
    """The commit that is measured, with a plus where files differ from it."""
    git = ["git", "-C", str(ROOT)]
    head = subprocess.run(
        [*git, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    changed = subprocess.run(
        [*git, "status", "--porcelain", "--untracked-files=no"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    changed = [line for line in changed.splitlines() if not line.endswith(RESULTS.name)]
    return head + ("+" if changed else "")


def nice_value():
    return os.getpriority(os.PRIO_PROCESS, 0)
