"""PyTorch in its usual form: Linear layers, autograd, torch.optim with fused kernels, eager. A step is a mini-batch.

The data set is one tensor in memory and a mini-batch is taken by its indices, which is faster than a DataLoader. The
output's activation is a part of the cost where PyTorch has a function of both.
"""

import sys

import torch
from serve import serve_training
from torch.nn import functional


def quadratic(z, y):
    return (torch.sigmoid(z) - y).square().sum(1).mean() / 2


def cross_entropy(z, y):
    return functional.binary_cross_entropy_with_logits(z, y, reduction="sum") / len(y)


COSTS = {"quadratic": quadratic, "cross-entropy": cross_entropy, "log-likelihood": functional.cross_entropy}
ACTIVATIONS = {"sigmoid": torch.nn.Sigmoid, "relu": torch.nn.ReLU}


def optimizer(task, modules):
    """The decay is for weights alone."""
    linear = [module for module in modules if isinstance(module, torch.nn.Linear)]
    weights, biases = [module.weight for module in linear], [module.bias for module in linear]
    groups = [{"params": weights + biases, "weight_decay": 0}]
    if task.weight_decay:
        groups = [{"params": weights, "weight_decay": task.weight_decay}, {"params": biases, "weight_decay": 0}]
    if task.update in ("sgd", "momentum"):
        mu = task.momentum if task.update == "momentum" else 0
        return torch.optim.SGD(groups, lr=task.learning_rate, momentum=mu, fused=True)
    make = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[task.update]
    return make(groups, lr=task.learning_rate, betas=(task.momentum, task.beta2), eps=task.epsilon, fused=True)


class PyTorchEager:
    def __init__(self, task):
        if sys.argv[1] == "1":
            torch.set_num_threads(1)
        self.task = task
        self.x, self.y = torch.from_numpy(task.x), torch.from_numpy(task.y)
        modules = []
        for w, b in task.parameters():
            linear = torch.nn.Linear(*w.shape)
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(w.T))
                linear.bias.copy_(torch.from_numpy(b))
            modules += [linear, ACTIVATIONS[task.activation]()]
            if task.dropout:
                modules.append(torch.nn.Dropout(task.dropout))
        while not isinstance(modules[-1], torch.nn.Linear):
            modules.pop()
        self.network = torch.nn.Sequential(*modules)
        self.cost = COSTS[task.cost]
        self.optimizer = optimizer(task, modules)
        self.mini_batches = task.mini_batches()
        self.sizes = task.sizes()

    def step(self):
        indices = torch.from_numpy(next(self.mini_batches))
        cost = self.cost(self.network(self.x[indices]), self.y[indices])
        self.optimizer.zero_grad()
        cost.backward()
        if self.task.schedule != "constant":
            rate = float(next(self.sizes)[0])
            for group in self.optimizer.param_groups:
                group["lr"] = rate
        self.optimizer.step()
        return len(indices)

    @torch.no_grad()
    def read(self, x):
        self.network.eval()
        digits = self.network(torch.from_numpy(x)).argmax(1)
        self.network.train()
        return digits


serve_training(PyTorchEager, "PyTorch " + torch.__version__.split("+")[0])
