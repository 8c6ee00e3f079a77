"""The inner XML of the housing code system: what we ask, what it answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

HOUSING_CODE = re.compile(r"[0-9]{25}")
BUILDING_CODE = re.compile(r"[0-9]{19}")

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
    """One RESULT. A code that is absent or not of the agreed shape is "": nothing half-right is passed on."""

    code: str
    reason: str
    housing_code: str = ""
    building_code: str = ""
    address: str = ""
    ticket: str = ""


def request(name: str, *, serial: str = "", code: str = "", housing: Mapping[str, Any] | None = None) -> str:
    """A request as text: element `name` with our serial number, the code concerned, and the housing's own fields.

    Fields we do not have are sent as empty elements: the department's schema wants all of them, in its order.
    Raises Unwritable.
    """
    root = etree.Element(name)
    for column, value in (("LSH", serial), ("FWBM", code)):
        if value:
            etree.SubElement(root, column).text = value
    if housing is not None:
        _fill(etree.SubElement(root, "FW"), housing)
    return _text(root)


def question(ticket: str) -> str:
    """Asks what became of an application."""
    root = etree.Element("CX")
    etree.SubElement(root, "SLH").text = ticket
    return _text(root)


def read(result: Any) -> Reply:
    """The result of an operation. Raises Unreadable."""
    if not isinstance(result, str):
        raise Unreadable("the result is empty")
    try:
        root = etree.fromstring(result.encode(), _PARSER)
    except (etree.XMLSyntaxError, UnicodeEncodeError):
        raise Unreadable("the result is not XML") from None
    if root.tag != "RESULT" or root.getroottree().docinfo.doctype:  # type: ignore[union-attr]  # stubs
        raise Unreadable("the result is not a RESULT")
    said = {child.tag: (child.text or "").strip() for child in root}
    return Reply(
        code=said.get("CODE", ""),
        reason=said.get("MSG", ""),
        housing_code=_shaped(HOUSING_CODE, said.get("FWBM", "")),
        building_code=_shaped(BUILDING_CODE, said.get("LDBM", "")),
        address=said.get("BZDZ", ""),
        ticket=said.get("SLH", ""),
    )


def _fill(parent: etree._Element, housing: Mapping[str, Any]) -> None:
    for column, value in housing.items():
        element = etree.SubElement(parent, column)
        if value is not None:
            try:
                element.text = str(value)
            except ValueError:
                raise Unwritable(column) from None


def _text(root: etree._Element) -> str:
    return '<?xml version="1.0" encoding="utf-8"?>' + etree.tostring(root, encoding="unicode")


def _shaped(shape: re.Pattern[str], code: str) -> str:
    return code if shape.fullmatch(code) else ""
