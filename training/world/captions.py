"""The caption grammar: many everyday wordings of one scene, the canonical one among them."""

import numpy as np

from training.world.scenes import Actor, Scene

CANONICAL_SHARE = 0.3

SIZE_WORDS = {
    "small": ("small", "small", "little", "tiny"),
    "big": ("big", "big", "large", "huge"),
}

# Another name for a subject; the first is the canonical one. Each holds the subject's own word.
SUBJECT_WORDS = {
    "balloon": ("balloon", "balloon", "hot air balloon"),
    "boat": ("boat", "boat", "sailing boat", "sailboat"),
    "rocket": ("rocket", "rocket", "space rocket"),
    "ball": ("ball", "ball", "beach ball"),
    "fish": ("fish", "fish", "tropical fish"),
}

# The verbs of each way of going: what a ball, a car, a boat do. (finite, -ing)
TRAVEL = {
    "ball": ("rolls", "rolling"),
    "car": ("drives", "driving"),
    "boat": ("sails", "sailing"),
    "fish": ("swims", "swimming"),
    "bird": ("flies", "flying"),
    "balloon": ("floats", "floating"),
    "rocket": ("flies", "flying"),
    "star": ("slides", "sliding"),
    "windmill": ("slides", "sliding"),
    "jellyfish": ("swims", "swimming"),
}
GO = (
    ("moves", "moving"),
    ("moves", "moving"),
    ("drifts", "drifting"),
    ("goes", "going"),
    ("travels", "travelling"),
    ("glides", "gliding"),
)

DIRECTIONS = {
    "moves left": ("left", "to the left", "towards the left"),
    "moves right": ("right", "to the right", "towards the right"),
}

# Motion -> (finite forms, -ing forms); the first finite form is the canonical one.
MOTION_WORDS = {
    "rises": (
        ("rises", "floats up", "goes up", "moves up", "climbs"),
        ("rising", "floating up", "going up", "moving up", "climbing"),
    ),
    "falls": (
        ("falls", "drops down", "goes down", "moves down", "sinks"),
        ("falling", "dropping down", "going down", "moving down", "sinking"),
    ),
    "bounces": (
        ("bounces", "jumps up and down", "bounces up and down", "hops"),
        ("bouncing", "jumping up and down", "bouncing up and down", "hopping"),
    ),
    "spins": (
        ("spins", "turns around", "rotates", "twirls", "spins around"),
        ("spinning", "turning around", "rotating", "twirling", "spinning around"),
    ),
    "grows": (
        ("grows", "gets bigger", "becomes larger", "grows bigger"),
        ("growing", "getting bigger", "becoming larger", "growing bigger"),
    ),
    "stays still": (
        ("stays still", "does not move", "rests", "stands still"),
        ("staying still", "not moving", "resting", "standing still"),
    ),
}
SLOWLY = ("slowly", "gently", "quietly")
SLOWLY_SHARE = 0.12

# Where a scene is; the first is the canonical phrase.
BACKGROUND_WORDS = {
    "by day": ("by day", "by day", "on a sunny day", "in the daytime", "in the sunshine", "under a blue sky"),
    "at night": (
        "at night",
        "at night",
        "on a starry night",
        "in the dark",
        "in the moonlight",
        "under the moon",
    ),
    "at sunset": ("at sunset", "at sunset", "at dusk", "in the evening", "in front of the setting sun"),
    "under water": ("under water", "under water", "underwater", "in the sea", "in the ocean"),
    "in snow": ("in snow", "in the snow", "on a snowy day", "while it snows", "in winter"),
    "in the rain": ("in the rain", "in rain", "on a rainy day", "while it rains", "in rainy weather"),
}
# What may stand in front, before a comma: "sunset, a boat sails left".
OPENINGS = {
    "by day": ("daytime", "a sunny day", "blue sky"),
    "at night": ("night", "a starry night", "moonlight"),
    "at sunset": ("sunset", "dusk", "evening"),
    "under water": ("underwater", "the sea", "the ocean"),
    "in snow": ("snow", "a snowy day", "winter"),
    "in the rain": ("rain", "a rainy day", "rainy weather"),
}

SINGLE_FORMS = (
    "{np} {does} {bg}",
    "{np} {does} {bg}",
    "{np} {doing} {bg}",
    "{bg}, {np} {does}",
    "{bg}, {np} {doing}",
    "{opening}, {np} {does}",
    "{opening}, {np} {doing}",
    "{np} {bg}, {doing}",
    "{np} is {doing} {bg}",
    "a video of {np} {doing} {bg}",
    "{np} that {does} {bg}",
)
SHORT_FORM = "{np} {does}"
UNSAID_SHARE = 0.08  # of the other wordings leave out the colour, and as many the background


