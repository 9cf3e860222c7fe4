"""The signs of the pictures. Each is told from the others by its shape alone, in black and white too."""

from app.synthesis.drawing.canvas import Canvas

EFFECTS = {
    "improved": "better", "worsened": "worse", "unchanged": "no difference found", "mixed": "mixed",
    "unclear": "direction unclear", "not_applicable": "neither better nor worse",
}  # fmt: skip
WAYS = {"up": "better", "down": "worse", "sideways": "even"}
SIZES = {"large": 13.0, "medium": 9.0, "small": 6.0, "unknown": 6.0}
"""Half the height of an arrow; an unknown sample is drawn smallest and gets a question mark."""


def effect(canvas: Canvas, kind: str, x: float, y: float) -> None:
    """The sign of an effect, 9 wide, around ``x``, ``y``."""
    shapes = {
        "improved": (f"M{x - 4.5} {y + 4}h9l-4.5 -8.5z", "better"),
        "worsened": (f"M{x - 4.5} {y - 4}h9l-4.5 8.5z", "worse"),
        "unchanged": (f"M{x - 4.5} {y - 3.2}h9v2.2h-9zM{x - 4.5} {y + 1}h9v2.2h-9z", "even"),
        "mixed": (f"M{x - 5} {y}l5 -5l5 5l-5 5z", "hollow o-even"),
        "unclear": (f"M{x - 4} {y}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z", "open o-even dash"),
        "not_applicable": (f"M{x - 3.5} {y - 3.5}h7v7h-7z", "hollow o-even"),
    }
    canvas.path(*shapes[kind])


def gap(canvas: Canvas, kind: str, x: float, y: float) -> None:
    """The sign of an empty cell around ``x``, ``y``."""
    if kind == "abstract_only":
        canvas.circle(x, y, 3.2, "open o-faint")
        canvas.path(f"M{x} {y - 3.2}a3.2 3.2 0 0 0 0 6.4z", "faint")
    elif kind == "unread_waiting":
        for step in (-4, 0, 4):
            canvas.circle(x + step, y, 1.2, "faint")
    elif kind == "not_searched":
        canvas.line(x - 3.5, y + 3.5, x + 3.5, y - 3.5, look="open o-faint")
    else:
        canvas.text(x, y + 4, "0", "quiet mid")


def arrow(canvas: Canvas, direction: str, band: str, size: str, at: tuple[float, float]) -> None:
    """An arrow around ``at``: filled where compared, striped where counted, hollow for cases and what was felt."""
    x, y = at
    way, half = WAYS[direction], SIZES[size]
    look = {"compared": f"{way} o-{way}", "counted": f"o-{way}", "uncontrolled": f"hollow o-{way}"}[band]
    fill = canvas.striped(way) if band == "counted" else None
    canvas.path(_shape(direction, x, y, half), look, fill=fill)
    if size == "unknown":
        canvas.text(x + half + 5, y + 4, "?", "quiet small mid")


def _shape(direction: str, x: float, y: float, half: float) -> str:
    """A block arrow: head as wide as high, stem half as wide."""
    head, stem = half * 0.85, half * 0.4
    if direction == "sideways":
        wide = half * 1.25
        return (
            f"M{x - wide:.1f} {y:.1f}l{head:.1f} {-head:.1f}v{head - stem:.1f}h{2 * (wide - head):.1f}v{stem - head:.1f}"
            f"l{head:.1f} {head:.1f}l{-head:.1f} {head:.1f}v{stem - head:.1f}h{-2 * (wide - head):.1f}v{head - stem:.1f}z"
        )
    s = 1 if direction == "up" else -1
    return (
        f"M{x:.1f} {y - s * half:.1f}l{head:.1f} {s * head:.1f}h{stem - head:.1f}v{s * (2 * half - head):.1f}"
        f"h{-2 * stem:.1f}v{-s * (2 * half - head):.1f}h{stem - head:.1f}z"
    )


STANDINGS = {
    "retracted": "cross", "withdrawn": "cross", "expression_of_concern": "alarm", "superseded": "square",
    "corrected": "square", "deleted_upstream": "dash",
}  # fmt: skip
"""What every standing but *current* is marked with; those that take a report out of the counts share the cross."""


def standing(canvas: Canvas, sign: str, x: float, y: float) -> None:
    """The sign of a report that is not simply current, 7 wide, around ``x``, ``y``."""
    shapes = {
        "cross": (f"M{x - 3} {y - 3}l6 6M{x - 3} {y + 3}l6 -6", "open o-worse"),
        "alarm": (f"M{x - 4} {y + 3}h8l-4 -7z", "worse"),
        "square": (f"M{x - 3} {y - 3}h6v6h-6z", "hollow o-even"),
        "dash": (f"M{x - 3.5} {y}h7", "open o-even"),
    }
    canvas.path(*shapes[sign])
