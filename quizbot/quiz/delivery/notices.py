"""Notices that are told at least once: each has a lease (db.leases) until that is settled."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from db import leases
from db.leases import Lease
from quizbot.quiz.delivery.outcomes import Result

_RETRY_AFTER = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=6)


async def settle(
    session: AsyncSession,
    lease: Lease,
    results: Sequence[Result],
    since: Sequence[datetime],
    until: timedelta,
    now: datetime,
) -> Lease:
    """Record what came of telling each row of the lease. Returns the lease of those settled.

    What certainly was not sent is due again in a minute. What may not have arrived is due after as
    long as has passed `since` it could be told, six hours at most, `until` that is so long ago.
    """
    settled = set()
    for row_id, result, began in zip(lease.ids, results, since, strict=True):
        age = now - began
        again = _RETRY_AFTER
        if result is Result.UNCONFIRMED and age < until:
            again = min(max(_RETRY_AFTER, age), _LONGEST_WAIT)
        elif result is not Result.NOT_SENT:
            settled.add(row_id)
            continue
        await leases.release(session, lease.only({row_id}), now + again)
    return await leases.renew(session, lease.only(settled), None)
