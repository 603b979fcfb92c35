int decode(int n);
