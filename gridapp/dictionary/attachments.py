"""The attachments that departments ask for when they send a record back: names, words, how delicate they are.

Nobody is asked for a photo at the door. An attachment is a supplement (补正): it is given where a department returned
the record for want of it, and goes to the departments that declare it, nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

PREFIX = "attachment."
LARGEST = 5 * 1024 * 1024
"""Bytes of one attachment; what the lease filing system takes (handbook §4.12), and enough for a scanned page."""
MEDIA_TYPES = ("application/pdf", "image/jpeg")


@dataclass(frozen=True, slots=True)
class AttachmentKind:
    """One kind. `entity`: the record it belongs to. Sensitivity and sharing class as fields of the dictionary have."""

    name: str
    zh: str
    en: str
    zh_hint: str
    en_hint: str
    entity: str
    sensitivity: str
    sharing: str

    def label(self, lang: str = "zh") -> str:
        return self.en if lang.startswith("en") else self.zh

    def hint(self, lang: str = "zh") -> str:
        return self.en_hint if lang.startswith("en") else self.zh_hint


_KINDS = (
    AttachmentKind(
        "attachment.lease_signature",
        "出租人签字页",
        "Page signed by the lessor",
        "租赁合同中有出租人签字的那一页，字迹清楚、四角完整",
        "The page of the lease with the lessor's signature, legible, with all four corners",
        entity="housing",
        sensitivity="S2",
        sharing="C",
    ),
    AttachmentKind(
        "attachment.ownership_proof",
        "村委证明或权属证明",
        "Proof of ownership",
        "没有不动产权证的，附村（居）委会出具的证明",
        "Where there is no certificate of title: the statement of the village or neighbourhood committee",
        entity="housing",
        sensitivity="S2",
        sharing="C",
    ),
    AttachmentKind(
        "attachment.hazard_photo",
        "隐患照片",
        "Photo of the danger",
        "只拍隐患本身，不拍人、不拍证件",
        "The danger alone: no people, no documents",
        entity="housing",
        sensitivity="S1",
        sharing="C",
    ),
)

ATTACHMENTS: Mapping[str, AttachmentKind] = MappingProxyType({one.name: one for one in _KINDS})
"""Canonical name -> kind."""
