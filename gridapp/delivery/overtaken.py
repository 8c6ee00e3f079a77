"""Rows that a correction overtook between claim and sending: they go back, to be claimed as what is wanted now.

A parcel is made of the record as it is when it is opened. Sent under the key of the older content it would leave us
believing that the target holds the older one.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from .claim import Claimed


def give_back(claimed: Sequence[Claimed], *, token: UUID) -> frozenset[int]:
    """Gives back, as if never claimed, those whose wanted content is no longer the claimed one; their ids.

    To be asked after the records were read: a plan commits together with the change it answers, so what was read for
    the rows that stay is what was claimed.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE delivery_delivery SET status = 'waiting', due_at = now(), lease_until = NULL, token = NULL,
                maybe_sent = was_maybe_sent, attempts = GREATEST(attempts - 1, 0), changed_at = now()
            WHERE id = ANY(%s) AND token = %s AND generation <> sent_generation RETURNING id
            """,
            [[one.id for one in claimed], token],
        )
        return frozenset(row[0] for row in cursor.fetchall())
