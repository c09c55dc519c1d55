"""A runbook's shape: an ordered list of steps a responder walks, written as YAML content."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from bot.core.message import Value
from bot.core.model import LoadBalancerType

StepId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]


class Question(Value):
    """Asks a stakeholder. A yes is the signal `signal`; `team` is the group it is usually put to."""

    kind: Literal["question"]
    id: StepId
    title: str = Field(max_length=60)
    ask: str = Field(max_length=300)
    signal: str
    team: str = ""


class CheckStep(Value):
    """Runs a check. `why` says what its answer tells the responder."""

    kind: Literal["check"]
    id: StepId
    check: str
    title: str = Field(max_length=60)
    why: str = Field(max_length=300)


class Instruction(Value):
    """A thing a person looks at; what they saw is recorded. `console` names a page of bot.core.console."""

    kind: Literal["instruction"]
    id: StepId
    title: str = Field(max_length=60)
    look_at: str = Field(max_length=600)
    console: str


class Conclusion(Value):
    """Where everything is held against the hypotheses."""

    kind: Literal["conclusion"]
    id: StepId
    title: str = Field(max_length=60)
    text: str = Field(max_length=600)


Step = Annotated[Question | CheckStep | Instruction | Conclusion, Field(discriminator="kind")]


class Hypothesis(Value):
    """A common cause the procedure starts from: the cause's id and what it looks like."""

    cause: str
    text: str


class Runbook(Value):
    """One procedure. `advice` is its closing word, shown with the conclusion."""

    id: StepId
    title: str = Field(max_length=120)
    load_balancer_types: tuple[LoadBalancerType, ...]
    error_metric: str
    intro: str
    hypotheses: tuple[Hypothesis, ...]
    steps: tuple[Step, ...] = Field(min_length=1)
    advice: str

    @model_validator(mode="after")
    def _steps_are_distinct_and_end_in_a_conclusion(self) -> Runbook:
        ids = [step.id for step in self.steps]
        twice = {i for i in ids if ids.count(i) > 1}
        if twice:
            raise ValueError(f"step ids used twice: {', '.join(sorted(twice))}")
        if self.steps[-1].kind != "conclusion":
            raise ValueError("the last step must be a conclusion")
        return self

    def step(self, step_id: str) -> Step:
        """The step of that id; KeyError when the runbook has none."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)

    def english_texts(self) -> tuple[str, ...]:
        """Every sentence a person can read in it: the keys a translation needs."""
        texts = [self.title, self.intro, self.advice, *(h.text for h in self.hypotheses)]
        for step in self.steps:
            match step:
                case Question():
                    texts += [step.title, step.ask]
                case CheckStep():
                    texts += [step.title, step.why]
                case Instruction():
                    texts += [step.title, step.look_at]
                case Conclusion():
                    texts += [step.title, step.text]
        return tuple(texts)
