"""The one style sheet of all pictures, light and dark, and the policy under which a browser may show them.

Every mark differs in shape or pattern, so colour only repeats what shape says
(WCAG 2.2, 1.4.1). Text has a contrast of 4.5 or more on its ground (1.4.3),
which a test works out. Colours are written out instead of CSS variables,
because converters such as librsvg know no variables.
"""

from base64 import b64encode
from hashlib import sha256
from string import Template

LIGHT = {
    "paper": "#ffffff", "panel": "#f4f6f8", "tint": "#eaf1f8", "ink": "#1b1f24", "quiet": "#56606b", "rule": "#cfd6dd",
    "better": "#1763a6", "worse": "#a8450f", "even": "#4f5963", "faint": "#87909a", "focus": "#1763a6",
}  # fmt: skip
DARK = {
    "paper": "#14181d", "panel": "#1d232a", "tint": "#1f2d3b", "ink": "#eceff2", "quiet": "#a7b1bb", "rule": "#3a434d",
    "better": "#74b8f2", "worse": "#f29a62", "even": "#b4bdc6", "faint": "#717c87", "focus": "#74b8f2",
}  # fmt: skip
_COLOURS = Template(
    ".ke .paper{fill:$paper}.ke .panel{fill:$panel}.ke .tint{fill:$tint}.ke text,.ke .ink{fill:$ink}"
    ".ke .quiet{fill:$quiet}.ke .rule{stroke:$rule}.ke .frame{fill:$paper;stroke:$quiet}"
    ".ke .better{fill:$better}.ke .worse{fill:$worse}.ke .even{fill:$even}"
    ".ke .o-better{stroke:$better}.ke .o-worse{stroke:$worse}.ke .o-even{stroke:$even}.ke .o-quiet{stroke:$quiet}"
    ".ke .faint{fill:$faint}.ke .o-faint{stroke:$faint}"
    ".ke .hollow{fill:$paper}.ke a:focus .hit{stroke:$focus}.ke a:hover .hit{stroke:$quiet}"
)
_SHAPES = (
    ".ke{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,'Liberation Sans',sans-serif;"
    "font-size:12px;max-width:100%;height:auto}"
    ".ke text{unicode-bidi:isolate}"
    ".ke .head{font-size:20px;font-weight:650}.ke .sub{font-size:13px}.ke .strong{font-weight:650}.ke .small{font-size:11px}"
    ".ke .mid{text-anchor:middle}.ke .end{text-anchor:end}.ke .num{font-variant-numeric:tabular-nums}"
    ".ke .rule{stroke-width:1;fill:none}.ke .thick{stroke-width:1.6;fill:none}.ke .dash{stroke-dasharray:2 2.5}"
    ".ke .o-better,.ke .o-worse,.ke .o-even,.ke .o-quiet,.ke .o-faint{stroke-width:1.5;stroke-linejoin:round}"
    ".ke .open{fill:none}.ke .hit{fill:transparent;stroke:none;stroke-width:2}.ke a:focus{outline:none}"
)
CSS = (
    f"{_SHAPES}{_COLOURS.substitute(LIGHT)}"
    f"@media (prefers-color-scheme:dark){{{_COLOURS.substitute(DARK)}}}"
)  # fmt: skip
_HASH = b64encode(sha256(CSS.encode()).digest()).decode()
STYLE_SOURCE = f"'sha256-{_HASH}'"
"""What a page that holds a picture inline adds to ``style-src`` of its own policy."""
POLICY = f"default-src 'none'; style-src {STYLE_SOURCE}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
"""The policy of a picture that is opened by itself: its own style sheet, nothing else; embedding by this site alone."""
