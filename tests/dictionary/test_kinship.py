"""What somebody probably is to the head of the household: offered, by age and sex alone."""

from datetime import date

import pytest

from gridapp.dictionary.kinship import Known, likely

ON = date(2026, 3, 1)
HE, SHE = (date(1988, 5, 1), "1"), (date(1990, 6, 1), "2")


@pytest.mark.parametrize(
    ("person", "head", "taken", "codes"),
    [
        ((None, "1"), HE, (), []),
        (HE, (None, "2"), (), []),
        ((date(2019, 6, 1), "1"), None, (), []),  # a child heads no household
        (HE, None, (), ["02"]),
        (SHE, HE, ("02",), ["10", "70"]),
        (SHE, HE, ("02", "10"), ["70"]),
        ((date(1986, 1, 1), "1"), HE, ("02",), ["70"]),
        ((date(2019, 6, 1), "2"), HE, ("02", "10"), ["30"]),
        ((date(2019, 6, 1), None), HE, (), ["20", "30"]),
        ((date(2025, 6, 1), "1"), HE, (), ["20", "40"]),
        ((date(1960, 6, 1), "2"), HE, (), ["52"]),
        ((date(1960, 6, 1), "1"), HE, (), ["51"]),
    ],
)
def test_the_likeliest_relation_comes_first(
    person: Known, head: Known | None, taken: tuple[str, ...], codes: list[str]
) -> None:
    assert likely(person, head, taken=taken, on=ON) == codes
