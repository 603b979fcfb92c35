int encode(int n);
