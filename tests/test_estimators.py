"""Every estimator keeps the contract of scikit-learn, and our own where scikit-learn cannot look."""

import inspect
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import check_is_fitted

from tests.contract import estimators

CASES = estimators()
each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


EXPECTED_FAILED = {repr(case.make()): case.expected_failed for case in CASES}


def _fit(case, **parameters):
    return case.make().set_params(**parameters).fit(case.data(), **case.fit_kwargs)


def _assert_equal(first, second, case):
    for attribute in case.same:
        a, b = getattr(first, attribute), getattr(second, attribute)
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b), err_msg=attribute)


@each
def test_constructor_only_stores_its_keyword_arguments(case):
    estimator = case.make()
    parameters = inspect.signature(type(estimator).__init__).parameters
    for name in list(parameters)[1:]:
        assert hasattr(estimator, name)
    assert set(vars(estimator)) == set(list(parameters)[1:])


@each
def test_clone_and_repr(case):
    estimator = case.make()
    copy = clone(estimator)
    assert repr(copy) == repr(estimator)
    assert copy.get_params().keys() == estimator.get_params().keys()


@each
def test_fit_returns_self_and_marks_the_estimator_fitted(case):
    estimator = case.make()
    with pytest.raises(NotFittedError):
        check_is_fitted(estimator)
    assert estimator.fit(case.data(), **case.fit_kwargs) is estimator
    check_is_fitted(estimator)


@each
def test_refit_and_clone_give_the_same_result(case):
    first = _fit(case)
    again = clone(first).fit(case.data(), **case.fit_kwargs)
    _assert_equal(first, again, case)
    _assert_equal(first, again.fit(case.data(), **case.fit_kwargs), case)


@each
def test_fitted_estimator_survives_pickling(case):
    fitted = _fit(case)
    _assert_equal(fitted, pickle.loads(pickle.dumps(fitted)), case)


@each
def test_fit_does_not_change_its_input(case):
    data = case.data()
    before = pickle.dumps(data)
    case.make().fit(data, **case.fit_kwargs)
    assert pickle.dumps(data) == before


@each
def test_read_only_input_is_accepted(case):
    data = case.data()
    if isinstance(data, np.ndarray):
        data.setflags(write=False)
    elif hasattr(data, "indptr"):
        for part in (data.indptr, data.indices, data.data):
            part.setflags(write=False)
    _assert_equal(_fit(case), case.make().fit(data, **case.fit_kwargs), case)


@each
def test_every_parameter_and_fitted_attribute_is_documented(case):
    fitted = _fit(case)
    text = type(fitted).__doc__
    for name in fitted.get_params(deep=False):
        assert name in text, f"parameter {name} is not in the docstring"
    attributes = [a for a in vars(fitted) if a.endswith("_") and not a.startswith("_")]
    for name in attributes:
        assert name in text, f"attribute {name} is not in the docstring"


@parametrize_with_checks(
    [case.make() for case in CASES], expected_failed_checks=lambda estimator: EXPECTED_FAILED[repr(estimator)]
)
@pytest.mark.filterwarnings("default")
def test_scikit_learn_check(estimator, check):
    check(estimator)
