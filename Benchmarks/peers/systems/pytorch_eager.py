"""PyTorch in its usual form: Linear layers with sigmoids, autograd, torch.optim.SGD, eager. A step is a mini-batch.

The data set is one tensor in memory and a mini-batch is taken by its indices, which is faster than a DataLoader.
"""

import sys

import torch
from serve import serve_training


class PyTorchEager:
    def __init__(self, task):
        if sys.argv[1] == "1":
            torch.set_num_threads(1)
        self.x, self.y = torch.from_numpy(task.x), torch.from_numpy(task.y)
        modules = []
        for w, b in task.parameters():
            linear = torch.nn.Linear(*w.shape)
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(w.T))
                linear.bias.copy_(torch.from_numpy(b))
            modules += [linear, torch.nn.Sigmoid()]
        self.network = torch.nn.Sequential(*modules)
        self.optimizer = torch.optim.SGD(self.network.parameters(), lr=task.learning_rate)
        self.mini_batches = task.mini_batches()

    def step(self):
        indices = torch.from_numpy(next(self.mini_batches))
        a = self.network(self.x[indices])
        cost = (a - self.y[indices]).square().sum(1).mean() / 2
        self.optimizer.zero_grad()
        cost.backward()
        self.optimizer.step()
        return len(indices)

    @torch.no_grad()
    def read(self, x):
        return self.network(torch.from_numpy(x)).argmax(1)


serve_training(PyTorchEager, "PyTorch " + torch.__version__.split("+")[0])
