"""The settings of a target as its connector asks for them: read from a form, kept sealed, secrets shown to nobody."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridapp import egress, sealing
from gridapp.audit.acts import Act
from gridapp.audit.noting import note as audited
from gridapp.contract import Connector, Misconfigured, Setting
from gridapp.org.models import User

from .models import EnablingRequest, Target, TargetChange
from .targets import Configured

logger = logging.getLogger(__name__)

LONGEST = 8000
"""Characters of one setting: a private key of 4096 bits in PEM has 3300."""
_OF_LINES = "private_key"
"""How settings are called that have lines."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One setting as its form shows it. `value` "" for a secret, whatever it is; `kept`: something is kept for it."""

    name: str
    label: str
    secret: bool
    required: bool
    of_lines: bool
    value: str
    kept: bool


@dataclass
class Filled:
    """A form as it was posted: what would be kept, and name -> what is wrong with it."""

    values: dict[str, str] = field(default_factory=dict, repr=False)  # secrets among them
    complaints: dict[str, str | Promise] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of it: the names of what changed, and whether the target was switched off for it."""

    names: tuple[str, ...] = ()
    switched_off: bool = False


def asked(one: Configured, lang: str = "zh", *, typed: Mapping[str, str] | None = None) -> list[Asked]:
    """The form of a target's settings. `typed`: what stands in it instead of what is kept; never a secret.

    Settings that do not open (sealed with a lost key) are asked for again.
    """
    kept = known(one.target)
    shown = kept if typed is None else typed
    return [
        Asked(
            name=each.name,
            label=each.en if lang.startswith("en") else each.zh,
            secret=each.secret,
            required=each.required,
            of_lines=each.name.endswith(_OF_LINES),
            value="" if each.secret else shown.get(each.name, each.default),
            kept=bool(kept.get(each.name)),
        )
        for each in _settings(one)
    ]


def known(target: Target) -> dict[str, str]:
    """What is kept, secrets included; nothing where it does not open."""
    try:
        return target.settings()
    except sealing.Unsealable:
        return {}


def missing(one: Configured) -> list[Setting]:
    """The compulsory settings that nothing is kept for."""
    kept = known(one.target)
    return [each for each in _settings(one) if each.required and not kept.get(each.name, each.default)]


def read(one: Configured, sent: Mapping[str, str]) -> Filled:
    """Reads a form. A secret left empty stays as it is; `forget-NAME` empties one that is not compulsory."""
    kept, filled = known(one.target), Filled()
    for each in _settings(one):
        text = sent.get(each.name, "").replace("\r\n", "\n").strip()
        if each.secret and not text and not sent.get(f"forget-{each.name}"):
            text = kept.get(each.name, "")
        filled.values[each.name] = text
        if complaint := _complaint(each, text):
            filled.complaints[each.name] = complaint
    if not filled.complaints:
        filled.complaints.update(_unlisted(filled.values))
    if not filled.complaints and not _opens(one.connector, filled.values):
        filled.complaints[""] = _("连接程序不接受这些设置，请检查地址和密钥的写法")
    return filled


def _complaint(setting: Setting, text: str) -> str | Promise:
    if not text and setting.required:
        return _("请填写")
    if len(text) > LONGEST:
        return _("太长")
    plain = text.replace("\n", "") if setting.name.endswith(_OF_LINES) else text
    return "" if plain.isprintable() else _("含有无法识别的字符")


def _unlisted(values: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with where the settings lead, by setting: the list of the installation has to name the place."""
    wrong: dict[str, str] = {}
    for name, text in values.items():
        try:
            if "://" in text and name.endswith("url"):
                egress.check_url(text)
            elif name == "host" and text and values.get("port", "").isdecimal():
                egress.check(text, int(values["port"]))
        except Misconfigured as error:
            wrong[name] = error.reason
    return wrong


def _opens(connector: type[Connector] | None, values: Mapping[str, str]) -> bool:
    """Whether the connector can be made with them. Nothing is called."""
    if connector is None:
        return True
    try:
        connector(values)
    except Exception as error:  # a third party's code; its text may quote a secret
        logger.warning("%s: refuses the settings of a form: %s", connector.profile.key, type(error).__name__)
        return False
    return True


def consequential(one: Configured, filled: Filled) -> bool:
    """Whether what changes is more than a secret, at a target that is switched on: where it goes is another place."""
    return one.target.enabled and any(not each.secret for each in _changed(one, known(one.target), filled.values))


@transaction.atomic
def save(one: Configured, filled: Filled, *, by: User) -> Saved:
    """Keeps the settings of a form that has no complaints.

    Consent was given to a place: where anything but a secret changes the target is switched off, and somebody has to
    consent again. What waits for it is kept.
    """
    row = Target.objects.select_for_update().get(pk=one.target.pk)
    changed = _changed(one, known(row), filled.values)
    if not changed:
        return Saved()
    elsewhere = any(not each.secret for each in changed)
    switched_off = row.enabled and elsewhere
    row.seal_settings({**known(row), **filled.values})
    row.enabled = row.enabled and not switched_off
    row.save(update_fields=["sealed_settings", "enabled"])
    names = tuple(each.name for each in changed)
    note(row, TargetChange.What.SETTINGS, by=by, names=names)
    waiting = EnablingRequest.objects.filter(target=row, outcome=EnablingRequest.Outcome.WAITING)
    waiting.update(outcome=EnablingRequest.Outcome.OVERTAKEN)
    return Saved(names, switched_off)


def _changed(one: Configured, kept: Mapping[str, str], values: Mapping[str, str]) -> list[Setting]:
    return [each for each in _settings(one) if kept.get(each.name, each.default) != values[each.name]]


def _settings(one: Configured) -> tuple[Setting, ...]:
    return one.connector.settings if one.connector is not None else ()


def note(
    target: Target, what: TargetChange.What, *, by: User, names: tuple[str, ...] = (), why: str = ""
) -> TargetChange:
    """Files what somebody did to a target, and says it in the log by number. Names are of settings, never a value."""
    audited(Act.TARGET_SET, by=by.pk, about=f"target:{target.key}", did=what.value, settings=list(names))
    logger.warning("target %s: %s by user %s", target.key, what.value, by.pk, extra={"target": target.key})
    return TargetChange.objects.create(target=target, what=what, by=by, names=list(names), why=why[:200])


def digest(target: Target) -> bytes:
    """What the settings are, as one short word that says nothing of them; settings that do not open are none."""
    said = "\0".join(f"{name}={value}" for name, value in sorted(known(target).items()))
    # Hashed first: a blind index takes capital and small letters for the same.
    return sealing.standing(hashlib.sha256(said.encode()).hexdigest(), purpose="target settings")
