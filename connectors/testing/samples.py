"""Reading samples: what a worker entered, what must go out of it, what a department answers and what that means.

`<name>.json` is a record with the day, `<name>.sent.*` beside it what goes out, `replies/<name>.json` an answer and the
outcome it stands for.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from gridapp import contract
from gridapp.contract import Action, Kind, Outcome, Parcel, Profile, Worker
from gridapp.dictionary import derive, field

HOME_CITY = "9901"


@dataclass(frozen=True)
class Sample:
    """One record as a worker's entry gives it, on a day."""

    name: str
    folder: Path
    kind: Kind
    action: Action
    view: dict[str, Any]
    worker: Worker
    made_at: datetime
    reference: str

    def parcel(self, profile: Profile, *, key: str = "0" * 32) -> Parcel:
        """What the connector is handed of it: the declared fields and nothing else."""
        fields = profile.layouts[self.kind].minimum(self.view)
        return Parcel(key, self.kind, self.action, fields, self.worker, self.made_at, self.reference)

    def sent(self, ending: str) -> str:
        return (self.folder / f"{self.name}.sent.{ending}").read_text(encoding="utf-8")


def sample(folder: Path, name: str, /, **changed: Any) -> Sample:
    """One sample by name; `changed`: values put in place of the entered ones, canonical names with __ for the dot."""
    told = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    entered = told["entered"] | {key.replace("__", "."): value for key, value in changed.items()}
    view = {key: _read(key, value) for key, value in entered.items() if value is not None}
    return Sample(
        name=name,
        folder=folder,
        kind=Kind(told["kind"]),
        action=Action(told["action"]),
        view=derive(view, on=date.fromisoformat(told["on"]), home_city=HOME_CITY),
        worker=Worker(told["worker"]["no"], told["worker"]["name"]),
        made_at=datetime.fromisoformat(told["made_at"]),
        reference=told.get("reference", ""),
    )


def samples(folder: Path) -> Sequence[Sample]:
    """All samples of a folder that say what must go out."""
    return [sample(folder, path.name.partition(".")[0]) for path in sorted(folder.glob("*.sent.*"))]


def reply_names(folder: Path) -> Sequence[str]:
    return sorted(path.stem for path in (folder / "replies").glob("*.json"))


def reply(folder: Path, name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "replies" / f"{name}.json").read_text(encoding="utf-8"))
    return told


def outcome(told: dict[str, Any]) -> Outcome:
    """`{"is": "Rejected", "code": …}` as an outcome; lists become tuples."""
    arguments = {
        name: tuple(value) if isinstance(value, list) else value for name, value in told.items() if name != "is"
    }
    made: Outcome = getattr(contract, told["is"])(**arguments)
    return made


def _read(name: str, value: Any) -> Any:
    match field(name).type:
        case "date":
            return date.fromisoformat(value)
        case "decimal":
            return Decimal(value)
    return value
