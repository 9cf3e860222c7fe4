"""The verdict on each of the 33 claims, worked out by hand from the rules and the starter data before the program was run.

Each line: the verdict, and the findings that a reader of the data would rest
it on. Where the verdict surprises, the reason stands behind it.
"""

OUTSIDE, UNTESTED, NOTHING = "outside_scope", "not_tested", "nothing_found"

BY_HAND: dict[str, tuple[str, str]] = {
    "C01": (OUTSIDE, ""), "C02": (OUTSIDE, ""), "C03": (OUTSIDE, ""), "C04": (OUTSIDE, ""), "C05": (OUTSIDE, ""),
    "C06": (UNTESTED, ""),  # F184 is of zebrafish; nobody asked whether kratom calmed people
    "C07": (NOTHING, ""),  # the article's central idea
    "C08": (UNTESTED, ""),  # felt by users (F105, F116), seen in four animal studies, F142 without direction
    "C09": (UNTESTED, ""),  # felt by users (F107, F115), F119 without direction
    "C10": ("supported", "F2 F35"),  # 13 minutes more sleep (F1) is not sleep quality
    "C11": (NOTHING, ""),  # nobody measured the time to fall asleep
    "C12": ("supported", "F44 F52"),  # two cases: all that "some people" needs
    "C13": ("supported", "F44 F52"),  # insomnia is a sleep disturbance; its general words are flagged
    "C14": (NOTHING, ""),  # insomnia after a pure alkaloid: never looked at
    "C15": (UNTESTED, ""),  # F172: no difference, in rats. "May" keeps it from being flagged
    "C16": (OUTSIDE, ""),
    "C17": ("supported", "F45 F51 F69"),  # the same findings as C18 from the other side: both exist
    "C18": ("supported", "F101 F124"),
    "C19": ("supported", "F36"),  # less depression (F103, F123) is not better mood
    "C20": ("supported", "F10 F45 F46 F51 F68 F69 F70 F99 F101 F103 F123 F124 F132 F157"),
    "C21": (NOTHING, ""),  # F13 and F34 compare doses after stopping; F159 is a single dose against placebo
    "C22": (NOTHING, ""),
    "C23": (UNTESTED, ""),  # F3 compares tolerance, and tolerance alone says nothing about sleep: literally read, "supported"
    "C24": (UNTESTED, ""),  # one survey of what users felt (F106) is what "studies suggest"
    "C25": (NOTHING, ""),  # for restlessness not even that
    "C26": (NOTHING, ""), "C27": (NOTHING, ""),
    "C28": (UNTESTED, ""),  # the findings of C08; none compares with usual treatment
    "C29": ("supported", "F41 F108 F117"),  # F161 (looked for, absent) is the other side and undoes nothing
    "C30": (NOTHING, ""), "C31": ("not_checkable", ""), "C32": (OUTSIDE, ""),
    "C33": (UNTESTED, ""),  # both findings are uncompared cases, and they point the other way
}  # fmt: skip

FLAGGED = {
    "safer than": ["C27"], "gentler than": ["C26"], "work better than": ["C28"], "Studies suggest": ["C24", "C25"],
    "Research suggests": ["C33"],
    None: ["C06", "C07", "C08", "C09", "C11", "C13", "C14", "C21", "C22", "C23", "C30"],
}  # fmt: skip
"""Claims whose words are stronger than their evidence, by the words that say it; None where the whole sentence does."""
