"""scikit-learn's MLPClassifier without regularization.

Its output is a softmax with the log-likelihood and its first weights are its own; neither can be chosen. A step is a
call of `partial_fit` on some mini-batches, as many as it takes for the call itself not to matter.
"""

import sklearn
from serve import serve_training
from sklearn.neural_network import MLPClassifier

SAMPLES_A_STEP = 2560


class ScikitLearn:
    def __init__(self, task):
        self.task = task
        self.network = MLPClassifier(
            task.layers[1:-1], activation={"sigmoid": "logistic", "relu": "relu"}[task.activation],
            solver="adam" if task.update == "adam" else "sgd", alpha=0, batch_size=task.batch_size,
            learning_rate_init=task.cross_entropy_rate, momentum=task.momentum if task.update == "momentum" else 0,
            nesterovs_momentum=False, beta_1=task.momentum, beta_2=task.beta2, epsilon=task.epsilon, random_state=1)
        self.pieces = self.split()

    def split(self):
        """Indices of some whole mini-batches after the others, each epoch in a new order."""
        batch_size = self.task.batch_size
        size = max(1, SAMPLES_A_STEP // batch_size) * batch_size
        count = len(self.task.x) // batch_size * batch_size
        while True:
            order = self.task.random.permutation(len(self.task.x))[:count]
            for start in range(0, count, size):
                yield order[start:start + size]

    def step(self):
        indices = next(self.pieces)
        self.network.partial_fit(
            self.task.x[indices], self.task.labels[indices], classes=range(self.task.layers[-1]))
        return len(indices)

    def read(self, x):
        return self.network.predict(x)


serve_training(ScikitLearn, f"scikit-learn {sklearn.__version__}")
