"""One energy project, carried from core to analysis: baselines, events, savings, bridge and calculation."""
