"""The pages, one module each: a page asks one read model and shows it."""
