"""What every table shares: the metadata, the names of constraints, and the lengths of common columns."""

from sqlalchemy import MetaData, String

from gateway.persistence.sealing import Sealed

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"}
)
ID = String(40)
CODE = String(35)
NAME = String(140)
ACCOUNT = String(40)
BANK_WORDS = Sealed("bank.reason_text")
"""What a bank says of a payment; an answer's words are copied to its payment by SQL."""
