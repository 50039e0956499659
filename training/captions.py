"""The caption grammar: many wordings of one scene, the canonical one among them."""

import numpy as np

from world import Actor, Scene

CANONICAL_SHARE = 0.4

SIZE_WORDS = {
    "small": ("small", "small", "little", "tiny"),
    "big": ("big", "big", "large", "huge"),
}

# Motion -> (finite forms, -ing forms); the first finite form is the canonical one.
MOTION_WORDS = {
    "moves left": (
        ("moves left", "drifts left", "goes left", "travels to the left", "glides left"),
        ("moving left", "drifting left", "going left", "travelling to the left"),
    ),
    "moves right": (
        ("moves right", "drifts right", "goes right", "travels to the right", "glides right"),
        ("moving right", "drifting right", "going right", "travelling to the right"),
    ),
    "rises": (
        ("rises", "floats up", "goes up", "moves up"),
        ("rising", "floating up", "going up", "moving up"),
    ),
    "falls": (
        ("falls", "drops down", "goes down", "moves down"),
        ("falling", "dropping down", "going down", "moving down"),
    ),
    "bounces": (
        ("bounces", "jumps up and down", "bounces up and down", "hops"),
        ("bouncing", "jumping up and down", "bouncing up and down", "hopping"),
    ),
    "spins": (
        ("spins", "turns around", "rotates", "twirls"),
        ("spinning", "turning around", "rotating", "twirling"),
    ),
    "grows": (
        ("grows", "gets bigger", "becomes larger"),
        ("growing", "getting bigger", "becoming larger"),
    ),
    "stays still": (
        ("stays still", "does not move", "rests", "stands still"),
        ("staying still", "not moving", "resting", "standing still"),
    ),
}

BACKGROUND_WORDS = {
    "by day": ("by day", "by day", "on a sunny day", "in the daytime"),
    "at night": ("at night", "at night", "on a starry night", "in the dark"),
    "at sunset": ("at sunset", "at sunset", "at dusk", "in the evening"),
    "under water": ("under water", "under water", "underwater", "in the sea"),
    "in snow": ("in snow", "in the snow", "on a snowy day", "while it snows"),
    "in the rain": ("in the rain", "in rain", "on a rainy day", "while it rains"),
}

SINGLE_FORMS = (
    "{np} {does} {bg}",
    "{np} {doing} {bg}",
    "{bg}, {np} {does}",
    "{bg}, {np} {doing}",
    "{np} {bg}, {doing}",
    "{np} is {doing} {bg}",
    "a video of {np} {doing} {bg}",
)


def with_article(words: str) -> str:
    """'red ball' -> 'a red ball', 'orange ball' -> 'an orange ball'."""
    return ("an " if words[0] in "aeiou" else "a ") + words


def noun_phrase(actor: Actor, size_word: str | None = None) -> str:
    """'a red ball', or 'a small red ball' where the actor has a size."""
    size = size_word or actor.size
    words = f"{actor.colour} {actor.subject}"
    return with_article(f"{size} {words}" if size else words)


def canonical(scene: Scene) -> str:
    """'a red ball moves right by day'; two still actors: 'a red ball and a blue car by day'."""
    if len(scene.actors) == 1:
        actor = scene.actors[0]
        return f"{noun_phrase(actor)} {actor.motion} {scene.background}"
    first, second = scene.actors
    if first.motion == second.motion == "stays still":
        return f"{noun_phrase(first)} and {noun_phrase(second)} {scene.background}"
    return (
        f"{noun_phrase(first)} {first.motion} and "
        f"{noun_phrase(second)} {second.motion} {scene.background}"
    )


def _pick(rng: np.random.Generator, items):
    return items[int(rng.integers(len(items)))]


def _phrase(actor: Actor, rng: np.random.Generator) -> str:
    return noun_phrase(actor, _pick(rng, SIZE_WORDS[actor.size]) if actor.size else None)


def _pair_caption(scene: Scene, rng: np.random.Generator) -> str:
    order = scene.actors if rng.random() < 0.5 else scene.actors[::-1]
    background = _pick(rng, BACKGROUND_WORDS[scene.background])
    motions = [a.motion for a in order]
    if motions == ["stays still"] * 2:
        both = f"{_phrase(order[0], rng)} {_pick(rng, ('and', 'and', 'beside', 'with'))} {_phrase(order[1], rng)}"
    else:
        form = int(rng.integers(2))
        parts = [f"{_phrase(a, rng)} {_pick(rng, MOTION_WORDS[a.motion][form])}" for a in order]
        both = _pick(rng, (" and ", " and ", ", ")).join(parts)
    return f"{background}, {both}" if rng.random() < 0.35 else f"{both} {background}"


def caption(scene: Scene, seed: int) -> str:
    """One wording of a scene; the canonical one in about 40 % of the seeds."""
    rng = np.random.default_rng([seed, 2])
    if rng.random() < CANONICAL_SHARE:
        return canonical(scene)
    if len(scene.actors) == 2:
        return _pair_caption(scene, rng)
    actor = scene.actors[0]
    finite, ing = MOTION_WORDS[actor.motion]
    return _pick(rng, SINGLE_FORMS).format(
        np=_phrase(actor, rng),
        does=_pick(rng, finite),
        doing=_pick(rng, ing),
        bg=_pick(rng, BACKGROUND_WORDS[scene.background]),
    )
