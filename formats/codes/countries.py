"""Countries (ISO 3166-1 alpha-2) and the circles of them that payment rules speak of."""

from formats.codes import code_set

COUNTRIES = code_set("""
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO
    FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE
    JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO
    MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW
    PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM
    TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
""")
"""Every officially assigned code. XK (Kosovo) is user-assigned and only met in IBANs and BICs."""
SEPA_COUNTRIES = code_set("""
    AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS
    SE SI SK SM VA
""")
"""IBAN countries of SEPA (EPC409-09 v8.0, December 2025). Jersey, Guernsey and Man use GB, French overseas parts FR."""
EEA = code_set("AT BE BG HR CY CZ DE DK EE ES FI FR GR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK")
"""The European Economic Area."""
SEPA_OUTSIDE_EEA = code_set("GB CH MC SM AD VA AL ME MK MD PM GG JE IM RS")
"""Members of SEPA to which a transfer needs the address of the payer (funds transfer regulation; RS since May 2026)."""
