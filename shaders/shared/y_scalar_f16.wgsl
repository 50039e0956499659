alias y_scalar = f16;
