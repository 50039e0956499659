"""Chunks after a past, timesteps by frame, the forcing mask: each against the plain pass it must equal."""

import sys
import unittest
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from training.models.causal import Stream, chunk_lengths, film, forced_velocity, make_room, write
from training.models.dit import DitConfig, WanDit
from training.models.flow import euler, frame_timesteps


def small_dit():
    torch.manual_seed(0)
    dit = WanDit(DitConfig(dim=48, ffn_dim=64, num_heads=2, num_layers=2, in_dim=4, out_dim=4, text_dim=8))
    torch.nn.init.normal_(dit.head.head.weight, std=0.1)
    return dit.eval()


class Causal(unittest.TestCase):
    def setUp(self):
        self.dit = small_dit()
        self.latents, self.context = torch.randn(2, 4, 6, 4, 4), torch.randn(2, 3, 8)

    def same(self, a, b):
        self.assertLess(float((a - b).abs().max()), 1e-5)

    @torch.no_grad()
    def test_one_timestep_is_a_timestep_by_frame(self):
        t = torch.tensor([900.0, 300.0])
        self.same(
            self.dit(self.latents, t, self.context),
            self.dit(self.latents, frame_timesteps(t, 6, 0), self.context),
        )

    @torch.no_grad()
    def test_teacher_forcing_equals_chunks_after_a_past(self):
        noisy, t = torch.randn_like(self.latents), torch.tensor([[700.0] * 3 + [400.0] * 3] * 2)
        forced = forced_velocity(self.dit, self.latents, noisy, t, self.context, [3, 3])
        past = write(self.dit, self.latents[:, :, :3], self.context, None)
        first, _ = self.dit.remember(noisy[:, :, :3], t[:, 0], self.context)
        second, _ = self.dit.remember(noisy[:, :, 3:], t[:, 3], self.context, past)
        self.same(forced, torch.cat([first, second], dim=2))

    @torch.no_grad()
    def test_a_first_frame_alone_is_a_chunk_of_its_own(self):
        noisy, t = torch.randn_like(self.latents), torch.tensor([[700.0] + [400.0] * 5] * 2)
        lengths = chunk_lengths(6, 3, first_alone=True)
        self.assertEqual(lengths, [1, 3, 2])
        forced = forced_velocity(self.dit, self.latents, noisy, t, self.context, lengths)
        past = write(self.dit, self.latents[:, :, :1], self.context, None)
        first, _ = self.dit.remember(noisy[:, :, :1], t[:, 0], self.context)
        second, _ = self.dit.remember(noisy[:, :, 1:4], t[:, 1], self.context, past)
        self.same(forced[:, :, :4], torch.cat([first, second], dim=2))

    @torch.no_grad()
    def test_a_full_window_drops_the_frames_behind_the_sink(self):
        stream = Stream(1, (0.9, 0.5), (900.0, 500.0), window=3, sink=1)
        past = self.dit.remember(self.latents[:, :, :3], torch.zeros(2), self.context)[1]
        kept = make_room(past, 1, 4, stream)
        for (before, _), (after, _) in zip(past, kept):
            self.same(after, torch.cat([before[:, :4], before[:, 8:12]], dim=1))
        parts = list(film(self.dit, self.context, self.latents, stream, lambda n, k, x: torch.zeros_like(x)))
        self.assertEqual(len(parts), 6)
        self.assertEqual(parts[-1][1][0][0].shape[1], 12)

    def test_first_frame_is_kept(self):
        first = self.latents[:, :, :1]
        out = euler(self.dit, torch.randn_like(self.latents), self.context, None, 2, 3.0, first=first)
        self.assertTrue(torch.equal(out[:, :, :1], first))


if __name__ == "__main__":
    unittest.main()
