#!/usr/bin/env python3
"""Writes metrics.json: outputs, labels and targets, and what scikit-learn makes of them in float64.

    python3 Tests/Golden/make_metrics_goldens.py        (needs numpy and scikit-learn 1.9)

Probabilities are outputs divided by their sum; of outputs that are all 0, each 1 / classes. Two numbers are not
scikit-learn's: the expected calibration error (Guo et al. 2017, equation 3, 15 bins) is NumPy's, and for the accuracy
among the k largest the classes are turned round, because of equal outputs `top_k_accuracy_score` takes the higher
class and Nabla the lower one.
"""

import json
import math
import pathlib
import warnings

import numpy as np
from make_goldens import Philox
from sklearn import metrics

SEED = 30
BINS = 15


class Draws:
    """Numbers from one stream, as float32 has them."""

    def __init__(self, stream):
        self.random = Philox(SEED, stream)

    def integers(self, bound, count):
        return np.array([self.random.below(bound) for _ in range(count)])

    def floats(self, steps, *shape):
        """Multiples of 1 / steps from 0 to 1."""
        return (self.integers(steps + 1, math.prod(shape)).reshape(shape) / steps).astype(np.float32)


def softmax(z):
    e = np.exp(z.astype(np.float64) - z.max(1, keepdims=True))
    return (e / e.sum(1, keepdims=True)).astype(np.float32)


def learned(draws, labels, classes, strength):
    """What a network might say: noise, and more for the right class."""
    return draws.floats(1000, len(labels), classes) * 3 + strength * np.eye(classes, dtype=np.float32)[labels]


def number(value):
    return None if value is None or math.isnan(value) else float(value)


def expected_calibration_error(confidence, right):
    edges = np.linspace(0, 1, BINS + 1)
    bins = np.clip(np.digitize(confidence, edges, right=True) - 1, 0, BINS - 1)
    return sum(
        abs(right[bins == b].mean() - confidence[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins))


def scores(actual, predictions, **options):
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        actual, predictions, zero_division=0, **options)
    return {"precision": np.ravel(precision).tolist(), "recall": np.ravel(recall).tolist(),
            "f1": np.ravel(f1).tolist()}


def classification(name, outputs, labels):
    outputs = np.asarray(outputs, np.float32)
    classes = outputs.shape[1]
    every = np.arange(classes)
    predictions = outputs.argmax(1)
    a = outputs.astype(np.float64)
    case = {
        "name": name, "classes": classes, "labels": [int(label) for label in labels],
        "outputs": [float(str(value)) for value in outputs.ravel()],
        "accuracy": metrics.accuracy_score(labels, predictions),
        "perClass": scores(labels, predictions, labels=every), "macro": scores(labels, predictions, average="macro"),
        "weighted": scores(labels, predictions, average="weighted"),
        "support": np.bincount(labels, minlength=classes).tolist(),
        "confusion": metrics.confusion_matrix(labels, predictions, labels=every).tolist(),
        "matthews": metrics.matthews_corrcoef(labels, predictions),
        "kappa": number(metrics.cohen_kappa_score(labels, predictions)),
        # With two classes k = 1 is the accuracy, and the function wants one score a sample.
        "topK": {
            str(k): metrics.top_k_accuracy_score(classes - 1 - labels, a[:, ::-1], k=k, labels=every)
            for k in (1, 2, 3, 5) if 2 < classes > k},
    }
    if (a >= 0).all():
        sums = a.sum(1, keepdims=True)
        p = np.where(sums > 0, a / np.where(sums > 0, sums, 1), 1 / classes)
        case["logLoss"] = metrics.log_loss(labels, p, labels=every)
        case["calibrationError"] = expected_calibration_error(p.max(1), predictions == labels)
        score = p[:, 1]
    else:
        score = a[:, 1] - a[:, 0]
    if classes == 2:
        case["rocAUC"] = number(metrics.roc_auc_score(labels, score))
    return case


