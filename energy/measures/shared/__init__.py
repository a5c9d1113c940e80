"""What several rules share: how a change is valued at the margin, its band, and the physics of ice, air and stores."""
