"""Every case of the reference file, computed elsewhere with 25 digits or more."""

import re
from fractions import Fraction

import mpmath
import numpy as np
import pytest

import kexuestat.smooth as smooth
from kexuestat.exceptions import InvalidInputError

# an input that is no double is meant exactly: its rounding is granted beside the stated tolerance
RTOL = {"mollifier": 2e-15, "zlpr": 2e-15, "soft_topk": 1e-14, "smooth_max": 2e-15}
ATOL = {"smooth_clip": 5e-16, "smooth_floor": 1e-15, "zlpr": 1e-16}


def _number(text):
    return float(Fraction(text)) if isinstance(text, str) and re.fullmatch(r"[-+.\deE]+", text) else text


def _digits(text):
    """The double nearest to a decimal string or a fraction."""
    return float(Fraction(text)) if "/" in text else float(mpmath.mpf(text))


def _value(entry):
    return np.array([_number(e) for e in entry]) if isinstance(entry, list) else _number(entry)


def _call(text, arguments):
    expression = re.split(r";|, one entry", text)[0]
    return eval(expression, vars_of_smooth() | arguments)


def vars_of_smooth():
    return {name: getattr(smooth, name) for name in smooth.__all__}


def test_every_case_of_the_reference_file(reference):
    content = reference("smooth")
    count, wrong = 0, []
    for section, part in content["sections"].items():
        calls = part["fields"] | {"fractions": part["fields"].get("p")}
        for case in part["cases"]:
            arguments = {name: _value(entry) for name, entry in case["input"].items()}
            for field, wanted in case["expect"].items():
                count += 1
                if wanted is None:
                    with pytest.raises(InvalidInputError):
                        _call(calls[field], arguments)
                    continue
                found = np.atleast_1d(_call(calls[field], arguments))
                wanted = np.array([_digits(w) for w in ([wanted] if isinstance(wanted, str) else wanted)])
                tolerance = {"rtol": RTOL.get(section, 1e-15), "atol": ATOL.get(section, 0.0)}
                if found.shape != wanted.shape or not np.allclose(found, wanted, **tolerance):
                    wrong.append((section, case["key"], field, found, wanted))
    assert not wrong
    assert count == sum(len(case["expect"]) for part in content["sections"].values() for case in part["cases"]) > 150
