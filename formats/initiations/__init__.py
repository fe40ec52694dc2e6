"""What credit transfers and direct debits have in common: one reader and one writer, driven by tables."""
