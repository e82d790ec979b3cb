"""Proofs over everything there is: every route, every action, every state, every guard."""
