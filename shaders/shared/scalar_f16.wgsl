alias scalar = f16;
