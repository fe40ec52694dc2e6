"""Small faults put into functions one at a time: a comparison turned, a limit moved by one, a finding not told.

A mutant is the compiled code of one function of a module; nothing is written to disk and no decorator runs again, so
that functions under a decorator (every rule is one) can be mutated too. Texts for people are left alone.
"""

import ast
import copy
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TURNED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Mod: ast.Add,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One fault in the function ``name`` (qualified) of a file, before and after as source."""

    line: int
    name: str
    before: str
    after: str
    code: types.CodeType


def mutants(path: Path) -> Iterator[Mutant]:
    """Every mutant of the functions in a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for name, function in _functions(tree):
        for owner, field, at, new in _faults(function):
            before = _at(owner, field, at)
            _put(owner, field, at, new)
            tree_now = ast.fix_missing_locations(copy.deepcopy(tree))
            _put(owner, field, at, before)
            code = _code_of(compile(tree_now, str(path), "exec"), name)
            place = before if hasattr(before, "lineno") else owner
            said = (before, new) if hasattr(before, "lineno") else (owner, _copied(owner, field, at, new))
            told = [ast.unparse(one) for one in said]
            yield Mutant(line=place.lineno, name=name, before=told[0], after=told[1], code=code)


def _functions(tree: ast.AST, above: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            yield above + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{above}{node.name}.")


def _faults(function: ast.FunctionDef) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """Where a fault goes (node, field, place in its list) and what stands there then."""
    for statement in function.body:
        for node in _walk(statement):
            yield from _of_node(node)
    for owner in ast.walk(function):
        for field in ("body", "orelse"):
            block = getattr(owner, field, None)
            for at, one in enumerate(block if isinstance(block, list) else []):
                if isinstance(one, ast.Expr) and isinstance(one.value, ast.Yield | ast.YieldFrom):
                    yield owner, field, at, ast.copy_location(_parsed("yield from ()"), one)
                elif isinstance(one, ast.Return | ast.Continue) and owner is not function:
                    yield owner, field, at, ast.copy_location(ast.Pass(), one)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """What runs: not the types that are only noted."""
    yield node
    for field, value in ast.iter_fields(node):
        if field not in ("annotation", "returns"):
            for one in value if isinstance(value, list) else (value,):
                if isinstance(one, ast.AST):
                    yield from _walk(one)


def _of_node(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            yield node, "ops", at, TURNED[type(operator)]()
        for at, right in enumerate(node.comparators):
            if isinstance(right, ast.Constant) and isinstance(right.value, str):
                yield node, "comparators", at, ast.copy_location(ast.Constant(right.value + "?"), right)
    elif isinstance(node, ast.BoolOp | ast.BinOp) and type(node.op) in TURNED:
        yield node, "op", None, TURNED[type(node.op)]()
    elif isinstance(node, ast.If | ast.IfExp | ast.While):
        bare = node.test.operand if isinstance(node.test, ast.UnaryOp) else ast.UnaryOp(ast.Not(), node.test)
        yield node, "test", None, ast.copy_location(bare, node.test)
    elif isinstance(node, ast.comprehension):
        for at, test in enumerate(node.ifs):
            yield node, "ifs", at, ast.copy_location(ast.Constant(value=True), test)
    yield from _of_constants(node)


def _of_constants(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """Numbers one more, flags turned."""
    for field, value in ast.iter_fields(node):
        for at, one in enumerate(value) if isinstance(value, list) else ((None, value),):
            if isinstance(one, ast.Constant) and type(one.value) in (int, bool):
                other = not one.value if isinstance(one.value, bool) else one.value + 1
                yield node, field, at, ast.copy_location(ast.Constant(other), one)


def _parsed(statement: str) -> ast.stmt:
    return ast.parse(statement).body[0]


def _at(owner: ast.AST, field: str, at: int | None) -> ast.AST:
    found = getattr(owner, field)
    return found if at is None else found[at]


def _put(owner: ast.AST, field: str, at: int | None, new: ast.AST) -> None:
    if at is None:
        setattr(owner, field, new)
    else:
        getattr(owner, field)[at] = new


def _copied(owner: ast.AST, field: str, at: int | None, new: ast.AST) -> ast.AST:
    other = copy.deepcopy(owner)
    _put(other, field, at, new)
    return other


def _code_of(whole: types.CodeType, name: str) -> types.CodeType:
    """The code of the function with this qualified name."""
    for one in whole.co_consts:
        if isinstance(one, types.CodeType):
            if one.co_qualname == name:
                return one
            if name.startswith(one.co_qualname + "."):
                return _code_of(one, name)
    raise LookupError(name)
