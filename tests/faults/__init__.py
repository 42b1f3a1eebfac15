"""What the product survives: each fault is done to real processes over real HTTP."""
