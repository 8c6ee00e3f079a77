"""The few ways out. What they have in common: total deadlines, capped answers, an honest word on what was sent."""
