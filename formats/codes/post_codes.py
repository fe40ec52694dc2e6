"""How post codes look, per country, and where the town stands before the code: what address lines can be read by."""

POST_CODES: dict[str, str] = {
    "AD": r"AD\d{3}", "AT": r"\d{4}", "AU": r"\d{4}", "BE": r"\d{4}", "BG": r"\d{4}", "BR": r"\d{5}-?\d{3}",
    "CA": r"[A-Z]\d[A-Z] ?\d[A-Z]\d", "CH": r"\d{4}", "CN": r"\d{6}", "CY": r"\d{4}", "CZ": r"\d{3} ?\d{2}",
    "DE": r"\d{5}", "DK": r"\d{4}", "EE": r"\d{5}", "ES": r"\d{5}", "FI": r"\d{5}", "FR": r"\d{5}",
    "GB": r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", "GR": r"\d{3} ?\d{2}", "HR": r"\d{5}", "HU": r"\d{4}",
    "IE": r"[A-Z]\d[\dW] ?[A-Z\d]{4}", "IN": r"\d{3} ?\d{3}", "IS": r"\d{3}", "IT": r"\d{5}", "JP": r"\d{3}-?\d{4}",
    "LI": r"\d{4}", "LT": r"(?:LT-)?\d{5}", "LU": r"\d{4}", "LV": r"(?:LV-)?\d{4}", "MC": r"\d{5}",
    "MT": r"[A-Z]{3} ?\d{4}",
    "NL": r"\d{4} ?[A-Z]{2}", "NO": r"\d{4}", "PL": r"\d{2}-\d{3}", "PT": r"\d{4}-\d{3}", "RO": r"\d{6}",
    "RS": r"\d{5}", "SE": r"\d{3} ?\d{2}", "SI": r"\d{4}", "SK": r"\d{3} ?\d{2}", "SM": r"\d{5}", "TR": r"\d{5}",
    "UA": r"\d{5}", "US": r"(?:[A-Z]{2} )?\d{5}(?:-\d{4})?", "VA": r"\d{5}", "ZA": r"\d{4}",
}  # fmt: skip
TOWN_FIRST = frozenset({"AU", "CA", "GB", "IE", "IN", "LV", "MT", "US"})
"""Countries that write the town before the code."""
