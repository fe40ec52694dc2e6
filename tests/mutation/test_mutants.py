"""The mutator makes the faults it promises, and the code it makes is the function's own but for the fault."""

from tests.mutation.mutants import mutants

SOURCE = '''
"""Text 1."""


def rule(number):
    return lambda function: function


@rule(7)
def found(amount, currency):
    if amount > 5 and currency == "EUR":
        yield "too much"
'''


def faults(tmp_path):
    path = tmp_path / "module.py"
    path.write_text(SOURCE)
    return {f"{one.before} -> {one.after}": one for one in mutants(path) if one.name == "found"}


def test_limits_comparisons_and_findings_are_mutated_and_decorators_are_not(tmp_path):
    made = set(faults(tmp_path))
    assert {"5 -> 6", "amount > 5 -> amount >= 5", "'EUR' -> 'EUR?'", "yield 'too much' -> yield from ()"} <= made
    assert not any(one.startswith("7") for one in made)


def test_a_mutant_is_the_function_with_its_one_fault(tmp_path):
    def found(amount, currency):
        yield from ()

    assert list(found(6, "EUR")) == []
    found.__code__ = faults(tmp_path)["5 -> 6"].code
    assert (list(found(6, "EUR")), list(found(7, "EUR"))) == ([], ["too much"])
