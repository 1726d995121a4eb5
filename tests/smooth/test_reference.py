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
        for case in part["cases"]:
            arguments = {name: _value(entry) for name, entry in case["input"].items()}
            for field, wanted in case["expect"].items():
                if field not in part["fields"]:
                    continue
                count += 1
                if wanted is None:
                    with pytest.raises(InvalidInputError):
                        _call(part["fields"][field], arguments)
                    continue
                found = _call(part["fields"][field], arguments)
                wanted = np.array([float(mpmath.mpf(w)) for w in np.atleast_1d(wanted)])
                tolerance = {"rtol": RTOL.get(section, 1e-15), "atol": ATOL.get(section, 0.0)}
                if not np.allclose(np.atleast_1d(found), wanted, **tolerance):
                    wrong.append((section, case["key"], field, found, wanted))
    assert not wrong
    assert count > 150
