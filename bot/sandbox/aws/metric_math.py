"""CloudWatch metric math, the part bot and alarms use: arithmetic, comparison, IF, FILL, SUM and kin."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping

import numpy as np

from bot.sandbox.aws.errors import AwsError, validation
from bot.sandbox.aws.noise import Floats

_BINARY: dict[type[ast.operator], Callable[[Floats, Floats], Floats]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Pow: np.power,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Floats, Floats], Floats]] = {
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}
_ACROSS: dict[str, Callable[..., Floats]] = {
    "SUM": np.nansum,
    "AVG": np.nanmean,
    "MAX": np.nanmax,
    "MIN": np.nanmin,
}
_EACH: dict[str, Callable[[Floats], Floats]] = {"ABS": np.abs, "CEIL": np.ceil, "FLOOR": np.floor}


def names_in(expression: str) -> set[str]:
    """The ids an expression refers to. Raises ValidationError when it cannot be read."""
    nodes = list(ast.walk(_tree(expression)))
    functions = {n.func.id for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    return {n.id for n in nodes if isinstance(n, ast.Name)} - functions - {"REPEAT"}


def evaluate(expression: str, values: Mapping[str, Floats], shown: Floats) -> Floats:
    """The expression over series on one grid. NaN is a missing point; FILL fills only where ``shown``."""
    with np.errstate(all="ignore"):
        result = _Evaluation(values, shown).of(_tree(expression).body)
    return np.where(np.isfinite(result), result, np.nan) * np.ones(shown.shape)


def _tree(expression: str) -> ast.Expression:
    text = re.sub(r"&&|\bAND\b", " and ", re.sub(r"\|\||\bOR\b", " or ", expression)).replace("^", "**")
    try:
        return ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise validation(f"Error in expression: {expression}") from error


class _Evaluation:
    def __init__(self, values: Mapping[str, Floats], shown: Floats) -> None:
        self._values = values
        self._shown = shown

    def of(self, node: ast.expr) -> Floats:
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return np.asarray(float(node.value))
        if isinstance(node, ast.Name) and node.id in self._values:
            return self._values[node.id]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -self.of(node.operand)
        if isinstance(node, ast.BinOp):
            return self._binary(node)
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return self._compare(node)
        if isinstance(node, ast.BoolOp):
            return self._both(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self._call(node.func.id, node.args)
        raise validation(f"Unsupported operand in expression: {ast.unparse(node)}")

    def _binary(self, node: ast.BinOp) -> Floats:
        left, right = self.of(node.left), self.of(node.right)
        if isinstance(node.op, ast.Div):
            return np.asarray(np.where(right == 0, np.nan, np.divide(left, right)))
        if type(node.op) not in _BINARY:
            raise validation(f"Unsupported operator in expression: {ast.unparse(node)}")
        return _BINARY[type(node.op)](left, right)

    def _compare(self, node: ast.Compare) -> Floats:
        left, right = self.of(node.left), self.of(node.comparators[0])
        if type(node.ops[0]) not in _COMPARE:
            raise validation(f"Unsupported operator in expression: {ast.unparse(node)}")
        truth = _COMPARE[type(node.ops[0])](left, right).astype(np.float64)
        return np.asarray(np.where(np.isnan(left) | np.isnan(right), np.nan, truth))

    def _both(self, node: ast.BoolOp) -> Floats:
        parts = np.stack(np.broadcast_arrays(*(self.of(value) for value in node.values)))
        truth = (parts != 0).all(axis=0) if isinstance(node.op, ast.And) else (parts != 0).any(axis=0)
        return np.asarray(np.where(np.isnan(parts).any(axis=0), np.nan, truth.astype(np.float64)))

    def _call(self, name: str, args: list[ast.expr]) -> Floats:
        if name == "FILL" and len(args) == 2:
            return self._fill(self.of(args[0]), args[1])
        if name == "IF" and len(args) in {2, 3}:
            condition, then = self.of(args[0]), self.of(args[1])
            otherwise = self.of(args[2]) if len(args) == 3 else np.asarray(np.nan)
            return np.where(np.isnan(condition), np.nan, np.where(condition != 0, then, otherwise))
        if name in _EACH and len(args) == 1:
            return _EACH[name](self.of(args[0]))
        if name in _ACROSS and len(args) == 1:
            return self._across(name, args[0])
        raise AwsError(
            "NotImplemented", f"The sandbox does not emulate the metric math function {name}.", 501
        )

    def _across(self, name: str, arg: ast.expr) -> Floats:
        if not isinstance(arg, ast.List):
            series = self.of(arg)
            return np.asarray(np.nan if np.isnan(series).all() else _ACROSS[name](series))
        parts = np.stack(np.broadcast_arrays(*(self.of(element) for element in arg.elts)))
        empty = np.isnan(parts).all(axis=0)
        return np.asarray(np.where(empty, np.nan, _ACROSS[name](np.where(empty, 0.0, parts), axis=0)))

    def _fill(self, series: Floats, how: ast.expr) -> Floats:
        missing = np.isnan(series) & (self._shown > 0)
        if isinstance(how, ast.Name) and how.id == "REPEAT":
            index = np.where(np.isnan(series), 0, np.arange(series.size))
            return np.asarray(np.where(missing, series[np.maximum.accumulate(index)], series))
        return np.asarray(np.where(missing, self.of(how), series))
