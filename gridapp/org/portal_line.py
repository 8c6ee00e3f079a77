"""How the portal is spoken to: at the address that was judged, whatever a name server says a moment later."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.integrations.django_client import DjangoOAuth2App
from authlib.integrations.requests_client import OAuth2Session
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from gridapp import egress
from gridapp.contract import Misconfigured

_PORTS = {"http": 80, "https": 443}


class Pinned(HTTPAdapter):
    """Each request, and each it is redirected to, goes to an address that gridapp.egress hands out.

    The certificate is still asked for the name. Raises requests.ConnectionError, also for what is not on the list.
    One session makes one at a time, so the address of the one under way stands in the adapter.
    """

    _address = ""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        try:
            found = egress.addresses_now(parts.hostname or "", parts.port or _PORTS[parts.scheme])
        except (Misconfigured, OSError) as error:
            raise requests.ConnectionError(type(error).__name__) from None
        request.headers["Host"] = parts.netloc.rpartition("@")[2]
        for number, self._address in enumerate(found, start=1):
            try:
                return super().send(request, *args, **kwargs)
            except requests.ConnectionError as error:
                if number == len(found) or not _never_arrived(error):
                    raise
        raise requests.ConnectionError("no address")

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        where, how = super().build_connection_pool_key_attributes(request, verify, cert)
        if where["scheme"] == "https":
            how |= {"server_hostname": where["host"], "assert_hostname": where["host"]}
        return {**where, "host": self._address}, how


def _never_arrived(error: requests.ConnectionError) -> bool:
    """Nothing was sent, so that another address may be tried: a code is taken once."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


class _Session(OAuth2Session):  # type: ignore[misc]  # no types come with it
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.trust_env = False  # a proxy of the environment would resolve names again
        for scheme in _PORTS:
            self.mount(f"{scheme}://", Pinned())


class Client(DjangoOAuth2App):  # type: ignore[misc]  # no types come with it
    client_cls = _Session
