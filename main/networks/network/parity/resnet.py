"""Writes resnet.json, the values that resnet.test.ts expects: what PyTorch computes with a ResNet as in torchvision.

    python3 resnet.py > resnet.json

Weights and images are made from their names, by the same formula as in resnet.test.ts, so that no weights are stored.
"""

import json
import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

CLASSES = 5


def uniform(name, count):
    """Numbers in [-1, 1) from a hash (FNV-1a) of the name, mixed with the index (MurmurHash3's finalizer)."""
    seed = 2166136261
    for byte in name.encode():
        seed = ((seed ^ byte) * 16777619) % 2**32
    h = (np.uint64(seed) + np.arange(count, dtype=np.uint64) * np.uint64(0x9E3779B9)) % 2**32
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        h = ((h ^ (h >> np.uint64(shift))) * np.uint64(factor)) % 2**32
    h ^= h >> np.uint64(16)
    return (h >> np.uint64(8)).astype(np.float64) / 2**23 - 1


def fill(name, shape):
    values = uniform(name, math.prod(shape))
    if len(shape) == 4:
        values *= math.sqrt(6 / math.prod(shape[1:]))
    elif len(shape) == 2:
        values *= math.sqrt(3 / shape[1])
    elif name.endswith("running_var"):
        values = 1 + values / 2
    elif name.endswith("weight"):
        values = (1 + values / 2) * 0.7
    else:
        values /= 10
    return torch.from_numpy(values.astype(np.float32).astype(np.float64).reshape(shape))


def images(count, side):
    pixels = np.floor((uniform("images", count * side * side * 3) + 1) * 128)
    return torch.from_numpy(pixels.reshape(count, side, side, 3)).permute(0, 3, 1, 2)


class Block(nn.Module):
    """torchvision's BasicBlock and Bottleneck (v1.5: the stride is in the 3x3 convolution)."""

    def __init__(self, inside, channels, stride, bottleneck):
        super().__init__()
        out = channels * (4 if bottleneck else 1)
        if bottleneck:
            self.conv1 = nn.Conv2d(inside, channels, 1, bias=False)
            self.conv2 = nn.Conv2d(channels, channels, 3, stride, 1, bias=False)
            self.conv3 = nn.Conv2d(channels, out, 1, bias=False)
            self.bn3 = nn.BatchNorm2d(out)
        else:
            self.conv1 = nn.Conv2d(inside, channels, 3, stride, 1, bias=False)
            self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)
        self.downsample = None
        if stride != 1 or inside != out:
            self.downsample = nn.Sequential(nn.Conv2d(inside, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if hasattr(self, "conv3"):
            y = self.bn3(self.conv3(F.relu(y)))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    def __init__(self, blocks, bottleneck):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        inside = 64
        for stage, count in enumerate(blocks):
            channels = 64 * 2**stage
            layer = nn.Sequential()
            for i in range(count):
                layer.append(Block(inside, channels, 2 if stage and not i else 1, bottleneck))
                inside = channels * (4 if bottleneck else 1)
            setattr(self, f"layer{stage + 1}", layer)
        self.fc = nn.Linear(inside, CLASSES)

    def forward(self, x):
        mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
        std = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
        x = F.relu(self.bn1(self.conv1((x / 255 - mean) / std)))
        x = F.max_pool2d(x, 3, 2, 1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


def create(blocks, bottleneck):
    model = ResNet(blocks, bottleneck)
    state = {k: v if v.dim() == 0 else fill(k, v.shape) for k, v in model.state_dict().items()}
    model.load_state_dict(state)
    return model


def scores(blocks, bottleneck, sides):
    model = create(blocks, bottleneck).eval()
    with torch.no_grad():
        logits = {side: model(images(2, side)).tolist() for side in sides}
    return {"shapes": {k: list(v.shape) for k, v in model.state_dict().items() if v.dim()}, "logits": logits}


def batch_norm():
    """Batch norm alone in training: output, gradients for a given gradient of the output, and running statistics."""
    norm = nn.BatchNorm2d(3)
    norm.load_state_dict({k: v if v.dim() == 0 else fill(k, v.shape) for k, v in norm.state_dict().items()})
    # Far from zero, as activations may be.
    x = (fill("x", (24,)).reshape(2, 2, 2, 3).permute(0, 3, 1, 2) * 20 + 7).requires_grad_()
    dy = fill("dy", (24,)).reshape(2, 2, 2, 3).permute(0, 3, 1, 2)
    y = norm(x)
    y.backward(dy)
    last = {"y": y.permute(0, 2, 3, 1), "dx": x.grad.permute(0, 2, 3, 1)}
    rest = {
        "gamma": norm.weight.grad,
        "beta": norm.bias.grad,
        "mean": norm.running_mean,
        "variance": norm.running_var,
    }
    return {k: v.flatten().tolist() for k, v in (last | rest).items()}


def rounded(value):
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return float(f"{value:.8g}") if isinstance(value, float) else value


# Double precision: what is compared is the other side's rounding alone.
torch.set_default_dtype(torch.float64)

if __name__ == "__main__":
    expected = {
        "resnet18": scores([2, 2, 2, 2], False, [64, 75]),
        "resnet50": scores([3, 4, 6, 3], True, [64]),
        "batchNorm": batch_norm(),
    }
    print(json.dumps(rounded(expected)))
