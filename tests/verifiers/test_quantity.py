"""Quantities: units are part of the answer, and are converted."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.verifiers.outcome import Given
from app.verifiers.registry import check_spec, compare, read
from tests.verifiers.comparing import outcome

HEIGHT: dict[str, Any] = {"kind": "quantity", "absolute": 0.1}


@pytest.mark.parametrize(
    "text",
    [
        "24.3 m", "24.3m", "24.35 m", "2430 cm", "0.0243 km", "24.3\\,\\mathrm{m}", "24.3\\ \\text{ m}",
        "h = 24.3 m", "79.7 ft",
        "24.3 meters", "≈ 24.3 metres", "24,3 m", "2.43×10^1 m", "\\frac{243}{10} m", "24.3 米",
        "$24.3\\,m$", "24.3 \\cdot 1 m",
        "956.7 inches", "26.6 yards", ("24.3", "m"), ("2430", "cm"), ("24.3 m", "m"), "(24.3) m", "24.3 \\mathrm{~m}",
    ],
)  # fmt: skip
def test_a_length_is_recognised_in_every_unit_of_length(text):
    assert outcome(text, "24.3 m", **HEIGHT) == "pass"


@pytest.mark.parametrize(
    "text", ["24.5 m", "243 m", "24.3 cm", "24.3 s", "24.3 kg", "24.3 m^2", "-24.3 m", ("24.3", "ft")]
)
def test_another_length_or_another_dimension_fails(text):
    assert outcome(text, "24.3 m", **HEIGHT) == "fail"


@pytest.mark.parametrize(
    "text",
    ["24.3", "24.3 apples", "24.3 M", ("24.3 m", "cm"), "24 m 30 cm", "24.3 m or 25 m", "m", "",
    "24.3 m^{10000}", "about m",
     "24.3 m + 2", "twenty m", "24.3 (m", "24.3 m/", "24.3 m^", "24.3 1/m/"],
)  # fmt: skip
def test_a_missing_or_unknown_unit_is_sent_back(text):
    assert outcome(text, "24.3 m", **HEIGHT) == "undecided"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9.81 m s^{-2}", "9.81 m/s²"), ("9.81 m*s**-2", "9.81 m/s²"), ("9.81 N/kg", "9.81 m/s²"),
        ("981 cm/s2", "9.81 m/s²"),
        ("9.81\\ \\frac{m}{s^2}", "9.81 m/s²"), ("9.81 meters per second squared", "9.81 m/s²"),
        ("3e5 km/s", "3×10⁸ m/s"),
        ("20 °C", "293.15 K"), ("68 °F", "20 °C"), ("20^\\circ C", "293.15 K"), ("293.15 K", "20 °C"),
        ("90°", "\\pi/2 rad"),
        ("5 kWh", "1.8e7 J"), ("50%", "0.5"), ("$5", "5 dollars"), ("\\$5.00", "500 cents"),
        ("8.314 J/(mol K)", "8.314 J mol⁻¹ K⁻¹"),
        ("5 square meters", "5 m^2"), ("10 Ω", "10 ohm"), ("10 \\Omega", "10 ohm"), ("5 μm", "5e-6 m"),
        ("5\\ \\mu m", "5e-6 m"),
        ("5 s^{-1}", "5 Hz"), ("1 lb", "0.45359237 kg"), ("6.02×10²³ mol^{-1}", "6.02e23 /mol"), ("2\\pi rad", "2\\pi"),
        ("500 nm", "5.0×10^{-7} m"), ("36 km/h", "10 m/s"), ("10 m/s", "36 kph"), ("1 atm", "101325 Pa"),
        ("2 hours", "120 min"),
    ],
)  # fmt: skip
def test_units_are_converted(text, expected):
    assert outcome(text, expected, kind="quantity", relative=1e-6) == "pass"


@pytest.mark.parametrize(
    ("text", "expected", "found"),
    [("5 €", "5 $", "fail"), ("20 °C", "20 K", "fail"), ("8.314 J/mol K", "8.314 J/(mol K)", "undecided"),
     ("1 ton", "1000 kg", "undecided"), ("5 m/s", "5 m/s²", "fail"), ("5 J", "5 N m", "pass")],
)  # fmt: skip
def test_other_units_fail_unless_their_name_is_doubtful(text, expected, found):
    assert outcome(text, expected, kind="quantity", relative=1e-6) == found


def test_a_difference_of_temperatures_has_no_zero():
    assert outcome("20 K", "20 °C", kind="quantity", relative=1e-6, difference=True) == "pass"


UNITS = st.sampled_from([("m", 1.0), ("cm", 0.01), ("km", 1000.0), ("mm", 0.001), ("inch", 0.0254), ("mile", 1609.344)])


@given(value=st.floats(0.001, 1000), unit=UNITS, other=UNITS)
def test_a_length_passes_in_whatever_unit_it_is_converted_to(value, unit, other):
    converted = value * unit[1] / other[1]
    assert outcome(f"{converted!r} {other[0]}", f"{value!r} {unit[0]}", kind="quantity", relative=1e-9) == "pass"
    assert outcome(f"{converted * 1.01!r} {other[0]}", f"{value!r} {unit[0]}", kind="quantity", relative=1e-3) == "fail"


def test_significant_figures_are_a_tolerance_and_a_form():
    texts = ("24.3 m", "24.34 m", "24.36 m", "24.0 m", "24 m", "2430 cm", "2.4e1 m")
    found = {text: outcome(text, "24.3 m", kind="quantity", significant_figures=3) for text in texts}
    assert found == {
        "24.3 m": "pass", "24.34 m": "pass", "24.36 m": "fail", "24.0 m": "fail", "24 m": "undecided",
        "2430 cm": "pass",
        "2.4e1 m": "undecided",
    }  # fmt: skip


def test_one_unit_only_sends_the_others_back():
    assert outcome("2430 cm", "24.3 m", same_unit=True, **HEIGHT) == "undecided"
    assert outcome("24.3 metres", "24.3 m", same_unit=True, **HEIGHT) == "pass"


def test_what_the_author_is_told_does_not_give_the_value_away():
    spec = {"kind": "quantity", "answer": "24.3 m", "absolute": 0.1}
    found = [compare(Given(text), spec).reason for text in ("24.3 m", "30 m", "30", "30 s")]
    assert found == [
        "The answer agrees with the expected one.",
        "The answer does not agree with the expected one.",
        "Give the unit: the number alone is not enough.",
        "The unit measures something else than what is asked for.",
    ]
    assert read(Given("30 km/h"), spec).words == "reads as a number in km/h, which measures length time^-1"


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({}, []),
        ({"answer": "24.3", "unit": "m"}, []),
        ({"answer": "24.3 smoots"}, ["“24.3 smoots” does not read as a quantity: its unit is not known here."]),
        ({"absolute": None}, ["Say how near is near enough: “absolute” or “relative”."]),
        ({"absolute": None, "significant_figures": 3}, []),
        ({"significant_figures": 0}, ["“significant_figures” must be a whole number from 1 to 30."]),
    ],
)
def test_a_specification_says_what_is_wrong_with_it(change, faults):
    assert check_spec({"kind": "quantity", "answer": "24.3 m", "absolute": 0.1} | change) == faults
