"""Whether the way to a target works, asked by a person: one harmless call with the settings that are kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridapp import sealing
from gridapp.catalogue.targets import Configured
from gridapp.contract import Connector, Misconfigured, Unavailable

from .dispatch import trace

logger = logging.getLogger(__name__)

LONGEST = 15.0
"""Seconds that a person waits for it."""

WORDS: Mapping[str, str | Promise] = {
    "well": _("连接正常：地址、账号都对。"),
    "not_connected": _("没有装它的连接程序。"),
    "cannot": _("这个系统没有可以测试的接口。"),
    "settings": _("连接程序打不开：设置不对，或密钥已更换。"),
    "misconfigured": _("连上了，但对方不认：请核对账号、密钥和权限。"),
    "unreached": _("连不上：请核对地址、端口和网络。"),
    "unavailable": _("连上了，但对方现在不能用，请稍后再试。"),
    "late": _("15 秒内没有应答。"),
    "broken": _("连接程序出错，请联系开发方。"),
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of it: a key of WORDS, and what the department or the connector said, without any secret."""

    code: str
    said: str = ""

    @property
    def well(self) -> bool:
        return self.code == "well"

    @property
    def words(self) -> str:
        return str(WORDS[self.code])


def check(one: Configured) -> Checked:
    """Opens the connector, has it prove address and credentials, closes it. Never raises for what it does."""
    if one.connector is None:
        return Checked("not_connected")
    try:
        connector = one.connector(one.target.settings())
    except sealing.Unsealable:
        return Checked("settings")
    except Exception as error:  # a third party's code; its text may quote a secret
        logger.warning("%s: the connector does not open: %s", one.target.key, trace(error))
        return Checked("settings")
    return asyncio.run(_asked(connector))


async def _asked(connector: Connector) -> Checked:
    try:
        async with asyncio.timeout(LONGEST), connector:
            await connector.check()
    except NotImplementedError:
        return Checked("cannot")
    except Misconfigured as error:
        return Checked("misconfigured", error.reason)
    except Unavailable as error:
        return Checked("unavailable" if error.reached else "unreached", error.reason)
    except TimeoutError:
        return Checked("late")
    except Exception as error:
        logger.error("%s: the check broke: %s", connector.profile.key, trace(error))
        return Checked("broken", type(error).__name__)
    return Checked("well")
