"""From an element to a value object, by a table; and for the second element of the same shape, without walking it.

Banks write a million entries in a handful of shapes. The first entry of a shape is walked once, and the walk is
remembered as a plan: which text goes to which field of which value object. Reading the next one is then a comparison
of its markup and a few constructor calls, which costs less than walking its elements would.

The tables map element names to rules::

    BATCH = Group("batches", BatchBlock, {"MsgId": Leaf("message_id"), "TtlAmt": Sum("total")}, many=True)
"""

from formats.shapes.compile import line
from formats.shapes.drafts import settled
from formats.shapes.reading import Shapes
from formats.shapes.rules import Either, Group, Inline, Leaf, Note, Rule, Sum, money

__all__ = ["Either", "Group", "Inline", "Leaf", "Note", "Rule", "Shapes", "Sum", "line", "money", "settled"]
