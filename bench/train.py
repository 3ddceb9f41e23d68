"""Images a second of a training step in PyTorch: python3 train.py NETWORK BATCH SIDE CLASSES SECONDS"""

import sys
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).parent.parent / "main/networks/network/parity"))
import resnet  # noqa: E402

torch.set_default_dtype(torch.float32)


class Pool(nn.Module):
    def forward(self, x):
        return torch.cat([x.amax((2, 3)), x.mean((2, 3))], 1)


def head(channels, classes):
    return nn.Sequential(
        Pool(),
        nn.BatchNorm1d(2 * channels),
        nn.Dropout(0.25),
        nn.Linear(2 * channels, 512, bias=False),
        nn.ReLU(),
        nn.BatchNorm1d(512),
        nn.Dropout(0.5),
        nn.Linear(512, classes, bias=False),
    )


def convolution(inside, out, stride=1):
    return nn.Sequential(nn.Conv2d(inside, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out))


class Small(nn.Module):
    """main/networks/network/small.ts"""

    def __init__(self):
        super().__init__()
        self.stem = convolution(3, 16)
        stages, inside = [], 16
        for out in (32, 64, 128):
            stages.append(nn.ModuleList([convolution(inside, out, 2), convolution(out, out), convolution(out, out)]))
            inside = out
        self.stages = nn.ModuleList(stages)

    def forward(self, x):
        x = F.relu(self.stem(x))
        for half, first, second in self.stages:
            x = F.relu(half(x))
            x = F.relu(x + second(F.relu(first(x))))
        return x


class Body(nn.Module):
    def __init__(self, blocks, bottleneck):
        super().__init__()
        self.net = resnet.ResNet(blocks, bottleneck)
        del self.net.fc

    def forward(self, x):
        n = self.net
        x = F.max_pool2d(F.relu(n.bn1(n.conv1(x))), 3, 2, 1)
        return n.layer4(n.layer3(n.layer2(n.layer1(x))))


bodies = {
    "small": (lambda: Small(), 128),
    "resnet18": (lambda: Body([2, 2, 2, 2], False), 512),
    "resnet34": (lambda: Body([3, 4, 6, 3], False), 512),
    "resnet50": (lambda: Body([3, 4, 6, 3], True), 2048),
}

name, (batch, side, classes, seconds) = sys.argv[1], map(int, sys.argv[2:6])
create, channels = bodies[name]
model = nn.Sequential(create(), head(channels, classes)).train().to(memory_format=torch.channels_last)
optimizer = torch.optim.SGD(model.parameters(), 1e-3)
images = torch.rand(batch, 3, side, side).to(memory_format=torch.channels_last)
labels = torch.arange(batch) % classes


def step():
    optimizer.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    optimizer.step()


step()
times, until = [], time.perf_counter() + seconds
while not times or time.perf_counter() < until:
    start = time.perf_counter()
    step()
    times.append(time.perf_counter() - start)
print(batch / sorted(times)[len(times) // 2])
