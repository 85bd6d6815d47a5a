"""The tables of challenges: questions that subscribers send to friends, and answers."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import ROW_ID, Base
from db.types import UtcDateTime


class Challenge(Base):
    """A link to a question for friends; its code is the payload of a deep link.

    `agrees` is whether the challenger lets friends hear who was right; None until they say so.
    """

    __tablename__ = "challenges"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    delivery_id: Mapped[int] = mapped_column(
        ForeignKey("deliveries.id", ondelete="CASCADE"), unique=True
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    agrees: Mapped[bool | None]


class ChallengeAnswer(Base):
    """A friend who opened a challenge, subscriber or not; `option` is None until they answer.

    `option` is a place in the bank: 0 is the key. Where both agree, two leases (db.leases) say when
    to tell each of them who was right; NULL before, and once it is settled.
    """

    __tablename__ = "challenge_answers"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True, autoincrement=True)
    code: Mapped[str] = mapped_column(ForeignKey("challenges.code", ondelete="CASCADE"))
    friend_id: Mapped[int] = mapped_column(BigInteger, index=True)
    language: Mapped[str] = mapped_column(String(16))
    option_order: Mapped[str] = mapped_column(String(12))
    option: Mapped[int | None] = mapped_column(SmallInteger)
    agrees: Mapped[bool | None]
    friend_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    challenger_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (UniqueConstraint("code", "friend_id"),)
