"""umT5 encoder in PyTorch, with Wan's key names.

T5 with a relative-position bias table in every layer, no 1/sqrt(d), gated GELU and RMS norms.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn as nn


@dataclass
class Umt5Config:
    vocab_size: int = 512
    dim: int = 128
    dim_attn: int = 128
    dim_ffn: int = 384
    num_heads: int = 4
    num_layers: int = 3
    num_buckets: int = 32
    max_distance: int = 128


class T5Norm(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        x = x.float()
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.weight


def relative_buckets(length, num_buckets, max_distance, device=None):
    """Bucket of key position minus query position, [length, length]."""
    position = torch.arange(length, device=device)
    distance = position[None, :] - position[:, None]
    half = num_buckets // 2
    exact = half // 2
    bucket = (distance > 0).long() * half
    distance = distance.abs()
    far = (
        exact
        + (
            torch.log(distance.clamp_min(1).float() / exact) / math.log(max_distance / exact) * (half - exact)
        ).long()
    )
    return bucket + torch.where(distance < exact, distance, far.clamp_max(half - 1))


class RelativeBias(nn.Module):
    def __init__(self, num_buckets, num_heads):
        super().__init__()
        self.embedding = nn.Embedding(num_buckets, num_heads)

    def forward(self, buckets):
        return self.embedding(buckets).permute(2, 0, 1).unsqueeze(0)


class T5Attention(nn.Module):
    def __init__(self, c: Umt5Config):
        super().__init__()
        self.num_heads = c.num_heads
        self.q = nn.Linear(c.dim, c.dim_attn, bias=False)
        self.k = nn.Linear(c.dim, c.dim_attn, bias=False)
        self.v = nn.Linear(c.dim, c.dim_attn, bias=False)
        self.o = nn.Linear(c.dim_attn, c.dim, bias=False)

    def forward(self, x, bias):
        b, n, _ = x.shape
        q, k, v = (p(x).view(b, n, self.num_heads, -1).transpose(1, 2) for p in (self.q, self.k, self.v))
        scores = (q @ k.transpose(-1, -2)).float() + bias
        y = scores.softmax(-1).to(v.dtype) @ v
        return self.o(y.transpose(1, 2).reshape(b, n, -1))


class T5FeedForward(nn.Module):
    def __init__(self, c: Umt5Config):
        super().__init__()
        self.gate = nn.Sequential(nn.Linear(c.dim, c.dim_ffn, bias=False), nn.GELU(approximate="tanh"))
        self.fc1 = nn.Linear(c.dim, c.dim_ffn, bias=False)
        self.fc2 = nn.Linear(c.dim_ffn, c.dim, bias=False)

    def forward(self, x):
        return self.fc2(self.fc1(x) * self.gate(x))


class T5Block(nn.Module):
    def __init__(self, c: Umt5Config):
        super().__init__()
        self.norm1 = T5Norm(c.dim)
        self.attn = T5Attention(c)
        self.norm2 = T5Norm(c.dim)
        self.ffn = T5FeedForward(c)
        self.pos_embedding = RelativeBias(c.num_buckets, c.num_heads)

    def forward(self, x, buckets, mask_bias):
        x = x + self.attn(self.norm1(x), self.pos_embedding(buckets) + mask_bias)
        return x + self.ffn(self.norm2(x))


class Umt5Encoder(nn.Module):
    def __init__(self, config: Umt5Config):
        super().__init__()
        self.config = config
        self.token_embedding = nn.Embedding(config.vocab_size, config.dim)
        self.blocks = nn.ModuleList(T5Block(config) for _ in range(config.num_layers))
        self.norm = T5Norm(config.dim)
        self.reset_parameters()

    def reset_parameters(self):
        c = self.config
        head = c.dim_attn // c.num_heads
        nn.init.normal_(self.token_embedding.weight, std=1.0)
        for block in self.blocks:
            nn.init.normal_(block.attn.q.weight, std=(c.dim * head) ** -0.5)
            for layer in (block.attn.k, block.attn.v, block.ffn.gate[0], block.ffn.fc1):
                nn.init.normal_(layer.weight, std=c.dim**-0.5)
            nn.init.normal_(block.attn.o.weight, std=c.dim_attn**-0.5 * 0.5)
            nn.init.normal_(block.ffn.fc2.weight, std=c.dim_ffn**-0.5 * 0.5)
            nn.init.normal_(block.pos_embedding.embedding.weight, std=0.3)

    def forward(self, ids, mask):
        """ids, mask [B, n] -> hidden [B, n, dim], zero where mask is zero."""
        c = self.config
        buckets = relative_buckets(ids.shape[1], c.num_buckets, c.max_distance, ids.device)
        mask_bias = torch.where(mask.bool(), 0.0, -1e9)[:, None, None, :]
        x = self.token_embedding(ids)
        for block in self.blocks:
            x = block(x.float(), buckets, mask_bias)
        return self.norm(x) * mask.unsqueeze(-1).to(torch.float32)
