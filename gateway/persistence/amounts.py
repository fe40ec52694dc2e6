"""Comparing exact amounts in a statement, on both databases alike."""

from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, String, and_, func, literal, or_, type_coerce


def at_least(connection: Connection, amount: ColumnElement[Decimal], least: Decimal) -> ColumnElement[bool]:
    """Whether a positive amount is ``least`` or more.

    SQLite keeps amounts as text and would compare them as text ("9" after "10"), or as floats, which no amount may
    become. Texts of numbers without leading zeros compare rightly when the one with more digits before the point is
    the larger, and otherwise digit by digit; zeros at the end of ``least`` would make it larger than it is.
    """
    if connection.dialect.name != "sqlite":
        return amount >= least
    wanted = format(least, "f")
    if "." in wanted:
        wanted = wanted.rstrip("0").rstrip(".")
    whole = len(wanted.partition(".")[0])
    text = type_coerce(amount, String)
    digits = func.instr(text.concat("."), ".") - 1
    return or_(digits > whole, and_(digits == whole, text >= literal(wanted)))
