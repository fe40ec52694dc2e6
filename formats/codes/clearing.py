"""National clearing systems and how their member ids look (ISO 20022 external code set; forms from practice)."""

import re

MEMBER_IDS: dict[str, tuple[str, str, str]] = {
    "ATBLZ": ("AT", r"\d{5}", "5-digit Bankleitzahl"),
    "AUBSB": ("AU", r"\d{6}", "6-digit BSB"),
    "CACPA": ("CA", r"0\d{8}", "9-digit routing number that begins with 0"),
    "CHBCC": ("CH LI", r"\d{3,5}", "3 to 5-digit IID"),
    "CHSIC": ("CH LI", r"\d{6}", "6-digit SIC number"),
    "CNAPS": ("CN", r"\d{12}", "12-digit CNAPS number"),
    "DEBLZ": ("DE", r"\d{8}", "8-digit Bankleitzahl"),
    "ESNCC": ("ES", r"\d{8,9}", "8 or 9-digit bank code"),
    "GBDSC": ("GB GG JE IM", r"\d{6}", "6-digit sort code"),
    "GRBIC": ("GR", r"\d{7}", "7-digit HEBIC"),
    "HKNCC": ("HK", r"\d{3}", "3-digit bank code"),
    "IENCC": ("IE", r"\d{6}", "6-digit sort code"),
    "INFSC": ("IN", r"[A-Z]{4}0[A-Z0-9]{6}", "11-character IFSC"),
    "ITNCC": ("IT SM", r"\d{10}", "10-digit ABI and CAB"),
    "JPZGN": ("JP", r"\d{7}", "7-digit Zengin number"),
    "NZNCC": ("NZ", r"\d{6}", "6-digit bank and branch"),
    "PLKNR": ("PL", r"\d{8}", "8-digit bank number"),
    "PTNCC": ("PT", r"\d{8}", "8-digit bank code"),
    "RUCBC": ("RU", r"\d{9}", "9-digit BIK"),
    "SESBA": ("SE", r"\d{4}", "4-digit clearing number"),
    "SGIBG": ("SG", r"\d{7}", "7-digit bank and branch"),
    "THCBC": ("TH", r"\d{3}", "3-digit bank code"),
    "TWNCC": ("TW", r"\d{7}", "7-digit bank code"),
    "USABA": ("US", r"\d{9}", "9-digit routing number"),
    "USPID": ("US", r"\d{4}", "4-digit CHIPS participant number"),
    "ZANCC": ("ZA", r"\d{6}", "6-digit branch code"),
}
"""By clearing system: countries of its members, form of a member id, and that form in words."""


def member_id_problem(system: str, member_id: str) -> str | None:
    """Why ``member_id`` cannot belong to ``system``, in words, or None (also where the system's form is not known)."""
    known = MEMBER_IDS.get(system)
    if known is None or re.fullmatch(known[1], member_id) is not None:
        return None
    return f"{system} needs the {known[2]}, not '{member_id}'."


def routing_number_problem(number: str) -> str | None:
    """Why ``number`` is no US routing number, in words, or None: nine digits, weights 3, 7, 1, sum divisible by ten."""
    if re.fullmatch(r"\d{9}", number, re.ASCII) is None:
        return "A routing number has nine digits."
    if sum(int(digit) * weight for digit, weight in zip(number, (3, 7, 1) * 3, strict=True)) % 10:
        return "This routing number has a wrong check digit."
    return None
