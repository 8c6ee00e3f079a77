"""Examines this installation and says what is wrong with it and what to do; exit code 1 where something fails."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation
from django.utils.translation import gettext as _

from gridapp.watch.doctor import LOOKS, Finding, Level, examine


class Command(BaseCommand):
    help = "Examines this installation and says what is wrong and what to do; exit code 1 where something fails."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--targets", action="store_true", help="makes each target's own harmless call as well")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("en" if os.environ.get("LANGUAGE", "").startswith("en") else "zh-hans"):
            found = self._told(options["json"], call_targets=options["targets"])
        if any(finding.level is Level.FAIL for finding in found):
            sys.exit(1)

    def _told(self, as_json: bool, *, call_targets: bool) -> list[Finding]:
        found, section = [], ""
        for name, finding in examine(call_targets=call_targets):
            found.append(finding)
            if as_json:
                continue
            if name != section:
                section = name
                self.stdout.write(str(LOOKS[name][0]) if name in LOOKS else _("呼叫目标系统"))
            self.stdout.write(f"  {finding.level.mark} {finding.said}")
            if finding.remedy:
                self.stdout.write(f"    → {finding.remedy}")
        number = {level: sum(finding.level is level for finding in found) for level in Level}
        if as_json:
            told = {"ok": not number[Level.FAIL], "findings": [finding.as_json() for finding in found]}
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=1))
        else:
            told_numbers = {"well": number[Level.OK], "warned": number[Level.WARN], "failed": number[Level.FAIL]}
            self.stdout.write(_("%(well)d 项正常，%(warned)d 项要留意，%(failed)d 项不行。") % told_numbers)
        return found
