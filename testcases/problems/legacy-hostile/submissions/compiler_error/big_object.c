int big[1u << 29] = {1};
int main(void) { return big[1]; }
