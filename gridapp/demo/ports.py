"""Which port the demo takes when the wanted one is taken."""

from __future__ import annotations

import socket

_TRIES = 50
_HOST = "127.0.0.1"


def listen(wanted: int) -> tuple[socket.socket, bool]:
    """A socket that listens on the wanted port or on the next free one, and whether it got the wanted one.

    It is handed to the web server as it is, so nobody can take the port in between, and a web server that is killed
    leaves it open. Raises OSError when fifty ports in a row are taken, OverflowError for a number that is no port.
    """
    for port in range(wanted, wanted + _TRIES):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((_HOST, port))
            listening.listen(512)
        except OSError:
            listening.close()
            continue
        except OverflowError:
            listening.close()
            raise
        return listening, port == wanted
    raise OSError(f"ports {wanted} to {wanted + _TRIES - 1} are all in use: set PORT to another")


def url_of(listening: socket.socket) -> str:
    """The address that a browser takes."""
    return f"http://{_HOST}:{listening.getsockname()[1]}/"
