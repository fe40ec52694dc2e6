"""What every table shares: the metadata, the names of constraints, and the lengths of common columns."""

from sqlalchemy import MetaData, String

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"}
)
ID = String(40)
CODE = String(35)
NAME = String(140)
ACCOUNT = String(40)
