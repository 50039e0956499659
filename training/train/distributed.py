"""One process or many (torchrun): rank, device, and the same arithmetic in both."""

import os
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel


@dataclass
class World:
    rank: int
    size: int
    device: torch.device

    @property
    def first(self):
        return self.rank == 0

    def wrap(self, module):
        """DDP averages gradients over ranks; one process needs no wrapper."""
        if self.size == 1:
            return module
        ids = [self.device.index] if self.device.type == "cuda" else None
        return DistributedDataParallel(module, device_ids=ids)

    def average_gradients(self, module):
        """What DDP does, for a module whose parts are called one by one."""
        if self.size > 1:
            for p in module.parameters():
                if p.grad is not None:
                    dist.all_reduce(p.grad)
                    p.grad /= self.size

    def any(self, flag):
        """Whether a flag is set in any rank."""
        return self.mean(torch.tensor(float(flag), device=self.device)) > 0 if self.size > 1 else flag

    def mean(self, value):
        """The mean of a number over all ranks."""
        if self.size > 1:
            value = value.detach().clone()
            dist.all_reduce(value)
            value /= self.size
        return float(value.detach())


def setup(threads=None):
    if threads:
        torch.set_num_threads(threads)
    size, rank = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
    cuda = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if cuda else torch.device("cpu")
    if cuda:
        torch.cuda.set_device(device)
    if size > 1:
        dist.init_process_group("nccl" if cuda else "gloo")
    return World(rank, size, device)


def finish():
    if dist.is_initialized():
        dist.destroy_process_group()
