"""Data, the training loop, interval propagation, and the digits model."""

from __future__ import annotations

import numpy as np
import pytest

from runtime import nn, optim
from runtime.data import Dataset, batches, load_digits, split
from runtime.digits import digits_network, train_digits
from runtime.errors import InputError, UnsupportedError
from runtime.robust import Interval, ball, interval_margins, propagate, worst_logits
from runtime.tensor import Tensor
from runtime.training import EpochRecord, RobustTraining, accuracy, fit


def _blobs(count: int = 60) -> Dataset:
    random = np.random.default_rng(0)
    labels = np.arange(count) % 2
    inputs = random.standard_normal((count, 2)) * 0.1 + labels[:, None]
    return Dataset(inputs.astype(np.float32), labels)


def _mlp(seed: int = 0) -> nn.Sequential:
    random = np.random.default_rng(seed)
    return nn.Sequential(nn.Linear(2, 8, seed=random), nn.ReLU(), nn.Linear(8, 2, seed=random))


def test_digits_are_exact_sixteenths_in_a_repeatable_split() -> None:
    pytest.importorskip("sklearn")
    data, again, other = load_digits(3), load_digits(3, shape=(1, 8, 8)), load_digits(4)
    assert len(data.train) + len(data.test) == 1797
    assert len(data.test) == 359
    assert data.train.inputs.dtype == np.float32
    assert again.test.inputs.shape == (359, 1, 8, 8)
    np.testing.assert_array_equal(data.test.inputs, again.test.inputs.reshape(-1, 64))
    assert not np.array_equal(data.test.inputs, other.test.inputs)
    sixteenths = data.train.inputs * 16
    np.testing.assert_array_equal(sixteenths, np.round(sixteenths))
    assert data.train.inputs.min() == 0
    assert data.train.inputs.max() == 1


def test_split_and_batches_hold_every_example_once() -> None:
    data = Dataset(np.arange(10, dtype=np.float32)[:, None], np.arange(10))
    train, test = split(data, 0.3, seed=1)
    assert sorted([*train.labels, *test.labels]) == list(range(10))
    parts = list(batches(data, 4, np.random.default_rng(0)))
    assert [len(part) for part in parts] == [4, 4, 2]
    assert sorted(int(k) for part in parts for k in part.labels) == list(range(10))
    assert [int(k) for part in batches(data, 4, None) for k in part.labels] == list(range(10))


@pytest.mark.parametrize(
    "call",
    [
        lambda: Dataset(np.zeros((2, 3)), np.zeros(3, int)),
        lambda: Dataset(np.zeros((0, 3)), np.zeros(0, int)),
        lambda: split(_blobs(), 0.0, 0),
        lambda: split(_blobs(), 1.0, 0),
        lambda: list(batches(_blobs(), 0, None)),
        lambda: load_digits(shape=(63,)),
        lambda: RobustTraining(eps=-0.1),
        lambda: RobustTraining(eps=0.1, weight=2.0),
        lambda: ball(Tensor(np.zeros((1, 2))), -1.0),
    ],
)
def test_bad_settings_are_refused(call) -> None:
    with pytest.raises(InputError):
        call()


def test_training_learns_and_repeats_bit_for_bit() -> None:
    data, states = _blobs(), []
    for _ in range(2):
        model, seen = _mlp(), []
        optimizer = optim.Adam(model.parameters(), lr=0.05)
        records = fit(model, data, 10, optimizer, batch_size=16, seed=2, on_epoch=seen.append)
        assert records == seen
        assert all(isinstance(record, EpochRecord) for record in records)
        assert records[-1].loss < 0.5 * records[0].loss
        assert accuracy(model, data) == 1.0
        states.append(model.state_dict())
    assert all(np.array_equal(states[0][k], states[1][k]) for k in states[0])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_divergence_is_an_error() -> None:
    model = _mlp()
    with pytest.raises(InputError, match="diverged"):
        fit(model, _blobs(), 50, optim.SGD(model.parameters(), lr=1e30))


def _every_layer() -> nn.Sequential:
    random = np.random.default_rng(0)
    return nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1, seed=random),
        nn.LeakyReLU(0.2),
        nn.MaxPool2d(2),
        nn.Sequential(nn.Conv2d(3, 2, 2, seed=random), nn.ReLU()),
        nn.AvgPool2d(3),
        nn.Flatten(),
        nn.Linear(2, 4, bias=False, seed=random),
    )


