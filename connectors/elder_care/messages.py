"""The inner XML of the elder care system: what we ask, what it answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from gridapp.contract import Action

NUMBER = re.compile(r"[0-9A-Z]{6,32}")
OPERATIONS: Mapping[Action, str] = {Action.CREATE: "1", Action.CHANGE: "2"}
DIED, LEFT = "3", "4"

# Answers come from outside: no entities, no DTD, no network, no huge trees.
_PARSER = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)


class Unwritable(ValueError):
    """A value that XML cannot carry (a control character); `column` is their name of the field."""

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


class Unreadable(ValueError):
    """The result is not the XML that was agreed on."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One result. A number that is absent or not of the agreed shape is "": nothing half-right is passed on.

    `serial`: our own number of the request it is about. `state`: of an archive, 1 kept, 3 died, 4 moved away.
    """

    code: str
    reason: str
    ticket: str = ""
    number: str = ""
    serial: str = ""
    state: str = ""
    person: Mapping[str, str] = field(default_factory=dict)


def request(serial: str, operation: str, number: str, person: Mapping[str, Any]) -> str:
    """A request to save: our serial number, what is to be done, their number where they gave one, and the person.

    What we do not know is left out. Raises Unwritable.
    """
    root = etree.Element("request")
    for name, value in (("lsh", serial), ("czlx", operation), ("lnrbh", number)):
        if value:
            etree.SubElement(root, name).text = value
    told = etree.SubElement(root, "oldPerson")
    for name, value in person.items():
        if value is not None:
            try:
                etree.SubElement(told, name).text = str(value)
            except ValueError:
                raise Unwritable(name) from None
    return etree.tostring(root, encoding="unicode")


def question(name: str, value: str) -> str:
    """Asks by `slh` (their ticket) or `sfzh` (document number)."""
    root = etree.Element("query")
    etree.SubElement(root, name).text = value
    return etree.tostring(root, encoding="unicode")


def read(result: Any) -> Reply:
    """The result of an operation. Raises Unreadable."""
    if not isinstance(result, str):
        raise Unreadable("the result is empty")
    try:
        root = etree.fromstring(result.encode(), _PARSER)
    except (etree.XMLSyntaxError, UnicodeEncodeError):
        raise Unreadable("the result is not XML") from None
    if root.tag != "result" or root.getroottree().docinfo.doctype:  # type: ignore[union-attr]  # stubs
        raise Unreadable("the result is not a result")
    said = {child.tag: (child.text or "").strip() for child in root if child.tag != "oldPerson"}
    return Reply(
        code=said.get("code", ""),
        reason=said.get("message", ""),
        ticket=_shaped(said.get("slh", "")),
        number=_shaped(said.get("lnrbh", "")),
        serial=said.get("lsh", ""),
        state=said.get("zt", ""),
        person={str(child.tag): child.text or "" for child in root.iterfind("oldPerson/*")},
    )


def _shaped(number: str) -> str:
    return number if NUMBER.fullmatch(number) else ""
