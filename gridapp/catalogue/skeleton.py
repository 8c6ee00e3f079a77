"""A new connector that passes the conformance kit before a line of it is written: files made from skeletons/.

Skeletons are laid over each other: every/, then the transport's, then its asynchronous variant. In each, package/ is
the connector's folder, tests/ its tests, project/ what a package outside this tree needs besides.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

FOLDER = Path(__file__).with_name("skeletons")
SUFFIX = "-tpl"
TRANSPORTS: Mapping[str, tuple[str, str]] = {
    "http": ("REST/JSON 接口", "REST/JSON interface"),
    "soap": ("SOAP 接口", "SOAP interface"),
    "tables": ("前置库交换表", "Exchange tables"),
    "files": ("SFTP 文件交换", "Files over SFTP"),
    "queue": ("消息队列", "Message queue"),
    "workbook": ("Excel 批量导入", "Excel import by a person"),
}
"""Transport -> the channel in Chinese and in English."""
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. `into`: a folder for a package of its own; None for a folder of this tree under `root`."""

    name: str
    transport: str
    root: Path
    into: Path | None = None
    asynchronous: bool = False
    key: str = ""
    zh: str = ""
    en: str = ""

    @property
    def package(self) -> str:
        return self.name if self.into else f"connectors.{self.name}"

    @property
    def speaks(self) -> str:
        """Where its class is."""
        return f"{self.package}.connector:{_camel(self.name)}"

    @property
    def entry_point(self) -> str:
        """The line under [project.entry-points."gridapp.connectors"]."""
        return f'{self.name} = "{self.speaks}"'


def start(wanted: Wanted) -> list[Path]:
    """Writes the files and returns them; overwrites nothing. Raises ValueError for what cannot be made."""
    _refuse(wanted)
    made = dict(_files(wanted))
    taken = sorted(str(path) for path in made if path.exists())
    if taken:
        raise ValueError(f"already there: {', '.join(taken)}")
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return sorted(made)


def offered() -> list[str]:
    """Every transport, with the variants it has."""
    return [f"{name} [--asynchronous]" if (FOLDER / f"{name}_asynchronous").exists() else name for name in TRANSPORTS]


def _refuse(wanted: Wanted) -> None:
    if not NAME.fullmatch(wanted.name) or keyword.iskeyword(wanted.name):
        raise ValueError(f"{wanted.name} is no name for a package: lower case, digits, underscores")
    if wanted.transport not in TRANSPORTS or (wanted.asynchronous and not _variant(wanted).exists()):
        raise ValueError(f"offered are: {', '.join(offered())}")
    if wanted.into is None and not (wanted.root / "connectors").is_dir():
        raise ValueError("this is no checkout of gridapp: say --into where the package shall be made")


def _variant(wanted: Wanted) -> Path:
    return FOLDER / f"{wanted.transport}_asynchronous"


def _files(wanted: Wanted) -> Iterator[tuple[Path, str]]:
    """Each file and its text; where two layers have one, the upper one's."""
    layers = [FOLDER / "every", FOLDER / wanted.transport, *([_variant(wanted)] if wanted.asynchronous else [])]
    texts = {path.relative_to(layer): path for layer in layers for path in sorted(layer.rglob(f"*{SUFFIX}"))}
    words = _words(wanted)
    for inside, path in texts.items():
        place = _place(wanted, inside)
        if place is not None:
            yield place, _sorted_imports(Template(path.read_text(encoding="utf-8")).substitute(words))


def _place(wanted: Wanted, inside: Path) -> Path | None:
    """Where a file of a skeleton goes; None for what a folder of this tree does not need."""
    part, *rest = inside.with_name(inside.name.removesuffix(SUFFIX)).parts
    if rest[-1].startswith("test_"):  # names of test modules are unique in a tree
        rest[-1] = rest[-1].replace("test_", f"test_{wanted.name}_", 1)
    if wanted.into is None:
        folders = {"package": Path("connectors", wanted.name), "tests": Path("tests", "connectors", wanted.name)}
        return wanted.root / folders[part] / Path(*rest) if part in folders else None
    folders = {"package": Path(wanted.name), "tests": Path("tests"), "project": Path()}
    return wanted.into / folders[part] / Path(*rest)


def _words(wanted: Wanted) -> dict[str, str]:
    channel, channel_en = TRANSPORTS[wanted.transport]
    english = wanted.en or wanted.name.replace("_", " ").capitalize()
    return {
        "name": wanted.name,
        "dashed": wanted.name.replace("_", "-"),
        "package": wanted.package,
        "cls": _camel(wanted.name),
        "office": f"{_camel(wanted.name)}Office",
        "key": wanted.key or wanted.name.replace("_", "").upper()[:12],
        "zh": wanted.zh or english,
        "en": english,
        "channel": channel,
        "channel_en": channel_en,
    }


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _sorted_imports(text: str) -> str:
    """Import lines of connectors stand in the order of their names, whatever the new one is called."""
    lines = text.splitlines(keepends=True)
    places = [place for place, line in enumerate(lines) if line.startswith("from connectors.")]
    for place, line in zip(places, sorted(lines[place] for place in places), strict=True):
        lines[place] = line
    return "".join(lines)
