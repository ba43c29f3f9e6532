"""The helpline's core: knowledge, questions and answers, without any Rasa import."""

__version__ = "0.1.0"
