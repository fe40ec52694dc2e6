"""What remittance refers to: document and reference types (ISO 20022 external code sets of May 2025), codes only."""

from formats.codes import code_set

DOCUMENT_TYPES = code_set("""
    AROI BOLD CINV CMCN CNFA CONT CREN DEBN DISP DNFA FXDR HIRI INVS MSIN PROF PUOR QUOT RADM RPIN SBIN SCOR SOAC
    SPRR TISH TSUT USAR VCHR
""")
"""Documents a remittance settles (ExternalDocumentType1Code and the older fixed list)."""
REFERENCE_TYPES = code_set("""
    DISP FXDR PUOR RADM RPIN SCOR
""")
"""References a payee asks for (ExternalCreditorReferenceType1Code)."""
