"""The world, its renderer, its captions and tokenizer, and the judge."""

import pathlib
import sys
import tempfile
import time
import unittest

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from training.evaluate import held_out_prompts, judge
from training.world import captions, tokenizer
from training.world.paths import Path, places
from training.world.render import render
from training.world.scenes import (
    BACKGROUNDS,
    COLOURS,
    MOTIONS,
    SUBJECTS,
    Actor,
    Scene,
    is_held_out,
    is_held_out_pair,
    sample_scene,
)


def one(subject, colour, motion, background, seed=1, size=None) -> Scene:
    return Scene((Actor(subject, colour, motion, size),), background, seed)


class Looking(unittest.TestCase):
    def test_prompts_by_lot_have_seeds_from_one(self):
        drawn = held_out_prompts.lot(24)
        assert [record["seed"] for record in drawn] == list(range(1, 25))
        assert drawn[:3] == held_out_prompts.lot(3)
        assert len({record["prompt"] for record in drawn}) == 24

    def test_upscaled_clips_are_judged_at_their_first_size(self):
        clip = render(one("ball", "red", "moves left", "by day"), 2, 32, 48)
        large = clip.repeat(4, 1).repeat(4, 2)
        assert (judge.shrunk(large, 4) == clip).all()


class World(unittest.TestCase):
    def test_eight_per_cent_are_held_out(self):
        held = [
            is_held_out(s, c, m, b) for s in SUBJECTS for c in COLOURS for m in MOTIONS for b in BACKGROUNDS
        ]
        assert 0.07 < np.mean(held) < 0.09

    def test_splits_do_not_meet(self):
        pairs = 0
        for seed in range(1500):
            scene = sample_scene(seed)
            assert not any(is_held_out(a.subject, a.colour, a.motion, scene.background) for a in scene.actors)
            if len(scene.actors) == 2:
                pairs += 1
                assert not is_held_out_pair(*scene.actors, scene.background)
        assert 0.14 < pairs / 1500 < 0.22
        for seed in range(200):
            scene = sample_scene(seed, "held_out")
            (actor,) = scene.actors
            assert is_held_out(actor.subject, actor.colour, actor.motion, scene.background)

    def test_same_seed_same_scene(self):
        assert sample_scene(5) == sample_scene(5) != sample_scene(6)


class Captions(unittest.TestCase):
    def test_canonical(self):
        assert (
            captions.canonical(one("ball", "red", "moves right", "by day")) == "a red ball moves right by day"
        )
        assert captions.canonical(one("fish", "orange", "rises", "in snow")) == "an orange fish rises in snow"

    def test_captions_name_every_actor(self):
        usual = unsaid = 0
        for seed in range(500):
            scene = sample_scene(seed)
            text = captions.caption(scene, seed)
            usual += text == captions.canonical(scene)
            unsaid += not all(a.colour in text for a in scene.actors)
            assert all(a.subject in text for a in scene.actors), text
        assert 130 < usual < 230
        assert 5 < unsaid < 50

    def test_held_out_prompts(self):
        prompts = held_out_prompts.prompts()
        assert [len(p["actors"]) for p in prompts] == [1] * 200 + [2] * 40
        assert len({p["prompt"] for p in prompts}) == 240


class Renderer(unittest.TestCase):
    def test_shapes_and_determinism(self):
        scene = sample_scene(3)
        for frames, height, width in ((33, 64, 64), (1, 96, 96), (17, 96, 128), (5, 48, 80)):
            clip = render(scene, frames, height, width)
            assert clip.shape == (frames, height, width, 3) and clip.dtype == np.uint8
            assert (clip == render(scene, frames, height, width)).all()

    def test_the_same_picture_at_any_size(self):
        for seed in range(8):
            small, large = render(sample_scene(seed), 5, 48, 48), render(sample_scene(seed), 5, 96, 96)
            halved = large.reshape(5, 48, 2, 48, 2, 3).mean((2, 4))
            assert np.abs(halved - small).mean() < 4

    def test_every_subject_and_background_draws(self):
        for i, subject in enumerate(SUBJECTS):
            clip = render(one(subject, "red", "stays still", BACKGROUNDS[i % 6]))
            assert clip.std() > 10 and (clip[0] != clip[-1]).any()

    def test_nothing_moves_fast(self):
        """Pixels a frame at 64 x 64, of centres and of turning rims."""
        for seed in range(200):
            scene = sample_scene(seed)
            for actor, place in zip(scene.actors, places(scene, 1.0)):
                path = Path(actor, np.linspace(0, 1, 33), np.random.default_rng(seed), place)
                step = 64 * np.hypot(np.diff(path.x), np.diff(path.y)).max()
                turn = 64 * path.size.max() * np.abs(np.diff(path.angle)).max()
                assert step < 2.8 and turn < 2.8, (actor, step, turn)

    def test_fast_enough_to_feed_training(self):
        start = time.process_time()
        for seed in range(20):
            render(sample_scene(seed))
        assert (time.process_time() - start) / 20 < 0.2


class Tokens(unittest.TestCase):
    def test_conventions(self):
        assert tokenizer.encode("") == [1]
        assert tokenizer.encode("a red ball")[-1] == 1
        assert tokenizer.encode("A  RED\nball ") == tokenizer.encode("a red ball")
        assert 2 in tokenizer.encode("\u732b \U0001f388")
        assert all(len(tokenizer.encode(word)) <= 3 for word in tokenizer.grammar_words())

    def test_training_again_gives_the_bundled_file(self):
        with tempfile.TemporaryDirectory() as folder:
            tokenizer.write(pathlib.Path(folder), tokenizer.train())
            for name in ("tokenizer.json", "tokenizer_config.json"):
                assert (pathlib.Path(folder) / name).read_bytes() == (
                    tokenizer.DEFAULT_FOLDER / name
                ).read_bytes()


class Judge(unittest.TestCase):
    def test_right_on_renders(self):
        result = judge.validate(60, 64, 64, wear=False)
        for aspect in judge.ASPECTS:
            assert result[aspect] >= 0.96, result
        assert result["both_present"] >= 0.85, result

    def test_right_on_worn_and_wide_renders(self):
        result = judge.validate(16, 96, 128, wear=True)
        assert result["all_four"] >= 0.85, result

    def test_nothing_is_seen_where_nothing_is(self):
        from training.evaluate.measure import _painted

        for background in BACKGROUNDS:
            clip = np.repeat((_painted(background)[:4] * 255).astype(np.uint8), 3, axis=0)
            seen = judge.judge(clip)
            assert seen == {"colour": None, "motion": None, "background": background, "subject": None}, seen


if __name__ == "__main__":
    unittest.main()
