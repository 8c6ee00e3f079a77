"""Passwords that everybody thinks of: Django's list, and what people make of one so that a rule lets it pass."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .models import User

_SHIFTED = str.maketrans("!@#$%^&*()", "1234567890")
_LEET = (str.maketrans("@4301!$57", "aaeoiisst"), str.maketrans("@4301!$57", "aaeollsst"))
_ADDED = 8
"""Characters before and after a common word that make it no better; more of them do, unless they are common too."""
_WORD = re.compile(r"[^\W\d_](?:.*[^\W\d_])?", re.DOTALL)


class Common(CommonPasswordValidator):
    """Refuses what is on the list, and what becomes it without capitals, digits for letters, and what is put around it.

    Few passwords of the list have the length and the kinds of character that a profile asks for: guesses at this
    product would be made of them.
    """

    def validate(self, password: str, user: User | None = None) -> None:
        if any(self._is_common(written) for written in spellings(password)):
            raise ValidationError(self.get_help_text(), code="password_too_common")

    def get_help_text(self) -> str:
        return _("不能是常见的密码，也不能只是在它前后加数字或符号、换大小写")

    def _is_common(self, written: str) -> bool:
        if self._is_listed(written):
            return True
        found = _WORD.search(written)
        if found is None or not self._is_listed(found[0]):
            return False
        added = written[: found.start()] + written[found.end() :]
        digits = re.sub(r"\D", "", added)
        return len(added) <= _ADDED or len(set(added)) <= 2 or added in self.passwords or digits in self.passwords

    def _is_listed(self, word: str) -> bool:
        """As it is, or the part of it that is repeated."""
        return word in self.passwords or word[: (word + word).find(word, 1)] in self.passwords


def spellings(password: str) -> Iterator[str]:
    """The password as it is said aloud: without capitals, without Shift, with letters for digits and symbols."""
    plain = password.strip().casefold()
    yield from dict.fromkeys((plain, plain.translate(_SHIFTED), *(plain.translate(leet) for leet in _LEET)))
