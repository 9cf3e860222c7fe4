"""Lay the citations.

Why: The bibliographic store: one row per record or report, its identifiers, text parts, ties and standing signals.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_1301"
down_revision = "2026_11_22_1300"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "citation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("source_type", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("original_title", sa.String(), nullable=True),
        sa.Column("book_title", sa.String(), nullable=True),
        sa.Column("citation_text", sa.String(), nullable=True),
        sa.Column("languages", sa.JSON(), nullable=True),
        sa.Column("journal_title", sa.String(), nullable=True),
        sa.Column("journal_abbreviation", sa.String(), nullable=True),
        sa.Column("issn_l", sa.String(), nullable=True),
        sa.Column("journal", sa.JSON(), nullable=True),
        sa.Column("volume", sa.String(), nullable=True),
        sa.Column("issue", sa.String(), nullable=True),
        sa.Column("pages", sa.String(), nullable=True),
        sa.Column("authors", sa.JSON(), nullable=True),
        sa.Column("authors_complete", sa.Boolean(), nullable=False),
        sa.Column("investigators", sa.JSON(), nullable=True),
        sa.Column("issued_on", sa.String(length=10), nullable=True),
        sa.Column("issued_raw", sa.String(), nullable=True),
        sa.Column("electronic_on", sa.String(length=10), nullable=True),
        sa.Column("electronic_raw", sa.String(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("publication_types", sa.JSON(), nullable=True),
        sa.Column("mesh_headings", sa.JSON(), nullable=True),
        sa.Column("supplementary_concepts", sa.JSON(), nullable=True),
        sa.Column("keywords", sa.JSON(), nullable=True),
        sa.Column("chemicals", sa.JSON(), nullable=True),
        sa.Column("grants", sa.JSON(), nullable=True),
        sa.Column("registrations", sa.JSON(), nullable=True),
        sa.Column("interest_statement", sa.String(), nullable=True),
        sa.Column("copyright", sa.String(), nullable=True),
        sa.Column("extras", sa.JSON(), nullable=True),
        sa.Column("indexing_status", sa.String(), nullable=True),
        sa.Column("publication_status", sa.String(), nullable=True),
        sa.Column("revised_on", sa.String(length=10), nullable=True),
        sa.Column("source_version", sa.Integer(), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("standing", sa.String(length=64), nullable=False),
        sa.Column("person_set", sa.JSON(), nullable=True),
        sa.Column("merged_into", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.String(24), nullable=False),
        sa.Column("edited_at", sa.String(24), nullable=True),
        sa.Column("reviewed_at", sa.String(24), nullable=True),
        sa.Column("synced_at", sa.String(24), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "standing IN ('retracted', 'withdrawn', 'expression_of_concern', 'superseded', 'corrected', 'deleted_upstream', 'current')",
            name=op.f("ck_citation_standing_known"),
        ),
        sa.CheckConstraint("year BETWEEN 1000 AND 2999", name=op.f("ck_citation_year_plausible")),
        sa.ForeignKeyConstraint(["merged_into"], ["citation.id"], name="fk_citation_merged_into"),
        sa.PrimaryKeyConstraint("id", name="pk_citation"),
    )
    op.create_index(
        "ix_citation_merged_into",
        "citation",
        ["merged_into"],
        unique=False,
        sqlite_where=sa.text("merged_into IS NOT NULL"),
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_index(
        "ix_citation_standing_bad",
        "citation",
        ["standing"],
        unique=False,
        sqlite_where=sa.text("standing <> 'current'"),
        postgresql_where=sa.text("standing <> 'current'"),
    )
    op.create_index("ix_citation_year_id", "citation", ["year", "id"], unique=False)
    op.create_table(
        "citation_correction",
        sa.Column("citation_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("pmid", sa.String(length=16), nullable=True),
        sa.Column("source_text", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["citation_id"], ["citation.id"], name="fk_citation_correction_citation_id"),
        sa.PrimaryKeyConstraint("citation_id", "position", name="pk_citation_correction"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_citation_correction_pmid",
        "citation_correction",
        ["pmid"],
        unique=False,
        sqlite_where=sa.text("pmid IS NOT NULL"),
        postgresql_where=sa.text("pmid IS NOT NULL"),
    )
    op.create_table(
        "citation_identifier",
        sa.Column("citation_id", sa.Integer(), nullable=False),
        sa.Column("scheme", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("identifies", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["citation_id"], ["citation.id"], name="fk_citation_identifier_citation_id"),
        sa.PrimaryKeyConstraint("citation_id", "scheme", "value", name="pk_citation_identifier"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_citation_identifier_scheme_value",
        "citation_identifier",
        ["scheme", "value"],
        unique=False,
        sqlite_where=sa.text("identifies = 0"),
        postgresql_where=sa.text("NOT identifies"),
    )
    op.create_index(
        "uq_citation_identifier_scheme_value",
        "citation_identifier",
        ["scheme", "value"],
        unique=True,
        sqlite_where=sa.text("identifies = 1"),
        postgresql_where=sa.text("identifies"),
    )
    op.create_table(
        "citation_text",
        sa.Column("citation_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("maker", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("part IN ('abstract', 'other_abstract')", name=op.f("ck_citation_text_part_known")),
        sa.ForeignKeyConstraint(["citation_id"], ["citation.id"], name="fk_citation_text_citation_id"),
        sa.PrimaryKeyConstraint("citation_id", "position", name="pk_citation_text"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "standing_signal",
        sa.Column("citation_id", sa.Integer(), nullable=False),
        sa.Column("signal", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(length=255), nullable=False),
        sa.Column("standing", sa.String(length=64), nullable=False),
        sa.Column("noted_at", sa.String(24), nullable=False),
        sa.CheckConstraint(
            "standing IN ('retracted', 'withdrawn', 'expression_of_concern', 'superseded', 'corrected', 'deleted_upstream')",
            name=op.f("ck_standing_signal_standing_known"),
        ),
        sa.ForeignKeyConstraint(["citation_id"], ["citation.id"], name="fk_standing_signal_citation_id"),
        sa.PrimaryKeyConstraint("citation_id", "signal", "value", name="pk_standing_signal"),
        sqlite_with_rowid=False,
    )
