"""The rasa-sdk actions. `rasa run actions` finds them in `actions.actions`."""
