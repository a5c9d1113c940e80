"""What a project saved: the counterfactual, events, avoided energy and cost, steady and normal years."""
