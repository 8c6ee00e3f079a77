"""A code of ours for which one target has another code than its connector's mapping says.

Departments renumber their tables before anybody can change a connector. The code then travels to the connector with
what it is called there; it is still our code for every condition and every function that reads it.
"""

from __future__ import annotations

from collections.abc import Mapping


class Recoded(str):
    """Equal to our code. `told`: their field -> what is said there, in place of what the mapping would say."""

    told: Mapping[str, str]

    def __new__(cls, code: str, told: Mapping[str, str]) -> Recoded:
        made = super().__new__(cls, code)
        made.told = told
        return made
