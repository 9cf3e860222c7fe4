"""Languages as bibliographic records name them: codes of ISO 639-2/B and their English names. Nothing here reads records."""

_NAMES = {
    "afr": "Afrikaans", "alb": "Albanian", "ara": "Arabic", "arm": "Armenian", "aze": "Azerbaijani", "bel": "Belarusian",
    "bos": "Bosnian", "bul": "Bulgarian", "cat": "Catalan", "chi": "Chinese", "cze": "Czech", "dan": "Danish",
    "dut": "Dutch", "eng": "English", "epo": "Esperanto", "est": "Estonian", "fin": "Finnish", "fre": "French",
    "geo": "Georgian", "ger": "German", "gla": "Scottish Gaelic", "gre": "Greek", "heb": "Hebrew", "hin": "Hindi",
    "hrv": "Croatian", "hun": "Hungarian", "ice": "Icelandic", "ind": "Indonesian", "ita": "Italian", "jpn": "Japanese",
    "kin": "Kinyarwanda", "kor": "Korean", "lat": "Latin", "lav": "Latvian", "lit": "Lithuanian", "mac": "Macedonian",
    "mal": "Malayalam", "mao": "Maori", "may": "Malay", "mul": "Multiple languages", "nor": "Norwegian", "per": "Persian",
    "pol": "Polish", "por": "Portuguese", "pus": "Pushto", "rum": "Romanian", "rus": "Russian", "san": "Sanskrit",
    "slo": "Slovak", "slv": "Slovenian", "spa": "Spanish", "srp": "Serbian", "swe": "Swedish", "tha": "Thai",
    "tur": "Turkish", "ukr": "Ukrainian", "und": "Undetermined", "urd": "Urdu", "vie": "Vietnamese", "wel": "Welsh",
}  # fmt: skip


def names_of(code: str) -> tuple[str, ...]:
    """What a reader may call the language: the code as the record has it, and its English name where there is one."""
    name = _NAMES.get(code.casefold())
    return (code, name) if name else (code,)


def english(code: str) -> str:
    """The English name of a language, or its code."""
    return _NAMES.get(code.casefold(), code)
