int encode(int n);
int decode(int said);
