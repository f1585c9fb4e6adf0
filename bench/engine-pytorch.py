"""PyTorch side of bench/engine.mjs: one thread, eager, tuned. Reads `model batch seconds` per line, answers samples per CPU-second.

Tuned means: batches are sliced beforehand, gradients are freed rather than zeroed, the SGD update is
one foreach call under no_grad, and the memory format (contiguous or channels last) is whichever was
faster in the warm-up.
"""
import sys
import time

import torch
from torch import nn

torch.set_num_threads(1)


def conv(inputs, outputs, kernel, padding=0, bias=True):
    return nn.Conv2d(inputs, outputs, kernel, padding=padding, bias=bias)


def cnn4_block(inputs, outputs):
    return [conv(inputs, outputs, 3, 1, False), nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(2)]


MODELS = {
    "logistic": ((1, 28, 28), lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 10))),
    "mlp": ((1, 28, 28), lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 200), nn.ReLU(), nn.Linear(200, 10))),
    "lenet5": ((1, 28, 28), lambda: nn.Sequential(
        conv(1, 6, 5, 2), nn.ReLU(), nn.MaxPool2d(2), conv(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))),
    "cnn-cifar": ((3, 32, 32), lambda: nn.Sequential(
        conv(3, 32, 3, 1), nn.ReLU(), conv(32, 32, 3, 1), nn.ReLU(), nn.MaxPool2d(2),
        conv(32, 64, 3, 1), nn.ReLU(), conv(64, 64, 3, 1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4096, 10))),
    "cnn4": ((1, 28, 28), lambda: nn.Sequential(
        *cnn4_block(1, 32), *cnn4_block(32, 64), *cnn4_block(64, 128), *cnn4_block(128, 256), nn.Flatten(),
        nn.Linear(256, 10, bias=False))),
}


class Runner:
    def __init__(self, name, batch, memory_format):
        torch.manual_seed(0)
        shape, make = MODELS[name]
        self.model = make().to(memory_format=memory_format)
        self.batch = batch
        inputs = torch.randn(8 * batch, *shape)
        labels = torch.randint(0, 10, (8 * batch,))
        self.batches = [(x.contiguous(memory_format=memory_format), y) for x, y in zip(inputs.split(batch), labels.split(batch))]
        self.parameters = list(self.model.parameters())
        self.loss = nn.CrossEntropyLoss()
        self.at = 0

    def step(self):
        x, y = self.batches[self.at]
        self.at = (self.at + 1) % len(self.batches)
        self.loss(self.model(x), y).backward()
        with torch.no_grad():
            torch._foreach_add_(self.parameters, [p.grad for p in self.parameters], alpha=-0.01)
        for p in self.parameters:
            p.grad = None

    def rate(self, seconds):
        self.step()
        steps, start = 0, time.process_time()
        while True:
            self.step()
            steps += 1
            elapsed = time.process_time() - start
            if elapsed >= seconds:
                return steps * self.batch / elapsed


RUNNERS = {}


def runner(name, batch):
    if (name, batch) not in RUNNERS:
        formats = [torch.contiguous_format] if name in ("logistic", "mlp") else [torch.contiguous_format, torch.channels_last]
        candidates = [Runner(name, batch, each) for each in formats]
        for each in candidates:
            each.rate(0.1)
        RUNNERS[name, batch] = max(candidates, key=lambda each: each.rate(0.2))
    return RUNNERS[name, batch]


def matrix_peak(seconds=0.5):
    a, b, c = (torch.randn(768, 768) for _ in range(3))
    best, start = 0.0, time.process_time()
    while time.process_time() - start < seconds:
        before = time.process_time()
        for _ in range(4):
            torch.mm(a, b, out=c)
        best = max(best, 4 * 2 * 768**3 / (time.process_time() - before))
    return best


print(f"PyTorch {torch.__version__}", flush=True)
for line in sys.stdin:
    words = line.split()
    if words[0] == "peak":
        print(matrix_peak(), flush=True)
    else:
        print(runner(words[0], int(words[1])).rate(float(words[2])), flush=True)
