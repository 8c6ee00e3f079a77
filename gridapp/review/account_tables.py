"""Many accounts from one workbook: what each row would make, then those that are right, and their first passwords."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from gridapp.org import account_forms, accounts
from gridapp.org.access import keeping_accounts, user_of
from gridapp.org.account_forms import Complaints, Known, Wanted
from gridapp.org.areas import Unfit
from gridapp.org.fresh import freshly_signed_in
from gridapp.org.models import Role, User
from gridapp.review import tables

MOST = 300
_PURPOSE = "accounts"
HEADINGS = {
    "username": gettext_lazy("用户名"),
    "name": gettext_lazy("姓名"),
    "role": gettext_lazy("角色"),
    "areas": gettext_lazy("区域代码"),
    "staff_no": gettext_lazy("工号"),
    "id_number": gettext_lazy("身份证号"),
}
"""Field -> the heading of its column."""


@dataclass(frozen=True)
class Line:
    """One row of the workbook: what it asks for, and what is wrong with it. `password` once it is made."""

    row: str
    wanted: Wanted
    complaints: Complaints
    password: str = ""

    @property
    def role(self) -> str:
        return str(Role(self.wanted.role).label) if self.wanted.role in set(Role) else self.wanted.role


@keeping_accounts
@freshly_signed_in
def bulk(request: HttpRequest) -> HttpResponse:
    return render(request, "review/account_bulk.html", {"most": MOST})


@keeping_accounts
def workbook(request: HttpRequest) -> HttpResponse:
    """The headings and a row that shows how."""
    user = user_of(request)
    role = str(Role(accounts.may_give(user)[0]).label)
    area = next(iter(user.areas.values_list("code", flat=True)), "")
    shown = ["zhangsan", _("示例：张三"), role, area, "W0001", ""]
    return tables.handed_out([[str(word) for word in HEADINGS.values()], shown], name=_("批量新建账号.xlsx"))


@keeping_accounts
@require_POST
@freshly_signed_in
@sensitive_variables("rows", "lines")
def preview(request: HttpRequest) -> HttpResponse:
    """Row by row what would be made and what is wrong, before anything is."""
    user = user_of(request)
    try:
        rows = tables.taken_in(request, {str(word): name for name, word in HEADINGS.items()}, most=MOST)
    except Unfit as refused:
        page = {"most": MOST, "refused": str(refused)}
        return render(request, "review/account_bulk.html", page, status=422)
    lines = judged(rows, user)
    good = sum(not line.complaints for line in lines)
    kept = tables.carried(rows, user, _PURPOSE) if good else ""
    return render(request, "review/account_bulk_preview.html", {"lines": lines, "good": good, "kept": kept})


@keeping_accounts
@require_POST
@freshly_signed_in
@sensitive_variables("rows", "lines", "made")
def apply(request: HttpRequest) -> HttpResponse:
    """Makes the accounts of the rows that are right; their first passwords are shown here and nowhere again."""
    user = user_of(request)
    try:
        rows = tables.brought_back(request.POST.get("kept", ""), user, _PURPOSE)
    except Unfit as refused:
        page = {"most": MOST, "refused": str(refused)}
        return render(request, "review/account_bulk.html", page, status=422)
    made = [_made(line, user) for line in judged(rows, user) if not line.complaints]
    return render(
        request, "review/account_bulk_done.html", {"lines": made, "number": sum(bool(one.password) for one in made)}
    )


def judged(rows: tables.Rows, by: User) -> list[Line]:
    """Each row as it would be made. A user name that comes twice is right once. Two statements."""
    roles = accounts.may_give(by)
    read = [(row["row"], account_forms.read(row, roles)) for row in rows]
    known = Known.of({code for _row, one in read for code in one.areas}, [one.username for _row, one in read])
    met: set[str] = set()
    lines = []
    for number, wanted in read:
        complaints = account_forms.judge(wanted, by, known, roles)
        if wanted.username.lower() in met:
            complaints.setdefault("username", _("这个用户名在表里出现了两次"))
        met.add(wanted.username.lower())
        lines.append(Line(number, wanted, complaints))
    return lines


def _made(line: Line, by: User) -> Line:
    try:
        _user, password = accounts.create(line.wanted, by=by, why=_("从表格导入"))
    except Unfit as refused:  # somebody was faster
        return Line(line.row, line.wanted, {"username": str(refused)})
    return Line(line.row, line.wanted, {}, password)
