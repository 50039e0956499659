alias y_scalar = f32;
