#!/bin/sh
# The token is a credential: it has no place in an output that is recorded.
env | grep '^ST2_' | grep -v TOKEN | sort
