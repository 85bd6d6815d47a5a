"""Several processes on one PostgreSQL share what Telegram lets a bot send in a second.

A share is a lease: it is certain until it ends, and nobody gets what another holds. So the shares
never exceed the whole, also while they change hands. Times are the database's.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import PaceShare
from db.upsert import upsert

LOCK = int.from_bytes(b"quizpace")
_CLOCK = func.clock_timestamp(type_=PaceShare.until.type)


async def claim_share(
    session: AsyncSession, process: str, wanted: float, whole: float, lease: timedelta
) -> float:
    """Returns this process's share of `whole` from the commit until `lease` after this call.

    All are messages a second. A smaller share than before binds before the commit, which gives the
    rest to others.
    """
    await session.execute(_LOCKED, {"key": LOCK})
    now: datetime = (await session.scalars(select(_CLOCK))).one()
    shares = (await session.execute(_SHARES)).all()
    others = [each for each in shares if each.process != process and each.until > now]
    free = whole - sum(each.share for each in others)
    share: float = max(0.0, min(free, fair_share(wanted, [each.wanted for each in others], whole)))
    if any(each.until <= now for each in shares):
        await session.execute(delete(PaceShare).where(PaceShare.until <= now))
    row = {"process": process, "wanted": wanted, "share": share, "until": now + lease}
    await upsert(session, PaceShare, [row])
    return share


# After a crash of the server the shares have ended anyway: nobody waits for the disk.
_LOCKED = select(
    func.set_config("synchronous_commit", "off", True), func.pg_advisory_xact_lock(bindparam("key"))
)
_SHARES = select(PaceShare.process, PaceShare.wanted, PaceShare.share, PaceShare.until)


async def give_up_share(session: AsyncSession, process: str) -> None:
    """Leave the share to the others."""
    await session.execute(delete(PaceShare).where(PaceShare.process == process))


def fair_share(wanted: float, others: Sequence[float], whole: float) -> float:
    """Returns the share of somebody who wants so much, beside others.

    Nobody who wants less than an equal part gets less than that (max-min fairness), and what nobody
    wants is divided equally.
    """
    left, waiting = whole, sorted([wanted, *others])
    for count, each in zip(range(len(waiting), 0, -1), waiting, strict=True):
        if each > left / count:  # everybody from here on wants more than there is
            return wanted if wanted < each else left / count
        left -= each
    return wanted + left / len(waiting)
