"""Why a bank refused or holds a payment (ISO 20022 status reasons of May 2025): codes, and names of our own."""

from formats.codes import named

STATUS_REASONS: dict[str, str] = named("""
AB01 Clearing stopped: time ran out
AB02 Clearing stopped by a fatal error
AB03 Settlement stopped: time ran out
AB04 Settlement stopped by a fatal error
AB05 No answer in time from the payee's bank
AB06 No answer in time from a bank in between
AB07 A bank in the chain is offline
AB08 The payee's bank is offline
AB09 Error at the payee's bank
AB10 Error at a bank in between
AB11 No answer in time from the payer's bank
AB12 Batch sequence number used twice for settlement
AB13 Wrong routing for the return of funds
AB15 Not possible on the continuous settlement line
AB21 Agreement number of the beneficiary not valid
AB26 The settlement instruction does not exist
AC01 Account number wrong or missing
AC02 Payer's account number wrong or missing
AC03 Payee's account number wrong or missing
AC04 Account closed
AC05 Payer's account closed
AC06 Account blocked
AC07 Payee's account closed
AC08 Branch code wrong or missing
AC09 Account currency wrong or missing
AC10 Currency of the payer's account wrong or missing
AC11 Currency of the payee's account wrong or missing
AC12 Account type missing or wrong
AC13 Type of the payer's account missing or wrong
AC14 Type of the payee's account missing or wrong
AC15 The payee's account details have changed
AC16 Card number wrong
AEXR Request-to-pay has expired
AG01 This kind of payment is not allowed on this account
AG02 Bank operation code not valid for the receiver
AG03 Payment type not supported on this account
AG04 Country code of a bank missing or wrong
AG05 Country code of the payer's bank missing or wrong
AG06 Country code of the payee's bank missing or wrong
AG07 The account cannot be debited
AG08 User or access right missing or wrong
AG09 The original payment never arrived
AG10 A bank in the chain is suspended from real-time payments
AG11 The payee's bank is suspended from real-time payments
AG12 Payments between accounts of the same bank are not possible here
AG13 A returned payment cannot be returned again
AGNT A bank in the chain is wrong
ALAC Request-to-pay already accepted
AM01 Amount is zero
AM02 Amount above the maximum
AM03 Currency cannot be processed
AM04 Not enough money on the account
AM05 Taken for a duplicate
AM06 Amount below the minimum
AM07 Amount blocked by authorities
AM09 Not the amount that was expected
AM10 Control sum does not equal the amounts
AM11 Currency of the payment missing or wrong
AM12 Amount missing or wrong
AM13 Amount above the limit of the clearing system
AM14 Amount above your limit at the bank
AM15 Amount below the minimum of the clearing system
AM16 Control sum of the file wrong
AM17 Control sum of the batch wrong
AM18 Number of payments missing or wrong
AM19 Number of payments of the file missing or wrong
AM20 Number of payments of the batch wrong
AM21 Amount above the limit agreed with the bank
AM22 An amount of zero cannot be applied to this account
AM23 Amount above the settlement limit
AMSE Attachment too large
APAR Request-to-pay already paid
ARFR Request-to-pay already refused by the payer
ARJR Request-to-pay already rejected
ATNS Attachments are not supported
BDAY Settlement day and calendar day differ
BE01 Name does not fit the account
BE04 Payee's address missing or wrong
BE05 The receiver does not know who sent this
BE06 Customer not known at this bank
BE07 Payer's address missing or wrong
BE08 Payer's name missing
BE09 Country code missing or wrong
BE10 Payer's country code missing or wrong
BE11 Payee's country code missing or wrong
BE12 Country of residence missing or wrong
BE13 Payer's country of residence missing or wrong
BE14 Payee's country of residence missing or wrong
BE15 Identification code missing or wrong
BE16 Payer's identification code missing or wrong
BE17 Payee's identification code missing or wrong
BE18 Contact details missing or wrong
BE19 Charge option not valid for this payment type
BE20 Name longer than local rules allow
BE21 Name missing or wrong
BE22 Payee's name missing
BE23 Phone number or e-mail address of the account not known
CERI Extended remittance sent without being marked as such
CH03 Execution date too far ahead
CH04 Execution date too far back
CH07 Element used for the batch and for the payment
CH09 Mandate changes are not allowed
CH10 Information on the mandate change is missing
CH11 Creditor identifier wrong
CH12 Creditor identifier of the payment ambiguous
CH13 Original account of the payer must not be used
CH14 Original bank of the payer must not be used
CH15 Structured remittance longer than 140 characters
CH16 Content of an element wrong
CH17 Element not allowed
CH19 Date moved to the next TARGET day
CH20 Too many decimals for the currency
CH21 Mandatory element missing
CH22 CORE and B2B in one message
CHCO Charge code not accepted
CHQC Cheque cleared and settled
CHRG Charge option does not fit the charge
CN01 Authorisation cancelled
CNNS Credit notes are not supported
CNOR Payee's bank not reachable under this BIC
CURR Currency of the payment wrong
CUST Cancelled on the payer's side
DC02 Refused because the cover did not arrive
DNOR Payer's bank not registered under this BIC
DS01 Electronic signatures are right
DS02 An authorised user cancelled the order
DS03 Cancelling the order did not succeed
DS04 Refused by the bank for its content
DS05 Order right and forwarded
DS06 Order waits for distributed signatures
DS07 All work on the order done by the bank's server
DS08 File could not be decompressed
DS09 File could not be decrypted
DS0A Signature missing
DS0B Signature missing or invalid for this format
DS0C Signer's certificate revoked
DS0D Signer's certificate not valid
DS0E Signer's certificate missing
DS0F Issuer of the signer's certificate unknown
DS0G Signer may not sign this kind of order
DS0H Signer may not sign for this account
DS0K Too many payments for this signer
DS10 First signer's certificate revoked
DS11 First signer's certificate not valid
DS12 First signer's certificate missing
DS13 Issuer of the first signer's certificate unknown
DS14 User unknown at the bank
DS15 The same signature was sent before
DS16 Version of the public key wrong
DS17 Order and signatures do not belong together
DS18 File cannot be checked; send the whole order again
DS19 Signature rights not enough for the order
DS20 Second signer's certificate revoked
DS21 Second signer's certificate not valid
DS22 Second signer's certificate missing
DS23 Issuer of the second signer's certificate unknown
DS24 Signatures or release not completed in time
DS25 Order deleted by the bank's server
DS26 The same user signed twice
DS27 User not yet activated
DS28 Sent to the wrong environment
DT01 Date wrong or missing
DT02 Creation time wrong
DT03 Not a banking day
DT04 Future date not supported
DT05 Received after the cut-off date
DT06 The bank moved the execution date
DU01 Message id used before
DU02 Batch id used before
DU03 Payment sent before
DU04 End-to-end id used before
DU05 Instruction id used before
DUPL Taken for a duplicate of another payment
ED01 Correspondent bank not possible
ED03 Balance-of-payments information wanted
ED05 Settlement failed
ED06 Settlement system not available
EDNA Execution date not accepted
EDTL Expiry of the request-to-pay too far ahead
EDTR Expiry of the request-to-pay already reached
EOL1 Authorisation lapsed: not used for too long
ERIN Extended remittance not supported
FF01 File format incomplete or wrong
FF02 Syntax error; see the bank's text
FF03 Payment type missing or wrong
FF04 Service level missing or wrong
FF05 Local instrument missing or wrong
FF06 Category purpose missing or wrong
FF07 Purpose missing or wrong
FF08 End-to-end id missing or wrong
FF09 Cheque number missing or wrong
FF10 Technical fault at the bank
FF11 Clearing request aborted
FF12 Original payment cannot be returned in its state
FF13 No such cancellation request known
FOCR Comes back after a recall
FR01 Fraud
FRAD Recalled because of fraud
G000 Passed on and tracked
G001 Passed on, not tracked any further
G002 Credit may not be confirmed today
G003 Waits for documents of the payee
G004 Waits for the cover
G005 Delivered to the payee's bank, with tracking
G006 Delivered to the payee's bank, without tracking
ID01 Signature arrived, the order did not
IEDT Expiry of the request-to-pay wrong
INAR Payer's activation reference wrong
INDT Details not valid for the field
IPNS Instalments are not supported
IRNR No first request-to-pay received
ISWS Cannot be scheduled for the night window
MD01 No mandate
MD02 Mandate information missing
MD05 Direct debit should not have been collected
MD06 Refund asked by the payer
MD07 Account holder is deceased
MINF Information missing
MS02 No reason given by the customer
MS03 No reason given by the bank
NARR The reason is in the bank's text
NERI Marked as extended remittance without having it
NOAR No agreement to receive requests-to-pay
NOAS No answer from the payee
NOCM Account does not meet regulatory requirements
NOFR Continuous settlement line on hold
NOPG Payment guarantee cannot be given
NRCH Payer cannot be reached by request-to-pay
OSNS Optional service not supported
PINS Payment type not supported by the payer
RC01 BIC in a wrong form
RC02 Bank identification missing or wrong
RC03 Identification of the payer's bank missing or wrong
RC04 Identification of the payee's bank missing or wrong
RC05 BIC missing or wrong
RC06 BIC of the payer's bank missing or wrong
RC07 BIC of the payee's bank missing or wrong
RC08 Clearing code missing or wrong
RC09 Clearing code of the payer's bank missing or wrong
RC10 Clearing code of the payee's bank missing or wrong
RC11 Intermediary bank missing or wrong
RC12 Creditor identifier missing or wrong
RC13 Sender no longer active
RC15 Settlement agreement needed
RC16 Participant blocked
RCON Conflicts with an R-message
RECI More about the intended receiver
REPR Request-to-pay received
RF01 Reference not unique in the message
RQNR Payer does not recognise the request
RR01 Regulatory: payer's account or identification missing
RR02 Regulatory: payer's name or address insufficient
RR03 Regulatory: payee's name or address insufficient
RR04 Regulatory reason
RR05 Central-bank reporting missing or wrong
RR06 Tax information missing or wrong
RR07 Remittance does not follow the rules of the payment type
RR08 Remittance was cut
RR09 Structured reference missing or wrong
RR10 Characters not valid for country and payment type
RR11 Identification of the bank's own service wrong
RR12 Identification that the country needs is missing
RTNS Payer does not support request-to-pay
RUTA Returned after an investigation without remedy
S000 Recall request acknowledged
S001 Recall: payment found by its tracking id
S002 Recall: payment stopped on its way
S003 Recall passed on to the bank that has the payment
S004 Recall delivered to the bank that has the payment
SBRN Hold on the settlement line removed
SL01 Special service of the payer's bank
SL02 Special service of the payee's bank
SL03 Special service of the clearing system
SL11 Payer allows only listed creditors, and this is not one
SL12 Payer blocked this creditor
SL13 Payer's limit on the number of direct debits
SL14 Payer's limit on the amount of direct debits
SL15 Too many credits on the account in this period
SL16 Too much credited to the account in this period
SL17 Not on the list of allowed parties
SL18 On the list of blocked parties
SNRD Service not yet rendered
SPII Service provider of the request-to-pay wrong
TA01 Transmission of the file failed
TD01 Nothing to download
TD02 File cannot be read
TD03 File format incomplete or wrong
TK01 Token invalid
TK02 Token of the sender does not exist
TK03 Token of the receiver does not exist
TK09 Token missing
TKCM Token belongs to another counterparty
TKSG Token for single use was used before
TKSP Token suspended
TKVE Token's amount limit exceeded
TKXP Token expired
TM01 Received after the cut-off time
TS01 Transmission of the file succeeded
TS04 Order passes by a note signed by hand
UCRD Creditor unknown
UPAY Payment not justified
""")
"""Code to name."""
