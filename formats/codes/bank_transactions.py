"""Bank transaction codes of statements (ISO 20022 BkTxCd/Domn): the families a treasury meets, in our own words.

Domain, family and sub-family form a tree; the sub-families listed are those that change how an entry is read.
"""

from formats.codes import code_set, named

DOMAINS: dict[str, str] = named("""
ACMT Account management
CAMT Cash management
CMDT Commodities
DERV Derivatives
FORX Foreign exchange
LDAS Loans, deposits and syndications
PMET Precious metal
PMNT Payments
SECU Securities
TRAD Trade services
XTND Extended domain
""")
PAYMENT_FAMILIES: dict[str, str] = named("""
CCRD Card payments by customers
CNTR Counter business
DRFT Drafts
ICCN Cash concentration, sent
ICDT Credit transfers, sent
ICHQ Cheques, issued
IDDT Direct debits, collected by us
IRCT Instant transfers, sent
LBOX Lockbox
MCRD Card payments to merchants
RCCN Cash concentration, received
RCDT Credit transfers, received
RCHQ Cheques, received
RDDT Direct debits, paid by us
RRCT Instant transfers, received
""")
"""Families of PMNT, and whether money was sent or received."""
RETURNS = code_set("ARET PRDD RPCR RRTN RIMB UPDD UPCT")
"""Sub-families by which money comes back: returns, reversals, refunds, recalls."""
CHARGES = code_set("CHRG COMM COME COMI COMT FEES")
"""Sub-families that are charges and commissions."""
INTEREST = "INTR"
BATCHED = code_set("BBDD BOOK ESCT SALA VCOM XBCT")
"""Sub-families that often stand for a whole batch booked as one."""
