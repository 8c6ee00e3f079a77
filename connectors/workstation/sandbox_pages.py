"""The work station's pages as they were made for Internet Explorer 8: frames, tables, alert() and confirm()."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from .sandbox_rules import Book, Field

SYSTEM = "社区工作站综合管理系统"
STANDING = ("状态", "退回原因", "登记时间")
SURE = "确定要提交吗？"
AGAIN = "该操作将覆盖原有档案，是否继续？"

_STYLE = "body,td,th,input,select{font:13px SimSun,'Noto Sans CJK SC',serif}td.l{background:#dfe8f6;width:110px}"


def page(title: str, body: str, script: str = "") -> str:
    return (
        f'<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style><script>{script}</script></head><body>{body}</body></html>"
    )


def login(message: str = "", *, captcha: bool = False) -> str:
    field = '<input type="text" name="yzm" size="6"><img src="yzm.do" alt="看不清">'
    picture = f'<tr><td class="l">验证码：</td><td>{field}</td></tr>' if captcha else ""
    return page(
        f"{SYSTEM} - 登录",
        f'<h3>{SYSTEM}</h3><form name="f" action="login.do" method="post"><table>'
        '<tr><td class="l">用户名：</td><td><input type="text" name="username"></td></tr>'
        '<tr><td class="l">密码：</td><td><input type="password" name="password"></td></tr>'
        f'{picture}</table><input type="submit" value="登 录"></form>'
        f'<div id="msg" style="color:red">{escape(message)}</div>',
    )


def frames() -> str:
    return (
        f"<html><head><title>{SYSTEM}</title></head>"
        '<frameset cols="150,*"><frame name="menu" src="menu.do"><frame name="main" src="welcome.do"></frameset></html>'
    )


def menu(books: Iterable[Book]) -> str:
    links = "".join(f'<p><a target="main" href="list.do?lx={book.code}">{book.title}</a></p>' for book in books)
    return page("菜单", links)


def welcome() -> str:
    return page("首页", "<p>欢迎使用</p>")


def listing(book: Book, sought: str | None, found: Sequence[Mapping[str, str]]) -> str:
    """The search, and below it the frame in which single files open. `sought` None: nobody has searched yet."""
    columns = ("档案号", book.person, book.key, "状态")
    rows = "".join(
        "<tr>"
        + "".join(f"<td>{escape(record[label])}</td>" for label in columns)
        + f'<td><a target="edit" href="view.do?id={record["档案号"]}">查看</a> '
        f'<a target="edit" href="edit.do?id={record["档案号"]}">修改</a></td></tr>'
        for record in found
    )
    heads = "".join(f"<th>{column}</th>" for column in (*columns, "操作"))
    table = f'<table id="list" border="1"><tr>{heads}</tr>{rows}</table>' if rows else "<p>没有查询到符合条件的记录</p>"
    return page(
        f"{book.title}查询",
        f'<form name="q" action="list.do" method="post"><input type="hidden" name="lx" value="{book.code}"><table>'
        f'<tr><td class="l">{book.key}：</td><td><input type="text" name="{book.key_name}" size="30"></td></tr></table>'
        '<input type="submit" value="查 询"></form>'
        f'<a target="edit" href="edit.do?lx={book.code}">新增</a> <a href="export.do?lx={book.code}">导出</a>'
        f"{'' if sought is None else table}"
        '<iframe name="edit" src="about:blank" width="820" height="520"></iframe>',
    )


def form(
    book: Book, fields: Sequence[Field], held: Mapping[str, str], *, change: str = "", captcha: bool = False
) -> str:
    """The form of one file, empty or as it is held."""
    rows = "".join(
        f'<tr><td class="l">{"<font color=red>*</font>" if one.required else ""}{one.label}：</td>'
        f"<td>{_control(one, held, key=book.key)}</td></tr>"
        for one in fields
    )
    if captcha:
        rows += '<tr><td class="l">验证码：</td><td><input type="text" name="yzm"><img src="yzm.do"></td></tr>'
    number = held.get("档案号", "")
    button = "保 存" if change == "renamed_button" else "提 交"
    return page(
        f"{book.title}登记{'(新版)' if change == 'new_title' else ''}",
        f'<form name="f" action="save.do" method="post" onsubmit="return check(this)">'
        f'<input type="hidden" name="lx" value="{book.code}"><input type="hidden" name="id" value="{number}">'
        f'<table>{rows}</table><input type="submit" value="{button}"></form>',
        _check(fields, AGAIN if change == "extra_confirm" else ""),
    )


def _control(one: Field, held: Mapping[str, str], *, key: str) -> str:
    value = held.get(one.label, "")
    if not one.choices:
        fixed = " readonly" if value and one.label == key else ""
        return f'<input type="text" name="{one.name}" maxlength="{one.longest}" value="{escape(value)}"{fixed}>'
    options = "".join(
        f"<option{' selected' if choice == value else ''}>{escape(choice)}</option>" for choice in one.choices
    )
    return f'<select name="{one.name}"><option value="">请选择</option>{options}</select>'


def _check(fields: Sequence[Field], again: str) -> str:
    tests = "".join(
        f"if(f.{one.name}.value==''){{alert('请{'选择' if one.choices else '填写'}{one.label}');return false;}}"
        for one in fields
        if one.required
    )
    more = f"&&confirm('{again}')" if again else ""
    return f"function check(f){{{tests}return confirm('{SURE}'){more};}}"


def receipt(book: Book, record: Mapping[str, str], *, number: str) -> str:
    shown = {"档案号": number, book.key: record[book.key]}
    return page("保存成功", f"<h3>保存成功</h3>{_pairs(shown)}")


def view(book: Book, record: Mapping[str, str]) -> str:
    labels = ("档案号", *(one.label for one in book.fields), *STANDING)
    return page(f"{book.title}查看", _pairs({label: record.get(label, "") for label in labels}))


def _pairs(shown: Mapping[str, str]) -> str:
    rows = (f'<tr><td class="l">{label}：</td><td>{escape(value)}</td></tr>' for label, value in shown.items())
    return f'<table border="1">{"".join(rows)}</table>'


def says(sentence: str, then: str = "history.back()") -> str:
    """A page that says one thing and goes somewhere else."""
    return page(SYSTEM, "", f"alert('{sentence}');{then};")


def closed() -> str:
    return page(SYSTEM, "<p>系统开放时间：工作日 8:30—12:00，14:00—18:00</p>")


def trouble() -> str:
    return page("错误", "<p>系统异常，请稍后再试</p>")