def with_article(words: str) -> str:
    """'red ball' -> 'a red ball', 'orange ball' -> 'an orange ball'."""
    return ("an " if words[0] in "aeiou" else "a ") + words


def noun_phrase(actor: Actor, size_word=None, subject: str | None = None, colour=True) -> str:
    """'a red ball', or 'a small red ball' where the actor has a size."""
    size = size_word or actor.size
    words = f"{actor.colour} {subject or actor.subject}" if colour else subject or actor.subject
    return with_article(f"{size} {words}" if size else words)


def canonical(scene: Scene) -> str:
    """'a red ball moves right by day'; two still actors: 'a red ball and a blue car by day'."""
    if len(scene.actors) == 1:
        actor = scene.actors[0]
        return f"{noun_phrase(actor)} {actor.motion} {scene.background}"
    first, second = scene.actors
    if first.motion == second.motion == "stays still":
        return f"{noun_phrase(first)} and {noun_phrase(second)} {scene.background}"
    return f"{noun_phrase(first)} {first.motion} and {noun_phrase(second)} {second.motion} {scene.background}"


def _pick(rng: np.random.Generator, items):
    return items[int(rng.integers(len(items)))]


def _phrase(actor: Actor, rng: np.random.Generator, colour=True) -> str:
    size = _pick(rng, SIZE_WORDS[actor.size]) if actor.size else None
    phrase = noun_phrase(actor, size, _pick(rng, SUBJECT_WORDS.get(actor.subject, (actor.subject,))), colour)
    return "the" + phrase[phrase.index(" ") :] if rng.random() < 0.08 else phrase


def _doing(actor: Actor, rng: np.random.Generator, form: int) -> str:
    """What an actor does, in the finite form (0) or with -ing (1)."""
    if actor.motion in DIRECTIONS:
        verbs = TRAVEL[actor.subject] if rng.random() < 0.35 else _pick(rng, GO)
        words = f"{verbs[form]} {_pick(rng, DIRECTIONS[actor.motion])}"
    else:
        words = _pick(rng, MOTION_WORDS[actor.motion][form])
    if actor.motion != "stays still" and rng.random() < SLOWLY_SHARE:
        slowly = _pick(rng, SLOWLY)
        words = f"{words} {slowly}" if rng.random() < 0.5 else f"{slowly} {words}"
    return words


def _pair_caption(scene: Scene, rng: np.random.Generator) -> str:
    order = scene.actors if rng.random() < 0.5 else scene.actors[::-1]
    background = _pick(rng, BACKGROUND_WORDS[scene.background])
    if [a.motion for a in order] == ["stays still"] * 2:
        between = _pick(rng, ("and", "and", "beside", "with", "next to"))
        both = f"{_phrase(order[0], rng)} {between} {_phrase(order[1], rng)}"
    else:
        form = int(rng.integers(2))
        parts = [f"{_phrase(a, rng)} {_doing(a, rng, form)}" for a in order]
        both = _pick(rng, (" and ", " and ", ", ", " while ")).join(parts)
    lot = rng.random()
    if lot < 0.2:
        return f"{background}, {both}"
    return f"{_pick(rng, OPENINGS[scene.background])}, {both}" if lot < 0.35 else f"{both} {background}"


def caption(scene: Scene, seed: int) -> str:
    """One wording of a scene; the canonical one in about a third of the seeds."""
    rng = np.random.default_rng([seed, 2])
    if rng.random() < CANONICAL_SHARE:
        return canonical(scene)
    if len(scene.actors) == 2:
        return _pair_caption(scene, rng)
    actor = scene.actors[0]
    form = SHORT_FORM if rng.random() < UNSAID_SHARE else _pick(rng, SINGLE_FORMS)
    return form.format(
        np=_phrase(actor, rng, colour=rng.random() >= UNSAID_SHARE),
        does=_doing(actor, rng, 0),
        doing=_doing(actor, rng, 1),
        bg=_pick(rng, BACKGROUND_WORDS[scene.background]),
        opening=_pick(rng, OPENINGS[scene.background]),
    )


def every_phrase() -> list[str]:
    """Every piece of text that the grammar puts together."""
    texts = ["a an the and is beside with next to while that a video of", *SLOWLY]
    for table in (SIZE_WORDS, SUBJECT_WORDS, TRAVEL, DIRECTIONS, BACKGROUND_WORDS, OPENINGS):
        texts += [text for words in table.values() for text in words]
    texts += [text for pair in GO for text in pair]
    texts += [text for forms in MOTION_WORDS.values() for form in forms for text in form]
    return texts
