"""
The generalised Lomb-Scargle periodogram of Zechmeister & Kuerster (2009, A&A 496, 577): at each frequency the fit of a sine with an
offset, weighted by the uncertainties; the power is the part of the scatter that it explains, 0 to 1.

The contract of a command of Easel: EASEL_TASK names the description, EASEL_METADATA where the answer goes.
"""

import gzip
import json
import math
import os
from dataclasses import dataclass

from light_curve import read_light_curve

MOST_FREQUENCIES = 1_000_000
FEWEST_SAMPLES = 5


@dataclass(frozen=True)
class Curve:
    """Times from the first sample, fluxes from their weighted mean, weights that add up to 1."""

    start: float
    times: list
    fluxes: list
    weights: list
    scatter: float


@dataclass(frozen=True)
class Fit:
    power: float
    cosine: float
    sine: float


def weigh(times, fluxes, uncertainties):
    inverse = [1.0] * len(times) if uncertainties is None else [each**-2 for each in uncertainties]
    total = math.fsum(inverse)
    weights = [each / total for each in inverse]
    mean = math.fsum(w * y for w, y in zip(weights, fluxes))
    around = [y - mean for y in fluxes]
    scatter = math.fsum(w * y * y for w, y in zip(weights, around))
    return Curve(times[0], [t - times[0] for t in times], around, weights, scatter)


def solve(curve, c, s, yc, ys, cc, cs):
    """Power and coefficients from the sums over the samples."""
    cc, ss, cs = cc - c * c, 1.0 - cc - s * s, cs - c * s
    determinant = cc * ss - cs * cs
    if determinant <= 1e-12:
        return Fit(0.0, 0.0, 0.0)
    cosine = (yc * ss - ys * cs) / determinant
    sine = (ys * cc - yc * cs) / determinant
    return Fit((yc * cosine + ys * sine) / curve.scatter, cosine, sine)


def fit(curve, frequency):
    c = s = yc = ys = cc = cs = 0.0
    for t, y, w in zip(curve.times, curve.fluxes, curve.weights):
        cos, sin = math.cos(2 * math.pi * frequency * t), math.sin(2 * math.pi * frequency * t)
        wc, ws = w * cos, w * sin
        c += wc
        s += ws
        yc += y * wc
        ys += y * ws
        cc += wc * cos
        cs += wc * sin
    return solve(curve, c, s, yc, ys, cc, cs)


def scan(curve, first, step, count):
    """The powers of evenly spaced frequencies; from one to the next each sample's angle is turned, which is cheaper than a cosine."""
    turns = [(math.cos(2 * math.pi * step * t), math.sin(2 * math.pi * step * t)) for t in curve.times]
    powers = []
    for index in range(count):
        if index % 256 == 0:  # the turns add up their rounding: begin anew now and then
            frequency = first + index * step
            angles = [(math.cos(2 * math.pi * frequency * t), math.sin(2 * math.pi * frequency * t)) for t in curve.times]
        c = s = yc = ys = cc = cs = 0.0
        after = []
        for (cos, sin), (turn_cos, turn_sin), y, w in zip(angles, turns, curve.fluxes, curve.weights):
            wc, ws = w * cos, w * sin
            c += wc
            s += ws
            yc += y * wc
            ys += y * ws
            cc += wc * cos
            cs += wc * sin
            after.append((cos * turn_cos - sin * turn_sin, sin * turn_cos + cos * turn_sin))
        angles = after
        powers.append(solve(curve, c, s, yc, ys, cc, cs).power)
    return powers


def refine(curve, frequency, step):
    """The top of the peak, between the neighbours of its highest frequency, by the golden section."""
    golden = (math.sqrt(5) - 1) / 2
    low, high = frequency - step, frequency + step
    while high - low > 1e-7 * step:
        one, other = high - golden * (high - low), low + golden * (high - low)
        if fit(curve, one).power < fit(curve, other).power:
            low = one
        else:
            high = other
    return (low + high) / 2


def false_alarm(power, samples, independent):
    """How likely noise alone has a peak as high somewhere, if so many frequencies are independent."""
    single = max(0.0, 1.0 - power) ** ((samples - 3) / 2)
    return -math.expm1(independent * math.log1p(-single)) if single < 1 else 1.0


def frequencies_of(settings, observed):
    period_min = settings["period_min"]
    period_max = settings.get("period_max", observed)
    if not 0 < period_min < period_max:
        raise SystemExit(f"period_min ({period_min} d) must be positive and less than period_max ({period_max} d)")
    if not settings["oversampling"] > 0:
        raise SystemExit(f"oversampling must be positive, it is {settings['oversampling']}")
    step = 1 / (observed * settings["oversampling"])
    first = 1 / period_max
    count = int((1 / period_min - first) / step) + 1
    if count > MOST_FREQUENCIES:
        raise SystemExit(f"{count} frequencies are too many: make period_min longer, or oversampling less")
    return first, step, count


def main():
    with open(os.environ["EASEL_TASK"], encoding="utf-8") as file:
        task = json.load(file)
    times, fluxes, uncertainties = read_light_curve(task["inputs"]["lightcurve"])
    if len(times) < FEWEST_SAMPLES:
        raise SystemExit(f"the light curve has {len(times)} usable samples; at least {FEWEST_SAMPLES} are needed")
    curve = weigh(times, fluxes, uncertainties)
    if not curve.scatter > 0:
        raise SystemExit("the light curve is constant: there is no period to look for")
    observed = curve.times[-1]
    first, step, count = frequencies_of(task["description"], observed)
    how = "by their uncertainties" if uncertainties is not None else "alike, since uncertainties are not known"
    print(json.dumps({"level": "info", "message": f"{len(times)} samples, weighted {how}; {count} frequencies"}))
    powers = scan(curve, first, step, count)
    best = refine(curve, first + step * max(range(count), key=powers.__getitem__), step)
    peak = fit(curve, best)
    amplitude = math.hypot(peak.cosine, peak.sine)
    phase = math.atan2(peak.sine, peak.cosine) / (2 * math.pi) % 1.0
    # Of a sine in white noise: Montgomery & O'Donoghue (1999), with the scatter that is left over.
    left = math.sqrt(max(0.0, 1 - peak.power) * curve.scatter)
    uncertainty = math.sqrt(6 / len(times)) * left / (math.pi * observed * amplitude * best**2)
    metadata = {
        "period": 1 / best,
        "period_uncertainty": uncertainty,
        "power": peak.power,
        "amplitude": amplitude,
        "time_of_maximum": curve.start + phase / best,
        "false_alarm_probability": false_alarm(peak.power, len(times), (count - 1) * step * observed),
        "samples": len(times),
    }
    write_periodogram(task["outputs"]["periodogram"], first, step, powers)
    with open(os.environ["EASEL_METADATA"], "w", encoding="utf-8") as file:
        json.dump(metadata, file)


def write_periodogram(path, first, step, powers):
    lines = [f"{first + index * step:.12g},{power:.9g}\n" for index, power in enumerate(powers)]
    content = "".join(["frequency[1/d],power\n", *lines]).encode()
    with open(path, "wb") as file:
        # Without a time in it, equal numbers give equal bytes.
        file.write(gzip.compress(content, mtime=0) if path.endswith(".gz") else content)


if __name__ == "__main__":
    main()
