"""Work for people: what to label, put together from several hands, and how far it has come."""
