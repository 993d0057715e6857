"""Faults of the prompts."""


class PromptError(Exception):
    """An utterance cannot be spoken: a prompt is missing or unfit, or the number is beyond what the clips can say."""
