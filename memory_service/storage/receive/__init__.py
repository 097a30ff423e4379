"""Receiving what people push: nothing of it is in the store before all of it is known to be good."""
