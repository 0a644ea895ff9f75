"""The parts of a redaction: which fields are meant, JSON values, texts, tables, and nouns."""
