"""Words that StackStorm's parts agree on."""
