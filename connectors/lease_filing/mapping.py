"""What the lease filing system is told: lessor, lessee, dates and rent of one let flat."""

from __future__ import annotations

from datetime import time

from gridapp.contract import ALWAYS, NEVER, Action, Kind, Layout, Profile, Row, Window, all_of, any_of, is_in, known
from gridapp.contract.formats import ISO_DATE, decimals, first_known, translate

USE = {"01": "1", "02": "1", "03": "2", "04": "3", "05": "5", "06": "4", "99": "9"}
# They file no 集中式公寓, 日租 or 企业统租宿舍: refused here, filed by hand there.
MODE = {"1": "1", "2": "2", "3": "3"}
DOCUMENT = {"111": "1", "112": "1", "414": "2", "155": "3", "516": "3", "156": "4", "511": "4"}

# A lease names its lessor; where it was not seen, the owner is it (their telephone is the owner's in any case).
LESSOR_NAME = ("tenancy.lessor_name", "housing.owner_name")
LESSOR_NUMBER = ("tenancy.lessor_id_number", "housing.owner_id_number")

HOUSING = Layout(
    rows=(
        Row("housing.housing_code", "fwbm", required=ALWAYS),
        Row("housing.ownership_cert_no", "certNo", note="无证的，对方要求时附村委证明"),
        Row("housing.floor_area", "area", decimals(2), ALWAYS),
        Row("housing.rental_use", "purpose", translate(USE), ALWAYS),
        Row("housing.rental_mode", "rentType", translate(MODE), ALWAYS),
        Row(
            "tenancy.lessor_name",
            "lessor.name",
            required=ALWAYS,
            whole=first_known(LESSOR_NAME),
            reads=LESSOR_NAME,
            stands=any_of(*map(known, LESSOR_NAME)),
        ),
        Row(
            "tenancy.lessor_id_number",
            "lessor.idNo",
            required=ALWAYS,
            whole=first_known(LESSOR_NUMBER),
            reads=LESSOR_NUMBER,
            stands=any_of(*map(known, LESSOR_NUMBER)),
        ),
        Row("housing.owner_phone", "lessor.phone", required=ALWAYS),
        Row("housing.lessee_name", "lessee.name", required=ALWAYS),
        Row("tenancy.lessee_id_type", "lessee.idType", translate(DOCUMENT), ALWAYS),
        Row("housing.lessee_id_number", "lessee.idNo", required=ALWAYS),
        Row("housing.lessee_phone", "lessee.phone", required=ALWAYS),
        Row("tenancy.lease_start", "startDate", ISO_DATE, ALWAYS),
        Row("tenancy.lease_end", "endDate", ISO_DATE, ALWAYS),
        Row("tenancy.monthly_rent", "rent", decimals(2), ALWAYS, note="元"),
        Row("housing.occupant_count", "persons", required=ALWAYS),
        # Supplements (补正): sent when they asked for them, as parts beside the filing.
        Row("attachment.lease_signature", "leaseSignature", offered=NEVER, note="补正 BZ01 时附"),
        Row("attachment.ownership_proof", "ownershipProof", offered=NEVER, note="无产权证、对方要求时附"),
    ),
    applies=all_of(is_in("housing.is_rental", True), is_in("tenancy.known", True)),
    closes=ALWAYS,
    actions=frozenset({Action.CREATE, Action.CHANGE, Action.CLOSE}),
)

PROFILE = Profile(
    key="ZLBA",
    slug="lease_filing",
    zh="房屋租赁备案系统",
    en="Lease filing system",
    owner="市住房和城乡建设局",
    owner_en="City housing and construction bureau",
    basis="住房租赁条例；城市房地产管理法",
    basis_en="Housing Lease Regulations; Urban Real Estate Administration Law",
    purpose="住房租赁合同实名备案",
    purpose_en="Filing of lease contracts under real names",
    layouts={Kind.HOUSING: HOUSING},
    needs=("FWBM",),
    gives={"filingNo": "ZLBA.filingNo"},
    window=Window(opens=time(8), closes=time(20)),
    channel="REST/JSON 接口，附件",
    channel_en="REST/JSON interface with attachments",
    position=12,
)
