"""Makes workers and clocks quickly: a process that has everything imported and forks itself into what it is told.

Each line on stdin is an order: {"argv": what Celery is given, "log": where its output goes, "mutation": a
known-bad design to put in, or ""}; the answer on stdout is
the process id. A child is a whole Celery worker, a session of its own; only its start is cheaper than that of a new
Python, which under a kill every other second would be all that the machine does.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1


def main() -> None:
    _import_everything()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are cleared away without being waited for
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(json.loads(line))
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


def _import_everything() -> None:
    import celery.apps.beat
    import celery.apps.worker
    import celery.bin.celery
    import celery.concurrency.thread
    import django
    import kombu.transport.redis

    assert celery and kombu  # imported only so that they are there after the fork

    django.setup()
    import gridapp.delivery.tasks  # noqa: F401
    from gridapp.catalogue.profiles import profiles

    profiles()


def _become(order: dict[str, Any]) -> None:
    """Never returns: this process is what the order says from here on."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, theirs in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(ours, theirs)
    sys.argv = [str(Path(sys.executable).with_name("celery")), *order["argv"]]
    from celery.__main__ import main as celery

    code = 1
    try:
        if order["mutation"]:
            from tests.chaos.mutants import put_in  # in each worker anew, as if it had been built so

            put_in(order["mutation"])
        celery()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
