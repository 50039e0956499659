// 0: identity; 1: GELU in its tanh form; 2: SiLU. The argument of tanh is clamped: WGSL's may overflow.
fn activate(x: f32, kind: u32) -> f32 {
  switch kind {
    case 1u: {
      let inner = clamp(0.7978845608028654 * (x + 0.044715 * x * x * x), -15.0, 15.0);
      return 0.5 * x * (1.0 + tanh(inner));
    }
    case 2u: {
      return x / (1.0 + exp(-x));
    }
    default: {
      return x;
    }
  }
}
