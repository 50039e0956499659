alias scalar = f32;
