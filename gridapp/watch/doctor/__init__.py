"""Whether this installation is sound, look by look; for each thing that is not, what to do about it in words.

No look repeats a secret, a setting's value or a resident's: what it says may be pasted into a mail.
"""

from .examination import LOOKS, examine
from .finding import Finding, Level

__all__ = ["LOOKS", "Finding", "Level", "examine"]
