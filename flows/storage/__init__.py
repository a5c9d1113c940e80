"""Energy stores carried to analysis: their account, their worth, and what they could have earned."""
