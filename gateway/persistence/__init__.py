"""Where facts are kept: tables, one repository per aggregate, the unit of work that binds them, the encrypted vault."""
