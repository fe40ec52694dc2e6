"""Reasons of returns, recalls and name checks: codes of ISO 20022 (May 2025), names of our own.

Many codes of the status list stand in these lists as well, and may mean something else there: look up by list.
"""

from formats.codes import code_set, named

RETURN_ONLY: dict[str, str] = named("""
AC17 Account in liquidation
ARDT Already returned
CNPC Cash was not picked up
DC04 Cover returned: the payment itself never arrived
EMVL Fraudulent card payment without chip
FRTR Tracking recalled with the mandate
NOOR The original payment never arrived
PINL Fraudulent card payment, card lost or stolen
SP01 Stopped by the account holder
SP02 Stopped by an earlier stop order
SVNR Service or cash not rendered as agreed
TRAC Removed from the tracking of direct debits
""")
"""Return reasons that are no status reasons."""
RETURN_SHARED = code_set("""
    AC01 AC02 AC03 AC04 AC06 AC07 AC13 AC14 AC15 AC16 AG01 AG02 AG07 AGNT AM01 AM02 AM03 AM04 AM05 AM06 AM07 AM09 AM10
    BE01 BE04 BE05 BE06 BE07 BE08 BE10 BE11 BE16 BE17 CN01 CNOR CURR CUST DNOR DS28 DT01 DT02 DT04 DUPL ED01 ED03 ED05
    ERIN FF03 FF04 FF05 FF06 FF07 FOCR FR01 G004 MD01 MD02 MD05 MD06 MD07 MS02 MS03 NARR NOAS NOCM RC01 RC03 RC04 RC07
    RC08 RC11 RF01 RR01 RR02 RR03 RR04 RR05 RR06 RR07 RR08 RR09 RR11 RR12 RUTA SL01 SL02 SL11 SL12 SL13 SL14 TM01 UPAY
""")
"""Return reasons that are status reasons too."""
CANCELLATION: dict[str, str] = named("""
AC02 Payer's account number wrong
AC03 Payee's account number wrong
AGNT Wrong bank in the chain
AM09 Wrong amount
BE16 Payer's identification wrong
BIAS The batch is settled already
COVR Cover was returned or cancelled
CURR Wrong currency
CUST Recalled by the customer
CUTA Recalled because an inquiry found no remedy
DRTP Request-to-pay sent twice
DS24 Release not completed in time
DT01 Wrong date
DUPL Sent twice
ECAG Payee withdraws the request-to-pay
ENUE Payer asks the money back for named reasons
FRAD Fraud
FRNA Recall is passed on
FRTR Tracking recalled with the mandate
INCR Reference to the batch wrong
INDM Indemnity offered
MD06 Refund asked by the payer
MODT The request-to-pay was changed
NARR The reason is in the text
NFNA Recall is not to be passed on
PAID Paid by other means
PPRC Payee not in good standing
SVNR Service not rendered
SYAD Asked by the settlement system
TECH Technical fault doubled or changed the payment
UAPA Payment was not authorised
UPAY Payment not justified
WNTB Warranty of a request-to-pay broken
""")
"""Why somebody asks a payment back (camt.055, camt.056)."""
CANCELLATION_REFUSED: dict[str, str] = named("""
AACR Request-to-pay already accepted
AC04 Account closed: the money cannot be taken back
ACLR Request-to-pay already cancelled
ADAC Waits for the payee's consent
AEXR Request-to-pay has expired
AGNT A bank in the chain refuses
AM04 Not enough money on the payee's account
ARDT Already returned
ARFR Request-to-pay already refused
ARJR Request-to-pay already rejected
ARPL Waits for an answer
CUST The payee refuses
IDMN Indemnity wanted
LEGL Not allowed by law
NARR The reason is in the text
NOAS No answer from the payee
NOOR The original payment never arrived
PATE Already passed on for execution
PTNA Already passed to the next bank
RCAR Recall already rejected
RCNR Recall never received
RCPR Recall already processed
RQDA The payee's authority is needed
RR04 Regulatory reason
URTP Request-to-pay unknown
WSEQ Sequence unknown
""")
"""Why a recall was refused or waits (camt.029)."""
VERIFICATION: dict[str, str] = named("""
AB11 No answer in time
AC01 Account number wrong
AC06 Account blocked
AG01 Not possible on this account
AG03 The payee's bank offers no name check
AGNT A bank in the chain is wrong
BNOR The bank takes no part in the scheme
DS28 Sent to the wrong environment
DUPL Asked twice
FF01 Format of the question wrong
MS03 No reason given
NORR No answer in time
NR01 The bank cannot confirm and gives no reason
PI01 Identification does not fit the account
PN01 Name does not fit the account
PN02 Name almost fits the account
RC03 Identification of the payer's bank wrong
RC04 Identification of the payee's bank wrong
TM01 Asked outside the hours
""")
"""Why a name check ended as it did (verification of payee)."""