def test_intervals_hold_every_sampled_output() -> None:
    model, random = _every_layer(), np.random.default_rng(1)
    center = random.uniform(0, 1, (2, 1, 8, 8)).astype(np.float32)
    labels = np.array([1, 3])
    box = ball(Tensor(center), 0.1)
    bounds = propagate(model, box)
    worst = worst_logits(model, box, labels).data
    slack = 1e-5
    for _ in range(200):
        x = random.uniform(box.lo.data, box.hi.data).astype(np.float32)
        y = model(Tensor(x)).data
        assert (bounds.lo.data - slack <= y).all()
        assert (y <= bounds.hi.data + slack).all()
        assert (y - y[np.arange(2), labels][:, None] <= worst + slack).all()


def test_worst_logits_are_reached_by_a_linear_model() -> None:
    model = nn.Sequential(nn.Linear(3, 4, seed=0))
    x, labels = np.full((1, 3), 0.5, np.float32), np.array([2])
    worst = worst_logits(model, ball(Tensor(x), 0.25), labels).data[0]
    rows = model.state_dict()["0.weight"] - model.state_dict()["0.weight"][2]
    bias = model.state_dict()["0.bias"] - model.state_dict()["0.bias"][2]
    corners = np.where(rows > 0, 0.75, 0.25)
    np.testing.assert_allclose(worst, (rows * corners).sum(1) + bias, rtol=1e-5, atol=1e-6)
    margin = interval_margins(model, x, labels, 0.25)
    assert margin[0] == pytest.approx(-np.delete(worst, 2).max())


def test_a_point_has_the_margin_of_the_run() -> None:
    model, data = _mlp(), _blobs()
    y = model(Tensor(data.inputs)).data
    own = y[np.arange(len(data)), data.labels]
    other = y[np.arange(len(data)), 1 - data.labels]
    margins = interval_margins(model, data.inputs, data.labels, 0.0, clip=None)
    np.testing.assert_allclose(margins, own - other, rtol=1e-4, atol=1e-5)


class _Unknown(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x


@pytest.mark.parametrize(
    "model",
    [
        _Unknown(),
        nn.Sequential(),
        nn.Sequential(nn.ReLU()),
        nn.Sequential(_Unknown(), nn.Linear(2, 2, seed=0)),
        nn.Sequential(nn.LeakyReLU(-1.0), nn.Linear(2, 2, seed=0)),
    ],
)
def test_models_without_interval_rule_are_refused(model: nn.Module) -> None:
    box = Interval(Tensor(np.zeros((1, 2))), Tensor(np.ones((1, 2))))
    with pytest.raises(UnsupportedError):
        worst_logits(model, box, np.array([0]))


def test_labels_outside_the_classes_are_refused() -> None:
    with pytest.raises(InputError, match=r"0\.\.1"):
        worst_logits(_mlp(), ball(Tensor(np.zeros((1, 2))), 0.1), np.array([2]))


def test_the_digits_model_is_accurate_and_provable_at_small_radii_only() -> None:
    pytest.importorskip("sklearn")
    model, data = train_digits(seed=0)
    assert accuracy(model, data.test) > 0.93
    share = {
        eps: (interval_margins(model, data.test.inputs, data.test.labels, eps) > 0).mean()
        for eps in (0.01, 0.03, 0.15)
    }
    assert share[0.01] > 0.85
    assert share[0.03] > 0.7
    assert share[0.15] < 0.05


def test_robust_training_widens_the_provable_radius() -> None:
    pytest.importorskip("sklearn")
    shares = []
    for robust in (None, RobustTraining(eps=0.05)):
        model, data = train_digits(seed=1, epochs=15, robust=robust)
        margins = interval_margins(model, data.test.inputs, data.test.labels, 0.05)
        shares.append((margins > 0).mean())
    assert shares[1] > shares[0] + 0.1


def test_the_network_has_the_promised_shape() -> None:
    shapes = [p.shape for p in digits_network().parameters()]
    assert shapes == [(32, 64), (32,), (10, 32), (10,)]
