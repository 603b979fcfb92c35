int divides(long d, long n);
