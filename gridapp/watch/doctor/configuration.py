"""What was set: secrets, hosts, the way from the proxy, who may scrape."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography.exceptions import UnsupportedAlgorithm
from django.conf import settings
from django.utils.translation import gettext as _

from gridapp import checks, keyring, sealing, tablet_keys

from .finding import Finding, fail, warn, well

_TOKEN = 16
"""Characters of a token that nobody guesses."""


def look() -> Iterator[Finding]:
    yield _kind()
    for name in ("SECRET_KEY", "INDEX_KEY"):
        yield _secret(name)
    yield _apart()
    yield from _sealing()
    yield _tablets()
    yield _hosts()
    yield _proxy()
    yield _scraping()


def _kind() -> Finding:
    if settings.DEBUG:
        return fail(
            "configuration.debug",
            _("DEBUG 打开着：出错页会显示居民的数据。"),
            _("把设置里的 DEBUG 关掉，再重启所有进程。"),
        )
    if settings.DEVELOPMENT:
        return warn(
            "configuration.debug",
            _("这是试用实例：密钥自己生成，数据库可以是自带的。"),
            _("正式使用请设 GRIDAPP_DEBUG=0，并给出 README 列出的各项环境变量。"),
        )
    return well("configuration.debug", _("正式实例，DEBUG 关闭。"))


def _secret(name: str) -> Finding:
    value, check = str(getattr(settings, name)), f"configuration.{name.lower()}"
    remedy = _("换成足够长的随机值，例如：python3 -c 'import secrets; print(secrets.token_hex(32))'。")
    if keyring.can_be_guessed(name, value):
        return fail(check, _("%(name)s 太短或太简单，可以猜到。") % {"name": name}, remedy)
    return well(check, _("%(name)s 已设置。") % {"name": name})


def _apart() -> Finding:
    """Whoever learns one of them must not have learnt another."""
    same = keyring.twice({name: str(getattr(settings, name)) for name in keyring.SECRETS})
    if same:
        return fail(
            "configuration.keys_apart",
            _("%(names)s 里有相同的值。") % {"names": "、".join(sorted({name for pair in same for name in pair}))},
            _("各用各的随机值。INDEX_KEY 的换法见 docs/operations.md；SEALING_KEYS 在末尾加新的，旧的留着。"),
        )
    return well("configuration.keys_apart", _("各种密钥互不相同。"))


def _sealing() -> Iterator[Finding]:
    try:
        keys = list(sealing.parse_keys(settings.SEALING_KEYS).values())
    except (ValueError, UnsupportedAlgorithm):
        yield fail(
            "configuration.sealing_keys",
            _("SEALING_KEYS 不能用。"),
            _("写法是 编号:aes|sm4:十六进制，多个用逗号隔开；aes 要 64 位十六进制，sm4 要 32 位。"),
        )
        return
    if problems := checks.ciphers_work(None):
        yield fail(
            "configuration.ciphers",
            _("密码算法不可用：%(ids)s。") % {"ids": ", ".join(sorted({str(one.id) for one in problems}))},
            _("用带有 SM3、SM4 的 OpenSSL（1.1.1 以上）的 Python；manage.py check 有详细说明。"),
        )
    last = next(one for one in reversed(keys) if not one.retired)
    others = ", ".join(str(one.id) for one in keys if one is not last) or "-"
    told = {"id": last.id, "algorithm": last.algorithm, "others": others}
    yield well(
        "configuration.sealing_keys",
        _("封存用 %(id)d 号密钥（%(algorithm)s）；能打开的还有：%(others)s。") % told,
    )


def _tablets() -> Finding:
    try:
        *older, last = tablet_keys.known()
    except ValueError:
        return fail(
            "configuration.tablet_keys",
            _("TABLET_KEYS 不能用，平板不能离线录入。"),
            _("写法是 编号:base64 的 RSA 私钥，多个用逗号隔开；manage.py tabletkey 生成新的，见 docs/tablets.md。"),
        )
    told = {"id": last, "others": ", ".join(older) or "-"}
    return well("configuration.tablet_keys", _("平板用 %(id)s 号密钥封存；能打开的还有：%(others)s。") % told)


def _hosts() -> Finding:
    if "*" in settings.ALLOWED_HOSTS:
        return warn("configuration.hosts", _("ALLOWED_HOSTS 允许任何主机名。"), _("只写实际使用的域名，用逗号隔开。"))
    if not settings.ALLOWED_HOSTS:
        return fail(
            "configuration.hosts", _("ALLOWED_HOSTS 是空的，所有页面都会拒绝。"), _("写上实际使用的域名，用逗号隔开。")
        )
    return well("configuration.hosts", _("允许 %(count)d 个主机名。") % {"count": len(settings.ALLOWED_HOSTS)})


def _proxy() -> Finding:
    if settings.SECURE_SSL_REDIRECT and settings.SECURE_PROXY_SSL_HEADER is None:
        return warn(
            "configuration.proxy",
            _("没有声明在代理之后：若由代理终止 https，页面会无休止地跳转。"),
            _("由代理终止 https 时设 BEHIND_PROXY=1，并让代理覆盖 X-Forwarded-Proto；gunicorn 自己终止时不必理会。"),
        )
    return well("configuration.proxy", _("https 的来路已声明。"))


def _scraping() -> Finding:
    if not settings.METRICS_TOKEN and not settings.DEVELOPMENT:
        return warn(
            "configuration.metrics",
            _("没有 METRICS_TOKEN，/metrics 不存在，没有人在监视。"),
            _("设 METRICS_TOKEN 为随机值，并把它写进 Prometheus 的 bearer_token_file；告警规则见 docs/alerts.yml。"),
        )
    if settings.METRICS_TOKEN and len(settings.METRICS_TOKEN) < _TOKEN:
        return fail(
            "configuration.metrics",
            _("METRICS_TOKEN 太短，可以猜到。"),
            _("换成足够长的随机值，例如：python3 -c 'import secrets; print(secrets.token_hex(32))'。"),
        )
    return well("configuration.metrics", _("/metrics 只给说得出口令的采集者。"))
