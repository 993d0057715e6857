"""Programs of their own that keep a speech model loaded; they are asked by `media_service.speech.worker.Worker`."""
