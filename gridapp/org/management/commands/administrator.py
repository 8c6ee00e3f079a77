"""Makes an account of one of the three administrators; the first security administrator comes from nowhere else.

    python manage.py administrator heping --role security --name 何平

Asks for the document number, and shows a first password once. With --undo-factor a security administrator who lost the
phone sets up another one at the next sign-in; with --password they get a new first password.
"""

from __future__ import annotations

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError

from gridapp.org import duties, first_accounts
from gridapp.org.areas import Unfit
from gridapp.org.models import Role, User


class Command(BaseCommand):
    help = "Makes a system administrator, a security administrator or an auditor, or lets one in again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--role", choices=sorted(duties.ADMINISTRATORS), help="of a new account")
        parser.add_argument("--name", default="", help="of the person")
        parser.add_argument("--why", default="", help="filed with the account")
        parser.add_argument("--undo-factor", action="store_true", help="the phone of a security administrator is lost")
        parser.add_argument(
            "--password", action="store_true", help="a security administrator gets a new first password"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            password = self._do(options)
        except (Unfit, IntegrityError) as error:
            said = str(error) if isinstance(error, Unfit) else duties.refused(error)
            raise CommandError(said or "this user name is taken") from error
        if password:
            self.stdout.write(f"{options['username']}: {password}")
        self.stderr.write("done; noted in the audit")

    def _do(self, options: dict[str, Any]) -> str:
        if options["undo_factor"] or options["password"]:
            user = User.objects.filter(username=options["username"], role=Role.SECURITY).first()
            if user is None:
                raise CommandError("no security administrator of that name; all others ask the security administrator")
            if options["undo_factor"]:
                first_accounts.undo_factor(user, why=options["why"])
            return first_accounts.new_password(user, why=options["why"]) if options["password"] else ""
        if not options["role"] or not options["name"]:
            raise CommandError("a new account needs --role and --name")
        number = getpass.getpass("document number of the person: ")
        return first_accounts.make(options["username"], options["name"], Role(options["role"]), number, options["why"])
