"""The targets: whether each can be spoken to as it is set up, whether it is, and what has waited for how long."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from django.utils.translation import gettext as _

from gridapp import sealing
from gridapp.catalogue import targets
from gridapp.catalogue.targets import Configured
from gridapp.contract import Misconfigured, Unavailable
from gridapp.delivery import alarms, health
from gridapp.delivery.models import Rank
from gridapp.dictionary import mask_text

from .. import readings
from ..logs import place
from .finding import Finding, Level, fail, warn, well

LATE = {Rank.ENTERED: alarms.LATE, Rank.BACKLOG: alarms.OLD}


def look() -> Iterator[Finding]:
    ones = targets.targets()
    live = [one for one in ones if one.live]
    told = {"live": len(live), "off": len(ones) - len(live)}
    if live:
        yield well("lanes.targets", _("%(live)d 个目标系统启用，%(off)d 个未启用。") % told)
    else:
        yield warn(
            "lanes.targets",
            _("没有一个目标系统启用，录入只会存着。"),
            _("以管理员登录，在目标系统页填好设置，启用后执行 manage.py replan。"),
        )
    states = health.of(live)
    reading = readings.read()
    for one in live:
        found = [*_opens(one), *_state(one, states[one.target.key]), *_waiting(one, reading)]
        bad = [finding for finding in found if finding.level is not Level.OK]
        yield from bad or [well("lanes.target", _("%(key)s 正常。") % {"key": one.target.key})]
    yield from _alarms()


def call() -> Iterator[Finding]:
    """Each live target's own harmless call, one after the other, within its own deadline."""
    for one in targets.targets():
        if one.live and not list(_opens(one)):
            yield asyncio.run(_called(one))


def _opens(one: Configured) -> Iterator[Finding]:
    key = {"key": one.target.key}
    try:
        values = one.target.settings()
        assert one.connector is not None  # noqa: S101 - told to the type checker
        setting = one.connector(values).setting
        missing = [need.name for need in one.connector.settings if need.required and not setting.get(need.name)]
    except sealing.Unsealable:
        yield fail(
            "lanes.settings",
            _("%(key)s 的设置打不开：封存它的密钥不在 SEALING_KEYS 里，或数据被挪动过。") % key,
            _("把当时的密钥加回 SEALING_KEYS（放在前面），或在目标系统页重新填写设置。"),
        )
        return
    except Exception as error:  # whatever a connector says of its settings
        yield fail(
            "lanes.settings",
            _("%(key)s 的连接器不接受现在的设置：%(where)s。") % (key | {"where": place(error)}),
            _("在目标系统页核对设置；各项的写法见该连接器的 README。"),
        )
        return
    if missing:
        yield fail(
            "lanes.settings",
            _("%(key)s 的设置不全，缺：%(names)s。") % (key | {"names": ", ".join(missing)}),
            _("在目标系统页补上。"),
        )


def _state(one: Configured, state: health.Health) -> Iterator[Finding]:
    told = {"key": one.target.key, "why": mask_text(state.why)}
    if state.state == "stopped":
        told["why"] = told["why"].partition(" ")[0]  # the code; what the department said of it may name somebody
        yield fail(
            "lanes.stopped",
            _("%(key)s 的通道停下了：%(why)s。") % told,
            _("改好账号、权限或地址，再执行 manage.py lane %(key)s reopen；积压会自己推送。") % told,
        )
    elif state.state == "paused":
        yield warn(
            "lanes.paused",
            _("%(key)s 暂停着：%(why)s。") % told,
            _("原因消除后在目标系统页恢复；填报都留着，一件不少。"),
        )
    elif state.state == "resting":
        yield warn(
            "lanes.resting",
            _("%(key)s 一再连不上，通道在歇着，稍后自己再试。") % told,
            _("问对方系统是否在维护，查网络；修好后可执行 manage.py lane %(key)s reopen 马上再试。") % told,
        )


def _waiting(one: Configured, reading: readings.Reading) -> Iterator[Finding]:
    key = one.target.key
    for name, rank, seconds in reading.ages:
        if name == key and seconds > LATE[rank].total_seconds():
            yield warn(
                "lanes.age",
                _("%(key)s 最早到期的填报已经等了 %(hours).1f 小时。") % {"key": key, "hours": seconds / 3600},
                _("看它的通道是否停下或歇着、工作进程是否够；在目标系统页能看到每一步。"),
            )
    doubts = sum(row[3] for row in reading.counts if row[0] == key and row[1] == "uncertain")
    if doubts and one.connector is not None and not one.connector.capabilities.can_read_back:
        yield warn(
            "lanes.uncertain",
            _("%(key)s 有 %(count)d 件待核对，而这个系统问不了。") % {"key": key, "count": doubts},
            _("到“待核对”页（/review/uncertain/）逐件看对方有没有，再点结果。"),
        )


def _alarms() -> Iterator[Finding]:
    for alarm in alarms.open_alarms():
        told = {"key": alarm.target.key if alarm.target else "-", "kind": alarm.get_kind_display()}
        yield warn(
            "lanes.alarm",
            _("未结束的告警：%(key)s %(kind)s。") % told,
            _("在告警页看详情和处理办法；原因消除后它自己结束。"),
        )


async def _called(one: Configured) -> Finding:
    assert one.connector is not None  # noqa: S101 - told to the type checker
    key = {"key": one.target.key}
    try:
        async with (
            asyncio.timeout(one.connector.capabilities.deadline),
            one.connector(one.target.settings()) as channel,
        ):
            await channel.check()
    except NotImplementedError:
        return well("targets.call", _("%(key)s 没有自检的办法，没有呼叫。") % key)
    except Misconfigured as error:
        return fail(
            "targets.call",
            _("%(key)s 答复了，但不认我们：%(why)s。") % (key | {"why": mask_text(str(error))}),
            _("核对账号、口令、证书和对方给的权限。"),
        )
    except (Unavailable, TimeoutError) as error:
        why = mask_text(error.reason) if isinstance(error, Unavailable) else type(error).__name__
        return fail(
            "targets.call",
            _("%(key)s 连不上：%(why)s。") % (key | {"why": why}),
            _("在本机试它的地址和端口，问对方系统是否在维护。"),
        )
    except Exception as error:  # our own bug, or an answer that nobody thought of
        return fail(
            "targets.call",
            _("%(key)s 的自检出错：%(where)s。") % (key | {"where": place(error)}),
            _("请把这一行连同版本号报告给开发者。"),
        )
    return well("targets.call", _("%(key)s 应答了。") % key)
