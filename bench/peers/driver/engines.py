"""What is started for a setting: the command of its engine, and its environment."""

import shlex
import shutil
import uuid

import place
import process

MAIN = {
    "kstreams": "KStreamsWordCount",
    "flink": "FlinkWordCount",
    "spark": "SparkWordCount",
    "storm": "StormWordCount",
    "trident": "StormWordCount",
    "samza": "SamzaWordCount",
}
MODULE = {"trident": "storm"}


def module_of(engine):
    return MODULE.get(engine, engine)


def prepare(all_settings):
    """Builds the engines of these settings."""
    for module in sorted({module_of(one.row.engine) for one in all_settings} & set(MAIN)):
        place.build_java(module)


class Engine:
    """One engine under one setting, on the broker. It may be started again after its kill: it then
    has the same state folder and the same names, as after a crash."""

    def __init__(self, setting, bootstrap):
        self.setting = setting
        self.bootstrap = bootstrap
        self.app_id = "wc-" + uuid.uuid4().hex[:12]
        self.folder = place.BUILD / "state"
        self.log = place.BUILD / "logs" / (setting.name.replace("/", "-") + ".log")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log.unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        # A killed engine leaves its temporary files; here they go with the run.
        self.temporary = place.BUILD / "temporary"
        shutil.rmtree(self.temporary, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.temporary.mkdir()

    def command(self):
        engine = self.setting.row.engine
        if engine == "raw":
            copy = place.program("kafka_copy")
            return [copy, self.setting.path, "--bootstrap", self.bootstrap]
        if engine == "ours":
            own = shlex.split(self.setting.bench("args"))
            log = f"kafka://{self.bootstrap}"
            return [place.program("word_count"), "--log", log, "--app-id", self.app_id, *own]
        options = shlex.split(self.setting.bench("jvm", "-Xmx4g"))
        options.append(f"-Djava.io.tmpdir={self.temporary}")
        return place.java_command(module_of(engine), MAIN[engine], options, self.setting.path)

    def start(self):
        environment = {
            "BOOTSTRAP": self.bootstrap,
            "APP_ID": self.app_id,
            "STATE_DIR": str(self.folder),
        }
        return process.Child(self.command(), self.log, environment, self.folder)

    def clean(self):
        for folder in (self.folder, self.temporary):
            shutil.rmtree(folder, ignore_errors=True)
