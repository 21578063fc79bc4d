"""Quality control of a periodogram: frequencies ascend, powers are numbers from 0 to 1. Says what is wrong as a verdict on the output."""

import gzip
import json
import math
import os


def find_fault(path):
    try:
        with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as file:
            if file.readline() != "frequency[1/d],power\n":
                return "its first line is not frequency[1/d],power"
            before, rows = 0.0, 0
            for number, line in enumerate(file, start=2):
                frequency, power = (float(word) for word in line.split(","))
                if not (math.isfinite(frequency) and frequency > before):
                    return f"line {number}: the frequency {frequency} does not ascend"
                if not -1e-9 <= power <= 1 + 1e-9:
                    return f"line {number}: the power {power} is not between 0 and 1"
                before, rows = frequency, rows + 1
    except (OSError, EOFError, ValueError) as error:
        return f"it cannot be read: {error}"
    return None if rows > 0 else "it has no rows"


def main():
    with open(os.environ["EASEL_TASK"], encoding="utf-8") as file:
        path = json.load(file)["outputs"]["periodogram"]
    fault = find_fault(path)
    print(json.dumps({"periodogram": {"passed": fault is None, **({"reason": fault} if fault else {})}}))


if __name__ == "__main__":
    main()
