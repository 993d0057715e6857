"""Where a contact stands in its flow and what the flow says next."""
