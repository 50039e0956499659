// 0: identity; 1: GELU in its tanh form; 2: SiLU; 3: GELU by the error function, whose complement has an error of 1.2e-7. The argument of tanh is clamped: WGSL's may overflow.
fn erfc_of_positive(z: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.5 * z);
  let series = -1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806 + t * (0.27886807
    + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))));
  return t * exp(series - z * z);
}

fn activate(x: f32, kind: u32) -> f32 {
  switch kind {
    case 1u: {
      let inner = clamp(0.7978845608028654 * (x + 0.044715 * x * x * x), -15.0, 15.0);
      return 0.5 * x * (1.0 + tanh(inner));
    }
    case 2u: {
      return x / (1.0 + exp(-x));
    }
    case 3u: {
      let tail = 0.5 * erfc_of_positive(abs(x) * 0.7071067811865476);
      return x * select(tail, 1.0 - tail, x > 0.0);
    }
    default: {
      return x;
    }
  }
}
