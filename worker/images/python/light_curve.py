"""Light curves as Easel keeps them: text, gzipped or not, one row per sample (docs/task-types/light-curve.md)."""

import gzip
import math
import zlib

SECONDS_PER_DAY = 86_400.0
GZIP_MAGIC = b"\x1f\x8b"


def read_light_curve(path):
    """The samples that count: times [d], fluxes, and uncertainties, or None where one of them is not known."""
    try:
        times, fluxes, uncertainties = read_columns(path)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise SystemExit(f"{path} cannot be read: {error}")
    return times, fluxes, uncertainties if all(each > 0 for each in uncertainties) else None


def read_columns(path):
    with open(path, "rb") as file:
        is_gzipped = file.read(2) == GZIP_MAGIC
    times, fluxes, uncertainties = [], [], []
    with (gzip.open if is_gzipped else open)(path, "rt", encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            text = line.strip()
            if not text or text.startswith("#"):
                continue
            try:
                time, flux, flag, uncertainty = (float(word) for word in text.split())
            except ValueError:
                raise SystemExit(f"{path}, line {number}: expected time, flux, flag and uncertainty, found: {text[:60]}")
            if flag == 0 and math.isfinite(flux) and math.isfinite(uncertainty):
                times.append(time / SECONDS_PER_DAY)
                fluxes.append(flux)
                uncertainties.append(uncertainty)
    return times, fluxes, uncertainties
