#!/bin/sh
# Arguments: how many lines, and how many seconds to wait after each.
for line in $(seq "${1:-100}"); do
    if [ $((line % 2)) -eq 1 ]; then
        echo "stderr line $line" >&2
    else
        echo "stdout line $line"
    fi
    sleep "${2:-0.5}"
done
