"""WGS-84 to GCJ-02: the shifted coordinates that maps published in the mainland use.

The published approximation of the shift (an ellipsoid of Krasovsky 1940 and a sum of sines), good to about a metre
and taken by every mainland map service. Outside the mainland the two are the same.
"""

from __future__ import annotations

from math import cos, pi, radians, sin, sqrt

AXIS = 6378245.0
"""Semi-major axis in metres, Krasovsky 1940."""
ECCENTRICITY = 0.00669342162296594323
"""First eccentricity squared of the same ellipsoid."""


def is_mainland(longitude: float, latitude: float) -> bool:
    """The box in which the shift is applied, degrees."""
    return 72.004 <= longitude <= 137.8347 and 0.8293 <= latitude <= 55.8271


def shifted(longitude: float, latitude: float) -> tuple[float, float]:
    """GCJ-02 longitude and latitude in degrees of a WGS-84 (or CGCS2000) place."""
    if not is_mainland(longitude, latitude):
        return longitude, latitude
    east, north = longitude - 105.0, latitude - 35.0
    angle = radians(latitude)
    flattening = 1 - ECCENTRICITY * sin(angle) ** 2
    by_latitude = _northward(east, north) * 180.0 / (AXIS * (1 - ECCENTRICITY) / (flattening * sqrt(flattening)) * pi)
    by_longitude = _eastward(east, north) * 180.0 / (AXIS / sqrt(flattening) * cos(angle) * pi)
    return longitude + by_longitude, latitude + by_latitude


def _northward(east: float, north: float) -> float:
    metres = -100.0 + 2.0 * east + 3.0 * north + 0.2 * north * north + 0.1 * east * north + 0.2 * sqrt(abs(east))
    metres += (20.0 * sin(6.0 * east * pi) + 20.0 * sin(2.0 * east * pi)) * 2.0 / 3.0
    metres += (20.0 * sin(north * pi) + 40.0 * sin(north / 3.0 * pi)) * 2.0 / 3.0
    return metres + (160.0 * sin(north / 12.0 * pi) + 320.0 * sin(north * pi / 30.0)) * 2.0 / 3.0


def _eastward(east: float, north: float) -> float:
    metres = 300.0 + east + 2.0 * north + 0.1 * east * east + 0.1 * east * north + 0.1 * sqrt(abs(east))
    metres += (20.0 * sin(6.0 * east * pi) + 20.0 * sin(2.0 * east * pi)) * 2.0 / 3.0
    metres += (20.0 * sin(east * pi) + 40.0 * sin(east / 3.0 * pi)) * 2.0 / 3.0
    return metres + (150.0 * sin(east / 12.0 * pi) + 300.0 * sin(east / 30.0 * pi)) * 2.0 / 3.0
