"""Units assigned at random to variants: who gets which, and what it did."""
