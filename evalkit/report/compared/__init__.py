"""A comparison of systems told in a terminal, in Markdown, in a notebook; its page is made of `sections/compared`."""
