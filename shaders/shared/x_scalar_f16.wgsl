alias x_scalar = f16;
