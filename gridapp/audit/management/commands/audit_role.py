"""manage.py audit_role NAME: what makes a database role one that runs the product and can change no note."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from gridapp.audit import roles


class Command(BaseCommand):
    help = "Prints the statements for the running role; with --apply executes them, as the owner of the tables."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--apply", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in list(roles.statements(options["name"])):
                text = statement.as_string(cursor.connection)
                if options["apply"]:
                    cursor.execute(text)
                else:
                    self.stdout.write(f"{text};")
        if options["apply"]:
            self.stdout.write(f"{options['name']} runs the product and can change no note.")
