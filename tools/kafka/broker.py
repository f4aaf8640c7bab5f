#!/usr/bin/env python3
"""One Apache Kafka broker on loopback (KRaft, broker and controller in one process), for tests and
for trying things.

usage: broker.py install | start | stop | wipe | status [--folder F] [--port N] [--light] [--doors]
       broker.py with [--light] [--own] [--log FILE] [--nodes 3] [--small-disk F:MIB] -- COMMAND…

start keeps its data in build/kafka/data and listens on 9092 unless told otherwise; `--port 0` takes
a free one. `with` starts a fresh broker on free ports in a folder of its own, runs COMMAND with
VITRINE_KAFKA=HOST:PORT, stops the broker and removes the folder. Where no broker can be had the
command runs all the same, with VITRINE_KAFKA_MISSING=why: tests skip then and say so.

Where VITRINE_KAFKA_SHARED names the folder of a broker (tools/run_tests.py starts one for all),
`with` uses that one and leaves it: what the command makes there has a prefix of its own, by a
settings file (VITRINE_KAFKA_CONFIG). --own: a fresh broker all the same.
--nodes 3 is a cluster of three, each broker and controller, which keeps every partition three times
and takes writes where two have them (min.insync.replicas). The command finds node N in folder N of
VITRINE_KAFKA_FOLDER, and may kill and start it by itself: `start --folder` knows what it was.
--small-disk data:64 keeps all data on a file system of 64 MiB of its own, second:64 some partitions
only: a command can fill it (folders `data` and `second` of VITRINE_KAFKA_FOLDER). Asks for root.
--light takes less memory and starts sooner, and is slower under load. --doors (always: with) adds
the listeners of doors.py, which VITRINE_KAFKA_SECURE, _SECRETS and _PROXIED tell.
"""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import cluster
import doors

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parent.parent / "build" / "kafka"
JARS = BUILD / "lib"
START_SECONDS_MAX = 60
TRIES = 4


class Missing(Exception):
    """No broker can be had here."""


def install():
    """The jars, once for each version of pom.xml."""
    stamp = JARS / ("installed-" + hashlib.sha256((HERE / "pom.xml").read_bytes()).hexdigest()[:16])
    if stamp.exists():
        return
    for tool in ("java", "mvn"):
        if shutil.which(tool) is None:
            raise Missing(f"there is no {tool}; install openjdk-17-jdk-headless and maven")
    shutil.rmtree(JARS, ignore_errors=True)
    command = ["mvn", "-B", "-q", "-f", str(HERE / "pom.xml"), "package"]
    for attempt in range(1, TRIES + 1):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 0:
            stamp.touch()
            return
        print(f"kafka: installing failed (try {attempt} of {TRIES})", file=sys.stderr)
        time.sleep(3 * attempt)
    raise Missing("Maven could not fetch it: " + (done.stdout + done.stderr).strip()[-300:])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


