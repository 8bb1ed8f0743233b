"""What a rule means, written as plainly as it can be: the arbiter that every other evaluator is compared with.

`world` holds customers and what they did, `evaluator` answers for one customer at an instant, `orders` computes the
order traits, `strategies` makes random rules and histories. Used by tests only.
"""
