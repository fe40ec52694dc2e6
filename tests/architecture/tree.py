"""The tree as the architecture tests read it: every module of the packages, parsed once."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("gateway", "formats", "banks", "reconciliation")
GENERATED = "gateway/persistence/migrations/versions"
UNTRACKED = {".venv", ".git", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", "__pycache__", "mutants"}
"""Folders of tools; what stands in them is not ours."""
TEXTS = {".py", ".toml", ".md", ".html", ".css", ".js", ".lock", ".json", ".xml", ".txt", ".yml", ".csv", ".mako", ""}


@cache
def modules():
    """Name and syntax tree of every module of the packages, generated ones left out."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(GENERATED):
                found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def files():
    """Every text file that belongs to the project."""
    for path in sorted(ROOT.rglob("*")):
        parts = set(path.relative_to(ROOT).parts)
        if path.is_file() and not parts & UNTRACKED and path.suffix in TEXTS:
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8", errors="replace")


def functions(tree):
    """Every function of a module, methods and inner ones included."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def dotted(node):
    """``a.b.c`` of an attribute or name; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return ""
