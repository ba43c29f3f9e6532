"""The few pieces that plug the core into Rasa: graph components and the channel."""
