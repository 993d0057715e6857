"""What messages are declared in: kinds of values, elements with their tags, shapes; both encodings read them alone."""
