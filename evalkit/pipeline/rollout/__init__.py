"""How a candidate goes to users: a pure state machine, its evidence, and the chain in which each move stands."""
