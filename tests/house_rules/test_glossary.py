"""One word per idea: every table is in the glossary under its own name."""

from app.models.tables import METADATA
from tests.house_rules.sources import ROOT, broken

GLOSSARY = ROOT / "docs" / "glossary.md"


def test_every_table_is_in_the_glossary() -> None:
    text = GLOSSARY.read_text(encoding="utf-8") if GLOSSARY.exists() else ""
    missing = [name for name in sorted(METADATA.tables) if f"`{name}`" not in text]

    assert not missing, broken("Say in docs/glossary.md, with the name in backticks, what a row is:", missing)
