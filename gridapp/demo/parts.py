"""The processes that make up the demo: departments, worker with its clock, web server, reader of identity cards."""

from __future__ import annotations

import socket
from pathlib import Path

import psycopg
from django.conf import settings
from psycopg import conninfo, sql

from .processes import Child

_HURRY = 1000  # the departments' waits above ten seconds are divided by this
_WORKER_THREADS = 48
_WEB_PROCESSES, _WEB_THREADS = 2, 8
_DATABASE = "sandbox"


def sandbox(url: str) -> Child:
    """The departments. They write down where they are and what lets a connector in; `url`: where they may call us."""
    announces = settings.VAR / "sandbox.json"
    options = ["--file", str(announces), "--database-url", _departments_database(), "--hurry", str(_HURRY)]
    options += ["--callback-url", f"{url.rstrip('/')}/callbacks/"]
    return _child("sandbox", ["-m", "connectors.sandbox", *options], announces=announces)


def worker() -> Child:
    """Celery with its beat."""
    shape = ["-B", "-P", "threads", "-c", str(_WORKER_THREADS), "--without-gossip", "--without-mingle"]
    return _child("worker", ["-m", "celery", "-A", "gridapp", "worker", *shape, "--loglevel", "WARNING"])


def web(listening: socket.socket) -> Child:
    """The pages and the API, on a socket that is open already."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns of a missing one
    shape = ["-k", "gthread", "--workers", str(_WEB_PROCESSES), "--threads", str(_WEB_THREADS)]
    bind = ["--bind", f"fd://{listening.fileno()}", "--no-control-socket", "--log-level", "warning"]
    command = ["-m", "gunicorn", "gridapp.wsgi:application", *shape, *bind]
    return _child("web", command, descriptors=(listening.fileno(),))


def cards() -> Child:
    """What reads identity cards, where it is installed."""
    return _child("cards", ["-m", "django", "ocr"])


def stories() -> Child:
    """Tells what else happens in the demo, and ends."""
    return _child("stories", ["-m", "django", "tell_stories"])


def forget_departments() -> None:
    """Throws away what the departments hold in tables."""
    with _server() as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(_DATABASE)))


def _departments_database() -> str:
    """A database of the departments' own beside ours, and how to reach it."""
    with _server() as server:
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_DATABASE]).fetchone():
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_DATABASE)))
    return conninfo.make_conninfo("", **settings.EMBEDDED.ensure_pg(), dbname=_DATABASE)


def _server() -> psycopg.Connection:
    return psycopg.connect("", **settings.EMBEDDED.ensure_pg(), dbname="postgres", autocommit=True)


def _child(name: str, command: list[str], *, announces: Path | None = None, descriptors: tuple[int, ...] = ()) -> Child:
    environment = {
        "DJANGO_SETTINGS_MODULE": "gridapp.demo.settings",
        "GRIDAPP_VAR": str(settings.VAR),
        "PYTHONPATH": str(settings.BASE_DIR),
    }
    return Child(name, command, settings.VAR / "log" / f"{name}.log", environment, announces, descriptors)