def classification_cases():
    draws = Draws(1)
    labels = draws.integers(2, 60)
    yield classification("two classes, softmax", softmax(learned(draws, labels, 2, 1)), labels)
    labels = draws.integers(2, 50)
    yield classification("two classes, sigmoid, equal scores", draws.floats(4, 50, 2), labels)
    yield classification("two classes, outputs below 0", learned(draws, labels, 2, 1) - 2, labels)
    yield classification("all samples of one class", softmax(learned(draws, labels * 0, 2, 1)), labels * 0)
    yield classification("one class, always right", [[0.25, 0.75]] * 4, np.ones(4, int))
    labels = draws.integers(3, 60)
    yield classification("three classes, sigmoid", draws.floats(1000, 60, 3) * 0.5 + np.eye(3)[labels] * 0.3, labels)
    # Class 4 is never shown, class 7 never predicted, class 9 neither.
    labels = draws.integers(9, 90)
    labels[labels == 4] = 5
    outputs = softmax(learned(draws, labels, 10, 1.5))
    outputs[:, [7, 9]] *= np.float32(1e-3)
    yield classification("ten classes, some absent", outputs, labels)
    labels = draws.integers(4, 60)
    outputs = draws.floats(2, 60, 4)
    outputs[:5] = 0
    yield classification("four classes, equal outputs, none at all", outputs, labels)
    labels = draws.integers(3, 40)
    outputs = np.array([0, 1e-38, 1e-20, 1e-8, 1, 1])[draws.integers(6, 120)].reshape(40, 3)
    yield classification("near 0 and 1", outputs, labels)
    labels = draws.integers(6, 50)
    yield classification("six classes, outputs below 0", learned(draws, labels, 6, 1) - 2, labels)


def errors(y, p):
    raw = {"multioutput": "raw_values"}
    largest = [metrics.max_error(y[:, j], p[:, j]) for j in range(y.shape[1])]
    both = {
        "meanSquared": metrics.mean_squared_error, "rootMeanSquared": metrics.root_mean_squared_error,
        "meanAbsolute": metrics.mean_absolute_error, "medianAbsolute": metrics.median_absolute_error,
        "rSquared": metrics.r2_score}
    values = {name: [number(value) for value in np.ravel(function(y, p, **raw))] for name, function in both.items()}
    means = {name: [number(function(y, p))] for name, function in both.items()}
    return {**values, "largest": largest}, {**means, "largest": [max(largest)]}


def regression(name, predictions, targets):
    predictions, targets = np.asarray(predictions, np.float32), np.asarray(targets, np.float32)
    each, mean = errors(targets.astype(np.float64), predictions.astype(np.float64))
    return {
        "name": name, "outputs": targets.shape[1], "predictions": [float(str(v)) for v in predictions.ravel()],
        "targets": [float(str(v)) for v in targets.ravel()], "each": each, "mean": mean}


def regression_cases():
    draws = Draws(2)
    targets = draws.floats(1000, 41, 1) * 300 + 50
    yield regression("one output", targets + draws.floats(100, 41, 1) * 80 - 40, targets)
    targets = draws.floats(1000, 30, 3) * np.float32([1, 1000, 1e-3])
    yield regression(
        "three outputs", targets + (draws.floats(100, 30, 3) - 0.5) * np.float32([1, 300, 1e-2]), targets)
    yield regression("constant target, exact", [[0.1]] * 7, [[0.1]] * 7)
    yield regression("constant target, not exact", [[0.1]] * 6 + [[0.2]], [[0.1]] * 7)
    yield regression("two outputs, one constant", draws.floats(10, 9, 2), draws.floats(10, 9, 2) * [1, 0])
    yield regression("one sample", [[1.5]], [[1.0]])


def main():
    warnings.simplefilter("ignore")  # what is undefined becomes null
    cases = {"classification": list(classification_cases()), "regression": list(regression_cases())}
    path = pathlib.Path(__file__).with_name("metrics.json")
    text = json.dumps(cases, separators=(",", ":"))
    path.write_text(text.replace('{"name"', '\n{"name"') + "\n")
    print(f"{path.name}: {sum(map(len, cases.values()))} cases, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
