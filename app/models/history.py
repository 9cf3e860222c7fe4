"""What happened: data revisions, their changes, and the earlier versions of records. Rows here are never changed or removed."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.standings import STANDINGS
from app.models.base import Base, Label, one_of
from app.models.finding import Finding, Quote
from app.models.study import Exposure, Study, StudyReport


class DataRevision(Base):
    """One successful write request or import batch; ``hash`` chains it to the one before (``app.history``)."""

    __tablename__ = "data_revision"

    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    reason: Mapped[str]
    request_id: Mapped[str | None]
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class Change(Base):
    """What a data revision did to one record, as stored canonical text; for an added citation ``after`` is its payload hash."""

    __tablename__ = "change"
    __table_args__ = (
        one_of("op", ("add", "edit", "status", "standing", "merge", "remove")),
        Index("ix_change_kind_record_id", "kind", "record_id", "n"),
        {"sqlite_with_rowid": False},
    )

    n: Mapped[int] = mapped_column(ForeignKey("data_revision.n"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Label]
    record_id: Mapped[int]
    op: Mapped[Label]
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)


def _versions_of(model: type[Base]) -> Table:
    """The same columns with the span of data revisions in which they held: from ``from_n`` up to, not including, ``to_n``."""
    source = Base.metadata.tables[model.__tablename__]
    columns = [Column(c.name, c.type, primary_key=c.name == "id", autoincrement=False) for c in source.columns]
    parents = [name for name in ("study_id", "finding_id") if name in source.columns]
    return Table(
        f"{source.name}_version",
        Base.metadata,
        *columns,
        Column("from_n", Integer, ForeignKey("data_revision.n"), primary_key=True),
        Column("to_n", Integer),
        CheckConstraint("from_n < to_n", name="span_in_order"),
        *(Index(f"ix_{source.name}_version_{parent}", parent) for parent in parents),
    )


VERSIONS: dict[str, Table] = {
    model.__tablename__: _versions_of(model) for model in (Study, StudyReport, Exposure, Finding, Quote)
}
"""Table name → its version table."""


class StandingVersion(Base):
    """The standing of a citation over a span of data revisions; no row means ``current``."""

    __tablename__ = "standing_version"
    __table_args__ = (one_of("standing", STANDINGS), CheckConstraint("from_n < to_n", name="span_in_order"))

    citation_id: Mapped[int] = mapped_column(ForeignKey("citation.id"), primary_key=True)
    from_n: Mapped[int] = mapped_column(ForeignKey("data_revision.n"), primary_key=True)
    to_n: Mapped[int | None]
    standing: Mapped[Label]
