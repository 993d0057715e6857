"""``config/flows/*.yaml``: a flow's name, its kind and its steps."""

import functools
from typing import Annotated, Any, Literal, Union

from pydantic import Field, create_model

from cti_server.settings.flows.components import library
from cti_server.settings.flows.step_models import DatumText, step_model
from cti_server.settings.names import Name
from settings_file import SettingsModel

ROUTING, QUEUE_PROCESSING, PART = "routing-strategy", "queue-processing", "part"
MOST_STEPS = 500


class FlowFile(SettingsModel):
    """One file of ``flows/``."""

    name: Name
    """The flow's name; pilots, queues and other flows refer to it."""
    kind: Literal["routing-strategy", "queue-processing", "part"]
    """routing-strategy: from the call's arrival until it is queued. queue-processing: while it waits. part: steps that
    other flows run."""
    data: tuple[DatumText, ...] = ()
    """Data that the steps use and that no step sets: what comes with the call, or by a program."""
    steps: tuple[SettingsModel, ...]
    """The steps; a step without `next` goes to the one below it."""


@functools.cache
def flow_file() -> type[FlowFile]:
    """The model of a flow's file, with every component that there is as a kind of step."""
    models = tuple(step_model(each) for each in library().components.values())
    steps: Any = Annotated[Union[models], Field(discriminator="step")]  # noqa: UP007 - a union that is made
    return create_model(
        "FlowFile",
        __base__=FlowFile,
        __doc__=FlowFile.__doc__,
        __module__=__name__,
        steps=(
            Annotated[tuple[steps, ...], Field(min_length=1, max_length=MOST_STEPS)],
            Field(description="The steps; a step without `next` goes to the one below it."),
        ),
    )
