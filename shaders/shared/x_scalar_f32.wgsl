alias x_scalar = f32;
