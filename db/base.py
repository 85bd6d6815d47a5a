"""What all tables have in common."""

from enum import StrEnum

from sqlalchemy import BigInteger, Enum, Integer, MetaData
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """The base of all models. Constraints are named, so that migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def enum_of(of: type[StrEnum], name: str) -> Enum:
    """Returns a short string column; the database checks that it holds one of the enum's values."""
    return Enum(
        of,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=12,
        values_callable=lambda members: [member.value for member in members],
    )


# SQLite only assigns ids automatically to a column of type INTEGER.
ROW_ID = BigInteger().with_variant(Integer, "sqlite")
