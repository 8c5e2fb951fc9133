"""The networks that bench-peers trains, and what each of them sets that is not plain."""

# What a row does not say: neurons of sigmoids, the quadratic cost, plain mini-batch gradient descent.
PLAIN = {
    "activation": "sigmoid", "output_activation": "sigmoid", "cost": "quadratic", "init": "normalized",
    "update": "sgd", "momentum": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.0, "dropout": 0.0,
    "schedule": "constant"}

RELU = {"activation": "relu", "output_activation": "softmax", "cost": "log-likelihood", "init": "he"}

# `momentum` is also Adam's beta1. `cross_entropy_rate` is the learning rate of who has no other cost (scikit-learn).
NETWORKS = [
    {"layers": [784, 30, 10], "batch_size": 10, "learning_rate": 3.0, "cross_entropy_rate": 0.5},
    {"layers": [784, 100, 10], "batch_size": 10, "learning_rate": 3.0, "cross_entropy_rate": 0.5},
    {"layers": [784, 128, 64, 10], "batch_size": 64, "learning_rate": 3.0, "cross_entropy_rate": 0.5},
    {"layers": [784, 800, 10], "batch_size": 100, "learning_rate": 0.1, "cross_entropy_rate": 0.1},
    {"layers": [784, 2500, 2000, 1500, 1000, 500, 10], "batch_size": 256, "learning_rate": 0.1,
     "cross_entropy_rate": 0.1},
    {"layers": [784, 100, 10], "batch_size": 10, "learning_rate": 0.02, "cross_entropy_rate": 0.02,
     "cost": "cross-entropy", "update": "momentum"},
    {"layers": [784, 128, 64, 10], "batch_size": 64, "learning_rate": 0.001, "cross_entropy_rate": 0.001, **RELU,
     "update": "adam"},
    {"layers": [784, 800, 10], "batch_size": 100, "learning_rate": 0.05, **RELU, "update": "momentum", "dropout": 0.5},
    {"layers": [784, 1000, 500, 10], "batch_size": 100, "learning_rate": 0.001, **RELU, "update": "adamw",
     "weight_decay": 0.01, "schedule": "cosine"}]


def differences(network):
    """The settings of a network that are not plain."""
    return {key: network[key] for key, plain in PLAIN.items() if network.get(key, plain) != plain}


def name(network):
    """What --networks calls it: its layers, and its update rule where that is not plain descent."""
    layers = ",".join(map(str, network["layers"]))
    return layers if network.get("update", "sgd") == "sgd" else f"{layers}-{network['update']}"


def title(network):
    """Its layers and mini-batches, and a word for whatever is not plain."""
    of = differences(network)
    words = [of.get("activation", ""), of.get("output_activation", of.get("cost", "")), of.get("update", ""),
             f"dropout {of['dropout']}" if "dropout" in of else "", of.get("schedule", "")]
    return ", ".join(filter(None, [str(network["layers"]), f"mini-batches of {network['batch_size']}", *words]))


def command_options(network):
    """How `nabla train` is told what is not plain."""
    return [text for key, value in differences(network).items() for text in (f"--{key.replace('_', '-')}", value)]
