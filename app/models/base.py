"""The declarative base, constraint names and column types shared by all tables."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import JSON, CheckConstraint, Dialect, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, as ISO text with milliseconds: sorts, prints and hashes alike on both databases."""

    impl = String(24)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002, D102 - its signature
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if value else None

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002, D102 - its signature
        return datetime.fromisoformat(value) if value else None


class Base(DeclarativeBase):
    """Every table descends from this; relationships raise instead of loading lazily, so N+1 is an error."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: Moment,
        list[str]: JSON,
        list[Any]: JSON,
        dict[str, Any]: JSON,
    }


Id = Annotated[int, mapped_column(primary_key=True)]
Label = Annotated[str, mapped_column(String(64))]

STATUSES = ("suggested", "draft", "submitted", "accepted", "rejected", "retired")


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """A CHECK that ``column`` is one of ``values``, or NULL where the column allows it."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")
