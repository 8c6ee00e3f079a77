"""The index key: whether one is missing, a change of it is under way, and whether the former one is still there."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from gridapp.registry import index_keys
from gridapp.registry.index_keys import State

from .finding import Finding, fail, warn, well


def look() -> Iterator[Finding]:
    standing = index_keys.standing()
    made = standing.row.made if standing.row else 0
    yield {
        State.MISSING: fail(
            "keys.index",
            _("做索引用过的密钥不在手边：查不到人，会重复录入。"),
            _("补上 INDEX_KEY_BEFORE（上一个）或 STANDING_KEY（第一次用的），再重启所有进程；见 docs/operations.md。"),
        ),
        State.SETTLED: well("keys.index", _("索引密钥没有在换。")),
        State.READY: warn(
            "keys.index",
            _("新旧索引密钥都在，还没有开始换。"),
            _("所有进程都知道两个密钥以后，把新的放进 INDEX_KEY，运行 manage.py reindex；见 docs/operations.md。"),
        ),
        State.UNDER_WAY: warn(
            "keys.index",
            _("正在换索引密钥，已换 %(made)d 个。") % {"made": made},
            _("不要取出任何一个密钥；停了就再运行 manage.py reindex。"),
        ),
        State.MAY_GO: warn(
            "keys.index",
            _("索引密钥已换好，旧的还留着。"),
            _("取出 INDEX_KEY_BEFORE，再重启所有进程；STANDING_KEY 留着。旧备份要用它，和备份分开保管。"),
        ),
    }[standing.state]
