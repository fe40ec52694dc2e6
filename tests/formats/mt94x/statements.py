"""MT940 statements written for the tests: only the lines that matter to one of them."""

OPENING = ":60F:C260301EUR1000,00"
ENTRY = ":61:2603020302C500,00NTRFNONREF//B-1"


def statement(*lines: str, reference: str = "STMT-1", opening: str = OPENING, closing: str | None = None) -> bytes:
    last = [f":62F:{closing}"] if closing is not None else []
    head = [f":20:{reference}", ":25:DE75512108001245126199", ":28C:5/1", opening]
    return ("\r\n".join([*head, *lines, *last, "-"]) + "\r\n").encode()


def with_details(text: str, line: str = ENTRY) -> bytes:
    return statement(line, f":86:{text}", closing="C260302EUR1500,00")
