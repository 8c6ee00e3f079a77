"""The executable data dictionary: what a field is, which values it takes, what follows from them. Pure Python.

`FIELDS` and `table` define; `validate` judges what comes in; `derive` and `suggest` work out what nobody types;
`mask` says what a screen shows. Loaded once, at import.
"""

from .agreement import occupied
from .attachments import ATTACHMENTS, AttachmentKind
from .derivation import derive, same_address
from .divisions import (
    PRACTICE,
    division_city,
    division_name,
    division_path,
    is_known_division,
    search_divisions,
)
from .documents import identity
from .fields import COMPUTED, FIELDS, Field, field
from .holder import under_14
from .masking import mask, mask_name, mask_number, mask_phone, mask_text
from .refusals import Doubt, Refusal
from .suggestion import Suggestion, suggest
from .tables import TABLES, Code, CodeTable, table
from .validation import Checked, validate

__all__ = [
    "ATTACHMENTS",
    "COMPUTED",
    "FIELDS",
    "PRACTICE",
    "TABLES",
    "AttachmentKind",
    "Checked",
    "Code",
    "CodeTable",
    "Doubt",
    "Field",
    "Refusal",
    "Suggestion",
    "derive",
    "division_city",
    "division_name",
    "division_path",
    "field",
    "identity",
    "is_known_division",
    "mask",
    "mask_name",
    "mask_number",
    "mask_phone",
    "mask_text",
    "occupied",
    "same_address",
    "search_divisions",
    "suggest",
    "table",
    "under_14",
    "validate",
]