SETTINGS = """\
process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
listeners={listeners},CONTROLLER://127.0.0.1:{controller}
advertised.listeners={told}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs={data}
num.partitions=4
default.replication.factor={copies}
min.insync.replicas={in_sync}
auto.create.topics.enable=false
offsets.topic.replication.factor={copies}
offsets.topic.num.partitions=4
transaction.state.log.replication.factor={copies}
transaction.state.log.min.isr={in_sync}
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor={copies}
share.coordinator.state.topic.min.isr={in_sync}
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
log.segment.bytes=268435456
log.retention.hours=48
"""
LOGGING = """\
status=warn
appender.c.type=Console
appender.c.name=c
appender.c.layout.type=PatternLayout
appender.c.layout.pattern=%d %p %c %m%n
rootLogger.level=warn
rootLogger.appenderRef.c.ref=c
"""
# Heap and collector as the Apache distribution's start script sets them.
HEAVY = [
    "-Xms1g",
    "-Xmx1g",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:InitiatingHeapOccupancyPercent=35",
    "-XX:+ExplicitGCInvokesConcurrent",
]
LIGHT = ["-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
ONE_OF_SEVERAL = ["-Xms128m", "-Xmx320m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]


class Broker:
    def __init__(self, folder, port, light, with_doors=False):
        self.folder = pathlib.Path(folder).resolve()
        self.port = port
        self.light = light
        self.with_doors = with_doors
        self.doors_file = self.folder / "doors.json"  # stays over restarts, with its ports
        self.place_file = self.folder / "place.json"  # of a node of a cluster
        self.pid_file = self.folder / "pid"
        self.log = self.folder / "broker.log"

    def pid(self):
        """Of the broker that runs on this folder, or None."""
        try:
            pid = int(self.pid_file.read_text().split()[0])
            command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError, IndexError):
            return None
        return pid if str(self.folder).encode() in command else None

    def address(self):
        return "127.0.0.1:" + self.pid_file.read_text().split()[1]

    def doors(self):
        if self.with_doors and not self.doors_file.exists():
            made = {"PROXIED": {"listen": free_port(), "told": free_port()}}
            if doors.has_secure_door():
                port = free_port()
                made["SASL_SSL"] = {"listen": port, "told": port}
            self.doors_file.write_text(json.dumps(made))
        return json.loads(self.doors_file.read_text()) if self.doors_file.exists() else {}

    def environment(self):
        """What a command is told of the broker that runs."""
        out = {"VITRINE_KAFKA": self.address(), "VITRINE_KAFKA_FOLDER": str(self.folder)}
        for name, at in self.doors().items():
            if name == "PROXIED":
                out["VITRINE_KAFKA_PROXIED"] = f"{at['told']}:{at['listen']}"
            else:
                out["VITRINE_KAFKA_SECURE"] = f"127.0.0.1:{at['listen']}"
                out["VITRINE_KAFKA_SECRETS"] = str(self.folder / "secrets")
        return out

    def place(self):
        """Which node it is (cluster.py), and where the controllers of all nodes listen."""
        if self.place_file.exists():
            return json.loads(self.place_file.read_text())
        return {"node": 1, "controllers": [free_port()]}

    def data(self):
        second = self.folder / "second"
        return [self.folder / "data"] + ([second] if second.exists() else [])

    def prepare(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        port = self.port or free_port()
        if listens(port):
            raise Missing(f"port {port} is taken; give another one by --port")
        listeners = told = f"PLAINTEXT://127.0.0.1:{port}"
        more = doors.PROTOCOLS
        for name, at in self.doors().items():
            listeners += f",{name}://127.0.0.1:{at['listen']}"
            told += f",{name}://127.0.0.1:{at['told']}"
            if name == "SASL_SSL":
                more += doors.secure_settings(self.folder / "secrets")
        place = self.place()
        node, controllers = place["node"], place["controllers"]
        settings = SETTINGS.format(
            node=node,
            voters=",".join(f"{i}@127.0.0.1:{one}" for i, one in enumerate(controllers, 1)),
            controller=controllers[node - 1],
            copies=len(controllers),
            in_sync=(len(controllers) + 1) // 2,
            listeners=listeners,
            told=told,
            data=",".join(str(one) for one in self.data()),
        )
        doors.write_private(self.folder / "server.properties", settings + more)
        (self.folder / "log4j2.properties").write_text(LOGGING)
        # A folder without this file is not a formatted one; the rest of it Kafka writes by itself.
        for meta in (one / "meta.properties" for one in self.data()):
            if not meta.exists():
                meta.parent.mkdir(parents=True, exist_ok=True)
                meta.write_text(f"version=1\nnode.id={node}\ncluster.id=dml0cmluZS1vZi10ZXN0cw\n")
        return port

    def start(self):
        if self.pid() is None:
            self.wait_for(self.launch())
        return self.address()

    def launch(self):
        install()
        port = self.prepare()
        logging = f"-Dlog4j2.configurationFile={self.folder}/log4j2.properties"
        command = ["java", "-server", "-Djava.awt.headless=true", logging]
        several = len(self.place()["controllers"]) > 1
        command += ONE_OF_SEVERAL if several else LIGHT if self.light else HEAVY
        command += ["-cp", f"{JARS}/*", "kafka.Kafka", f"{self.folder}/server.properties"]
        with open(self.log, "ab") as log:
            java = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )
        self.pid_file.write_text(f"{java.pid} {port}\n")
        return java

    def wait_for(self, java):
        """Until it listens."""
        port = int(self.address().split(":")[1])
        until = time.monotonic() + START_SECONDS_MAX
        while not listens(port):
            if java.poll() is not None or time.monotonic() > until:
                java.kill()
                self.pid_file.unlink()
                tail = self.log.read_text(errors="replace").strip()[-600:]
                raise Missing(f"it did not start; the end of {self.log}: {tail}")
            time.sleep(0.1)

    def stop(self, with_signal=signal.SIGTERM):
        pid = self.pid()
        if pid is None:
            return False
        os.kill(pid, with_signal)
        for attempt in range(300):
            if attempt == 200:
                os.kill(pid, signal.SIGKILL)
            try:
                os.waitpid(pid, os.WNOHANG)  # where it is a child of ours
            except ChildProcessError:
                pass
            if self.pid() is None:
                break
            time.sleep(0.1)
        self.pid_file.unlink(missing_ok=True)
        return True


def mount_small(folder, disk):
    """A file system of its own; where it is mounted, to be unmounted."""
    which, mib = disk.split(":")
    where = pathlib.Path(folder) / which
    where.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", str(where)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Missing(f"no small disk can be mounted: {done.stderr.strip()}; it takes root")
    return where


def start_somewhere(broker):
    """On free ports: another program may take one between our look and the broker's."""
    for attempt in range(1, TRIES + 1):
        try:
            return broker.start()
        except Missing as why:
            if attempt == TRIES or not broker.log.exists():
                raise
            print(f"kafka: {why} (try {attempt} of {TRIES})", file=sys.stderr)
    raise AssertionError


def run_on_shared(folder, command):
    """On the broker that is there for all; one that a test left dead is started again."""
    broker = Broker(folder, 0, True)
    try:
        if broker.pid() is None:
            broker.port = int(broker.address().split(":")[1])
            broker.start()
        environment = {**os.environ, **broker.environment()}
    except (OSError, IndexError, Missing) as why:
        environment = {**os.environ, "VITRINE_KAFKA_MISSING": " ".join(str(why).split())}
    with tempfile.NamedTemporaryFile("w", prefix="vitrine-kafka-", suffix=".properties") as config:
        config.write(f"vitrine.prefix=t{os.getpid()}.\n")
        config.flush()
        environment["VITRINE_KAFKA_CONFIG"] = config.name
        return subprocess.run(command, env=environment).returncode


def run_with(options):
    shared = os.environ.get("VITRINE_KAFKA_SHARED")
    if shared and not options.own and options.nodes == 1:
        return run_on_shared(shared, options.command)
    folder = tempfile.mkdtemp(prefix="vitrine-kafka-")
    if options.nodes > 1:
        folders = [pathlib.Path(folder) / str(i) for i in range(1, options.nodes + 1)]
        broker = cluster.Cluster(folder, [Broker(one, 0, True) for one in folders], free_port)
    else:
        broker = Broker(folder, 0, options.light, with_doors=True)
    environment = dict(os.environ)
    small = None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the broker goes with us
    try:
        try:
            if options.small_disk:
                small = mount_small(folder, options.small_disk)
            start_somewhere(broker)
            environment.update(broker.environment())
        except Missing as why:
            environment["VITRINE_KAFKA_MISSING"] = " ".join(str(why).split())
        return subprocess.run(options.command, env=environment).returncode
    finally:
        broker.stop()
        if options.log and broker.log.exists():
            shutil.copyfile(broker.log, options.log)
        if small:
            subprocess.run(["umount", "-l", small])
        shutil.rmtree(folder, ignore_errors=True)


def main():
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    actions = ["install", "start", "stop", "wipe", "status", "with"]
    parser.add_argument("action", choices=actions)
    parser.add_argument("--folder", default=str(BUILD / "broker"))
    parser.add_argument("--port", type=int, default=9092)
    for flag in ("--light", "--doors", "--own"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("--log")
    parser.add_argument("--small-disk")
    parser.add_argument("--nodes", type=int, choices=(1, 3), default=1)
    words = sys.argv[1:]
    split = words.index("--") if "--" in words else len(words)
    options = parser.parse_args(words[:split])
    options.command = words[split + 1 :]
    broker = Broker(options.folder, options.port, options.light, options.doors)
    try:
        if options.action == "install":
            install()
        elif options.action == "start":
            print(f"kafka://{broker.start()}")
        elif options.action == "with":
            return run_with(options)
        elif options.action == "status":
            print(f"kafka://{broker.address()}" if broker.pid() else "not running")
            return 0 if broker.pid() else 1
        else:
            print("stopped" if broker.stop() else "not running")
            if options.action == "wipe":
                shutil.rmtree(broker.folder, ignore_errors=True)
    except Missing as why:
        print(f"kafka: {why}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
