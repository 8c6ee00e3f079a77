"""省综治系统: no wire reaches it. We make the workbooks, a person uploads them and brings back what was not taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.transport import workbook
from gridapp.contract import (
    ByHand,
    Capabilities,
    Connector,
    Evidence,
    Inexpressible,
    Line,
    Manual,
    Outcome,
    Parcel,
    Preview,
    Rejected,
    Setting,
    Sheet,
)

from .mapping import PROFILE
from .replies import judge
from .templates import MOST, head, mode_of, number_of, read_head, template_of


class ProvincialGovernance(Connector):
    """One sheet a template and mode, at most 500 rows; whoever is not in the workbook that comes back was taken."""

    profile = PROFILE
    capabilities = Capabilities(
        batch=MOST,
        batch_is_one_call=True,
        by_hand=ByHand.WORKBOOK,
        resend_safe=True,  # it keys on document number and housing code
        evidence=Evidence.RECEIPT,
    )
    settings = (
        Setting("template_version", "模板版本", "Version of the templates", default="2024.1"),
        Setting("portal", "上传网址", "Where to upload", required=False),
    )

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        """Nothing goes out; but what no workbook could say is known before anybody exports one."""
        return [self._waiting(parcel) for parcel in parcels]

    def preview(self, parcel: Parcel) -> Preview:
        content = self._content(parcel)
        return Preview(tuple(Line(name, text) for name, text in content.items() if text))

    def sheet_group(self, parcel: Parcel) -> str:
        return f"{template_of(parcel).about}·{mode_of(parcel)}"

    def sheet(self, parcels: Sequence[Parcel]) -> Sheet:
        groups = {self.sheet_group(parcel) for parcel in parcels}
        if len(groups) != 1 or len(parcels) > MOST:
            raise ValueError(f"{len(parcels)} parcels of {len(groups)} groups: a sheet has 1 to {MOST} of one")
        template, mode = template_of(parcels[0]), mode_of(parcels[0])
        first = head(template, version=self.setting["template_version"], mode=mode, number=number_of(parcels))
        rows = [[content[name] for name in template.columns] for content in map(self._content, parcels)]
        written = workbook.xls([first, template.columns, *rows], sheet=template.about)
        return Sheet(f"{template.title}（{mode}）.xls", written, workbook.XLS_MEDIA)

    def read_sheet(self, sent: bytes, came_back: bytes) -> Sequence[Outcome]:
        ours = read_head(workbook.read(sent))
        return judge(ours, workbook.read(came_back, text_columns=(ours.template.key,)))

    async def check(self) -> None:
        """There is no address and no account to be proved: a person signs in with a key of their own."""

    def _waiting(self, parcel: Parcel) -> Outcome:
        try:
            self._content(parcel)
        except Inexpressible as error:
            return Rejected("inexpressible", error.reason, (error.field,))
        return Manual("by_hand", "等待导出到导入模板")

    def _content(self, parcel: Parcel) -> dict[str, str]:
        """The cells of its row by heading, in the order of its template. Raises Inexpressible."""
        content: dict[str, Any] = PROFILE.layouts[parcel.kind].content(parcel.fields)
        columns = template_of(parcel).columns
        return {name: "" if content[name] is None else str(content[name]) for name in columns}
