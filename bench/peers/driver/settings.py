"""The settings files: bench/peers/settings/ENGINE/N-NAME.conf. Comments say why; `bench.` names are
ours, the others the engine's own."""

import pathlib
import typing

import rows

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "settings"
MEASURES = ("throughput", "latency")


class Setting(typing.NamedTuple):
    name: str  # ENGINE/FILE without .conf
    path: pathlib.Path
    reason: str
    values: dict

    @property
    def row(self):
        return rows.BY_NAME[self.values["bench.row"]]

    @property
    def measures(self):
        return self.values["bench.measures"].split()

    def bench(self, name, otherwise=""):
        return self.values.get("bench." + name, otherwise)


def read(path):
    """One file; ValueError says what is wrong in which line."""
    reason, values = [], {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip()
        if line.startswith("#"):
            reason.append(line[1:].strip())
        elif line:
            name, equals, value = line.partition("=")
            if not equals or not value.strip():
                raise ValueError(f"{path}:{number}: not name = value: {line}")
            values[name.strip()] = value.strip()
    if not reason:
        raise ValueError(f"{path}: no comment says why")
    if values.get("bench.row") not in rows.BY_NAME:
        raise ValueError(f"{path}: bench.row is none of the table's")
    measures = values.get("bench.measures", "").split()
    if not measures or set(measures) - set(MEASURES):
        raise ValueError(f"{path}: bench.measures is some of {' '.join(MEASURES)}")
    name = f"{path.parent.name}/{path.stem}"
    return Setting(name, path, " ".join(reason), values)


def read_all(folder=FOLDER):
    """All of them, in the order of the rows and then of their names."""
    found = [read(path) for path in sorted(folder.glob("*/*.conf"))]
    order = [row.name for row in rows.ROWS]
    return sorted(found, key=lambda one: (order.index(one.row.name), one.name))


def candidates(all_settings, row, measure):
    asked = "throughput" if measure == "kill" else measure
    return [one for one in all_settings if one.row.name == row and asked in one.measures]
